"""The record: one append-only row for each act (003-32(3), 003-33). Nothing here is ever updated or deleted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, UniqueConstraint, Uuid, text
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, moment_column, text_column


class Event(SQLModel, table=True):
    """One act: in which stream, who, when, what. ``body`` is canonical JSON kept byte for byte as text."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("stream", "seq"),
        Index("ix_event_at", "at", "id"),
        Index("ix_event_lapses", "kind", "at", postgresql_where=text("kind IN ('matter.remind', 'result.overdue')")),
    )
    id: int | None = identity_column()
    stream: str = text_column()
    seq: int
    kind: str = text_column()
    actor_id: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    actor_name: str = text_column(default="")
    body_code: str = text_column(default="")
    at: datetime = moment_column()
    body: str = text_column()
