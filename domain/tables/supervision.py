"""Supervision 行政监察: rules as they were, what is watched of every matter, and the alerts (003-36, 003-37).

Versions of rules are append-only. An alert's grade only rises, its opening never changes, and nothing removes it: what was
done with it is in the record, in the stream ``alert:<id>``. ``watched_matter`` can be made anew from the matters.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from domain.tables.base import (
    bytes_column,
    identity_column,
    json_column,
    moment_column,
    one_of,
    reference_column,
    text_column,
    texts_column,
)

KINDS: Final = ("time", "flow", "content", "discretion", "risk", "disclosure", "silence")
GRADES: Final = ("reminder", "warning", "alarm")
RULE_STATES: Final = ("draft", "on_trial", "active", "retired")
SUBJECTS: Final = ("matter", "item", "body", "rule", "system")
STATES: Final = ("open", "lifted")


def _count() -> Any:
    return Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


def _flag() -> Any:
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="false"))


def _day() -> Any:
    return Field(default=None, sa_column=Column(Date, nullable=True))


class SupervisionRule(SQLModel, table=True):
    """One version of a rule; ``shipped`` ones came with the program, the others from a supervisor."""

    __tablename__ = "supervision_rule"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        one_of("state", RULE_STATES),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
    )
    id: int | None = identity_column()
    code: str = text_column()
    version: int
    state: str = text_column()
    document: dict[str, Any] = json_column()
    digest: bytes = bytes_column()
    shipped: bool = _flag()
    recorded_at: datetime = moment_column()
    recorded_by: str = text_column(default="")


# What few matters have and rules look for; each condition's WHERE implies it (`resolvers/supervision_conditions.py`).
WRONG: Final = (
    "late_limits <> '{}'::text[] OR late_steps <> '{}'::text[] OR cardinality(missing_materials) > 0 OR summary_missing"
    " OR acceptance_notice_missing OR result_missing OR process_missing OR decision_text_missing OR order_wrong <> ''"
    " OR ending = 'not_accepted' OR supplements > 1 OR supplements_late > 0 OR returned > 1 OR suspensions > 1"
    " OR fee_deviation > 0 OR tier_deviations > 0 OR asked_until IS NOT NULL"
)


class WatchedMatter(SQLModel, table=True):
    """What supervision sees of a matter, as typed columns: taken from its state at ``seq``, so that rules need not read it."""

    __tablename__ = "watched_matter"
    __table_args__ = (
        Index("ix_watched_matter_body", "body_code", "opened_on"),
        Index("ix_watched_matter_wrong", "matter_id", postgresql_where=text(WRONG)),
    )
    matter_id: int = Field(sa_column=Column(BigInteger, ForeignKey("matter.id"), primary_key=True))
    seq: int
    kind: str = text_column()
    category: str = text_column()
    government_id: int = reference_column("government.id", index=False)
    body_code: str = text_column()
    undertaker: str = text_column()
    item_code: str = text_column()
    title: str = text_column()
    ending: str = text_column()
    opened_on: date = Field(sa_column=Column(Date, nullable=False))
    accepted_on: date | None = _day()
    decided_on: date | None = _day()
    closed_on: date | None = _day()
    late_limits: list[str] = texts_column()
    late_names: list[str] = texts_column()
    late_levels: list[int] = Field(sa_column=Column(ARRAY(SmallInteger), nullable=False, server_default="{}"))
    late_steps: list[str] = texts_column()
    late_step_names: list[str] = texts_column()
    supplements: int = _count()
    supplements_late: int = _count()
    returned: int = _count()
    returned_name: str = text_column(default="")
    suspensions: int = _count()
    missing_materials: list[str] = texts_column()
    summary_missing: bool = _flag()
    acceptance_notice_missing: bool = _flag()
    result_missing: bool = _flag()
    process_missing: bool = _flag()
    decision_text_missing: bool = _flag()
    order_wrong: str = text_column(default="")
    fee_deviation: Decimal | None = Field(default=None, sa_column=Column(Numeric(12, 2), nullable=True))
    fee_name: str = text_column(default="")
    tier_deviations: int = _count()
    asked_until: date | None = _day()


class Alert(SQLModel, table=True):
    """One finding of one rule about one thing on one occasion; ``rule_id`` is the version that found its present grade.

    ``step`` and ``post``: whose step it was when it opened; ``people``: the accounts of those who had it then, null where that
    was not kept yet.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("rule_code", "subject", "subject_key", "occasion"),
        one_of("kind", KINDS),
        one_of("grade", GRADES),
        one_of("state", STATES),
        one_of("subject", SUBJECTS),
        CheckConstraint("(state = 'lifted') = (lifted_at IS NOT NULL)", name="lifted"),
        Index("ix_alert_open", "government_id", "rank", "changed_at", "id", postgresql_where=text("state = 'open'")),
        Index("ix_alert_latest", "changed_at", "id"),
        Index("ix_alert_matter", "matter_id", postgresql_where=text("matter_id IS NOT NULL")),
        Index("ix_alert_body", "body_code", "opened_at"),
        Index("ix_alert_case", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )
    id: int | None = identity_column()
    rule_code: str = text_column()
    rule_id: int = reference_column("supervision_rule.id", index=False)
    kind: str = text_column()
    grade: str = text_column()
    rank: int = Field(sa_column=Column(SmallInteger, nullable=False))
    subject: str = text_column()
    subject_key: str = text_column()
    occasion: str = text_column(default="")
    matter_id: int | None = reference_column("matter.id", nullable=True, index=False)
    item_code: str = text_column(default="")
    body_code: str = text_column(default="")
    government_id: int = reference_column("government.id", index=False)
    measure: Decimal = Field(sa_column=Column(Numeric(12, 2), nullable=False))
    detail: str = text_column(default="")
    message: str = text_column()
    trial: bool = _flag()
    state: str = text_column(default="open")
    seq: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default="1"))
    opened_at: datetime = moment_column()
    changed_at: datetime = moment_column()
    lifted_at: datetime | None = moment_column(nullable=True)
    lifted_by: str = text_column(default="")
    lift_ground: str = text_column(default="")
    lift_reason: str = text_column(default="")
    case_id: int | None = reference_column("matter.id", nullable=True, index=False)
    batch_id: int | None = reference_column("batch.id", nullable=True, index=False)
    step: str = text_column(default="")
    post: str = text_column(default="")
    people: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))


class SupervisionSweep(SQLModel, table=True):
    """A sweep over everything: when, over how many matters, and what it found."""

    __tablename__ = "supervision_sweep"
    __table_args__ = (Index("ix_supervision_sweep_ended", "ended_at"),)
    id: int | None = identity_column()
    started_at: datetime = moment_column()
    ended_at: datetime = moment_column()
    matters: int
    opened: int
    risen: int


class SupervisionBacktest(SQLModel, table=True):
    """A trial of a rule on what has happened: the digest of what was tried, over which days, and what it would have found."""

    __tablename__ = "supervision_backtest"
    __table_args__ = (
        CheckConstraint("octet_length(content) = 32", name="content"),
        Index("ix_supervision_backtest_rule", "rule_code", "government_id", "id"),
    )
    id: int | None = identity_column()
    rule_code: str = text_column()
    content: bytes = bytes_column()
    government_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_day: date = Field(sa_column=Column(Date, nullable=False))
    last_day: date = Field(sa_column=Column(Date, nullable=False))
    document: dict[str, Any] = json_column()
    tried_at: datetime = moment_column()
    tried_by: str = text_column(default="")


class ExpressionFault(SQLModel, table=True):
    """A matter of which the expression of a rule says nothing, and why."""

    __tablename__ = "expression_fault"
    rule_id: int = Field(sa_column=Column(BigInteger, ForeignKey("supervision_rule.id"), primary_key=True))
    matter_id: int = Field(sa_column=Column(BigInteger, ForeignKey("matter.id"), primary_key=True))
    reason: str = text_column()
    noted_at: datetime = moment_column()
