"""Notices to officials: which act they are told of, and whether they have seen it. Ids only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint, Uuid
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, moment_column, reference_column, text_column


class DeskNotice(SQLModel, table=True):
    """One act, told to one person, once."""

    __tablename__ = "desk_notice"
    __table_args__ = (
        UniqueConstraint("account_id", "matter_id", "seq"),
        Index("ix_desk_notice_latest", "account_id", "id"),
        Index("ix_desk_notice_unread", "account_id", postgresql_where="read_at IS NULL"),
    )
    id: int | None = identity_column()
    account_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("account.id"), nullable=False))
    matter_id: int = reference_column("matter.id")
    seq: int
    kind: str = text_column()
    at: datetime = moment_column()
    read_at: Any = moment_column(nullable=True)
