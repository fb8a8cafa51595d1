"""What rules look for is what few matters have: a look at all of them reads these few (003-36)."""

from alembic import op

revision = "2026_11_29_0040"
down_revision = "2026_11_29_0039"
branch_labels = None
depends_on = None

WRONG = """late_limits <> '{}'::text[] OR late_steps <> '{}'::text[] OR cardinality(missing_materials) > 0 OR summary_missing
  OR acceptance_notice_missing OR result_missing OR process_missing OR decision_text_missing OR order_wrong <> ''
  OR ending = 'not_accepted' OR supplements > 1 OR supplements_late > 0 OR returned > 1 OR suspensions > 1
  OR fee_deviation > 0 OR tier_deviations > 0 OR asked_until IS NOT NULL"""


def upgrade() -> None:
    """Add the index of watched matters of which something is found."""
    op.execute(f"CREATE INDEX ix_watched_matter_wrong ON watched_matter (matter_id) WHERE {WRONG}")


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP INDEX ix_watched_matter_wrong")
