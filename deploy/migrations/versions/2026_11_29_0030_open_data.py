"""The change feed of the open data: which rows each commit changed, in the order of the commits."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0030"
down_revision = "2026_11_29_0029"
branch_labels = None
depends_on = None

# Which rows of which table of the open data a row of each table stands for. A publication is one or the other; that the
# scores of a period are published changes every one of them.
NAMED = {
    "government": "SELECT 'governments', c.id::text FROM changed c",
    "body": "SELECT 'bodies', c.id::text FROM changed c",
    "unit": "SELECT 'units', c.id::text FROM changed c",
    "post": "SELECT 'posts', c.id::text FROM changed c",
    "law": "SELECT 'laws', c.id::text FROM changed c",
    "power_version": "SELECT 'power_versions', c.id::text FROM changed c",
    "power_period": "SELECT 'power_periods', c.id::text FROM changed c",
    "chart_version": "SELECT 'charts', c.id::text FROM changed c",
    "calendar_day": "SELECT 'calendar_days', c.year || '-' || c.version || '-' || c.day FROM changed c",
    "published_result": "SELECT 'results', c.id::text FROM changed c",
    "rating_figure": "SELECT 'rating_figures', c.id::text FROM changed c",
    "complaint_figure": "SELECT 'complaint_figures', c.id::text FROM changed c",
    "published_question": "SELECT 'published_questions', c.id::text FROM changed c",
    "asked_item": "SELECT 'asked_items', c.item_code FROM changed c",
    "publication": (
        "SELECT CASE c.kind WHEN 'bulletin' THEN 'bulletins' ELSE 'annual_reports' END, c.id::text FROM changed c"
    ),
    "metric_figure": "SELECT 'metric_figures', c.id::text FROM changed c",
    "assessment": (
        "SELECT 'assessment_scores', s.id::text FROM public.assessment_score s JOIN changed c ON c.id = s.assessment_id"
    ),
    "assessment_score": "SELECT 'assessment_scores', c.id::text FROM changed c",
}
# With its owner's rights: whoever changes something public can neither leave it out of the feed nor put something in.
NOTE = """
CREATE FUNCTION note_open_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE mine bigint := pg_current_xact_id()::text::bigint;
BEGIN
  INSERT INTO public.public_change (transaction) VALUES (mine) ON CONFLICT DO NOTHING;
  INSERT INTO public.open_change (number, dataset, key)
  SELECT p.number, n.dataset, n.key FROM public.public_change p, ({named}) n (dataset, key) WHERE p.transaction = mine;
  RETURN NULL;
END $$
"""
EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
NOTED = """
CREATE TRIGGER {table}_open_{event} AFTER {event} ON {table} REFERENCING {side} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_open_{table}()
"""
# What the counter rose to is the commit's place in the feed: it is drawn under the lock that the commit takes last and
# holds until it is done, so no lower place is ever filled after a higher one was seen.
RAISE = """
CREATE OR REPLACE FUNCTION raise_public_head() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE raised bigint;
BEGIN
  UPDATE public.public_head SET revision = revision + 1 + floor(random() * 16777216)::bigint,
    changed_at = (SELECT h.changed_at FROM public.library_head h WHERE h.id = 1)
  WHERE id = 1 RETURNING revision INTO raised;
  INSERT INTO public.open_commit (revision, number) VALUES (raised, NEW.number);
  DELETE FROM public.public_change WHERE transaction = NEW.transaction;
  PERFORM pg_notify('public_revision', raised::text);
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Create the feed; what is public already is its first commit, so that the feed alone gives everything."""
    op.add_column("public_change", sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False))
    op.create_table(
        "open_commit",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_open_commit")),
    )
    op.create_index("uq_open_commit_number", "open_commit", ["number"], unique=True)
    op.create_table(
        "open_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_change")),
    )
    op.execute(RAISE)
    for table, named in NAMED.items():
        if table != "assessment":
            there = named.replace("FROM changed c", f"FROM {table} c")
            op.execute(f"INSERT INTO open_change (number, dataset, key) SELECT 0, n.* FROM ({there}) n")
        op.execute(NOTE.format(table=table, named=named))
        for event, side in EVENTS.items():
            op.execute(NOTED.format(table=table, event=event.lower(), side=side))
    op.create_index("ix_open_change_number", "open_change", ["number", "id"])
    op.execute("INSERT INTO open_commit (revision, number) SELECT revision, 0 FROM public_head")


def downgrade() -> None:
    """There is no way back: mirrors have gone on from these places."""
    raise NotImplementedError("a feed that mirrors follow is never dropped; restore a backup instead")
