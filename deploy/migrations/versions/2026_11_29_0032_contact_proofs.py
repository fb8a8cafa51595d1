"""Proofs of an address by a short code: hashes only; and that an address was proved, or asked back by telephone (003-52)."""

from alembic import op

revision = "2026_11_29_0032"
down_revision = "2026_11_29_0031"
branch_labels = None
depends_on = None

PROOF = """
CREATE TABLE contact_proof (
  key bytea NOT NULL, code_hash bytea, tries integer NOT NULL, expires_at timestamptz NOT NULL, proved_at timestamptz,
  CONSTRAINT pk_contact_proof PRIMARY KEY (key),
  CONSTRAINT ck_contact_proof_hashes CHECK (octet_length(key) = 32 AND octet_length(code_hash) = 32)
)
"""
VERIFIED = (
    "ALTER TABLE complaint DROP CONSTRAINT ck_complaint_verified, ADD CONSTRAINT ck_complaint_verified CHECK ({})"
)


def upgrade() -> None:
    """Create the table and let more ways of knowing who files be told."""
    op.execute(PROOF)
    op.execute("CREATE INDEX ix_contact_proof_expires_at ON contact_proof (expires_at)")
    op.execute(VERIFIED.format("verified IN ('', 'number', 'contact', 'called', 'shown', 'system')"))


def downgrade() -> None:
    """Drop the table; refused where an address was proved, for what was filed stays."""
    op.execute(VERIFIED.format("verified IN ('', 'number', 'shown', 'system')"))
    op.execute("DROP TABLE contact_proof")
