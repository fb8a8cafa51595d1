"""An alert keeps who had the step when it opened: whom a step is assigned to changes, and would be blamed for it (003-36(5))."""

from alembic import op

revision = "2026_11_29_0044"
down_revision = "2026_11_29_0043"
branch_labels = None
depends_on = None

ONLY_RISES = """
CREATE OR REPLACE FUNCTION alert_only_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.rank >= OLD.rank AND NEW.seq = OLD.seq + 1
     AND (NEW.id, NEW.rule_code, NEW.kind, NEW.subject, NEW.subject_key, NEW.occasion, NEW.item_code, NEW.body_code,
          NEW.government_id, NEW.trial, NEW.opened_at, NEW.step, NEW.post)
       = (OLD.id, OLD.rule_code, OLD.kind, OLD.subject, OLD.subject_key, OLD.occasion, OLD.item_code, OLD.body_code,
          OLD.government_id, OLD.trial, OLD.opened_at, OLD.step, OLD.post)
     AND NEW.matter_id IS NOT DISTINCT FROM OLD.matter_id{people} THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an alert rises or is lifted, and never goes' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    """Add the people, whom nobody changes; of alerts before nobody knows any more who it was then: null."""
    op.execute("ALTER TABLE alert ADD COLUMN people text[]")
    op.execute(ONLY_RISES.format(people=" AND NEW.people IS NOT DISTINCT FROM OLD.people"))


def downgrade() -> None:
    """Take them away."""
    op.execute(ONLY_RISES.format(people=""))
    op.execute("ALTER TABLE alert DROP COLUMN people")
