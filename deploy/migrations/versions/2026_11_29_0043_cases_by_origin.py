"""Supervision cases are found by what they follow up: an inspection shows its clues, a complaint its cases (002-4.3.3)."""

from alembic import op

revision = "2026_11_29_0043"
down_revision = "2026_11_29_0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the origin of supervision cases, of which there are few among the matters."""
    op.execute("CREATE INDEX ix_matter_follows ON matter (origin) WHERE kind = 'supervision_case'")


def downgrade() -> None:
    """Take the index away."""
    op.execute("DROP INDEX ix_matter_follows")
