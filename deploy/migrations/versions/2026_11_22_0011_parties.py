"""Parties: who somebody is, sealed field by field, with a blind index over the number."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_0011"
down_revision = "2026_11_22_0010"
branch_labels = None
depends_on = None

DOCUMENTS = (
    "'usc_code', 'organisation_code', 'business_registration', 'other_unit', 'citizen_id', 'residence_permit', "
    "'foreign_permanent', 'passport', 'mainland_permit', 'taiwan_permit', 'military', 'other_person'"
)
SEALED = ("name", "number", "phone", "email", "address", "contact", "representative")
# A version is a fact: it is never removed, and the only change is that it is sealed anew under another key.
SEALED_ANEW = """
CREATE FUNCTION party_version_is_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.key_id <> OLD.key_id
     AND (NEW.id, NEW.party_id, NEW.no, NEW.document, NEW.ground, NEW.recorded_at)
       = (OLD.id, OLD.party_id, OLD.no, OLD.document, OLD.ground, OLD.recorded_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a version of a party may only be sealed anew' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
SEALED_ANEW_TRIGGER = """
CREATE TRIGGER party_version_is_sealed_anew BEFORE UPDATE OR DELETE ON party_version
FOR EACH ROW EXECUTE FUNCTION party_version_is_sealed_anew()
"""
STAYS = "CREATE TRIGGER party_stays BEFORE DELETE ON party FOR EACH ROW EXECUTE FUNCTION refuse_change()"
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _party() -> None:
    op.create_table(
        "party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("government_id", sa.BigInteger(), nullable=False),
        sa.Column("body_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        _moment("entered_at"),
        _moment("changed_at"),
        sa.CheckConstraint("kind IN ('citizen', 'organisation')", name=op.f("ck_party_kind")),
        sa.CheckConstraint("octet_length(number_index) >= 16", name=op.f("ck_party_number_index")),
        sa.ForeignKeyConstraint(["government_id"], ["government.id"], name=op.f("fk_party_government_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index(op.f("ix_party_government_id"), "party", ["government_id"])
    op.create_index("ix_party_number", "party", ["number_index", "body_code"])
    op.create_index("ix_party_body", "party", ["body_code", "entered_at", "id"])


def _party_version() -> None:
    op.create_table(
        "party_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), server_default="", nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        *(sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=name not in ("name", "number")) for name in SEALED),
        _moment("recorded_at"),
        sa.CheckConstraint(f"document IN ({DOCUMENTS})", name=op.f("ck_party_version_document")),
        sa.CheckConstraint("octet_length(number_index) >= 16", name=op.f("ck_party_version_number_index")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_party_version_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_version")),
        sa.UniqueConstraint("party_id", "no", name=op.f("uq_party_version_party_id_no")),
    )


def upgrade() -> None:
    """Create the register of parties; nothing of it is ever removed."""
    _party()
    _party_version()
    for table in ("party", "party_version"):
        op.execute(NO_TRUNCATE.format(table=table))
    for statement in (STAYS, SEALED_ANEW, SEALED_ANEW_TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    """There is no way back: who was a party of a matter is never dropped."""
    raise NotImplementedError("parties are never dropped; restore a backup instead")
