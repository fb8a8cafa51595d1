"""One counter for everything public, and the documents that integrators have registered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_0008"
down_revision = "2026_11_21_0007"
branch_labels = None
depends_on = None

# Whatever an answer to everybody is made of. A test reads the declarations and misses no table here.
PUBLIC = (
    *("power_item", "power_version", "power_period", "power_basis", "power_benchmark", "power_search", "power_tally"),
    *("government", "body", "unit", "post", "law", "chart_version", "calendar_notice", "calendar_day", "library_head"),
    *("registered_document", "document_alias"),
)

# A statement only notes that its transaction changes something public; the note is a row of its own transaction, so
# nobody waits for it, and a bulk load notes once.
NOTE = """
CREATE FUNCTION note_public_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.public_change (transaction) VALUES (pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""
# The note raises the counter when its transaction commits, after every other lock that the transaction takes: whoever
# holds public_head waits for nobody, so it closes no circle, whatever comes before it (library_head first, or bodies
# first). Two commits that change something public wait for one another for the moment of a commit, no longer.
# The step is random, so that numbers given out before a backup was restored do not come again for other contents.
RAISE = """
CREATE FUNCTION raise_public_head() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE raised bigint;
BEGIN
  UPDATE public.public_head SET revision = revision + 1 + floor(random() * 16777216)::bigint,
    changed_at = (SELECT h.changed_at FROM public.library_head h WHERE h.id = 1)
  WHERE id = 1 RETURNING revision INTO raised;
  DELETE FROM public.public_change WHERE transaction = NEW.transaction;
  PERFORM pg_notify('public_revision', raised::text);
  RETURN NULL;
END $$
"""
AT_COMMIT = """
CREATE CONSTRAINT TRIGGER public_change_raises AFTER INSERT ON public_change DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION raise_public_head()
"""
NOTED = """
CREATE TRIGGER {table}_public AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION note_public_change()
"""
# A document may be withdrawn, once; nothing else about it ever changes.
WITHDRAWN_ONCE = """
CREATE FUNCTION withdraw_document_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
     AND (NEW.sha256, NEW.text, NEW.operations, NEW.cost, NEW.registered_at, NEW.registered_by_name)
       = (OLD.sha256, OLD.text, OLD.operations, OLD.cost, OLD.registered_at, OLD.registered_by_name)
     AND NEW.registered_by IS NOT DISTINCT FROM OLD.registered_by THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a registered document may only be withdrawn, and only once'
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
WITHDRAWN_TRIGGER = """
CREATE TRIGGER registered_document_withdrawn_once BEFORE UPDATE OR DELETE ON registered_document
FOR EACH ROW EXECUTE FUNCTION withdraw_document_once()
"""
ALIAS_STAYS = """
CREATE TRIGGER document_alias_append_only BEFORE UPDATE OR DELETE ON document_alias
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def _public_head() -> None:
    op.create_table(
        "public_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_public_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_head")),
    )
    op.create_table(
        "public_change",
        sa.Column("transaction", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("transaction", name=op.f("pk_public_change")),
    )


def _registered_document() -> None:
    op.create_table(
        "registered_document",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("operations", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("registered_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_name", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name=op.f("ck_registered_document_sha256")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_registered_document")),
    )
    op.create_index("ix_registered_document_registered", "registered_document", ["registered_at", "sha256"])
    op.create_table(
        "document_alias",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "alias ~ '^[A-Za-z0-9._~:-]{1,200}$' AND alias !~ '^(sha256:)?[0-9a-f]{64}$'",
            name=op.f("ck_document_alias_form"),
        ),
        sa.ForeignKeyConstraint(["sha256"], ["registered_document.sha256"], name=op.f("fk_document_alias_sha256")),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_document_alias")),
    )
    op.create_index(op.f("ix_document_alias_sha256"), "document_alias", ["sha256"], unique=False)


def upgrade() -> None:
    """Create the counter, the documents, and the triggers that no public change can pass by."""
    _public_head()
    _registered_document()
    op.execute("INSERT INTO public_head (id, revision) VALUES (1, floor(random() * 16777216)::bigint)")
    for statement in (NOTE, RAISE, AT_COMMIT, WITHDRAWN_ONCE, WITHDRAWN_TRIGGER, ALIAS_STAYS):
        op.execute(statement)
    for table in PUBLIC:
        op.execute(NOTED.format(table=table))


def downgrade() -> None:
    """There is no way back: who registered what is part of the record."""
    raise NotImplementedError("registered documents are never dropped; restore a backup instead")
