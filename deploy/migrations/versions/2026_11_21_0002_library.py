"""The power library and the batches through which alone it changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_21_0002"
down_revision = "2026_11_21_0001"
branch_labels = None
depends_on = None


PROTECT = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
# A period may end to be what is recorded, once; nothing else about it ever changes.
PERIOD_ENDS_ONCE = """
CREATE FUNCTION end_period_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND upper_inf(OLD.recorded) AND NOT upper_inf(NEW.recorded) AND lower(NEW.recorded) = lower(OLD.recorded)
     AND (NEW.id, NEW.item_id, NEW.version_id, NEW.valid) = (OLD.id, OLD.item_id, OLD.version_id, OLD.valid) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a period may only be ended, and only once' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
PERIOD_TRIGGER = """
CREATE TRIGGER power_period_ends_once BEFORE UPDATE OR DELETE ON power_period
FOR EACH ROW EXECUTE FUNCTION end_period_once()
"""
IMMUTABLE = ("power_item", "power_version", "power_basis", "power_benchmark", "chart_version")


def _library_head() -> None:
    op.create_table(
        "library_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_library_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_head")),
    )


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source_name", sa.Text(), server_default="", nullable=False),
        sa.Column("source_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name=op.f("ck_batch_confirmed")),
        sa.CheckConstraint("kind IN ('import', 'adjustment', 'correction')", name=op.f("ck_batch_kind")),
        sa.CheckConstraint("state IN ('draft', 'confirmed', 'discarded')", name=op.f("ck_batch_state")),
        sa.ForeignKeyConstraint(["government_id"], ["government.id"], name=op.f("fk_batch_government_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_created", "batch", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_batch_government_id"), "batch", ["government_id"], unique=False)


def _power_item() -> None:
    op.create_table(
        "power_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["government_id"], ["government.id"], name=op.f("fk_power_item_government_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_power_item")),
        sa.UniqueConstraint("government_id", "scheme", "code", name=op.f("uq_power_item_government_id_scheme_code")),
    )
    op.create_index("ix_power_item_code", "power_item", ["code"], unique=False)


def _batch_row() -> None:
    op.create_table(
        "batch_row",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), server_default="", nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="item", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.CheckConstraint(
            "fate IN ('new', 'changed', 'identical', 'refused', 'attention', 'continuation', 'passed_over')",
            name=op.f("ck_batch_row_fate"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_row_batch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["power_item.id"], name=op.f("fk_batch_row_item_id")),
        sa.PrimaryKeyConstraint("batch_id", "seq", name=op.f("pk_batch_row")),
    )
    op.create_index("ix_batch_row_fate", "batch_row", ["batch_id", "fate", "seq"], unique=False)


def _chart_version() -> None:
    op.create_table(
        "chart_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_chart_version_batch_id")),
        sa.ForeignKeyConstraint(["government_id"], ["government.id"], name=op.f("fk_chart_version_government_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chart_version")),
        sa.UniqueConstraint("government_id", "code", "no", name=op.f("uq_chart_version_government_id_code_no")),
    )


def _power_version() -> None:
    op.create_table(
        "power_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name_key", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), sa.Computed("coalesce(content ->> 'code', '')", persisted=True), nullable=True),
        sa.Column("name", sa.Text(), sa.Computed("coalesce(content ->> 'name', '')", persisted=True), nullable=True),
        sa.Column(
            "sub_item", sa.Text(), sa.Computed("coalesce(content ->> 'sub_item', '')", persisted=True), nullable=True
        ),
        sa.Column(
            "category", sa.Text(), sa.Computed("coalesce(content ->> 'category', '')", persisted=True), nullable=True
        ),
        sa.Column(
            "status", sa.Text(), sa.Computed("coalesce(content ->> 'status', 'in_use')", persisted=True), nullable=True
        ),
        sa.Column("level", sa.Text(), sa.Computed("coalesce(content ->> 'level', '')", persisted=True), nullable=True),
        sa.Column(
            "body_code", sa.Text(), sa.Computed("coalesce(content ->> 'body', '')", persisted=True), nullable=True
        ),
        sa.CheckConstraint(
            "change IN ('add', 'modify', 'suspend', 'resume', 'cancel', 'delegate', 'merge', 'split', 'correct')",
            name=op.f("ck_power_version_change"),
        ),
        sa.CheckConstraint(
            "coalesce(content ->> 'status', 'in_use') IN ('in_use', 'suspended', 'cancelled')",
            name=op.f("ck_power_version_status"),
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_power_version_digest")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_power_version_batch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["power_item.id"], name=op.f("fk_power_version_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_power_version")),
        sa.UniqueConstraint("item_id", "no", name=op.f("uq_power_version_item_id_no")),
    )
    op.create_index(op.f("ix_power_version_batch_id"), "power_version", ["batch_id"], unique=False)
    op.create_index("ix_power_version_body", "power_version", ["body_code", "code", "item_id"], unique=False)
    op.create_index("ix_power_version_category", "power_version", ["category", "code", "item_id"], unique=False)
    op.create_index("ix_power_version_code", "power_version", ["code", "item_id"], unique=False)
    op.create_index("ix_power_version_recorded", "power_version", ["recorded_at", "id"], unique=False)


def _power_basis() -> None:
    op.create_table(
        "power_basis",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("law_id", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["law_id"], ["law.id"], name=op.f("fk_power_basis_law_id")),
        sa.ForeignKeyConstraint(["version_id"], ["power_version.id"], name=op.f("fk_power_basis_version_id")),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_power_basis")),
    )
    op.create_index("ix_power_basis_law", "power_basis", ["law_id", "article", "version_id"], unique=False)


def _power_benchmark() -> None:
    op.create_table(
        "power_benchmark",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("violation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["power_version.id"], name=op.f("fk_power_benchmark_version_id")),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_power_benchmark")),
    )


def _power_period() -> None:
    op.create_table(
        "power_period",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("item_id"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("recorded"), "&&"),
            using="gist",
            name="ex_power_period_one_truth",
        ),
        sa.CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name=op.f("ck_power_period_not_empty")),
        sa.ForeignKeyConstraint(["item_id"], ["power_item.id"], name=op.f("fk_power_period_item_id")),
        sa.ForeignKeyConstraint(["version_id"], ["power_version.id"], name=op.f("fk_power_period_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_power_period")),
    )
    op.create_index(
        "ix_power_period_current",
        "power_period",
        ["version_id", "valid"],
        unique=False,
        postgresql_where="upper_inf(recorded)",
    )
    op.create_index("ix_power_period_version", "power_period", ["version_id"], unique=False)


def upgrade() -> None:
    """Create the library; its versions are immutable from the first day."""
    _library_head()
    _batch()
    _power_item()
    _batch_row()
    _chart_version()
    _power_version()
    _power_basis()
    _power_benchmark()
    _power_period()
    for table in IMMUTABLE:
        op.execute(PROTECT.format(table=table))
    for table in (*IMMUTABLE, "power_period"):
        op.execute(NO_TRUNCATE.format(table=table))
    op.execute(PERIOD_ENDS_ONCE)
    op.execute(PERIOD_TRIGGER)
    op.execute("INSERT INTO library_head (id, revision) VALUES (1, 0)")


def downgrade() -> None:
    """There is no way back: versions of the library are never dropped."""
    raise NotImplementedError("the library is never dropped; restore a backup instead")
