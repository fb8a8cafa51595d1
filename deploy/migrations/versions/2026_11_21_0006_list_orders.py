"""Indexes for two orders of the catalogue: by name, and by code within one government."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_0006"
down_revision = "2026_11_21_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("ix_power_version_name", "power_version", [sa.text("left(name_key, 120)"), "item_id"])
    op.create_index("ix_power_search_government", "power_search", ["government_id", "code", "item_id"])


def downgrade() -> None:
    """Drop the indexes; lists become slower, not wrong."""
    op.drop_index("ix_power_search_government", "power_search")
    op.drop_index("ix_power_version_name", "power_version")
