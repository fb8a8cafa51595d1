"""What the review of a batch needs to know of a row: its file, its code, what it was compared with, what was decided."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_0003"
down_revision = "2026_11_21_0002"
branch_labels = None
depends_on = None

TEXTS = ("file", "scheme", "code", "outcome", "decision", "decision_reason")


def upgrade() -> None:
    """Add the columns of the review; rows that exist keep their meaning with the defaults."""
    for name in TEXTS:
        op.add_column("batch_row", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("batch_row", sa.Column("first_row", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch_row", sa.Column("version_id", sa.BigInteger(), nullable=True))
    op.add_column("batch_row", sa.Column("decided_by", sa.Uuid(), nullable=True))
    op.add_column("batch_row", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_batch_row_version_id"), "batch_row", "power_version", ["version_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_batch_row_outcome"), "batch_row", "outcome IN ('', 'new', 'changed', 'identical')"
    )
    op.create_check_constraint(op.f("ck_batch_row_decision"), "batch_row", "decision IN ('', 'accepted', 'rejected')")


def downgrade() -> None:
    """Not offered: what was decided about a batch is never dropped."""
    raise NotImplementedError("the library is never dropped; restore a backup instead")
