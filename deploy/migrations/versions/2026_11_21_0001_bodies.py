"""Bodies, laws, the calendar and the append-only record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_21_0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def protect(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on a table, whoever asks (003-33)."""
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _calendar_notice() -> None:
    op.create_table(
        "calendar_notice",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", "version", name=op.f("pk_calendar_notice")),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("body_code", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("stream", "seq", name=op.f("uq_event_stream_seq")),
    )
    op.create_index("ix_event_at", "event", ["at", "id"], unique=False)


def _government() -> None:
    op.create_table(
        "government",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), server_default="(,)", nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("division_code"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_government_division_code",
        ),
        sa.CheckConstraint("division_code ~ '^[0-9]{6}$'", name=op.f("ck_government_division_code")),
        sa.CheckConstraint(
            "level IN ('state', 'province', 'prefecture', 'county', 'township')", name=op.f("ck_government_level")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["government.id"], name=op.f("fk_government_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_government")),
    )
    op.create_index(op.f("ix_government_parent_id"), "government", ["parent_id"], unique=False)


def _law() -> None:
    op.create_table(
        "law",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), server_default="", nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_law")),
        sa.UniqueConstraint("title", name=op.f("uq_law_title")),
    )
    op.create_index("ix_law_title_key", "law", ["title_key", "id"], unique=False)


def _body() -> None:
    op.create_table(
        "body",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("usc_code", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), server_default="", nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("offices", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("duties", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("supervision_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), server_default="(,)", nullable=False),
        sa.CheckConstraint("kind IN ('statutory', 'authorised', 'entrusted')", name=op.f("ck_body_kind")),
        sa.CheckConstraint("number ~ '^[0-9]{3}$'", name=op.f("ck_body_number")),
        sa.ForeignKeyConstraint(["government_id"], ["government.id"], name=op.f("fk_body_government_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["body.id"], name=op.f("fk_body_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body")),
        sa.UniqueConstraint("code", name=op.f("uq_body_code")),
    )
    op.create_index(op.f("ix_body_government_id"), "body", ["government_id"], unique=False)
    op.create_index("ix_body_name_key", "body", ["name_key", "id"], unique=False)
    op.create_index(op.f("ix_body_parent_id"), "body", ["parent_id"], unique=False)
    op.create_index("uq_body_number", "body", ["government_id", "number"], unique=True)


def _calendar_day() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('holiday', 'make_up_workday')", name=op.f("ck_calendar_day_kind")),
        sa.ForeignKeyConstraint(
            ["year", "version"],
            ["calendar_notice.year", "calendar_notice.version"],
            name=op.f("fk_calendar_day_year_version"),
        ),
        sa.PrimaryKeyConstraint("year", "version", "day", name=op.f("pk_calendar_day")),
    )


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), server_default="(,)", nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_unit_body_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("body_id", "name", name=op.f("uq_unit_body_id_name")),
    )


def _post() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), server_default="(,)", nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_post_unit_id_name")),
    )


def upgrade() -> None:
    """Create the tables that everything else refers to."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(APPEND_ONLY)
    _calendar_notice()
    _event()
    _government()
    _law()
    _body()
    _calendar_day()
    _unit()
    _post()
    for table in ("event", "calendar_notice", "calendar_day"):
        protect(table)


def downgrade() -> None:
    """There is no way back: the record is never dropped."""
    raise NotImplementedError("the record is never dropped; restore a backup instead")
