"""Search in the library, and counts of what it holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_21_0005"
down_revision = "2026_11_21_0004"
branch_labels = None
depends_on = None

# The grams are long and only the index reads them: out of line, the rest of a row stays narrow and quick to look at.
NARROW = """
ALTER TABLE power_search SET (toast_tuple_target = 1024),
  ALTER COLUMN tokens SET STORAGE EXTERNAL, ALTER COLUMN tokens SET STATISTICS 0,
  ALTER COLUMN name_key SET STORAGE MAIN, ALTER COLUMN sub_key SET STORAGE MAIN,
  ALTER COLUMN near_key SET STORAGE MAIN, ALTER COLUMN other_key SET STORAGE MAIN
"""
# Grams of new rows are collected and merged into the index in order (measured: six times faster than one by one).
# The application asks for the merge at the end of its transaction, so that searches never read a long list; only an
# index's owner may, hence the definer's rights.
MERGE = """
CREATE FUNCTION power_search_merge() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public SET work_mem = '64MB' SET maintenance_work_mem = '256MB' AS $$
BEGIN
  PERFORM gin_clean_pending_list('public.ix_power_search_tokens');
END $$
"""


def plain_text(name: str) -> sa.Column[str]:
    """Return a text column compared by code point."""
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def _power_search() -> None:
    op.create_table(
        "power_search",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        sa.Column("scatter", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        plain_text("code"),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("body_code", "category", "status", "level")),
        *(plain_text(name) for name in ("code_key", "name_key", "sub_key", "near_key", "other_key")),
        sa.Column("tokens", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["power_version.id"], name=op.f("fk_power_search_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_power_search")),
    )
    op.create_index(
        "ix_power_search_tokens",
        "power_search",
        ["tokens"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "65536"},
    )
    op.create_index("ix_power_search_scatter", "power_search", ["scatter", "item_id", "version_id"], unique=False)
    op.create_index("ix_power_search_code", "power_search", ["code_key"], unique=False)
    op.create_index("ix_power_search_body", "power_search", ["body_code", "version_id"], unique=False)


def _power_tally() -> None:
    op.create_table(
        "power_tally",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("body_code", "category", "status", "level")),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_power_tally")),
    )
    op.create_index("ix_power_tally_body", "power_tally", ["body_code"], unique=False)


def upgrade() -> None:
    """Create the projections; they can always be made again from the library."""
    _power_search()
    _power_tally()
    for statement in (NARROW, MERGE):
        op.execute(statement)


def downgrade() -> None:
    """Drop the projections: nothing is lost that the library does not hold."""
    op.execute("DROP FUNCTION power_search_merge()")
    op.drop_table("power_tally")
    op.drop_table("power_search")
