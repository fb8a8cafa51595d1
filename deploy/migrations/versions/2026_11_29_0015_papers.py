"""Legal documents that were made, and what each body prints on its own."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0015"
down_revision = "2026_11_29_0014"
branch_labels = None
depends_on = None

# A document is a fact: it is never removed, and the only change is that it is sealed anew under another key.
SEALED_ANEW = """
CREATE FUNCTION paper_is_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.key_id <> OLD.key_id
     AND (NEW.id, NEW.matter_id, NEW.act_key, NEW.place, NEW.body_code, NEW.code, NEW.name, NEW.number, NEW.digest,
          NEW.text_digest, NEW.size, NEW.order_hash, NEW.made_at, NEW.made_by_name)
       = (OLD.id, OLD.matter_id, OLD.act_key, OLD.place, OLD.body_code, OLD.code, OLD.name, OLD.number, OLD.digest,
          OLD.text_digest, OLD.size, OLD.order_hash, OLD.made_at, OLD.made_by_name)
     AND NEW.made_by IS NOT DISTINCT FROM OLD.made_by THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a document may only be sealed anew' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER paper_is_sealed_anew BEFORE UPDATE ON paper FOR EACH ROW EXECUTE FUNCTION paper_is_sealed_anew()",
    "CREATE TRIGGER paper_stays BEFORE DELETE ON paper FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER paper_no_truncate BEFORE TRUNCATE ON paper FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def _text(name: str, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _paper() -> None:
    op.create_table(
        "paper",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        _text("act_key"),
        sa.Column("place", sa.Integer(), nullable=False),
        *(_text(name) for name in ("body_code", "code", "name")),
        _text("number", ""),
        *(_text(name) for name in ("digest", "text_digest")),
        sa.Column("size", sa.Integer(), nullable=False),
        *(_text(name) for name in ("key_id", "pdf_file")),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("text_sealed", "order_hash")),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        _text("made_by_name", ""),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_paper_digest")),
        sa.CheckConstraint("text_digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_paper_text_digest")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_paper_matter_id")),
        sa.ForeignKeyConstraint(["pdf_file"], ["stored_file.digest"], name=op.f("fk_paper_pdf_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("matter_id", "act_key", "place", name=op.f("uq_paper_matter_id_act_key_place")),
        sa.UniqueConstraint("matter_id", "digest", name=op.f("uq_paper_matter_id_digest")),
    )
    where = sa.text("number <> ''")
    op.create_index("uq_paper_number", "paper", ["body_code", "number"], unique=True, postgresql_where=where)
    op.create_index(op.f("ix_paper_pdf_file"), "paper", ["pdf_file"])


def upgrade() -> None:
    """Create documents and letterheads; a document is never removed."""
    _paper()
    for statement in (SEALED_ANEW, *TRIGGERS):
        op.execute(statement)
    op.create_table(
        "letterhead",
        _text("body_code"),
        _text("word"),
        *(_text(name, "") for name in ("address", "phone", "court", "bank_name", "bank_account")),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("body_code", name=op.f("pk_letterhead")),
    )


def downgrade() -> None:
    """There is no way back: documents that were served are never dropped."""
    raise NotImplementedError("documents are never dropped; restore a backup instead")
