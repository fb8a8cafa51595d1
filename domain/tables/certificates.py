"""The register of enforcement certificates 行政执法证 (004-11, 004-12; G3)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.tables.accounts import account_column
from domain.tables.base import identity_column, moment_column, text_column, texts_column


def _flag() -> Any:
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="false"))


class Certificate(SQLModel, table=True):
    """A certificate of one officer for one body; it may be ended once and never changes otherwise.

    ``fields`` are category codes it is good for (none: all of the body), ``ended_on`` is the first day without it.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("valid_from <= valid_until", name="term"),
        CheckConstraint("(ended_on IS NULL) = (ended_at IS NULL)", name="ended"),
        Index("ix_certificate_body", "body_code", "number"),
    )
    id: int | None = identity_column()
    number: str = text_column()
    officer: Any = account_column()
    body_code: str = text_column()
    fields: list[str] = texts_column()
    valid_from: date = Field(sa_column=Column(Date, nullable=False))
    valid_until: date = Field(sa_column=Column(Date, nullable=False))
    aide: bool = _flag()
    legal_qualification: bool = _flag()
    entered_at: datetime = moment_column()
    ended_on: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    ended_at: datetime | None = moment_column(nullable=True)
    end_reason: str = text_column(default="")
