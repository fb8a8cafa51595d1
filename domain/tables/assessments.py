"""Assessments 绩效评估: scores as they were frozen, with the scheme that was used, their ledgers, and objections (S7).

Scores and ledgers are append-only: a decision on an objection makes a further edition, and the one before stays to be seen.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from domain.assessments.objections import STATE_NAMES
from domain.assessments.orders import STATES as ORDER_STATES
from domain.assessments.subjects import HOWS, SUBJECT_KINDS
from domain.tables.base import (
    bytes_column,
    identity_column,
    json_column,
    moment_column,
    one_of,
    reference_column,
    text_column,
)


class AssessmentScheme(SQLModel, table=True):
    """A version of the scheme as scores were made by it."""

    __tablename__ = "assessment_scheme"
    __table_args__ = (
        UniqueConstraint("code", "version", "digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
    )
    id: int | None = identity_column()
    code: str = text_column()
    version: int
    digest: bytes = bytes_column()
    document: dict[str, Any] = json_column()
    recorded_at: datetime = moment_column()


class Assessment(SQLModel, table=True):
    """The scores of a government's bodies in a period; published once. ``frozen_by``: the account, empty: by itself."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("government_id", "period"),)
    id: int | None = identity_column()
    government_id: int = reference_column("government.id", index=False)
    period: str = text_column()
    scheme_id: int = reference_column("assessment_scheme.id", index=False)
    frozen_at: datetime = moment_column()
    frozen_by: str = text_column(default="")
    published_at: datetime | None = moment_column(nullable=True)


class AssessmentScore(SQLModel, table=True):
    """A score of a body, or of a unit or a post of it; ``edition`` 2 and on are restated, with the ``reason``.

    Editions of a body and of its units and posts go together. ``steps``: stays in steps that were its in the period.
    """

    __tablename__ = "assessment_score"
    __table_args__ = (
        UniqueConstraint(
            "assessment_id", "kind", "body_code", "unit", "post", "edition", name="uq_assessment_score_subject"
        ),
        one_of("kind", SUBJECT_KINDS),
        CheckConstraint("(unit <> '') = (kind <> 'body') AND (post <> '') = (kind = 'post')", name="subject"),
        Index("ix_assessment_score_body", "body_code", "id"),
        Index("ix_assessment_score_period", "period", "kind", "id"),
        CheckConstraint("(edition > 1) = (reason <> '')", name="reason"),
    )
    id: int | None = identity_column()
    assessment_id: int = reference_column("assessment.id", index=False)
    government_id: int = reference_column("government.id", index=False)
    period: str = text_column()
    body_code: str = text_column()
    kind: str = text_column(default="body")
    unit: str = text_column(default="")
    post: str = text_column(default="")
    edition: int
    total: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    grade: str = text_column()
    veto: str = text_column(default="")
    reason: str = text_column(default="")
    steps: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    recorded_at: datetime = moment_column()


class AssessmentEntry(SQLModel, table=True):
    """A line of a score's ledger; only additions are positive. ``unit``, ``post``: whose step it was, ``attribution`` how that is known.

    The lines of a unit or a post are lines of its body's ledger, with the same number.
    """

    __tablename__ = "assessment_entry"
    __table_args__ = (
        UniqueConstraint("score_id", "no"),
        CheckConstraint("points <= 0 OR indicator = 'additions'", name="points"),
        one_of("attribution", HOWS),
    )
    id: int | None = identity_column()
    score_id: int = reference_column("assessment_score.id", index=False)
    no: int
    indicator: str = text_column()
    points: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    clause: str = text_column()
    words: str = text_column()
    rule_code: str = text_column(default="")
    stream: str = text_column(default="")
    alert_id: int | None = reference_column("alert.id", nullable=True, index=False)
    matter_id: int | None = reference_column("matter.id", nullable=True, index=False)
    measure: Decimal | None = Field(default=None, sa_column=Column(Numeric(12, 2), nullable=True))
    post: str = text_column(default="")
    unit: str = text_column(default="")
    attribution: str = text_column(default="")
    veto: str = text_column(default="")


class ScoreObjection(SQLModel, table=True):
    """An objection of a body to entries of its score, and what was decided."""

    __tablename__ = "score_objection"
    __table_args__ = (
        UniqueConstraint("score_id"),
        one_of("state", tuple(STATE_NAMES)),
        CheckConstraint("(state = 'filed') = (decided_at IS NULL)", name="decided"),
    )
    id: int | None = identity_column()
    score_id: int = reference_column("assessment_score.id", index=False)
    entries: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    reasons: str = text_column()
    filed_at: datetime = moment_column()
    filed_by: str = text_column()
    due_on: date = Field(sa_column=Column(Date, nullable=False))
    state: str = text_column(default="filed")
    decided_at: datetime | None = moment_column(nullable=True)
    decided_by: str = text_column(default="")
    decision: str = text_column(default="")


class ScoreItem(SQLModel, table=True):
    """Something for a score that no rule counts: proposed by one supervisor with its evidence, decided by another one."""

    __tablename__ = "score_item"
    __table_args__ = (
        UniqueConstraint("opening"),
        one_of("state", ("proposed", "confirmed", "rejected")),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decider <> proposer", name="apart"),
        Index("ix_score_item_period", "government_id", "period", "id"),
    )
    id: int | None = identity_column()
    government_id: int = reference_column("government.id", index=False)
    body_code: str = text_column()
    period: str = text_column()
    indicator: str = text_column()
    points: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    clause: str = text_column()
    words: str = text_column()
    evidence: str = text_column()
    state: str = text_column(default="proposed")
    proposer: str = text_column()
    proposed_by: str = text_column()
    proposed_at: datetime = moment_column()
    decider: str = text_column(default="")
    decided_by: str = text_column(default="")
    decided_at: datetime | None = moment_column(nullable=True)
    decision: str = text_column(default="")
    opening: bytes = bytes_column()


class ScoringOrder(SQLModel, table=True):
    """An order to score a period that takes longer than a page may wait; ``asker``: the account, ``done`` of ``total`` bodies."""

    __tablename__ = "scoring_order"
    __table_args__ = (
        one_of("state", ORDER_STATES),
        CheckConstraint("(state IN ('scored', 'failed')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(state = 'failed') = (reason <> '')", name="reason"),
        CheckConstraint("done BETWEEN 0 AND total", name="progress"),
        Index("ix_scoring_order_government", "government_id", "id"),
        Index(
            "uq_scoring_order_open",
            "government_id",
            "period",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )
    id: int | None = identity_column()
    government_id: int = reference_column("government.id", index=False)
    period: str = text_column()
    asked_at: datetime = moment_column()
    asker: str = text_column()
    asked_by: str = text_column()
    state: str = text_column(default="waiting")
    attempts: int = Field(default=0)
    begun_at: datetime | None = moment_column(nullable=True)
    done: int = Field(default=0)
    total: int = Field(default=0)
    ended_at: datetime | None = moment_column(nullable=True)
    reason: str = text_column(default="")
