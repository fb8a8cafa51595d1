"""Parties 当事人 (R4, 003-31(1)): what is secret about them is sealed field by field and found by a blind index.

Nothing here tells who somebody is without a key: ``*_sealed`` is ciphertext bound to table, column and row, and
``number_index`` is a keyed hash of the normalised number.
"""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, Uuid
from sqlmodel import Field, SQLModel

from domain.tables.base import bytes_column, identity_column, moment_column, one_of, reference_column, text_column

DOCUMENTS: Final = (
    *("usc_code", "organisation_code", "business_registration", "other_unit", "citizen_id", "residence_permit"),
    *("foreign_permanent", "passport", "mainland_permit", "taiwan_permit", "military", "other_person"),
)


class Party(SQLModel, table=True):
    """One party as one body entered it; ``no`` is its version in force. Whoever it is stands in its versions, sealed."""

    __tablename__ = "party"
    __table_args__ = (
        one_of("kind", ("citizen", "organisation")),
        CheckConstraint("octet_length(number_index) >= 16", name="number_index"),
        Index("ix_party_number", "number_index", "body_code"),
        Index("ix_party_body", "body_code", "entered_at", "id"),
    )
    id: UUID = Field(default_factory=uuid4, sa_column=Column(Uuid, primary_key=True))
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    kind: str = text_column()
    no: int
    number_index: bytes = bytes_column()
    entered_at: datetime = moment_column()
    changed_at: datetime = moment_column()


class PartyVersion(SQLModel, table=True):
    """What was known of a party from one act on; a correction adds the next. Only a new sealing may change it."""

    __tablename__ = "party_version"
    __table_args__ = (
        UniqueConstraint("party_id", "no"),
        one_of("document", DOCUMENTS),
        CheckConstraint("octet_length(number_index) >= 16", name="number_index"),
    )
    id: int | None = identity_column()
    party_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("party.id"), nullable=False))
    no: int
    document: str = text_column()
    ground: str = text_column(default="")
    key_id: str = text_column()
    number_index: bytes = bytes_column()
    name_sealed: bytes = bytes_column()
    number_sealed: bytes = bytes_column()
    phone_sealed: bytes | None = bytes_column(nullable=True)
    email_sealed: bytes | None = bytes_column(nullable=True)
    address_sealed: bytes | None = bytes_column(nullable=True)
    contact_sealed: bytes | None = bytes_column(nullable=True)
    representative_sealed: bytes | None = bytes_column(nullable=True)
    recorded_at: datetime = moment_column()
