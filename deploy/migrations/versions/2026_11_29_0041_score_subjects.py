"""Assessments: units and posts have scores of their own, lines say whose step it was, and who scored a period (003-36(5))."""

from alembic import op

revision = "2026_11_29_0041"
down_revision = "2026_11_29_0040"
branch_labels = None
depends_on = None

COLUMNS = (
    "ALTER TABLE assessment ADD COLUMN frozen_by text NOT NULL DEFAULT ''",
    (
        "ALTER TABLE assessment_score ADD COLUMN kind text NOT NULL DEFAULT 'body', ADD COLUMN unit text NOT NULL DEFAULT '',"
        " ADD COLUMN post text NOT NULL DEFAULT '', ADD COLUMN steps integer,"
        " ADD CONSTRAINT ck_assessment_score_kind CHECK (kind IN ('body', 'unit', 'post')),"
        " ADD CONSTRAINT ck_assessment_score_subject"
        " CHECK ((unit <> '') = (kind <> 'body') AND (post <> '') = (kind = 'post')),"
        " DROP CONSTRAINT uq_assessment_score_assessment_id_body_code_edition,"
        " ADD CONSTRAINT uq_assessment_score_subject UNIQUE (assessment_id, kind, body_code, unit, post, edition)"
    ),
    (
        "ALTER TABLE assessment_entry ADD COLUMN unit text NOT NULL DEFAULT '',"
        " ADD COLUMN attribution text NOT NULL DEFAULT '', ADD COLUMN veto text NOT NULL DEFAULT '',"
        " ADD CONSTRAINT ck_assessment_entry_attribution"
        " CHECK (attribution IN ('', 'post', 'assignee', 'unit', 'several', 'unknown', 'whole'))"
    ),
)
ONCE = """
CREATE OR REPLACE FUNCTION assessment_is_published_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.published_at IS NULL AND NEW.published_at IS NOT NULL
     AND to_jsonb(NEW) - 'published_at' = to_jsonb(OLD) - 'published_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an assessment is published once and never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# The feed of the open data tells of what is published, and only the scores of bodies, which name no unit, ever are.
NOTE = """
CREATE OR REPLACE FUNCTION note_open_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE mine bigint := pg_current_xact_id()::text::bigint;
BEGIN
  INSERT INTO public.public_change (transaction) VALUES (mine) ON CONFLICT DO NOTHING;
  INSERT INTO public.open_change (number, dataset, key)
  SELECT p.number, n.dataset, n.key FROM public.public_change p, ({named}) n (dataset, key) WHERE p.transaction = mine;
  RETURN NULL;
END $$
"""
NAMED = {
    "assessment": (
        "SELECT 'assessment_scores', s.id::text FROM public.assessment_score s"
        " JOIN changed c ON c.id = s.assessment_id WHERE s.unit = ''"
    ),
    "assessment_score": "SELECT 'assessment_scores', c.id::text FROM changed c WHERE c.unit = ''",
}


def upgrade() -> None:
    """Add the columns; what was scored before stays a score of a body, its lines as they were."""
    for statement in (*COLUMNS, "CREATE INDEX ix_assessment_score_period ON assessment_score (period, kind, id)"):
        op.execute(statement)
    op.execute(ONCE)
    for table, named in NAMED.items():
        op.execute(NOTE.format(table=table, named=named))


def downgrade() -> None:
    """There is no way back once units and posts have scores, which are facts."""
    raise NotImplementedError("scores are never dropped; restore a backup instead")
