"""What is kept of a matter when its acts leave for the archive, so that it can still be checked every night (003-33)."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0035"
down_revision = "2026_11_29_0034"
branch_labels = None
depends_on = None

PROTECT = """
CREATE TRIGGER archive_matter_append_only BEFORE UPDATE OR DELETE ON archive_matter
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER archive_matter_no_truncate BEFORE TRUNCATE ON archive_matter
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Create the table; what left before it stays as it is, and is checked by bringing it back."""
    op.create_table(
        "archive_matter",
        sa.Column("bundle_id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(state) = 32", name=op.f("ck_archive_matter_state")),
        sa.ForeignKeyConstraint(["bundle_id"], ["archive_bundle.id"], name=op.f("fk_archive_matter_bundle_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_archive_matter_matter_id")),
        sa.PrimaryKeyConstraint("bundle_id", "matter_id", name=op.f("pk_archive_matter")),
    )
    op.create_index(op.f("ix_archive_matter_matter_id"), "archive_matter", ["matter_id"])
    op.execute(PROTECT)
    op.execute(NO_TRUNCATE)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("archive_matter")
