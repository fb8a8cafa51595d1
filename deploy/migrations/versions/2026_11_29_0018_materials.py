"""Materials: who handed in which file for which matter, and which act took it up."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0018"
down_revision = "2026_11_29_0017"
branch_labels = None
depends_on = None

# What an act took up is in the file for good. Before that a row may only find its matter, its act, and what a scanner
# says of it; it may also be removed.
KEPT = """
CREATE FUNCTION material_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.seq IS NULL THEN RETURN OLD; END IF;
  ELSIF (NEW.id, NEW.no, NEW.digest, NEW.name, NEW.kind, NEW.size, NEW.sender, NEW.body_code, NEW.uploaded_at)
      = (OLD.id, OLD.no, OLD.digest, OLD.name, OLD.kind, OLD.size, OLD.sender, OLD.body_code, OLD.uploaded_at)
    AND NEW.uploaded_by IS NOT DISTINCT FROM OLD.uploaded_by AND NEW.uploaded_by_name = OLD.uploaded_by_name
    AND NEW.opening IS NOT DISTINCT FROM OLD.opening
    AND (OLD.matter_id IS NULL OR NEW.matter_id = OLD.matter_id)
    AND (OLD.seq IS NULL OR (NEW.title, NEW.side, NEW.seq, NEW.taken_at) = (OLD.title, OLD.side, OLD.seq, OLD.taken_at))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a material that an act took up stays as it is' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
KEPT_TRIGGER = """
CREATE TRIGGER material_is_kept BEFORE UPDATE OR DELETE ON material FOR EACH ROW EXECUTE FUNCTION material_is_kept()
"""
NO_TRUNCATE = """
CREATE TRIGGER material_no_truncate BEFORE TRUNCATE ON material FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_material_{name}"))


def upgrade() -> None:
    """Create the table of materials."""
    op.create_table(
        "material",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("digest"),
        _text("name"),
        _text("title", ""),
        _text("kind"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _text("side"),
        _text("sender"),
        sa.Column("matter_id", sa.BigInteger(), nullable=True),
        sa.Column("opening", sa.LargeBinary(), nullable=True),
        _text("body_code"),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        _text("uploaded_by_name", ""),
        _moment("uploaded_at"),
        _text("scan"),
        _text("found", ""),
        _moment("scanned_at", nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        _moment("taken_at", nullable=True),
        _check("side", "side IN ('party', 'organ')"),
        _check("sender", "sender IN ('official', 'party', 'system')"),
        _check("scan", "scan IN ('unscanned', 'waiting', 'clean', 'infected')"),
        _check("size", "size >= 0"),
        _check("place", "matter_id IS NOT NULL OR opening IS NOT NULL"),
        _check("taken", "(seq IS NULL) = (taken_at IS NULL)"),
        _check("taken_up", "seq IS NULL OR (matter_id IS NOT NULL AND scan <> 'waiting')"),
        sa.ForeignKeyConstraint(["digest"], ["stored_file.digest"], name=op.f("fk_material_digest")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_material_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("no", name=op.f("uq_material_no")),
    )
    op.create_index(op.f("ix_material_digest"), "material", ["digest"])
    op.create_index("ix_material_matter", "material", ["matter_id", "no"])
    for name, columns, where in (
        ("opening", ["opening"], "matter_id IS NULL"),
        ("loose", ["uploaded_at", "no"], "seq IS NULL"),
        ("waiting", ["no"], "scan = 'waiting'"),
    ):
        op.create_index(f"ix_material_{name}", "material", columns, postgresql_where=sa.text(where))
    for statement in (KEPT, KEPT_TRIGGER, NO_TRUNCATE):
        op.execute(statement)


def downgrade() -> None:
    """There is no way back: what was handed in is never dropped."""
    raise NotImplementedError("materials are never dropped; restore a backup instead")
