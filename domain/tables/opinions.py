"""意见征集: what an office asks, what it was told, and what it answers (002-4.2.8).

What is asked and what was told stays as it was; only the answer is added, once. Nobody is asked who says something; who
wants to speak at a hearing is sealed (``attendance.sealed``).
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.tables.base import (
    bytes_column,
    identity_column,
    json_column,
    moment_column,
    one_of,
    reference_column,
    text_column,
)
from domain.tables.ratings import day_column

SIDES: Final = ("for", "against", "neither")


class OpinionCall(SQLModel, table=True):
    """What an office asks the public about; ``results`` are the counts of the questionnaire, with the conclusion."""

    __tablename__ = "opinion_call"
    __table_args__ = (
        UniqueConstraint("key_hash"),
        CheckConstraint("(concluded_at IS NULL) = (conclusion = '')", name="conclusion"),
        CheckConstraint("(hearing_at IS NULL) = (hearing_place = '')", name="hearing"),
        Index("ix_opinion_call_latest", "closes_on", "id"),
        Index("ix_opinion_call_body", "body_code", "closes_on", "id"),
    )
    id: int | None = identity_column()
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    title: str = text_column()
    content: str = text_column()
    questions: list[Any] = json_column()
    closes_on: date = day_column()  # type: ignore[assignment]
    hearing_at: datetime | None = moment_column(nullable=True)
    hearing_place: str = text_column(default="")
    published_at: datetime = moment_column()
    key_hash: bytes = bytes_column()
    conclusion: str = text_column(default="")
    concluded_at: datetime | None = moment_column(nullable=True)
    received: int | None = Field(default=None, nullable=True)
    results: list[Any] | None = json_column(nullable=True)


class OpinionComment(SQLModel, table=True):
    """What somebody said or chose. ``shown`` and ``reply`` are published words, added once by an official."""

    __tablename__ = "opinion_comment"
    __table_args__ = (
        UniqueConstraint("call_id", "key_hash"),
        CheckConstraint("(replied_at IS NULL) = (reply = '')", name="reply"),
        CheckConstraint("(replied_at IS NULL) = (shown = '')", name="shown"),
        Index("ix_opinion_comment_call", "call_id", "id"),
        Index(
            "ix_opinion_comment_shown", "call_id", "replied_at", "id", postgresql_where=text("replied_at IS NOT NULL")
        ),
    )
    id: int | None = identity_column()
    call_id: int = reference_column("opinion_call.id", index=False)
    key_hash: bytes = bytes_column()
    said: str = text_column()
    answers: dict[str, Any] = json_column()
    at: datetime = moment_column()
    shown: str = text_column(default="")
    reply: str = text_column(default="")
    replied_at: datetime | None = moment_column(nullable=True)


class OpinionAttendance(SQLModel, table=True):
    """Somebody who wants to speak at the hearing; name, contact and words are sealed for their place."""

    __tablename__ = "opinion_attendance"
    __table_args__ = (UniqueConstraint("call_id", "key_hash"), one_of("side", SIDES))
    id: int | None = identity_column()
    call_id: int = reference_column("opinion_call.id", index=False)
    key_hash: bytes = bytes_column()
    side: str = text_column()
    sealed: bytes = bytes_column()
    at: datetime = moment_column()
