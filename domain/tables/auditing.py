"""What the auditor did and found. Rows are never changed: what was once found stays found, also when it is repaired."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, moment_column, one_of, reference_column, text_column, texts_column


class LogAudit(SQLModel, table=True):
    """One check: of what, how far, with which verdict. ``frontier`` is where the next tail goes on."""

    __tablename__ = "log_audit"
    __table_args__ = (
        one_of("scope", ("tail", "full")),
        one_of("verdict", ("sound", "bad", "unchecked")),
        CheckConstraint("size >= 0", name="size"),
        Index("ix_log_audit_full", "started_at", postgresql_where=text("scope = 'full'")),
    )
    id: int | None = identity_column()
    scope: str = text_column()
    started_at: datetime = moment_column()
    ended_at: datetime = moment_column()
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    frontier: list[bytes] = Field(sa_column=Column(ARRAY(LargeBinary), nullable=False))
    outside: int
    verdict: str = text_column()
    findings: int
    unchecked: list[str] = texts_column()


class LogFinding(SQLModel, table=True):
    """A contradiction, with the check that saw it first."""

    __tablename__ = "log_finding"
    __table_args__ = (UniqueConstraint("kind", "place"),)
    id: int | None = identity_column()
    audit_id: int = reference_column("log_audit.id")
    kind: str = text_column()
    place: str = text_column()
    detail: str = text_column()
    seen_at: datetime = moment_column()
