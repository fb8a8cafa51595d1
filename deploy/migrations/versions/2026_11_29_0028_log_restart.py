"""A log that was lost or forked ends, and another one begins with its last head in the first leaf (003-33)."""

from alembic import op

revision = "2026_11_29_0028"
down_revision = "2026_11_29_0027"
branch_labels = None
depends_on = None

# Heads that were published stay in log_checkpoint under their name; the next tail of the auditor begins at the first leaf.
RESTART = r"""
CREATE FUNCTION log_restart(first bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  sealed event_leaf := (SELECT l FROM event_leaf l JOIN event e ON e.id = l.event_id
                        WHERE e.id = first AND e.kind = 'log.restarted' AND starts_with(e.stream, 'log:'));
BEGIN
  IF sealed.event_id IS NULL OR EXISTS (SELECT FROM log_leaf WHERE event_id = first) THEN
    RAISE EXCEPTION 'a log begins anew with the act that ends the former one' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  ALTER TABLE log_leaf DISABLE TRIGGER USER;
  ALTER TABLE log_head DISABLE TRIGGER USER;
  INSERT INTO log_pending (event_id, entry) SELECT event_id, entry FROM log_leaf;
  DELETE FROM log_leaf;
  DELETE FROM log_pending WHERE event_id = first;
  INSERT INTO log_leaf (place, event_id, entry, leaf) VALUES (0, first, sealed.entry, sealed.leaf);
  UPDATE log_head SET epoch = epoch + 1, size = 1, frontier = ARRAY[sealed.leaf], root = sealed.leaf;
  INSERT INTO log_audit (scope, started_at, ended_at, size, frontier, outside, verdict, findings, unchecked)
  SELECT 'tail', e.at, e.at, 0, '{}'::bytea[], 0, 'unchecked', 0, ARRAY['log restarted'] FROM event e WHERE e.id = first;
  ALTER TABLE log_leaf ENABLE TRIGGER USER;
  ALTER TABLE log_head ENABLE TRIGGER USER;
END $$
"""


def upgrade() -> None:
    """Create the function; only the operator may call it."""
    op.execute(RESTART)


def downgrade() -> None:
    """Drop it; a log that began anew stays."""
    op.execute("DROP FUNCTION log_restart")
