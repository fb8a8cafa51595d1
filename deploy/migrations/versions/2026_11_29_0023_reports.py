"""Reports and bulletins with their editions, and every figure that was published once."""

from alembic import op

revision = "2026_11_29_0023"
down_revision = "2026_11_29_0022"
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
# What was published stays as it was; that something later took its place is noted once.
REPLACED_ONCE = """
CREATE FUNCTION replace_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.replaced_at IS NULL AND NEW.replaced_at IS NOT NULL
     AND to_jsonb(NEW) - 'replaced_at' = to_jsonb(OLD) - 'replaced_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was published may only be replaced, and only once' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
REPLACED_TRIGGER = """
CREATE TRIGGER {table}_replaced_once BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION replace_once()
"""
ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
KIND = "CHECK (kind IN ('annual_report', 'bulletin'))"

REPORT = f"""
CREATE TABLE report (
  {ID}, kind text NOT NULL, government_id bigint NOT NULL, body_code text NOT NULL, period text NOT NULL,
  state text NOT NULL, edition integer NOT NULL, no integer NOT NULL, content jsonb NOT NULL,
  note text NOT NULL DEFAULT '', due_on date, late boolean NOT NULL DEFAULT false, missed_at timestamptz,
  opened_at timestamptz NOT NULL, changed_at timestamptz NOT NULL, submitted_at timestamptz, submitted_by uuid,
  writers uuid[] NOT NULL DEFAULT '{{}}',
  CONSTRAINT pk_report PRIMARY KEY (id),
  CONSTRAINT uq_report_kind_body_code_period UNIQUE (kind, body_code, period),
  CONSTRAINT ck_report_kind {KIND},
  CONSTRAINT ck_report_state CHECK (state IN ('open', 'submitted', 'returned', 'accepted')),
  CONSTRAINT fk_report_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
VERSION = f"""
CREATE TABLE report_version (
  {ID}, report_id bigint NOT NULL, no integer NOT NULL, edition integer NOT NULL, act text NOT NULL,
  content jsonb NOT NULL, digest bytea NOT NULL, reason text NOT NULL DEFAULT '', act_key text NOT NULL DEFAULT '',
  by_name text NOT NULL DEFAULT '', recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_report_version PRIMARY KEY (id),
  CONSTRAINT uq_report_version_report_id_no UNIQUE (report_id, no),
  CONSTRAINT ck_report_version_act CHECK (act IN ('submit', 'return', 'accept', 'correct')),
  CONSTRAINT ck_report_version_digest CHECK (octet_length(digest) = 32),
  CONSTRAINT fk_report_version_report_id FOREIGN KEY (report_id) REFERENCES report (id)
)
"""
PUBLICATION = f"""
CREATE TABLE publication (
  {ID}, report_id bigint NOT NULL, kind text NOT NULL, government_id bigint NOT NULL, body_code text NOT NULL,
  body_name text NOT NULL, period text NOT NULL, edition integer NOT NULL, title text NOT NULL, content jsonb NOT NULL,
  note text NOT NULL DEFAULT '', digest bytea NOT NULL, pdf_file text NOT NULL, pdf_size integer NOT NULL,
  published_at timestamptz NOT NULL, replaced_at timestamptz,
  CONSTRAINT pk_publication PRIMARY KEY (id),
  CONSTRAINT uq_publication_report_id_edition UNIQUE (report_id, edition),
  CONSTRAINT ck_publication_kind {KIND},
  CONSTRAINT ck_publication_digest CHECK (octet_length(digest) = 32),
  CONSTRAINT ck_publication_note CHECK (edition = 1 OR note <> ''),
  CONSTRAINT fk_publication_report_id FOREIGN KEY (report_id) REFERENCES report (id),
  CONSTRAINT fk_publication_government_id FOREIGN KEY (government_id) REFERENCES government (id),
  CONSTRAINT fk_publication_pdf_file FOREIGN KEY (pdf_file) REFERENCES stored_file (digest)
)
"""
FIGURE = f"""
CREATE TABLE metric_figure (
  {ID}, government_id bigint NOT NULL, period text NOT NULL, metric text NOT NULL, body_code text NOT NULL,
  category text NOT NULL, no integer NOT NULL, value bigint, restated boolean NOT NULL, previous bigint,
  publication_id bigint, published_at timestamptz NOT NULL, replaced_at timestamptz,
  CONSTRAINT pk_metric_figure PRIMARY KEY (id),
  CONSTRAINT uq_metric_figure_no UNIQUE (government_id, period, metric, body_code, category, no),
  CONSTRAINT ck_metric_figure_restated CHECK (no >= 1 AND restated = (no > 1)),
  CONSTRAINT fk_metric_figure_government_id FOREIGN KEY (government_id) REFERENCES government (id),
  CONSTRAINT fk_metric_figure_publication_id FOREIGN KEY (publication_id) REFERENCES publication (id)
)
"""
INDEXES = (
    "CREATE INDEX ix_report_government_id ON report (government_id)",
    "CREATE INDEX ix_report_period ON report (kind, government_id, period, body_code)",
    "CREATE INDEX ix_report_latest ON report (body_code, id)",
    "CREATE INDEX ix_report_waiting ON report (due_on) WHERE state IN ('open', 'returned')",
    "CREATE UNIQUE INDEX uq_report_version_key ON report_version (report_id, act_key) WHERE act_key <> ''",
    "CREATE INDEX ix_publication_government_id ON publication (government_id)",
    "CREATE INDEX ix_publication_latest ON publication (kind, period, id)",
    "CREATE INDEX ix_publication_body ON publication (body_code, kind, period)",
    "CREATE INDEX ix_publication_pdf_file ON publication (pdf_file)",
    "CREATE UNIQUE INDEX uq_metric_figure_current ON metric_figure (government_id, period, metric, body_code, category) WHERE replaced_at IS NULL",
    "CREATE INDEX ix_metric_figure_listed ON metric_figure (period, body_code, category, metric, id)",
    "CREATE INDEX ix_metric_figure_publication_id ON metric_figure (publication_id)",
    # Which matters were late, and which results: few of all events, and asked for by time.
    "CREATE INDEX ix_event_lapses ON event (kind, at) WHERE kind IN ('matter.remind', 'result.overdue')",
)


def upgrade() -> None:
    """Create the tables, their triggers and indexes."""
    for statement in (REPORT, VERSION, PUBLICATION, FIGURE, *INDEXES, REPLACED_ONCE):
        op.execute(statement)
    op.execute(PROTECT.format(table="report_version"))
    op.execute(STAYS.format(table="report"))
    for table in ("publication", "metric_figure"):
        op.execute(REPLACED_TRIGGER.format(table=table))
        op.execute(NOTED.format(table=table))
    for table in ("report", "report_version", "publication", "metric_figure"):
        op.execute(NO_TRUNCATE.format(table=table))


def downgrade() -> None:
    """There is no way back: what was reported and published is part of the record."""
    raise NotImplementedError("reports are never dropped; restore a backup instead")
