"""Upward reporting: the platforms above, what each said that it has, and what one said that contradicts the log (X1; 003-28)."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlmodel import Field, SQLModel

from domain.tables.base import bytes_column, identity_column, moment_column, text_column


class ExchangePlatform(SQLModel, table=True):
    """A platform above this one. Its token is kept hashed; ``seen_at`` is when it was last heard, to the minute."""

    __tablename__ = "exchange_platform"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        Index("uq_exchange_platform_name", "name", unique=True, postgresql_where=text("ended_at IS NULL")),
    )
    id: UUID = Field(default_factory=uuid4, sa_column=Column(Uuid, primary_key=True))
    name: str = text_column()
    token_hash: bytes = bytes_column()
    added_at: datetime = moment_column()
    ended_at: datetime | None = moment_column(nullable=True)
    seen_at: datetime | None = moment_column(nullable=True)


class ExchangeHandover(SQLModel, table=True):
    """A platform has all places below ``size`` of the log that begins with the act ``log``, and computed our root of them."""

    __tablename__ = "exchange_handover"
    __table_args__ = (
        UniqueConstraint("platform_id", "log", "size"),
        CheckConstraint("size > 0", name="size"),
    )
    id: int | None = identity_column()
    platform_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("exchange_platform.id"), nullable=False))
    log: int = Field(sa_column=Column(BigInteger, nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    received_at: datetime = moment_column()


class ExchangeDispute(SQLModel, table=True):
    """A platform computed another root of this size than the log has: one of the two was shown something else."""

    __tablename__ = "exchange_dispute"
    __table_args__ = (
        CheckConstraint("octet_length(root) = 32", name="root"),
        Index("ix_exchange_dispute_platform", "platform_id", "id"),
    )
    id: int | None = identity_column()
    platform_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("exchange_platform.id"), nullable=False))
    log: int = Field(sa_column=Column(BigInteger, nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    root: bytes = bytes_column()
    told_at: datetime = moment_column()
