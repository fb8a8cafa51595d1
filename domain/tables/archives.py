"""The archive of the record: which bundles were made, and which acts each holds (003-33). Rows are never changed.

Whether an act is still here is not written down twice: it is in `event`, or it is only in its bundle.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.tables.base import bytes_column, identity_column, moment_column, reference_column, text_column


class ArchiveBundle(SQLModel, table=True):
    """One month in a bundle: the digest of its manifest, and the places of the log from its first act to its last."""

    __tablename__ = "archive_bundle"
    __table_args__ = (
        UniqueConstraint("month"),
        UniqueConstraint("name"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        CheckConstraint("0 <= first_place AND first_place < end_place AND end_place <= size", name="places"),
    )
    id: int | None = identity_column()
    name: str = text_column()
    month: date = Field(sa_column=Column(Date, nullable=False))
    sha256: bytes = bytes_column()
    sm3: bytes | None = bytes_column(nullable=True)
    events: int
    first_place: int = Field(sa_column=Column(BigInteger, nullable=False))
    end_place: int = Field(sa_column=Column(BigInteger, nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    made_at: datetime = moment_column()


class ArchiveEvent(SQLModel, table=True):
    """An act that a bundle holds. Only such an act can leave the record, and only it can come back under its number."""

    __tablename__ = "archive_event"
    __table_args__ = (UniqueConstraint("stream", "seq"),)
    event_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    bundle_id: int = reference_column("archive_bundle.id")
    stream: str = text_column()
    seq: int


class ArchiveMatter(SQLModel, table=True):
    """What is kept of a matter when acts of it left: the digest of its state after act ``seq``.

    Its acts cannot make it anew any more; so the nightly check holds what is kept against this.
    """

    __tablename__ = "archive_matter"
    __table_args__ = (CheckConstraint("octet_length(state) = 32", name="state"),)
    bundle_id: int = Field(sa_column=Column(BigInteger, ForeignKey("archive_bundle.id"), primary_key=True))
    matter_id: int = Field(sa_column=Column(BigInteger, ForeignKey("matter.id"), primary_key=True, index=True))
    seq: int
    state: bytes = bytes_column()
