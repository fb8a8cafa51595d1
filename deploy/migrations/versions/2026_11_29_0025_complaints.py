"""Consultation, complaint, help and report: filed once, run by events, written sealed; figures and questions are public."""

from alembic import op

revision = "2026_11_29_0025"
down_revision = "2026_11_29_0024"
branch_labels = None
depends_on = None

PROTECT = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
STAYS = """
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NOTED = """
CREATE TRIGGER {table}_public AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION note_public_change()
"""
ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
COMPLAINT = f"""
CREATE TABLE complaint (
  {ID}, number text NOT NULL, filing bytea NOT NULL, code_hash bytea NOT NULL, government_id bigint NOT NULL,
  kind text NOT NULL, capacity text NOT NULL, channel text NOT NULL, verified text NOT NULL DEFAULT '',
  about text NOT NULL, about_body text NOT NULL DEFAULT '', item_code text NOT NULL DEFAULT '', consent boolean NOT NULL,
  filed_at timestamptz NOT NULL, received_at timestamptz NOT NULL, identity_sealed bytea,
  identity_keys text NOT NULL DEFAULT '',
  CONSTRAINT pk_complaint PRIMARY KEY (id),
  CONSTRAINT uq_complaint_number UNIQUE (number),
  CONSTRAINT uq_complaint_filing UNIQUE (filing),
  CONSTRAINT uq_complaint_code_hash UNIQUE (code_hash),
  CONSTRAINT ck_complaint_capacity CHECK (capacity IN ('real_name', 'undisclosed', 'anonymous')),
  CONSTRAINT ck_complaint_about CHECK (about IN ('body', 'item', 'case', 'officer', 'general')),
  CONSTRAINT ck_complaint_channel CHECK (channel IN ('online', 'phone', 'visit', 'letter', 'token')),
  CONSTRAINT ck_complaint_verified CHECK (verified IN ('', 'number', 'shown', 'system')),
  CONSTRAINT ck_complaint_anonymous_is_nobody CHECK ((capacity = 'anonymous') = (identity_sealed IS NULL)),
  CONSTRAINT ck_complaint_hashes CHECK (octet_length(filing) = 32 AND octet_length(code_hash) = 32),
  CONSTRAINT fk_complaint_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
RUN = f"""
CREATE TABLE complaint_run (
  {ID}, complaint_id bigint NOT NULL, no integer NOT NULL, last boolean NOT NULL, role text NOT NULL,
  number text NOT NULL, procedure_id bigint NOT NULL, body_code text NOT NULL, phase text NOT NULL,
  ending text NOT NULL DEFAULT '', result text NOT NULL DEFAULT '', step text NOT NULL DEFAULT '', due_on date,
  due_rank date NOT NULL, due_name text NOT NULL DEFAULT '', due_provisional boolean NOT NULL, answer_due date,
  opened_at timestamptz NOT NULL, answered_at timestamptz, closed_at timestamptz, state jsonb NOT NULL,
  seq integer NOT NULL, changed_at timestamptz NOT NULL, calendar_at timestamptz NOT NULL, wake_at timestamptz, escalated_at timestamptz,
  CONSTRAINT pk_complaint_run PRIMARY KEY (id),
  CONSTRAINT uq_complaint_run_complaint_id_no UNIQUE (complaint_id, no),
  CONSTRAINT uq_complaint_run_number UNIQUE (number),
  CONSTRAINT ck_complaint_run_role CHECK (role IN ('first', 'transferred', 'review')),
  CONSTRAINT ck_complaint_run_phase CHECK (phase IN ('received', 'running', 'closed', 'archived')),
  CONSTRAINT ck_complaint_run_ending CHECK (ending IN ('', 'finished', 'not_accepted', 'withdrawn', 'terminated',
    'transferred', 'merged', 'abandoned')),
  CONSTRAINT fk_complaint_run_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaint (id),
  CONSTRAINT fk_complaint_run_procedure_id FOREIGN KEY (procedure_id) REFERENCES procedure_version (id)
)
"""
TEXT = f"""
CREATE TABLE complaint_text (
  {ID}, complaint_id bigint NOT NULL, run_id bigint NOT NULL, no integer NOT NULL, kind text NOT NULL,
  to_body text NOT NULL DEFAULT '', about_no integer NOT NULL DEFAULT 0, sealed bytea NOT NULL, digest text NOT NULL,
  account_id uuid, at timestamptz NOT NULL, key_hash bytea NOT NULL,
  CONSTRAINT pk_complaint_text PRIMARY KEY (id),
  CONSTRAINT uq_complaint_text_complaint_id_no UNIQUE (complaint_id, no),
  CONSTRAINT uq_complaint_text_complaint_id_key_hash UNIQUE (complaint_id, key_hash),
  CONSTRAINT ck_complaint_text_kind CHECK (kind IN ('filed', 'message', 'answer', 'reply', 'refusal', 'remarks',
    'review_asked', 'withdrawn', 'route', 'finding', 'decision', 'returned', 'transfer', 'extract', 'extract_answer',
    'published')),
  CONSTRAINT ck_complaint_text_to_body CHECK ((to_body <> '') = (kind IN ('extract', 'extract_answer'))),
  CONSTRAINT fk_complaint_text_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaint (id),
  CONSTRAINT fk_complaint_text_run_id FOREIGN KEY (run_id) REFERENCES complaint_run (id),
  CONSTRAINT fk_complaint_text_account_id FOREIGN KEY (account_id) REFERENCES account (id)
)
"""
FILE = """
CREATE TABLE complaint_file (
  id uuid NOT NULL, complaint_id bigint NOT NULL, text_no integer NOT NULL, name_sealed bytea NOT NULL,
  content_sealed bytea NOT NULL, kind text NOT NULL, size integer NOT NULL, at timestamptz NOT NULL,
  CONSTRAINT pk_complaint_file PRIMARY KEY (id),
  CONSTRAINT fk_complaint_file_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaint (id)
)
"""
RATING = """
CREATE TABLE complaint_rating (
  run_id bigint NOT NULL, grade text NOT NULL, bad boolean NOT NULL, given_at timestamptz NOT NULL,
  CONSTRAINT pk_complaint_rating PRIMARY KEY (run_id),
  CONSTRAINT fk_complaint_rating_run_id FOREIGN KEY (run_id) REFERENCES complaint_run (id)
)
"""
OPENING = f"""
CREATE TABLE complaint_opening (
  {ID}, complaint_id bigint NOT NULL, purpose text NOT NULL, account_id uuid NOT NULL, at timestamptz NOT NULL,
  CONSTRAINT pk_complaint_opening PRIMARY KEY (id),
  CONSTRAINT fk_complaint_opening_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaint (id),
  CONSTRAINT fk_complaint_opening_account_id FOREIGN KEY (account_id) REFERENCES account (id)
)
"""
OPENING_STEP = """
CREATE TABLE complaint_opening_step (
  opening_id bigint NOT NULL, step text NOT NULL, account_id uuid NOT NULL, half_sealed bytea, at timestamptz NOT NULL,
  CONSTRAINT pk_complaint_opening_step PRIMARY KEY (opening_id, step),
  CONSTRAINT ck_complaint_opening_step_step CHECK (step IN ('countersigned', 'opened')),
  CONSTRAINT ck_complaint_opening_step_half CHECK ((step = 'countersigned') = (half_sealed IS NOT NULL)),
  CONSTRAINT fk_complaint_opening_step_opening_id FOREIGN KEY (opening_id) REFERENCES complaint_opening (id),
  CONSTRAINT fk_complaint_opening_step_account_id FOREIGN KEY (account_id) REFERENCES account (id)
)
"""
# Two persons, said by the database as well: whoever asked does not countersign.
TWO_PERSONS = """
CREATE FUNCTION complaint_opening_takes_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked uuid;
BEGIN
  SELECT account_id INTO asked FROM complaint_opening WHERE id = NEW.opening_id;
  IF (NEW.step = 'countersigned' AND NEW.account_id = asked) OR (NEW.step = 'opened' AND (NEW.account_id <> asked
      OR NOT EXISTS (SELECT FROM complaint_opening_step WHERE opening_id = NEW.opening_id AND step = 'countersigned')))
  THEN
    RAISE EXCEPTION 'an identity is opened by two persons' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
TWO_PERSONS_TRIGGER = """
CREATE TRIGGER complaint_opening_takes_two BEFORE INSERT ON complaint_opening_step
FOR EACH ROW EXECUTE FUNCTION complaint_opening_takes_two()
"""
# What is sealed may be sealed anew under another key (``reseal``); nothing else about it ever changes.
SEALED_ANEW = """
CREATE FUNCTION complaint_text_is_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.id, NEW.complaint_id, NEW.run_id, NEW.no, NEW.kind, NEW.to_body, NEW.about_no, NEW.digest,
      NEW.at, NEW.key_hash) = (OLD.id, OLD.complaint_id, OLD.run_id, OLD.no, OLD.kind, OLD.to_body, OLD.about_no,
      OLD.digest, OLD.at, OLD.key_hash) AND NEW.account_id IS NOT DISTINCT FROM OLD.account_id THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was written may only be sealed anew' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
FILE_SEALED_ANEW = """
CREATE FUNCTION complaint_file_is_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.id, NEW.complaint_id, NEW.text_no, NEW.kind, NEW.size, NEW.at)
     = (OLD.id, OLD.complaint_id, OLD.text_no, OLD.kind, OLD.size, OLD.at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a file may only be sealed anew' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
SEALED_ANEW_TRIGGER = """
CREATE TRIGGER {table}_is_sealed_anew BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_is_sealed_anew()
"""
FIGURE = f"""
CREATE TABLE complaint_figure (
  {ID}, month date NOT NULL, government_id bigint NOT NULL, body_code text NOT NULL, kind text NOT NULL, due integer,
  in_time integer, still_open integer, rated integer, satisfied integer, published_at timestamptz NOT NULL,
  CONSTRAINT pk_complaint_figure PRIMARY KEY (id),
  CONSTRAINT uq_complaint_figure_month_body_code_kind UNIQUE (month, body_code, kind),
  CONSTRAINT ck_complaint_figure_hidden CHECK (num_nulls(due, in_time, still_open) IN (0, 3)),
  CONSTRAINT ck_complaint_figure_adds_up CHECK (due IS NULL OR in_time + still_open <= due),
  CONSTRAINT fk_complaint_figure_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
QUESTION = f"""
CREATE TABLE published_question (
  {ID}, government_id bigint NOT NULL, body_code text NOT NULL, item_code text NOT NULL DEFAULT '',
  question text NOT NULL, answer text NOT NULL, published_at timestamptz NOT NULL, withdrawn_at timestamptz,
  CONSTRAINT pk_published_question PRIMARY KEY (id),
  CONSTRAINT ck_published_question_withdrawn_is_empty CHECK (withdrawn_at IS NULL OR question || answer = ''),
  CONSTRAINT fk_published_question_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
ASKED = """
CREATE TABLE asked_item (
  item_code text NOT NULL, body_code text NOT NULL, asked integer NOT NULL, counted_at timestamptz NOT NULL,
  CONSTRAINT pk_asked_item PRIMARY KEY (item_code)
)
"""
OPEN = "last AND phase IN ('received', 'running')"
INDEXES = (
    "CREATE INDEX ix_complaint_government_id ON complaint (government_id)",
    "CREATE UNIQUE INDEX ix_complaint_run_last ON complaint_run (complaint_id) WHERE last",
    f"CREATE INDEX ix_complaint_run_due ON complaint_run (body_code, due_rank, id) WHERE {OPEN}",
    "CREATE INDEX ix_complaint_run_latest ON complaint_run (body_code, id) WHERE last",
    "CREATE INDEX ix_complaint_run_wake ON complaint_run (wake_at) WHERE wake_at IS NOT NULL",
    "CREATE INDEX ix_complaint_run_answer ON complaint_run (answer_due, body_code)",
    "CREATE INDEX ix_complaint_text_to_body ON complaint_text (to_body, id) WHERE to_body <> ''",
    "CREATE INDEX ix_complaint_file_complaint_id ON complaint_file (complaint_id)",
    "CREATE INDEX ix_complaint_opening_complaint_id ON complaint_opening (complaint_id)",
    "CREATE INDEX ix_complaint_figure_body ON complaint_figure (body_code, month)",
    "CREATE INDEX ix_complaint_figure_government_id ON complaint_figure (government_id)",
    "CREATE INDEX ix_published_question_latest ON published_question (published_at, id)",
    "CREATE INDEX ix_published_question_body ON published_question (body_code, published_at, id)",
    "CREATE INDEX ix_published_question_government_id ON published_question (government_id)",
)
TABLES = (COMPLAINT, RUN, TEXT, FILE, RATING, OPENING, OPENING_STEP, FIGURE, QUESTION, ASKED)


def upgrade() -> None:
    """Create the tables and what watches over them."""
    for statement in (*TABLES, *INDEXES, TWO_PERSONS, TWO_PERSONS_TRIGGER, SEALED_ANEW, FILE_SEALED_ANEW):
        op.execute(statement)
    for table in ("complaint_text", "complaint_file"):
        op.execute(SEALED_ANEW_TRIGGER.format(table=table))
    kept = ("complaint", "complaint_rating", "complaint_opening", "complaint_opening_step")
    for table in kept:
        op.execute(PROTECT.format(table=table))
    for table in ("complaint_run", "published_question"):
        op.execute(STAYS.format(table=table))
    for table in (*kept, "complaint_run", "complaint_text", "complaint_file", "published_question"):
        op.execute(NO_TRUNCATE.format(table=table))
    for table in ("complaint_figure", "published_question", "asked_item"):
        op.execute(NOTED.format(table=table))


def downgrade() -> None:
    """There is no way back: what was said is part of the record."""
    raise NotImplementedError("complaints are never dropped; restore a backup instead")
