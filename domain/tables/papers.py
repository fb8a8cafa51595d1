"""Legal documents 文书 that were made: which, in which act, under which number and digests; their contents are sealed (R7).

A document is never changed; what is wrong with it is put right by a further document. Only a new sealing under another
key may touch a row.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlmodel import Field, SQLModel

from domain.tables.base import bytes_column, identity_column, moment_column, text_column
from domain.tables.files import DIGEST


class Paper(SQLModel, table=True):
    """A document as it was made by an act of a matter. ``digest`` is that of the PDF in plain, as the act names it.

    ``pdf_file`` is the sealed PDF in the file store, ``text_sealed`` the plain text; both are bound to this row's place.
    ``order_hash`` is the keyed hash of what was asked for, by which a repeated submission is known again.
    """

    __tablename__ = "paper"
    __table_args__ = (
        UniqueConstraint("matter_id", "act_key", "place"),
        UniqueConstraint("matter_id", "digest"),
        CheckConstraint(DIGEST, name="digest"),
        CheckConstraint(DIGEST.replace("digest", "text_digest"), name="text_digest"),
        Index("uq_paper_number", "body_code", "number", unique=True, postgresql_where=text("number <> ''")),
    )
    id: int | None = identity_column()
    matter_id: int = Field(sa_column=Column(BigInteger, ForeignKey("matter.id"), nullable=False))
    act_key: str = text_column()
    place: int
    body_code: str = text_column()
    code: str = text_column()
    name: str = text_column()
    number: str = text_column(default="")
    digest: str = text_column()
    text_digest: str = text_column()
    size: int
    key_id: str = text_column()
    pdf_file: str = Field(sa_column=Column(Text, ForeignKey("stored_file.digest"), nullable=False, index=True))
    text_sealed: bytes = bytes_column()
    order_hash: bytes = bytes_column()
    made_at: datetime = moment_column()
    made_by: Any = Field(default=None, sa_column=Column(Uuid, nullable=True))
    made_by_name: str = text_column(default="")


class Letterhead(SQLModel, table=True):
    """What a body prints on its documents: its word 代字 in their numbers, where it is, where fines are paid in."""

    __tablename__ = "letterhead"
    body_code: str = Field(sa_column=Column(Text, primary_key=True))
    word: str = text_column()
    address: str = text_column(default="")
    phone: str = text_column(default="")
    court: str = text_column(default="")
    bank_name: str = text_column(default="")
    bank_account: str = text_column(default="")
    changed_at: datetime = moment_column()
