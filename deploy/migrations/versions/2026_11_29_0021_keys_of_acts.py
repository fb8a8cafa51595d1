"""What a matter remembers under the key of an act names its kind: another kind of act is never a repetition (003-33)."""

from alembic import op

revision = "2026_11_29_0021"
down_revision = "2026_11_29_0020"
branch_labels = None
depends_on = None

# The events say which kind of act came under a key; they stay as they are. What a matter holds is only their fold.
NAMED = """
UPDATE matter m SET state = jsonb_set(m.state, '{keys}', (
  SELECT jsonb_object_agg(k.key, CASE WHEN strpos(k.value, ':') > 0 THEN k.value ELSE e.kind || ':' || k.value END)
  FROM jsonb_each_text(m.state -> 'keys') k
  JOIN (SELECT body::jsonb #>> '{act,key}' AS key, body::jsonb #>> '{act,kind}' AS kind
        FROM event WHERE stream = 'matter:' || m.id::text) e USING (key)
)) WHERE m.state -> 'keys' <> '{}'::jsonb
"""
UNNAMED = """
UPDATE matter m SET state = jsonb_set(m.state, '{keys}', (
  SELECT jsonb_object_agg(k.key, substr(k.value, strpos(k.value, ':') + 1)) FROM jsonb_each_text(m.state -> 'keys') k
)) WHERE m.state -> 'keys' <> '{}'::jsonb
"""


def upgrade() -> None:
    """Put the kind before each digest."""
    op.execute(NAMED)


def downgrade() -> None:
    """Leave the digests alone."""
    op.execute(UNNAMED)
