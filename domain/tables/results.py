"""Published results 结果公示 (004-3): what the desk has to publish, every version of it, and what is public now.

``result_version`` is append-only and holds what was public when, with its digest. ``published_result`` is the one
public table: of a withdrawn result it keeps that, when and why it was withdrawn, and no word of what it was.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, UniqueConstraint, text
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

STATES: Final = ("draft", "published", "withheld", "withdrawn")
ACTS: Final = ("publish", "correct", "withdraw", "withhold")
WITHDRAWN_IS_EMPTY: Final = (
    "state <> 'withdrawn' OR concat(decision_number, party, item_code, item_name, result, content, basis, search_key)"
    " = '' AND num_nonnulls(decided_on, valid_from, valid_until) = 0"
)


class Result(SQLModel, table=True):
    """A decision that is to be published: drafted from its matter, due on a day, and where it stands.

    ``content`` is the draft, then what was published last. ``todo_on`` is the day by which something must be done:
    publishing a draft, or correcting or withdrawing after the decision changed (``changed_on``).
    """

    __tablename__ = "result"
    __table_args__ = (
        UniqueConstraint("matter_id"),
        one_of("state", STATES),
        CheckConstraint("state <> 'draft' OR todo_on IS NOT NULL", name="draft_is_due"),
        Index("ix_result_todo", "body_code", "todo_on", "id", postgresql_where=text("todo_on IS NOT NULL")),
        Index("ix_result_latest", "body_code", "id"),
    )
    id: int | None = identity_column()
    matter_id: int = reference_column("matter.id", index=False)
    kind: str = text_column()
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    item_code: str = text_column()
    title: str = text_column()
    state: str = text_column()
    no: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    content: dict[str, Any] = json_column()
    drafted_at: datetime = moment_column()
    todo_on: date | None = day_column(nullable=True)
    changed_on: date | None = day_column(nullable=True)
    reminded_for: date | None = day_column(nullable=True)


class ResultVersion(SQLModel, table=True):
    """One act upon a result: what was published, corrected, withdrawn or withheld, and on which ground."""

    __tablename__ = "result_version"
    __table_args__ = (
        UniqueConstraint("result_id", "no"),
        one_of("act", ACTS),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
    )
    id: int | None = identity_column()
    result_id: int = reference_column("result.id", index=False)
    no: int
    act: str = text_column()
    content: dict[str, Any] = json_column()
    digest: bytes = bytes_column()
    ground: str = text_column(default="")
    reason: str = text_column(default="")
    by_name: str = text_column(default="")
    recorded_at: datetime = moment_column()


class PublishedResult(SQLModel, table=True):
    """What is public of a result now; ``id`` is the result's own."""

    __tablename__ = "published_result"
    __table_args__ = (
        one_of("state", ("published", "withdrawn")),
        CheckConstraint(WITHDRAWN_IS_EMPTY, name="withdrawn_is_empty"),
        Index("ix_published_result_latest", "published_at", "id"),
        Index("ix_published_result_body", "body_code", "published_at", "id"),
        Index("ix_published_result_item", "item_code", "published_at", "id"),
    )
    id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("result.id"), primary_key=True, autoincrement=False),
    )
    kind: str = text_column()
    state: str = text_column()
    no: int
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    body_name: str = text_column()
    decision_number: str = text_column(default="")
    party: str = text_column(default="")
    party_kind: str = text_column()
    item_code: str = text_column(default="")
    item_name: str = text_column(default="")
    result: str = text_column(default="")
    content: str = text_column(default="")
    basis: str = text_column(default="")
    decided_on: date | None = day_column(nullable=True)
    valid_from: date | None = day_column(nullable=True)
    valid_until: date | None = day_column(nullable=True)
    search_key: str = text_column(default="")
    published_at: datetime = moment_column()
    changed_at: datetime = moment_column()
    shown_until: date | None = day_column(nullable=True)
    digest: bytes = bytes_column()
    ground: str = text_column(default="")
    reason: str = text_column(default="")
