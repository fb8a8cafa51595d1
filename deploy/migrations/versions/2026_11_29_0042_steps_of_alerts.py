"""An alert keeps whose step it was when it opened: it never changes, and was looked for in every matter again (003-36(4))."""

from alembic import op

revision = "2026_11_29_0042"
down_revision = "2026_11_29_0041"
branch_labels = None
depends_on = None

# The step that the alert is about, or else the last stay that had begun when it opened; the post is the procedure's.
FILL = """
UPDATE alert SET step = h.step, post = coalesce(h.post, '') FROM (
  SELECT s.id, s.step, (SELECT d.d ->> 'post' FROM procedure_version p, jsonb_array_elements(p.document -> 'steps') d(d)
    WHERE p.id = s.procedure_id AND d.d ->> 'key' = s.step LIMIT 1) AS post
  FROM (SELECT DISTINCT ON (a.id) a.id, m.procedure_id, v.d ->> 'step' AS step FROM alert a JOIN matter m ON m.id = a.matter_id
    CROSS JOIN LATERAL jsonb_array_elements(m.state -> 'visits') v(d)
    WHERE (v.d ->> 'entered')::timestamptz <= a.opened_at
    ORDER BY a.id, v.d ->> 'step' = a.occasion DESC, (v.d ->> 'number')::int DESC) s) h
WHERE alert.id = h.id AND h.step IS NOT NULL
"""
ONLY_RISES = """
CREATE OR REPLACE FUNCTION alert_only_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.rank >= OLD.rank AND NEW.seq = OLD.seq + 1
     AND (NEW.id, NEW.rule_code, NEW.kind, NEW.subject, NEW.subject_key, NEW.occasion, NEW.item_code, NEW.body_code,
          NEW.government_id, NEW.trial, NEW.opened_at{new})
       = (OLD.id, OLD.rule_code, OLD.kind, OLD.subject, OLD.subject_key, OLD.occasion, OLD.item_code, OLD.body_code,
          OLD.government_id, OLD.trial, OLD.opened_at{old})
     AND NEW.matter_id IS NOT DISTINCT FROM OLD.matter_id THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an alert rises or is lifted, and never goes' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    """Add the step and its post, fill them in as the analysis has counted them, and let nobody change them."""
    for name in ("step", "post"):
        op.execute(f"ALTER TABLE alert ADD COLUMN {name} text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE alert DISABLE TRIGGER alert_only_rises")
    op.execute(FILL)
    op.execute("ALTER TABLE alert ENABLE TRIGGER alert_only_rises")
    op.execute(ONLY_RISES.format(new=", NEW.step, NEW.post", old=", OLD.step, OLD.post"))


def downgrade() -> None:
    """Take them away."""
    op.execute(ONLY_RISES.format(new="", old=""))
    for name in ("post", "step"):
        op.execute(f"ALTER TABLE alert DROP COLUMN {name}")
