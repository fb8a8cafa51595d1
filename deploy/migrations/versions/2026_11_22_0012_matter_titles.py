"""Titles under which matters of an item were opened: what is looked for in titles is looked for here first."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_0012"
down_revision = "2026_11_22_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the titles; there are as many as items and named parts of cases, not as many as matters."""
    op.create_table(
        "matter_title",
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item_code", "title_key", name=op.f("pk_matter_title")),
    )
    op.execute("INSERT INTO matter_title (item_code, title_key) SELECT DISTINCT item_code, title_key FROM matter")


def downgrade() -> None:
    """Drop what can be made anew from the matters."""
    op.drop_table("matter_title")
