"""The hall: ratings of how matters were handled, and the published results of licences and penalties."""

from alembic import op

revision = "2026_11_29_0019"
down_revision = "2026_11_29_0018"
branch_labels = None
depends_on = None

KINDS = (
    "'case', 'penalty_case', 'adjustment', 'complaint', 'supervision_case', 'filing', 'dossier_review', "
    "'reconsideration', 'accountability', 'decision', 'rating_review'"
)
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

INVITATION = f"""
CREATE TABLE rating_invitation (
  {ID}, matter_id bigint NOT NULL, round integer NOT NULL, government_id bigint NOT NULL, body_code text NOT NULL,
  item_code text NOT NULL, month date NOT NULL, invited_at timestamptz NOT NULL, expires_on date NOT NULL,
  CONSTRAINT pk_rating_invitation PRIMARY KEY (id),
  CONSTRAINT uq_rating_invitation_matter_id_round UNIQUE (matter_id, round),
  CONSTRAINT ck_rating_invitation_round CHECK (round >= 1),
  CONSTRAINT fk_rating_invitation_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id),
  CONSTRAINT fk_rating_invitation_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
RATING = f"""
CREATE TABLE rating (
  {ID}, invitation_id bigint NOT NULL, grade text NOT NULL, bad boolean NOT NULL,
  reasons text[] NOT NULL DEFAULT '{{}}', remarks_sealed bytea, channel text NOT NULL, given_at timestamptz NOT NULL,
  CONSTRAINT pk_rating PRIMARY KEY (id),
  CONSTRAINT uq_rating_invitation_id UNIQUE (invitation_id),
  CONSTRAINT ck_rating_channel CHECK (channel IN ('online', 'counter')),
  CONSTRAINT ck_rating_reasons CHECK (bad = (cardinality(reasons) > 0)),
  CONSTRAINT fk_rating_invitation_id FOREIGN KEY (invitation_id) REFERENCES rating_invitation (id)
)
"""
REVIEW = """
CREATE TABLE rating_review (
  rating_id bigint NOT NULL, matter_id bigint NOT NULL, opened_at timestamptz NOT NULL, due_on date,
  closed_at timestamptz, in_time boolean,
  CONSTRAINT pk_rating_review PRIMARY KEY (rating_id),
  CONSTRAINT uq_rating_review_matter_id UNIQUE (matter_id),
  CONSTRAINT ck_rating_review_closed CHECK ((closed_at IS NULL) = (in_time IS NULL)),
  CONSTRAINT fk_rating_review_rating_id FOREIGN KEY (rating_id) REFERENCES rating (id),
  CONSTRAINT fk_rating_review_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id)
)
"""
# The end of a review is noted once; nothing else about it ever changes.
REVIEW_ENDS = """
CREATE FUNCTION end_review_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
     AND (NEW.rating_id, NEW.matter_id, NEW.opened_at) = (OLD.rating_id, OLD.matter_id, OLD.opened_at)
     AND NEW.due_on IS NOT DISTINCT FROM OLD.due_on THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a review may only be ended, and only once' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
REVIEW_TRIGGER = """
CREATE TRIGGER rating_review_ends_once BEFORE UPDATE OR DELETE ON rating_review
FOR EACH ROW EXECUTE FUNCTION end_review_once()
"""
GRADES = "very_satisfied, satisfied, fairly_satisfied, dissatisfied, very_dissatisfied"
REST = "bad, reviewed, in_time, again, better"
FIGURE = f"""
CREATE TABLE rating_figure (
  {ID}, month date NOT NULL, government_id bigint NOT NULL, body_code text NOT NULL, item_code text NOT NULL,
  item_name text NOT NULL, invited integer NOT NULL, answered integer, very_satisfied integer, satisfied integer,
  fairly_satisfied integer, dissatisfied integer, very_dissatisfied integer, bad integer, reviewed integer,
  in_time integer, again integer, better integer, published_at timestamptz NOT NULL,
  CONSTRAINT pk_rating_figure PRIMARY KEY (id),
  CONSTRAINT uq_rating_figure_month_body_code_item_code UNIQUE (month, body_code, item_code),
  CONSTRAINT ck_rating_figure_hidden CHECK (
    answered IS NULL AND num_nonnulls({GRADES}, {REST}) = 0 OR num_nulls(answered, {GRADES}, {REST}) = 0),
  CONSTRAINT fk_rating_figure_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
RESULT = f"""
CREATE TABLE result (
  {ID}, matter_id bigint NOT NULL, kind text NOT NULL, government_id bigint NOT NULL, body_code text NOT NULL,
  item_code text NOT NULL, title text NOT NULL, state text NOT NULL, no integer NOT NULL, content jsonb NOT NULL,
  drafted_at timestamptz NOT NULL, todo_on date, changed_on date, reminded_for date,
  CONSTRAINT pk_result PRIMARY KEY (id),
  CONSTRAINT uq_result_matter_id UNIQUE (matter_id),
  CONSTRAINT ck_result_state CHECK (state IN ('draft', 'published', 'withheld', 'withdrawn')),
  CONSTRAINT ck_result_draft_is_due CHECK (state <> 'draft' OR todo_on IS NOT NULL),
  CONSTRAINT fk_result_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id),
  CONSTRAINT fk_result_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
VERSION = f"""
CREATE TABLE result_version (
  {ID}, result_id bigint NOT NULL, no integer NOT NULL, act text NOT NULL, content jsonb NOT NULL,
  digest bytea NOT NULL, ground text NOT NULL DEFAULT '', reason text NOT NULL DEFAULT '',
  by_name text NOT NULL DEFAULT '', recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_result_version PRIMARY KEY (id),
  CONSTRAINT uq_result_version_result_id_no UNIQUE (result_id, no),
  CONSTRAINT ck_result_version_act CHECK (act IN ('publish', 'correct', 'withdraw', 'withhold')),
  CONSTRAINT ck_result_version_digest CHECK (octet_length(digest) = 32),
  CONSTRAINT fk_result_version_result_id FOREIGN KEY (result_id) REFERENCES result (id)
)
"""
# What is withdrawn says that, when and why, and no word of what it was: the database itself sees to it.
PUBLISHED = """
CREATE TABLE published_result (
  id bigint NOT NULL, kind text NOT NULL, state text NOT NULL, no integer NOT NULL, government_id bigint NOT NULL,
  body_code text NOT NULL, body_name text NOT NULL, decision_number text NOT NULL DEFAULT '',
  party text NOT NULL DEFAULT '', party_kind text NOT NULL, item_code text NOT NULL DEFAULT '',
  item_name text NOT NULL DEFAULT '', result text NOT NULL DEFAULT '', content text NOT NULL DEFAULT '',
  basis text NOT NULL DEFAULT '', decided_on date, valid_from date, valid_until date,
  search_key text NOT NULL DEFAULT '', published_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
  shown_until date, digest bytea NOT NULL, ground text NOT NULL DEFAULT '', reason text NOT NULL DEFAULT '',
  CONSTRAINT pk_published_result PRIMARY KEY (id),
  CONSTRAINT ck_published_result_state CHECK (state IN ('published', 'withdrawn')),
  CONSTRAINT ck_published_result_withdrawn_is_empty CHECK (
    state <> 'withdrawn' OR concat(decision_number, party, item_code, item_name, result, content, basis, search_key)
    = '' AND num_nonnulls(decided_on, valid_from, valid_until) = 0),
  CONSTRAINT fk_published_result_id FOREIGN KEY (id) REFERENCES result (id),
  CONSTRAINT fk_published_result_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
INDEXES = (
    "CREATE INDEX ix_rating_invitation_month ON rating_invitation (month, body_code)",
    "CREATE INDEX ix_rating_invitation_government_id ON rating_invitation (government_id)",
    "CREATE INDEX ix_rating_figure_body ON rating_figure (body_code, month, item_code)",
    "CREATE INDEX ix_rating_figure_item ON rating_figure (item_code, month)",
    "CREATE INDEX ix_rating_figure_government_id ON rating_figure (government_id)",
    "CREATE INDEX ix_result_todo ON result (body_code, todo_on, id) WHERE todo_on IS NOT NULL",
    "CREATE INDEX ix_result_latest ON result (body_code, id)",
    "CREATE INDEX ix_result_government_id ON result (government_id)",
    "CREATE INDEX ix_published_result_latest ON published_result (published_at, id)",
    "CREATE INDEX ix_published_result_body ON published_result (body_code, published_at, id)",
    "CREATE INDEX ix_published_result_item ON published_result (item_code, published_at, id)",
    "CREATE INDEX ix_published_result_government_id ON published_result (government_id)",
)


def upgrade() -> None:
    """Create the tables, their triggers, and the kind of matter that reviews a bad rating."""
    for statement in (INVITATION, RATING, REVIEW, FIGURE, RESULT, VERSION, PUBLISHED, *INDEXES):
        op.execute(statement)
    op.execute("ALTER TABLE matter DROP CONSTRAINT ck_matter_kind")
    op.execute(f"ALTER TABLE matter ADD CONSTRAINT ck_matter_kind CHECK (kind IN ({KINDS})) NOT VALID")
    op.execute("ALTER TABLE matter VALIDATE CONSTRAINT ck_matter_kind")
    op.execute(REVIEW_ENDS)
    op.execute(REVIEW_TRIGGER)
    for table in ("rating_invitation", "rating", "result_version"):
        op.execute(PROTECT.format(table=table))
    for table in ("result", "published_result"):
        op.execute(STAYS.format(table=table))
    for table in ("rating_invitation", "rating", "rating_review", "result", "result_version", "published_result"):
        op.execute(NO_TRUNCATE.format(table=table))
    for table in ("rating_figure", "published_result"):
        op.execute(NOTED.format(table=table))


def downgrade() -> None:
    """There is no way back: what was said and published is part of the record."""
    raise NotImplementedError("ratings and published results are never dropped; restore a backup instead")
