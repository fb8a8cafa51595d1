"""Notices that fall due by themselves or follow from an act, and what was told to whom over which channel (003-10, R10).

``planned`` holds what the planner carried out, each once by its key. A notice names whom it is for by office, never by
person: who that is, is asked when it is told. Facts are numbers, days and names of bodies; nothing of a citizen.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlmodel import Field, SQLModel

from domain.tables.base import (
    identity_column,
    json_column,
    moment_column,
    one_of,
    reference_column,
    text_column,
    texts_column,
)
from domain.tables.ratings import day_column

STATES: Final = ("waiting", "told", "dropped")
CHANNELS: Final = ("desk", "mail", "sms", "webhook")
REACHES: Final = ("body", "government", "everywhere")


class PlannerMark(SQLModel, table=True):
    """Since when the planner plans here: nothing that fell due before is ever told."""

    __tablename__ = "planner_mark"
    __table_args__ = (CheckConstraint("name = 'planner'", name="one_row"),)
    name: str = Field(sa_column=Column(Text, primary_key=True))
    since: datetime = moment_column()


class Planned(SQLModel, table=True):
    """Something that fell due and was carried out, once. ``superseded``: a later one of its kind fell due at the same time."""

    __tablename__ = "planned"
    __table_args__ = (UniqueConstraint("key"), Index("ix_planned_latest", "due_at", "id"))
    id: int | None = identity_column()
    key: str = text_column()
    rule: str = text_column()
    moment: str = text_column()
    government_id: int | None = reference_column("government.id", nullable=True)
    period: str = text_column()
    day: date = day_column()  # type: ignore[assignment]
    due_at: datetime = moment_column()
    done_at: datetime = moment_column()
    superseded: bool = Field(sa_column=Column(Boolean, nullable=False))
    notices: int


class Notice(SQLModel, table=True):
    """A notice by its template and facts, for whoever holds one of the roles within its reach when it is told."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("key"),
        one_of("state", STATES),
        one_of("reach", REACHES),
        Index("ix_notice_latest", "due_at", "id"),
        Index("ix_notice_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    )
    id: int | None = identity_column()
    key: str = text_column()
    template: str = text_column()
    reach: str = text_column()
    government_id: int | None = reference_column("government.id", nullable=True)
    body_code: str = text_column()
    roles: list[str] = texts_column()
    subject: str = text_column()
    only_if: str = text_column()
    address: str = text_column()
    facts: dict[str, Any] = json_column()
    clause: str = text_column()
    due_at: datetime = moment_column()
    made_at: datetime = moment_column()
    state: str = text_column()
    told_at: datetime | None = moment_column(nullable=True)
    reason: str = text_column(default="")


class NoticeCopy(SQLModel, table=True):
    """A notice to one person over one channel, once; to the webhook without a person."""

    __tablename__ = "notice_copy"
    __table_args__ = (
        one_of("channel", CHANNELS),
        CheckConstraint("(account_id IS NULL) = (channel = 'webhook')", name="person"),
        Index("uq_notice_copy_person", "notice_id", "account_id", "channel", unique=True),
        Index(
            "uq_notice_copy_webhook", "notice_id", "channel", unique=True, postgresql_where=text("account_id IS NULL")
        ),
        Index("ix_notice_copy_desk", "account_id", "id", postgresql_where=text("channel = 'desk'")),
        Index(
            "ix_notice_copy_unread",
            "account_id",
            postgresql_where=text("channel = 'desk' AND read_at IS NULL"),
        ),
        Index("ix_notice_copy_unsent", "made_at", postgresql_where=text("sent_at IS NULL")),
    )
    id: int | None = identity_column()
    notice_id: int = reference_column("notice.id", index=False)
    account_id: UUID | None = Field(default=None, sa_column=Column(Uuid, ForeignKey("account.id"), nullable=True))
    channel: str = text_column()
    title: str = text_column()
    body: str = text_column()
    made_at: datetime = moment_column()
    sent_at: datetime | None = moment_column(nullable=True)
    read_at: datetime | None = moment_column(nullable=True)


class NoticeSetting(SQLModel, table=True):
    """How somebody wants to be told beside the desk: where to, in which language, and which notices not at all."""

    __tablename__ = "notice_setting"
    account_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("account.id"), primary_key=True))
    mail: str = text_column(default="")
    phone: str = text_column(default="")
    language: str = text_column(default="zh-Hans")
    muted: list[str] = texts_column()
    changed_at: datetime = moment_column()
