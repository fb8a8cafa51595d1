"""Drafts of applications from the hall: sealed, under the keyed hash of a code, for thirty days (H2)."""

from alembic import op

revision = "2026_11_29_0039"
down_revision = "2026_11_29_0038"
branch_labels = None
depends_on = None

DRAFT = """
CREATE TABLE application_draft (
  code_hash bytea NOT NULL, item_code text NOT NULL, sealed bytea NOT NULL, expires_at timestamptz NOT NULL,
  CONSTRAINT pk_application_draft PRIMARY KEY (code_hash),
  CONSTRAINT ck_application_draft_hash CHECK (octet_length(code_hash) = 32)
)
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(DRAFT)
    op.execute("CREATE INDEX ix_application_draft_expires_at ON application_draft (expires_at)")


def downgrade() -> None:
    """Drop it; a draft is nothing that must stay."""
    op.execute("DROP TABLE application_draft")
