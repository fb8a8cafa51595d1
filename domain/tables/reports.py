"""Reports 报告 (003-6, 003-10): what is being written, every act upon it, and the editions that were published.

``report_version`` is append-only; of ``publication`` only that a later edition replaced it is ever noted. Drafts and exact
figures are the desk's; the public sees editions and nothing else.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
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

KINDS: Final = ("annual_report", "bulletin")
STATES: Final = ("open", "submitted", "returned", "accepted")
ACTS: Final = ("submit", "return", "accept", "correct")


class Report(SQLModel, table=True):
    """A report that is due or was made: a body's of a year, or the office's bulletin of a quarter.

    ``no`` counts what was done to it, so that nobody writes over what another has just written; ``edition`` is the one
    being written. ``missed_at`` is when it was found not to have come in time.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("kind", "body_code", "period"),
        one_of("kind", KINDS),
        one_of("state", STATES),
        Index("ix_report_period", "kind", "government_id", "period", "body_code"),
        Index("ix_report_latest", "body_code", "id"),
        Index("ix_report_waiting", "due_on", postgresql_where=text("state IN ('open', 'returned')")),
    )
    id: int | None = identity_column()
    kind: str = text_column()
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    period: str = text_column()
    state: str = text_column()
    edition: int
    no: int
    content: dict[str, Any] = json_column()
    note: str = text_column(default="")
    due_on: date | None = day_column(nullable=True)
    late: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="false"))
    missed_at: datetime | None = moment_column(nullable=True)
    opened_at: datetime = moment_column()
    changed_at: datetime = moment_column()
    submitted_at: datetime | None = moment_column(nullable=True)
    submitted_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    writers: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}"))


class ReportVersion(SQLModel, table=True):
    """An act upon a report with the content it was about; ``act_key`` is the key under which it was sent."""

    __tablename__ = "report_version"
    __table_args__ = (
        UniqueConstraint("report_id", "no"),
        one_of("act", ACTS),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        Index("uq_report_version_key", "report_id", "act_key", unique=True, postgresql_where=text("act_key <> ''")),
    )
    id: int | None = identity_column()
    report_id: int = reference_column("report.id", index=False)
    no: int
    edition: int
    act: str = text_column()
    content: dict[str, Any] = json_column()
    digest: bytes = bytes_column()
    reason: str = text_column(default="")
    act_key: str = text_column(default="")
    by_name: str = text_column(default="")
    recorded_at: datetime = moment_column()


class Publication(SQLModel, table=True):
    """An edition as the public sees it, with its PDF; ``note`` says what a later one changed and why."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("report_id", "edition"),
        one_of("kind", KINDS),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("edition = 1 OR note <> ''", name="note"),
        Index("ix_publication_latest", "kind", "period", "id"),
        Index("ix_publication_body", "body_code", "kind", "period"),
    )
    id: int | None = identity_column()
    report_id: int = reference_column("report.id", index=False)
    kind: str = text_column()
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    body_name: str = text_column()
    period: str = text_column()
    edition: int = Field(sa_column=Column(Integer, nullable=False))
    title: str = text_column()
    content: dict[str, Any] = json_column()
    note: str = text_column(default="")
    digest: bytes = bytes_column()
    pdf_file: str = Field(sa_column=Column(Text, ForeignKey("stored_file.digest"), nullable=False, index=True))
    pdf_size: int
    published_at: datetime = moment_column()
    replaced_at: datetime | None = moment_column(nullable=True)
