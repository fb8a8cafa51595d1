"""Counts of what the library held at any time it knew of, not only of what it holds now."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_21_0007"
down_revision = "2026_11_21_0006"
branch_labels = None
depends_on = None

COUNT_AGAIN = """
INSERT INTO power_tally (government_id, body_code, category, status, level, valid, recorded, items)
SELECT s.government_id, s.body_code, s.category, s.status, s.level, p.valid, p.recorded, count(*)
FROM power_search s JOIN power_period p ON p.version_id = s.version_id GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


def upgrade() -> None:
    """Count again, with both time axes."""
    op.execute("DELETE FROM power_tally")
    op.add_column("power_tally", sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False))
    op.execute(COUNT_AGAIN)
    op.create_index(
        "ix_power_tally_held",
        "power_tally",
        ["valid"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("upper_inf(recorded)"),
    )


def downgrade() -> None:
    """Drop what is counted of the past."""
    op.drop_index("ix_power_tally_held", "power_tally")
    op.execute("DELETE FROM power_tally WHERE NOT upper_inf(recorded)")
    op.drop_column("power_tally", "recorded")
