"""The log of the record: leaves of events, what waits to be put in order, the order, and the heads that were signed.

Leaves are made by a trigger of the event table, salts included, so that nobody who writes an event can choose either.
Nothing here is written by those who act: `log_pending` is emptied and `log_leaf` filled by the sequencer alone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from domain.tables.base import bytes_column, identity_column, moment_column, text_column


def _key() -> Any:
    return Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class EventLeaf(SQLModel, table=True):
    """What an event is in the log: its salt, which stays inside, its public entry, and the entry's hash (`domain.proof.leaf`)."""

    __tablename__ = "event_leaf"
    __table_args__ = (
        CheckConstraint("octet_length(salt) = 16", name="salt"),
        CheckConstraint("octet_length(leaf) = 32", name="leaf"),
    )
    event_id: int = Field(sa_column=Column(BigInteger, ForeignKey("event.id"), primary_key=True, autoincrement=False))
    salt: bytes = bytes_column()
    entry: bytes = bytes_column()
    leaf: bytes = bytes_column()


class LogPending(SQLModel, table=True):
    """An event that is committed and has no place in the log yet; the sequencer sees its public entry and nothing more."""

    __tablename__ = "log_pending"
    event_id: int = _key()
    entry: bytes = bytes_column()


class LogHead(SQLModel, table=True):
    """The one row that says how far the log is. ``epoch`` grows with each sequencer that takes over; an older one stops."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("only_one", name="only_one"), CheckConstraint("size >= 0", name="size"))
    only_one: bool = Field(default=True, sa_column=Column(Boolean, primary_key=True, server_default="true"))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    frontier: list[bytes] = Field(sa_column=Column(ARRAY(LargeBinary), nullable=False))
    root: bytes = bytes_column()
    grown_at: datetime | None = moment_column(nullable=True)


class LogLeaf(SQLModel, table=True):
    """The place of an event in the log. ``sm3`` is the digest of the same bytes by SM3, where the system has it.

    It refers to the event without a constraint: the place stays when the event's month leaves for the archive.
    """

    __tablename__ = "log_leaf"
    __table_args__ = (UniqueConstraint("event_id"), CheckConstraint("octet_length(leaf) = 32", name="leaf"))
    place: int = _key()
    event_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    entry: bytes = bytes_column()
    leaf: bytes = bytes_column()
    sm3: bytes | None = bytes_column(nullable=True)


class LogCheckpoint(SQLModel, table=True):
    """A head as it was published: the signed note with the witnesses' signatures."""

    __tablename__ = "log_checkpoint"
    __table_args__ = (Index("ix_log_checkpoint_size", "size"), CheckConstraint("octet_length(root) = 32", name="root"))
    id: int | None = identity_column()
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes = bytes_column()
    note: str = text_column()
    published_at: datetime = moment_column()
