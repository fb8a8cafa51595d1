"""What somebody wrote in a rating may be sealed anew under another key, and nothing else about it ever changes."""

from alembic import op

revision = "2026_11_29_0022"
down_revision = "2026_11_29_0021"
branch_labels = None
depends_on = None

SEALED_ANEW = """
CREATE FUNCTION rating_is_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.remarks_sealed IS NOT NULL AND NEW.remarks_sealed IS NOT NULL
     AND (NEW.id, NEW.invitation_id, NEW.grade, NEW.bad, NEW.reasons, NEW.channel, NEW.given_at)
       = (OLD.id, OLD.invitation_id, OLD.grade, OLD.bad, OLD.reasons, OLD.channel, OLD.given_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a rating may only be sealed anew' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
TRIGGER = """
CREATE TRIGGER rating_is_sealed_anew BEFORE UPDATE OR DELETE ON rating
FOR EACH ROW EXECUTE FUNCTION rating_is_sealed_anew()
"""


def upgrade() -> None:
    """Put the narrower rule in the place of the one that allows nothing."""
    op.execute("DROP TRIGGER rating_append_only ON rating")
    op.execute(SEALED_ANEW)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Allow nothing again."""
    op.execute("DROP TRIGGER rating_is_sealed_anew ON rating")
    op.execute("DROP FUNCTION rating_is_sealed_anew()")
    op.execute(
        "CREATE TRIGGER rating_append_only BEFORE UPDATE OR DELETE ON rating FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
