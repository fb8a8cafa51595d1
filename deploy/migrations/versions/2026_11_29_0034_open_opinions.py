"""What offices ask and what they answered is open data, too: its changes are in the feed."""

from alembic import op

revision = "2026_11_29_0034"
down_revision = "2026_11_29_0033"
branch_labels = None
depends_on = None

# A comment becomes public when it is answered: that it was sent is nobody's business.
NAMED = {
    "opinion_call": ("opinion_calls", ("INSERT", "UPDATE", "DELETE")),
    "opinion_comment": ("opinion_answers", ("UPDATE", "DELETE")),
}
NOTE = """
CREATE FUNCTION note_open_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE mine bigint := pg_current_xact_id()::text::bigint;
BEGIN
  INSERT INTO public.public_change (transaction) VALUES (mine) ON CONFLICT DO NOTHING;
  INSERT INTO public.open_change (number, dataset, key)
  SELECT p.number, '{dataset}', c.id::text FROM public.public_change p, changed c WHERE p.transaction = mine;
  RETURN NULL;
END $$
"""
NOTED = """
CREATE TRIGGER {table}_open_{event} AFTER {event} ON {table} REFERENCING {side} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_open_{table}()
"""


def upgrade() -> None:
    """Follow both tables; what is there already comes as the changes of a commit of its own."""
    for table, (dataset, events) in NAMED.items():
        op.execute(NOTE.format(table=table, dataset=dataset))
        for event in events:
            side = "OLD" if event == "DELETE" else "NEW"
            op.execute(NOTED.format(table=table, event=event.lower(), side=side))
    op.execute(
        "WITH noted AS (INSERT INTO public_change (transaction) VALUES (pg_current_xact_id()::text::bigint)"
        " ON CONFLICT (transaction) DO UPDATE SET transaction = excluded.transaction RETURNING number)"
        " INSERT INTO open_change (number, dataset, key)"
        " SELECT n.number, 'opinion_calls', c.id::text FROM noted n, opinion_call c UNION ALL"
        " SELECT n.number, 'opinion_answers', o.id::text FROM noted n, opinion_comment o WHERE o.replied_at IS NOT NULL"
    )


def downgrade() -> None:
    """Follow them no more."""
    for table in NAMED:
        op.execute(f"DROP FUNCTION note_open_{table}() CASCADE")
