"""Drafts of acts, sealed, each of one account; they end by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0016"
down_revision = "2026_11_29_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of drafts."""
    op.create_table(
        "draft",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_draft_account_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_draft_matter_id")),
        sa.PrimaryKeyConstraint("account_id", "matter_id", "kind", "visit", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_matter_id"), "draft", ["matter_id"])
    op.create_index(op.f("ix_draft_ends_at"), "draft", ["ends_at"])


def downgrade() -> None:
    """Drop what nobody has done yet."""
    op.drop_table("draft")
