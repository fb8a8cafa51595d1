"""Running matters: procedures, matters, number series, the outbox, and the register of enforcement certificates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_0010"
down_revision = "2026_11_22_0009"
branch_labels = None
depends_on = None

KINDS = (
    "'case', 'penalty_case', 'adjustment', 'complaint', 'supervision_case', "
    "'filing', 'dossier_review', 'reconsideration', 'accountability', 'decision'"
)
ENDINGS = "'', 'finished', 'not_accepted', 'withdrawn', 'terminated', 'transferred', 'merged', 'abandoned'"
OPEN = "phase IN ('received', 'running')"
PROTECT = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
STAYS = """
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
# A matter goes on, never back: its number, its opening and its procedure's kind stay, and its seq never falls (003-33).
GOES_ON = """
CREATE FUNCTION matter_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq < OLD.seq OR (NEW.id, NEW.number, NEW.kind, NEW.opened_at, NEW.opening)
       IS DISTINCT FROM (OLD.id, OLD.number, OLD.kind, OLD.opened_at, OLD.opening) THEN
    RAISE EXCEPTION 'a matter goes on and never back' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
GOES_ON_TRIGGER = """
CREATE TRIGGER matter_goes_on BEFORE UPDATE ON matter FOR EACH ROW EXECUTE FUNCTION matter_goes_on()
"""
# A certificate may be ended, once; nothing else about it ever changes.
ENDS_ONCE = """
CREATE FUNCTION end_certificate_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
     AND (NEW.id, NEW.number, NEW.officer, NEW.body_code, NEW.fields, NEW.valid_from, NEW.valid_until, NEW.aide,
          NEW.legal_qualification, NEW.entered_at)
       = (OLD.id, OLD.number, OLD.officer, OLD.body_code, OLD.fields, OLD.valid_from, OLD.valid_until, OLD.aide,
          OLD.legal_qualification, OLD.entered_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a certificate may only be ended, and only once' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
ENDS_ONCE_TRIGGER = """
CREATE TRIGGER certificate_ends_once BEFORE UPDATE OR DELETE ON certificate
FOR EACH ROW EXECUTE FUNCTION end_certificate_once()
"""


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _texts(name: str) -> sa.Column:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def _identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _text(name: str, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _procedure_version() -> None:
    op.create_table(
        "procedure_version",
        _identity(),
        _text("code"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _json("document"),
        _moment("recorded_at"),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_procedure_version_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_version")),
        sa.UniqueConstraint("code", "version", "digest", name=op.f("uq_procedure_version_code_version_digest")),
    )


def _matter_columns() -> list[sa.Column]:
    return [
        _identity(),
        _text("number"),
        _text("kind"),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        _text("body_code"),
        _texts("bodies"),
        _text("item_code", ""),
        _text("title"),
        _text("title_key"),
        _text("category", ""),
        sa.Column("item_version_id", sa.BigInteger(), nullable=True),
        sa.Column("procedure_id", sa.BigInteger(), nullable=False),
        _text("phase"),
        _text("ending", ""),
        _texts("steps"),
        _texts("step_names"),
        _texts("posts"),
        _texts("assignees"),
        _texts("doers"),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_rank", sa.Date(), nullable=False),
        _text("due_name", ""),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        _moment("opened_at"),
        _moment("accepted_at", nullable=True),
        _moment("decided_at", nullable=True),
        _moment("closed_at", nullable=True),
        _text("party", ""),
        _text("party_kind", "citizen"),
        _text("origin", ""),
        _json("state"),
        sa.Column("seq", sa.Integer(), nullable=False),
        _moment("changed_at"),
        _moment("calendar_at"),
        _moment("wake_at", nullable=True),
        sa.Column("opening", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
    ]


def _matter() -> None:
    op.create_table(
        "matter",
        *_matter_columns(),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_matter_kind")),
        sa.CheckConstraint("phase IN ('received', 'running', 'closed', 'archived')", name=op.f("ck_matter_phase")),
        sa.CheckConstraint(f"ending IN ({ENDINGS})", name=op.f("ck_matter_ending")),
        sa.CheckConstraint("party_kind IN ('citizen', 'organisation')", name=op.f("ck_matter_party_kind")),
        sa.ForeignKeyConstraint(["government_id"], ["government.id"], name=op.f("fk_matter_government_id")),
        sa.ForeignKeyConstraint(["item_version_id"], ["power_version.id"], name=op.f("fk_matter_item_version_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedure_version.id"], name=op.f("fk_matter_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("number", name=op.f("uq_matter_number")),
        sa.UniqueConstraint("opening", name=op.f("uq_matter_opening")),
    )
    where = {"postgresql_where": sa.text(OPEN)}
    op.create_index(op.f("ix_matter_government_id"), "matter", ["government_id"])
    op.create_index("ix_matter_due", "matter", ["body_code", "due_rank", "id"], **where)
    op.create_index("ix_matter_bodies", "matter", ["bodies"], postgresql_using="gin", **where)
    op.create_index("ix_matter_assignees", "matter", ["assignees"], postgresql_using="gin", **where)
    overdue = sa.text(f"{OPEN} AND NOT due_provisional AND due_on IS NOT NULL")
    op.create_index("ix_matter_overdue", "matter", ["due_on"], postgresql_where=overdue)
    op.create_index("ix_matter_wake", "matter", ["wake_at"], postgresql_where=sa.text("wake_at IS NOT NULL"))
    provisional = sa.text(f"{OPEN} AND due_provisional")
    op.create_index("ix_matter_provisional", "matter", ["id"], postgresql_where=provisional)
    op.create_index("ix_matter_opened", "matter", ["body_code", "opened_at", "id"])
    op.create_index("ix_matter_latest", "matter", ["opened_at", "id"])
    op.create_index("ix_matter_item", "matter", ["item_code", "opened_at"])
    op.create_index("ix_matter_party", "matter", ["party"], postgresql_where=sa.text("party <> ''"))


def _carriers() -> None:
    op.create_table(
        "number_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_number_series")),
    )
    op.create_table(
        "outbox",
        _identity(),
        _text("topic"),
        _text("key"),
        _json("payload"),
        _moment("due_at"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _moment("done_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_undone", "outbox", ["due_at", "id"], postgresql_where=sa.text("done_at IS NULL"))


def _certificate() -> None:
    op.create_table(
        "certificate",
        _identity(),
        _text("number"),
        sa.Column("officer", sa.Uuid(), nullable=False),
        _text("body_code"),
        _texts("fields"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("aide", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("legal_qualification", sa.Boolean(), server_default="false", nullable=False),
        _moment("entered_at"),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _moment("ended_at", nullable=True),
        _text("end_reason", ""),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_certificate_term")),
        sa.CheckConstraint("(ended_on IS NULL) = (ended_at IS NULL)", name=op.f("ck_certificate_ended")),
        sa.ForeignKeyConstraint(["officer"], ["account.id"], name=op.f("fk_certificate_officer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_index(op.f("ix_certificate_officer"), "certificate", ["officer"])
    op.create_index("ix_certificate_body", "certificate", ["body_code", "number"])


def upgrade() -> None:
    """Create what matters run on; procedures that were used are immutable, matters are never removed."""
    _procedure_version()
    _matter()
    _carriers()
    _certificate()
    op.execute(PROTECT.format(table="procedure_version"))
    for table in ("procedure_version", "matter", "certificate"):
        op.execute(NO_TRUNCATE.format(table=table))
    op.execute(STAYS.format(table="matter"))
    for statement in (GOES_ON, GOES_ON_TRIGGER, ENDS_ONCE, ENDS_ONCE_TRIGGER):
        op.execute(statement)
    # Rows that are rewritten at every act leave room for it.
    op.execute("ALTER TABLE matter SET (fillfactor = 75)")


def downgrade() -> None:
    """There is no way back: the run of power is never dropped."""
    raise NotImplementedError("matters are never dropped; restore a backup instead")
