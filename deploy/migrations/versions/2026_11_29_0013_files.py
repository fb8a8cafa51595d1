"""Contents of files: which are kept, by the SHA-256 of their bytes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0013"
down_revision = "2026_11_22_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the list of contents; what a file is to whom refers to it from other tables."""
    op.create_table(
        "stored_file",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_stored_file_digest")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_stored_file_size")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_stored_file")),
    )
    op.create_index("ix_stored_file_kept_at", "stored_file", ["kept_at"])


def downgrade() -> None:
    """Drop the list; the contents themselves stay where they are."""
    op.drop_table("stored_file")
