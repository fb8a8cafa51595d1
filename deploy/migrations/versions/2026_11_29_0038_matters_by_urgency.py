"""Open matters are walked through in the order of their due days, whoever asks: a large body's inbox, a supervisor's (R10)."""

from alembic import op

revision = "2026_11_29_0038"
down_revision = "2026_11_29_0037"
branch_labels = None
depends_on = None

OPEN = "phase IN ('received', 'running')"


def upgrade() -> None:
    """Put the days first: lists ask for any of several bodies, so an index that begins with one was of use to nobody."""
    op.execute(f"CREATE INDEX ix_matter_rank ON matter (due_rank, id) WHERE {OPEN}")
    op.execute("DROP INDEX ix_matter_due")


def downgrade() -> None:
    """Put the body first again."""
    op.execute(f"CREATE INDEX ix_matter_due ON matter (body_code, due_rank, id) WHERE {OPEN}")
    op.execute("DROP INDEX ix_matter_rank")
