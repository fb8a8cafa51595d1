"""An alert keeps which proposal to the list came of it: the application to suspend an item that nobody asks for (003-18)."""

from alembic import op

revision = "2026_11_29_0047"
down_revision = "2026_11_29_0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the batch; of alerts before none came."""
    op.execute("ALTER TABLE alert ADD COLUMN batch_id bigint")
    op.execute("ALTER TABLE alert ADD CONSTRAINT fk_alert_batch_id FOREIGN KEY (batch_id) REFERENCES batch (id)")


def downgrade() -> None:
    """Take it away."""
    op.execute("ALTER TABLE alert DROP COLUMN batch_id")
