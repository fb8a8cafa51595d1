"""Documents of versions stay in line and unpacked up to 8 kB: packed ones are unpacked at every look into them."""

from alembic import op

revision = "2026_11_22_0009"
down_revision = "2026_11_22_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Raise the size from which rows are packed; it holds for rows written from now on."""
    op.execute("ALTER TABLE power_version SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    """Go back to PostgreSQL's own size."""
    op.execute("ALTER TABLE power_version RESET (toast_tuple_target)")
