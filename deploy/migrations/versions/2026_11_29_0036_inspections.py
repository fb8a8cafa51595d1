"""Supervision inspections: plans with a committed seed, drawn samples, sheets that are only added to (000-14, 000-15)."""

from alembic import op

revision = "2026_11_29_0036"
down_revision = "2026_11_29_0035"
branch_labels = None
depends_on = None

ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
INSPECTION = f"""
CREATE TABLE inspection (
  {ID}, number text NOT NULL, government_id bigint NOT NULL, bureau text NOT NULL, title text NOT NULL,
  way text NOT NULL, methods text[] NOT NULL DEFAULT '{{}}', content text NOT NULL, bodies text[] NOT NULL DEFAULT '{{}}',
  team text[] NOT NULL DEFAULT '{{}}', first_day date NOT NULL, last_day date NOT NULL, sample_size integer NOT NULL,
  frame_size integer NOT NULL, frame_digest bytea NOT NULL, commitment bytea NOT NULL, seed bytea,
  state text NOT NULL DEFAULT 'planned', result text NOT NULL DEFAULT '', opening bytea NOT NULL,
  planned_at timestamptz NOT NULL, planned_by text NOT NULL DEFAULT '', drawn_at timestamptz, closed_at timestamptz,
  CONSTRAINT pk_inspection PRIMARY KEY (id),
  CONSTRAINT uq_inspection_number UNIQUE (number),
  CONSTRAINT uq_inspection_opening UNIQUE (opening),
  CONSTRAINT ck_inspection_state CHECK (state IN ('planned', 'drawn', 'closed')),
  CONSTRAINT ck_inspection_seed CHECK ((state = 'planned') = (seed IS NULL)),
  CONSTRAINT ck_inspection_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  CONSTRAINT fk_inspection_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
SAMPLE = f"""
CREATE TABLE inspection_sample (
  {ID}, inspection_id bigint NOT NULL, no integer NOT NULL, matter_id bigint NOT NULL,
  CONSTRAINT pk_inspection_sample PRIMARY KEY (id),
  CONSTRAINT uq_inspection_sample_inspection_id_no UNIQUE (inspection_id, no),
  CONSTRAINT uq_inspection_sample_inspection_id_matter_id UNIQUE (inspection_id, matter_id),
  CONSTRAINT fk_inspection_sample_inspection_id FOREIGN KEY (inspection_id) REFERENCES inspection (id),
  CONSTRAINT fk_inspection_sample_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id)
)
"""
SHEET = f"""
CREATE TABLE inspection_sheet (
  {ID}, inspection_id bigint NOT NULL, sample_id bigint, body_code text NOT NULL, point text NOT NULL,
  verdict text NOT NULL, note text NOT NULL DEFAULT '', noted_at timestamptz NOT NULL, noted_by text NOT NULL DEFAULT '',
  CONSTRAINT pk_inspection_sheet PRIMARY KEY (id),
  CONSTRAINT ck_inspection_sheet_verdict CHECK (verdict IN ('sound', 'problem', 'not_applicable')),
  CONSTRAINT ck_inspection_sheet_note CHECK (verdict <> 'problem' OR note <> ''),
  CONSTRAINT fk_inspection_sheet_inspection_id FOREIGN KEY (inspection_id) REFERENCES inspection (id),
  CONSTRAINT fk_inspection_sheet_sample_id FOREIGN KEY (sample_id) REFERENCES inspection_sample (id)
)
"""
# What was planned stays as it was planned: only the seed is shown, and the state goes on.
GOES_ON = """
CREATE FUNCTION inspection_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state <> 'closed' AND (OLD.seed IS NULL OR NEW.seed = OLD.seed)
     AND to_jsonb(NEW) - '{seed,state,result,drawn_at,closed_at}'::text[]
       = to_jsonb(OLD) - '{seed,state,result,drawn_at,closed_at}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an inspection stays as it was planned, drawn and closed' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
INDEXES = (
    "CREATE INDEX ix_inspection_government ON inspection (government_id, id)",
    "CREATE INDEX ix_inspection_sheet_inspection ON inspection_sheet (inspection_id, id)",
)


def upgrade() -> None:
    """Create the tables with what protects them."""
    for statement in (INSPECTION, SAMPLE, SHEET, *INDEXES, GOES_ON):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER inspection_goes_on BEFORE UPDATE OR DELETE ON inspection"
        " FOR EACH ROW EXECUTE FUNCTION inspection_goes_on()"
    )
    for table in ("inspection_sample", "inspection_sheet"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table in ("inspection", "inspection_sample", "inspection_sheet"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Drop them."""
    for table in ("inspection_sheet", "inspection_sample", "inspection"):
        op.drop_table(table)
    op.execute("DROP FUNCTION inspection_goes_on()")
