"""Assessments: items that one supervisor proposes and another decides, additions, and the post whose step it was (003-43)."""

from alembic import op

revision = "2026_11_29_0037"
down_revision = "2026_11_29_0036"
branch_labels = None
depends_on = None

ITEM = """
CREATE TABLE score_item (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL, government_id bigint NOT NULL, body_code text NOT NULL,
  period text NOT NULL, indicator text NOT NULL, points numeric(6, 2) NOT NULL, clause text NOT NULL, words text NOT NULL,
  evidence text NOT NULL, state text NOT NULL DEFAULT 'proposed', proposer text NOT NULL, proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL, decider text NOT NULL DEFAULT '', decided_by text NOT NULL DEFAULT '',
  decided_at timestamptz, decision text NOT NULL DEFAULT '', opening bytea NOT NULL,
  CONSTRAINT pk_score_item PRIMARY KEY (id),
  CONSTRAINT uq_score_item_opening UNIQUE (opening),
  CONSTRAINT ck_score_item_state CHECK (state IN ('proposed', 'confirmed', 'rejected')),
  CONSTRAINT ck_score_item_points CHECK (points > 0),
  CONSTRAINT ck_score_item_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
  CONSTRAINT ck_score_item_apart CHECK (decider <> proposer),
  CONSTRAINT fk_score_item_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
# What was proposed stays as it was proposed, and is decided once.
ONCE = """
CREATE FUNCTION score_item_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'proposed'
     AND to_jsonb(NEW) - '{state,decider,decided_by,decided_at,decision}'::text[]
       = to_jsonb(OLD) - '{state,decider,decided_by,decided_at,decision}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an item of a score is decided once' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
TRIGGERS = (
    (
        "CREATE TRIGGER score_item_is_decided_once BEFORE UPDATE OR DELETE ON score_item"
        " FOR EACH ROW EXECUTE FUNCTION score_item_is_decided_once()"
    ),
    (
        "CREATE TRIGGER score_item_no_truncate BEFORE TRUNCATE ON score_item"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
)


def upgrade() -> None:
    """Create the table with what protects it, and let additions be positive."""
    op.execute(ITEM)
    op.execute("CREATE INDEX ix_score_item_period ON score_item (government_id, period, id)")
    op.execute(ONCE)
    for trigger in TRIGGERS:
        op.execute(trigger)
    op.execute("ALTER TABLE assessment_entry ADD COLUMN post text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE assessment_entry DROP CONSTRAINT ck_assessment_entry_points")
    op.execute(
        "ALTER TABLE assessment_entry ADD CONSTRAINT ck_assessment_entry_points"
        " CHECK (points <= 0 OR indicator = 'additions')"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE assessment_entry DROP CONSTRAINT ck_assessment_entry_points")
    op.execute("ALTER TABLE assessment_entry ADD CONSTRAINT ck_assessment_entry_points CHECK (points <= 0)")
    op.execute("ALTER TABLE assessment_entry DROP COLUMN post")
    op.drop_table("score_item")
    op.execute("DROP FUNCTION score_item_is_decided_once()")
