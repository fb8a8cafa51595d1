"""Materials: who handed in which file, when, for which matter, and which act took it up (003-31(3), 003-32(2)).

Each uploading is a row of its own, also of a content that is there already. What no act has taken up is removed after
a while; what one has stays, and only what a scanner says of it may still change.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from domain.tables.base import bytes_column, moment_column, one_of, text_column

SENDERS: Final = ("official", "party", "system")
SCANS: Final = ("unscanned", "waiting", "clean", "infected")


class Material(SQLModel, table=True):
    """One file that was handed in. ``title`` is what it is in the guide, ``side`` whose it is, ``sender`` who sent it.

    Before there is a matter, ``opening`` is the keyed hash of the key under which it will be opened, the same that the
    matter then has. ``no`` orders them, ``seq`` is the number of the event that took it up.
    """

    __tablename__ = "material"
    __table_args__ = (
        one_of("side", ("party", "organ")),
        one_of("sender", SENDERS),
        one_of("scan", SCANS),
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("matter_id IS NOT NULL OR opening IS NOT NULL", name="place"),
        CheckConstraint("(seq IS NULL) = (taken_at IS NULL)", name="taken"),
        CheckConstraint("seq IS NULL OR (matter_id IS NOT NULL AND scan <> 'waiting')", name="taken_up"),
        UniqueConstraint("no"),
        Index("ix_material_matter", "matter_id", "no"),
        Index("ix_material_opening", "opening", postgresql_where=text("matter_id IS NULL")),
        Index("ix_material_loose", "uploaded_at", "no", postgresql_where=text("seq IS NULL")),
        Index("ix_material_waiting", "no", postgresql_where=text("scan = 'waiting'")),
    )
    id: UUID = Field(default_factory=uuid4, sa_column=Column(Uuid, primary_key=True))
    no: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    digest: str = Field(sa_column=Column(Text, ForeignKey("stored_file.digest"), nullable=False, index=True))
    name: str = text_column()
    title: str = text_column(default="")
    kind: str = text_column()
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    side: str = text_column()
    sender: str = text_column()
    matter_id: Any = Field(default=None, sa_column=Column(BigInteger, ForeignKey("matter.id"), nullable=True))
    opening: bytes | None = bytes_column(nullable=True)
    body_code: str = text_column()
    uploaded_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    uploaded_by_name: str = text_column(default="")
    uploaded_at: datetime = moment_column()
    scan: str = text_column()
    found: str = text_column(default="")
    scanned_at: datetime | None = moment_column(nullable=True)
    seq: Any = Field(default=None, sa_column=Column(Integer, nullable=True))
    taken_at: datetime | None = moment_column(nullable=True)
