"""What the auditor of the record did and found (003-33)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_29_0020"
down_revision = "2026_11_29_0019"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _audit() -> None:
    op.create_table(
        "log_audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        _moment("started_at"),
        _moment("ended_at"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("outside", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("unchecked", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("scope IN ('tail', 'full')", name=op.f("ck_log_audit_scope")),
        sa.CheckConstraint("verdict IN ('sound', 'bad', 'unchecked')", name=op.f("ck_log_audit_verdict")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_log_audit_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_audit")),
    )
    full = sa.text("scope = 'full'")
    op.create_index("ix_log_audit_full", "log_audit", ["started_at"], postgresql_where=full)


def _finding() -> None:
    op.create_table(
        "log_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        _moment("seen_at"),
        sa.ForeignKeyConstraint(["audit_id"], ["log_audit.id"], name=op.f("fk_log_finding_audit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_finding")),
        sa.UniqueConstraint("kind", "place", name=op.f("uq_log_finding_kind_place")),
    )
    op.create_index(op.f("ix_log_finding_audit_id"), "log_finding", ["audit_id"])


def upgrade() -> None:
    """Create both; rows are only ever added."""
    _audit()
    _finding()
    for table in ("log_audit", "log_finding"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("log_finding")
    op.drop_table("log_audit")
