"""Running matters: what all kinds share, and what carries them (house §2; 003-29, 003-33).

The record of a matter is its events in the stream ``matter:<id>``; everything here can be made anew from them. A row
is changed only in the transaction that appends the events it follows from.
"""

from datetime import date, datetime
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
    Text,
    UniqueConstraint,
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
    texts_column,
)

KINDS: Final = (
    *("case", "penalty_case", "adjustment", "complaint", "supervision_case"),
    *("filing", "dossier_review", "reconsideration", "accountability", "decision"),
    "rating_review",
)
PHASES: Final = ("received", "running", "closed", "archived")
ENDINGS: Final = ("", "finished", "not_accepted", "withdrawn", "terminated", "transferred", "merged", "abandoned")
OPEN: Final = "phase IN ('received', 'running')"
"""What is open; the partial indexes over it stay small however many matters are closed."""


class ProcedureVersion(SQLModel, table=True):
    """A procedure as matters run by it; a version that was used once never changes (R1)."""

    __tablename__ = "procedure_version"
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


class Matter(SQLModel, table=True):
    """One run of a procedure. ``state`` is the fold of its events; the other columns are what lists look at.

    ``due_on`` is the earliest day on which a limit of the organ ends, ``due_rank`` the same for ordering (the last day
    of the calendar if there is none). ``wake_at`` is when time itself does something next, ``code_hash`` finds a matter
    for a party who has its look-up code, ``opening`` is the keyed hash of the idempotency key of its opening.
    """

    __tablename__ = "matter"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("opening"),
        one_of("kind", KINDS),
        one_of("phase", PHASES),
        one_of("ending", ENDINGS),
        one_of("party_kind", ("citizen", "organisation")),
        Index("ix_matter_rank", "due_rank", "id", postgresql_where=text(OPEN)),
        Index("ix_matter_bodies", "bodies", postgresql_using="gin", postgresql_where=text(OPEN)),
        Index("ix_matter_assignees", "assignees", postgresql_using="gin", postgresql_where=text(OPEN)),
        Index(
            "ix_matter_overdue",
            "due_on",
            postgresql_where=text(f"{OPEN} AND NOT due_provisional AND due_on IS NOT NULL"),
        ),
        Index("ix_matter_wake", "wake_at", postgresql_where=text("wake_at IS NOT NULL")),
        Index("ix_matter_provisional", "id", postgresql_where=text(f"{OPEN} AND due_provisional")),
        Index("ix_matter_opened", "body_code", "opened_at", "id"),
        Index("ix_matter_latest", "opened_at", "id"),
        Index("ix_matter_item", "item_code", "opened_at"),
        Index("ix_matter_follows", "origin", postgresql_where=text("kind = 'supervision_case'")),
        Index("ix_matter_party", "party", postgresql_where=text("party <> ''")),
    )
    id: int | None = identity_column()
    number: str = text_column()
    kind: str = text_column()
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    bodies: list[str] = texts_column()
    item_code: str = text_column(default="")
    title: str = text_column()
    title_key: str = text_column()
    category: str = text_column(default="")
    item_version_id: Any = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("power_version.id"), nullable=True)
    )
    procedure_id: int = reference_column("procedure_version.id", index=False)
    phase: str = text_column()
    ending: str = text_column(default="")
    steps: list[str] = texts_column()
    step_names: list[str] = texts_column()
    posts: list[str] = texts_column()
    assignees: list[str] = texts_column()
    doers: list[str] = texts_column()
    due_on: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    due_rank: date = Field(sa_column=Column(Date, nullable=False))
    due_name: str = text_column(default="")
    due_provisional: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    paused: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    opened_at: datetime = moment_column()
    accepted_at: datetime | None = moment_column(nullable=True)
    decided_at: datetime | None = moment_column(nullable=True)
    closed_at: datetime | None = moment_column(nullable=True)
    party: str = text_column(default="")
    party_kind: str = text_column(default="citizen")
    origin: str = text_column(default="")
    state: dict[str, Any] = json_column()
    seq: int
    changed_at: datetime = moment_column()
    calendar_at: datetime = moment_column()
    wake_at: datetime | None = moment_column(nullable=True)
    opening: bytes = bytes_column()
    code_hash: bytes | None = bytes_column(nullable=True)


class MatterTitle(SQLModel, table=True):
    """A title under which matters of an item were opened: few, so that a search looks through these first."""

    __tablename__ = "matter_title"
    item_code: str = Field(sa_column=Column(Text, primary_key=True))
    title_key: str = Field(sa_column=Column(Text, primary_key=True))


class NumberSeries(SQLModel, table=True):
    """A series of numbers without gaps, such as that of one body, category and year."""

    __tablename__ = "number_series"
    series: str = Field(sa_column=Column(Text, primary_key=True))
    last: int = Field(sa_column=Column(Integer, nullable=False))


class Outbox(SQLModel, table=True):
    """Something that must reach somebody, written in the transaction of its cause; ``payload`` holds ids only."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_outbox_undone", "due_at", postgresql_where=text("done_at IS NULL")),
        Index("ix_outbox_next", "next_try", "id", postgresql_where=text("done_at IS NULL")),
        Index("ix_outbox_done", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )
    id: int | None = identity_column()
    topic: str = text_column()
    key: str = text_column()
    payload: dict[str, Any] = json_column()
    due_at: datetime = moment_column()
    next_try: datetime = moment_column()
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    done_at: datetime | None = moment_column(nullable=True)
