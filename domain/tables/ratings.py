"""Ratings 评价 (003-27): who was invited, what was answered, the review of a bad answer, and the published figures.

Invitations and ratings are append-only. ``remarks_sealed`` is ciphertext bound to its row: what somebody wrote is read
by whoever reviews it and by nobody else. Only ``rating_figure`` is public.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.tables.base import (
    bytes_column,
    identity_column,
    moment_column,
    one_of,
    reference_column,
    text_column,
    texts_column,
)

CHANNELS: Final = ("online", "counter")


def day_column(*, nullable: bool = False) -> date | None:
    """Return a column of a civil day."""
    found: date | None = Field(default=None, sa_column=Column(Date, nullable=nullable))
    return found


def count_column(*, nullable: bool = False) -> int | None:
    """Return a column of a count."""
    found: int | None = Field(default=None, sa_column=Column(Integer, nullable=nullable))
    return found


class RatingInvitation(SQLModel, table=True):
    """The party of a matter may rate it until ``expires_on``; ``round`` 2 is the new rating after a bad one was reviewed.

    ``month`` is that of the first invitation: figures compare those who answered with those who were invited.
    """

    __tablename__ = "rating_invitation"
    __table_args__ = (
        UniqueConstraint("matter_id", "round"),
        CheckConstraint("round >= 1", name="round"),
        Index("ix_rating_invitation_month", "month", "body_code"),
    )
    id: int | None = identity_column()
    matter_id: int = reference_column("matter.id", index=False)
    round: int
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    item_code: str = text_column()
    month: date = day_column()  # type: ignore[assignment]
    invited_at: datetime = moment_column()
    expires_on: date = day_column()  # type: ignore[assignment]


class Rating(SQLModel, table=True):
    """An answer to an invitation: one, for good."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("invitation_id"),
        one_of("channel", CHANNELS),
        CheckConstraint("bad = (cardinality(reasons) > 0)", name="reasons"),
    )
    id: int | None = identity_column()
    invitation_id: int = reference_column("rating_invitation.id", index=False)
    grade: str = text_column()
    bad: bool = Field(sa_column=Column(Boolean, nullable=False))
    reasons: list[str] = texts_column()
    remarks_sealed: bytes | None = bytes_column(nullable=True)
    channel: str = text_column()
    given_at: datetime = moment_column()


class RatingReview(SQLModel, table=True):
    """The matter 差评核查 that a bad rating opened, in the same transaction; its end is noted once."""

    __tablename__ = "rating_review"
    __table_args__ = (
        UniqueConstraint("matter_id"),
        CheckConstraint("(closed_at IS NULL) = (in_time IS NULL)", name="closed"),
    )
    rating_id: int = Field(sa_column=Column(BigInteger, ForeignKey("rating.id"), primary_key=True))
    matter_id: int = reference_column("matter.id", index=False)
    opened_at: datetime = moment_column()
    due_on: date | None = day_column(nullable=True)
    closed_at: datetime | None = moment_column(nullable=True)
    in_time: bool | None = Field(default=None, sa_column=Column(Boolean, nullable=True))


class RatingFigure(SQLModel, table=True):
    """A published figure: a body (``item_code`` empty) or an item of it in a month. NULL: hidden, too few answered."""

    __tablename__ = "rating_figure"
    __table_args__ = (
        UniqueConstraint("month", "body_code", "item_code"),
        CheckConstraint(
            "answered IS NULL AND num_nonnulls(very_satisfied, satisfied, fairly_satisfied, dissatisfied,"
            " very_dissatisfied, bad, reviewed, in_time, again, better) = 0 OR num_nulls(answered, very_satisfied,"
            " satisfied, fairly_satisfied, dissatisfied, very_dissatisfied, bad, reviewed, in_time, again, better) = 0",
            name="hidden",
        ),
        Index("ix_rating_figure_body", "body_code", "month", "item_code"),
        Index("ix_rating_figure_item", "item_code", "month"),
    )
    id: int | None = identity_column()
    month: date = day_column()  # type: ignore[assignment]
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    item_code: str = text_column()
    item_name: str = text_column()
    invited: int
    answered: int | None = count_column(nullable=True)
    very_satisfied: int | None = count_column(nullable=True)
    satisfied: int | None = count_column(nullable=True)
    fairly_satisfied: int | None = count_column(nullable=True)
    dissatisfied: int | None = count_column(nullable=True)
    very_dissatisfied: int | None = count_column(nullable=True)
    bad: int | None = count_column(nullable=True)
    reviewed: int | None = count_column(nullable=True)
    in_time: int | None = count_column(nullable=True)
    again: int | None = count_column(nullable=True)
    better: int | None = count_column(nullable=True)
    published_at: datetime = moment_column()
