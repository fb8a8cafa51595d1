"""Batches: what is proposed for the library, row by row, until somebody confirms it (L8; 003-20, 003-24)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Uuid
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, json_column, moment_column, one_of, reference_column, text_column

STATES = ("draft", "confirmed", "discarded")
KINDS = ("import", "adjustment", "correction")
FATES = ("new", "changed", "identical", "refused", "attention", "continuation", "passed_over")
# What entering the library would do: said of rows that need attention as well, since they may be accepted.
OUTCOMES = ("", "new", "changed", "identical")
DECISIONS = ("", "accepted", "rejected")


class Batch(SQLModel, table=True):
    """A batch to review: where it came from, and who confirmed it when."""

    __tablename__ = "batch"
    __table_args__ = (
        one_of("state", STATES),
        one_of("kind", KINDS),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed"),
        Index("ix_batch_created", "created_at", "id"),
    )
    id: int | None = identity_column()
    government_id: int = reference_column("government.id")
    kind: str = text_column()
    state: str = text_column(default="draft")
    profile: str = text_column()
    title: str = text_column(default="")
    reason: str = text_column(default="")
    valid_from: date
    source_name: str = text_column(default="")
    source_sha256: str = text_column(default="")
    options: dict[str, Any] = json_column(default="{}")
    counts: dict[str, Any] = json_column(default="{}")
    notes: list[Any] = json_column(default="[]")
    based_on: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = moment_column()
    created_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    confirmed_at: datetime | None = moment_column(nullable=True)
    confirmed_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    revision: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class BatchRow(SQLModel, table=True):
    """One source row and its fate; every row read has exactly one line here.

    ``first_row`` is the row of the item that a continuation belongs to; ``version_id`` the version that the row was
    compared with; ``decision`` what a person decided about a row that needs attention.
    """

    __tablename__ = "batch_row"
    __table_args__ = (
        one_of("fate", FATES),
        one_of("outcome", OUTCOMES),
        one_of("decision", DECISIONS),
        Index("ix_batch_row_fate", "batch_id", "fate", "seq"),
    )
    batch_id: int = Field(sa_column=Column(BigInteger, ForeignKey("batch.id"), primary_key=True))
    seq: int = Field(primary_key=True)
    file: str = text_column(default="")
    sheet: str = text_column(default="")
    row: int
    first_row: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    fate: str = text_column()
    role: str = text_column(default="item")
    name: str = text_column(default="")
    scheme: str = text_column(default="")
    code: str = text_column(default="")
    item_id: int | None = reference_column("power_item.id", nullable=True, index=False)
    version_id: int | None = reference_column("power_version.id", nullable=True, index=False)
    outcome: str = text_column(default="")
    content: dict[str, Any] | None = json_column(nullable=True)
    differences: list[Any] = json_column(default="[]")
    problems: list[Any] = json_column(default="[]")
    decision: str = text_column(default="")
    decision_reason: str = text_column(default="")
    decided_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    decided_at: datetime | None = moment_column(nullable=True)
