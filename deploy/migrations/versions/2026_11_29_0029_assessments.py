"""Assessments: schemes, scores with their ledgers as they were frozen, objections and restatements (003-36(5), 003-43)."""

from alembic import op

revision = "2026_11_29_0029"
down_revision = "2026_11_29_0028"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
NOTED = """
CREATE TRIGGER {table}_public AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION note_public_change()
"""
ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
SCHEME = f"""
CREATE TABLE assessment_scheme (
  {ID}, code text NOT NULL, version integer NOT NULL, digest bytea NOT NULL, document jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_assessment_scheme PRIMARY KEY (id),
  CONSTRAINT uq_assessment_scheme_code_version_digest UNIQUE (code, version, digest),
  CONSTRAINT ck_assessment_scheme_digest CHECK (octet_length(digest) = 32)
)
"""
ASSESSMENT = f"""
CREATE TABLE assessment (
  {ID}, government_id bigint NOT NULL, period text NOT NULL, scheme_id bigint NOT NULL, frozen_at timestamptz NOT NULL,
  published_at timestamptz,
  CONSTRAINT pk_assessment PRIMARY KEY (id),
  CONSTRAINT uq_assessment_government_id_period UNIQUE (government_id, period),
  CONSTRAINT fk_assessment_government_id FOREIGN KEY (government_id) REFERENCES government (id),
  CONSTRAINT fk_assessment_scheme_id FOREIGN KEY (scheme_id) REFERENCES assessment_scheme (id)
)
"""
SCORE = f"""
CREATE TABLE assessment_score (
  {ID}, assessment_id bigint NOT NULL, government_id bigint NOT NULL, period text NOT NULL, body_code text NOT NULL,
  edition integer NOT NULL, total numeric(6, 2) NOT NULL, grade text NOT NULL, veto text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '', recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_assessment_score PRIMARY KEY (id),
  CONSTRAINT uq_assessment_score_assessment_id_body_code_edition UNIQUE (assessment_id, body_code, edition),
  CONSTRAINT ck_assessment_score_reason CHECK ((edition > 1) = (reason <> '')),
  CONSTRAINT fk_assessment_score_assessment_id FOREIGN KEY (assessment_id) REFERENCES assessment (id),
  CONSTRAINT fk_assessment_score_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
ENTRY = f"""
CREATE TABLE assessment_entry (
  {ID}, score_id bigint NOT NULL, no integer NOT NULL, indicator text NOT NULL, points numeric(6, 2) NOT NULL,
  clause text NOT NULL, words text NOT NULL, rule_code text NOT NULL DEFAULT '', stream text NOT NULL DEFAULT '',
  alert_id bigint, matter_id bigint, measure numeric(12, 2),
  CONSTRAINT pk_assessment_entry PRIMARY KEY (id),
  CONSTRAINT uq_assessment_entry_score_id_no UNIQUE (score_id, no),
  CONSTRAINT ck_assessment_entry_points CHECK (points <= 0),
  CONSTRAINT fk_assessment_entry_score_id FOREIGN KEY (score_id) REFERENCES assessment_score (id),
  CONSTRAINT fk_assessment_entry_alert_id FOREIGN KEY (alert_id) REFERENCES alert (id),
  CONSTRAINT fk_assessment_entry_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id)
)
"""
OBJECTION = f"""
CREATE TABLE score_objection (
  {ID}, score_id bigint NOT NULL, entries integer[] NOT NULL, reasons text NOT NULL, filed_at timestamptz NOT NULL,
  filed_by text NOT NULL, due_on date NOT NULL, state text NOT NULL DEFAULT 'filed', decided_at timestamptz,
  decided_by text NOT NULL DEFAULT '', decision text NOT NULL DEFAULT '',
  CONSTRAINT pk_score_objection PRIMARY KEY (id),
  CONSTRAINT uq_score_objection_score_id UNIQUE (score_id),
  CONSTRAINT ck_score_objection_state CHECK (state IN ('filed', 'upheld', 'rejected')),
  CONSTRAINT ck_score_objection_decided CHECK ((state = 'filed') = (decided_at IS NULL)),
  CONSTRAINT fk_score_objection_score_id FOREIGN KEY (score_id) REFERENCES assessment_score (id)
)
"""
# A period is published once; an objection is decided once; nothing else about them ever changes.
ONCE = """
CREATE FUNCTION assessment_is_published_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.published_at IS NULL AND NEW.published_at IS NOT NULL
     AND (NEW.id, NEW.government_id, NEW.period, NEW.scheme_id, NEW.frozen_at)
       = (OLD.id, OLD.government_id, OLD.period, OLD.scheme_id, OLD.frozen_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an assessment is published once and never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
DECIDED = """
CREATE FUNCTION objection_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'filed' AND NEW.state <> 'filed'
     AND (NEW.id, NEW.score_id, NEW.entries, NEW.reasons, NEW.filed_at, NEW.filed_by, NEW.due_on)
       = (OLD.id, OLD.score_id, OLD.entries, OLD.reasons, OLD.filed_at, OLD.filed_by, OLD.due_on) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an objection is decided once and never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
TRIGGERS = (
    (
        "CREATE TRIGGER assessment_is_published_once BEFORE UPDATE OR DELETE ON assessment"
        " FOR EACH ROW EXECUTE FUNCTION assessment_is_published_once()"
    ),
    (
        "CREATE TRIGGER objection_is_decided_once BEFORE UPDATE OR DELETE ON score_objection"
        " FOR EACH ROW EXECUTE FUNCTION objection_is_decided_once()"
    ),
    "CREATE INDEX ix_assessment_score_body ON assessment_score (body_code, id)",
)
TABLES = ("score_objection", "assessment_entry", "assessment_score", "assessment", "assessment_scheme")


def upgrade() -> None:
    """Create the tables with what protects them."""
    for statement in (SCHEME, ASSESSMENT, SCORE, ENTRY, OBJECTION, ONCE, DECIDED, *TRIGGERS):
        op.execute(statement)
    for table in ("assessment_scheme", "assessment_score", "assessment_entry"):
        op.execute(APPEND_ONLY.format(table=table))
    for table in TABLES:
        op.execute(NO_TRUNCATE.format(table=table))
    # What everybody may read, once it is published.
    for table in ("assessment", "assessment_score"):
        op.execute(NOTED.format(table=table))


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION assessment_is_published_once()")
    op.execute("DROP FUNCTION objection_is_decided_once()")
