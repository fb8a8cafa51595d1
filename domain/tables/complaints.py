"""Consultation, complaint, help and report: what was filed, how it runs, what was written, and what is published.

They are no rows of ``matter``: officials of a body see its matters, and of a complaint only whoever must (000-16). Who
filed and what anybody wrote is ciphertext. ``identity_sealed`` is sealed to public keys whose other halves two officers
keep (`resolvers.complaints_sealing`); no process of this system can open it alone.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
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
from domain.tables.matters import ENDINGS, OPEN, PHASES
from domain.tables.ratings import count_column, day_column

CAPACITIES: Final = ("real_name", "undisclosed", "anonymous")
ABOUT: Final = ("body", "item", "case", "officer", "general")
CHANNELS: Final = ("online", "phone", "visit", "letter", "token")
ROLES: Final = ("first", "transferred", "review")
TEXTS: Final = (
    *("filed", "message", "answer", "reply", "refusal", "remarks", "review_asked", "withdrawn"),
    *("route", "finding", "decision", "returned", "transfer", "extract", "extract_answer", "published"),
)
"""What is written: the first line is between the citizen and the office, the second is inside the office."""

STEPS: Final = ("countersigned", "opened")


def _flag() -> Any:
    return Field(sa_column=Column(Boolean, nullable=False))


class Complaint(SQLModel, table=True):
    """What was filed, once and for good. ``filing`` is the keyed hash of the form's key, ``code_hash`` of the code."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("filing"),
        UniqueConstraint("code_hash"),
        one_of("capacity", CAPACITIES),
        one_of("about", ABOUT),
        one_of("channel", CHANNELS),
        one_of("verified", ("", "number", "contact", "called", "shown", "system")),
        CheckConstraint("(capacity = 'anonymous') = (identity_sealed IS NULL)", name="anonymous_is_nobody"),
        CheckConstraint("octet_length(filing) = 32 AND octet_length(code_hash) = 32", name="hashes"),
    )
    id: int | None = identity_column()
    number: str = text_column()
    filing: bytes = bytes_column()
    code_hash: bytes = bytes_column()
    government_id: int = reference_column("government.id")
    kind: str = text_column()
    capacity: str = text_column()
    channel: str = text_column()
    verified: str = text_column(default="")
    about: str = text_column()
    about_body: str = text_column(default="")
    item_code: str = text_column(default="")
    consent: bool = _flag()
    filed_at: datetime = moment_column()
    received_at: datetime = moment_column()
    identity_sealed: bytes | None = bytes_column(nullable=True)
    identity_keys: str = text_column(default="")


class ComplaintRun(SQLModel, table=True):
    """One run of a procedure: the first, one that another body took over, a review. ``state`` is the fold of its events.

    A transferred run begins with the receipt of the first, so its days are the same. ``answer_due`` and
    ``answered_at`` are what statistics look at; ``escalated_at`` is when the alarm went up to whoever supervises.
    """

    __tablename__ = "complaint_run"
    __table_args__ = (
        UniqueConstraint("complaint_id", "no"),
        UniqueConstraint("number"),
        one_of("role", ROLES),
        one_of("phase", PHASES),
        one_of("ending", ENDINGS),
        Index("ix_complaint_run_last", "complaint_id", unique=True, postgresql_where=text("last")),
        Index("ix_complaint_run_due", "body_code", "due_rank", "id", postgresql_where=text(f"last AND {OPEN}")),
        Index("ix_complaint_run_latest", "body_code", "id", postgresql_where=text("last")),
        Index("ix_complaint_run_wake", "wake_at", postgresql_where=text("wake_at IS NOT NULL")),
        Index("ix_complaint_run_answer", "answer_due", "body_code"),
    )
    id: int | None = identity_column()
    complaint_id: int = reference_column("complaint.id", index=False)
    no: int
    last: bool = _flag()
    role: str = text_column()
    number: str = text_column()
    procedure_id: int = reference_column("procedure_version.id", index=False)
    body_code: str = text_column()
    phase: str = text_column()
    ending: str = text_column(default="")
    result: str = text_column(default="")
    step: str = text_column(default="")
    due_on: date | None = day_column(nullable=True)
    due_rank: date = day_column()  # type: ignore[assignment]
    due_name: str = text_column(default="")
    due_provisional: bool = _flag()
    answer_due: date | None = day_column(nullable=True)
    opened_at: datetime = moment_column()
    answered_at: datetime | None = moment_column(nullable=True)
    closed_at: datetime | None = moment_column(nullable=True)
    state: dict[str, Any] = json_column()
    seq: int
    changed_at: datetime = moment_column()
    calendar_at: datetime = moment_column()
    wake_at: datetime | None = moment_column(nullable=True)
    escalated_at: datetime | None = moment_column(nullable=True)


class ComplaintText(SQLModel, table=True):
    """Something that was written, sealed for its place; the record names it by the digest of what is sealed.

    ``key_hash`` makes a message harmless however often it is sent; ``to_body`` is whom an extract is for.
    """

    __tablename__ = "complaint_text"
    __table_args__ = (
        UniqueConstraint("complaint_id", "no"),
        UniqueConstraint("complaint_id", "key_hash"),
        one_of("kind", TEXTS),
        CheckConstraint("(to_body <> '') = (kind IN ('extract', 'extract_answer'))", name="to_body"),
        Index("ix_complaint_text_to_body", "to_body", "id", postgresql_where=text("to_body <> ''")),
    )
    id: int | None = identity_column()
    complaint_id: int = reference_column("complaint.id", index=False)
    run_id: int = reference_column("complaint_run.id", index=False)
    no: int
    kind: str = text_column()
    to_body: str = text_column(default="")
    about_no: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    sealed: bytes = bytes_column()
    digest: str = text_column()
    account_id: UUID | None = Field(default=None, sa_column=Column(Uuid, ForeignKey("account.id"), nullable=True))
    at: datetime = moment_column()
    key_hash: bytes = bytes_column()


class ComplaintFile(SQLModel, table=True):
    """A file that came with a filing or a message, freed of its metadata and sealed, its name too."""

    __tablename__ = "complaint_file"
    __table_args__ = (Index("ix_complaint_file_complaint_id", "complaint_id"),)
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    complaint_id: int = reference_column("complaint.id", index=False)
    text_no: int
    name_sealed: bytes = bytes_column()
    content_sealed: bytes = bytes_column()
    kind: str = text_column()
    size: int
    at: datetime = moment_column()


class ComplaintRating(SQLModel, table=True):
    """How content somebody was with an answer: once for a run, for good. Words about it are a text."""

    __tablename__ = "complaint_rating"
    run_id: int = Field(sa_column=Column(BigInteger, ForeignKey("complaint_run.id"), primary_key=True))
    grade: str = text_column()
    bad: bool = _flag()
    given_at: datetime = moment_column()


class ContactProof(SQLModel, table=True):
    """A code that proves an address: keyed hashes of form and address, and of the code (NULL: it could not be sent)."""

    __tablename__ = "contact_proof"
    __table_args__ = (
        CheckConstraint("octet_length(key) = 32 AND octet_length(code_hash) = 32", name="hashes"),
        Index("ix_contact_proof_expires_at", "expires_at"),
    )
    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    code_hash: bytes | None = bytes_column(nullable=True)
    tries: int
    expires_at: datetime = moment_column()
    proved_at: datetime | None = moment_column(nullable=True)


class ComplaintOpening(SQLModel, table=True):
    """Somebody who handles a complaint asks to know who filed it, for a purpose of a closed list."""

    __tablename__ = "complaint_opening"
    __table_args__ = (Index("ix_complaint_opening_complaint_id", "complaint_id"),)
    id: int | None = identity_column()
    complaint_id: int = reference_column("complaint.id", index=False)
    purpose: str = text_column()
    account_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("account.id"), nullable=False))
    at: datetime = moment_column()


class ComplaintOpeningStep(SQLModel, table=True):
    """The second person has taken the outer seal off (``half_sealed`` is still sealed to the first), or it was read."""

    __tablename__ = "complaint_opening_step"
    __table_args__ = (
        one_of("step", STEPS),
        CheckConstraint("(step = 'countersigned') = (half_sealed IS NOT NULL)", name="half"),
    )
    opening_id: int = Field(sa_column=Column(BigInteger, ForeignKey("complaint_opening.id"), primary_key=True))
    step: str = Field(sa_column=Column(Text, primary_key=True))
    account_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("account.id"), nullable=False))
    half_sealed: bytes | None = bytes_column(nullable=True)
    at: datetime = moment_column()


class ComplaintFigure(SQLModel, table=True):
    """A published figure: what a body had to answer in a month (``kind`` empty: all kinds). NULL: hidden, too few."""

    __tablename__ = "complaint_figure"
    __table_args__ = (
        UniqueConstraint("month", "body_code", "kind"),
        CheckConstraint("num_nulls(due, in_time, still_open) IN (0, 3)", name="hidden"),
        CheckConstraint("due IS NULL OR in_time + still_open <= due", name="adds_up"),
        Index("ix_complaint_figure_body", "body_code", "month"),
    )
    id: int | None = identity_column()
    month: date = day_column()  # type: ignore[assignment]
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    kind: str = text_column()
    due: int | None = count_column(nullable=True)
    in_time: int | None = count_column(nullable=True)
    still_open: int | None = count_column(nullable=True)
    rated: int | None = count_column(nullable=True)
    satisfied: int | None = count_column(nullable=True)
    published_at: datetime = moment_column()


class PublishedQuestion(SQLModel, table=True):
    """A question with its answer, in words that an official has looked at, published with the asker's consent."""

    __tablename__ = "published_question"
    __table_args__ = (
        Index("ix_published_question_latest", "published_at", "id"),
        Index("ix_published_question_body", "body_code", "published_at", "id"),
        CheckConstraint("withdrawn_at IS NULL OR question || answer = ''", name="withdrawn_is_empty"),
    )
    id: int | None = identity_column()
    government_id: int = reference_column("government.id")
    body_code: str = text_column()
    item_code: str = text_column(default="")
    question: str = text_column()
    answer: str = text_column()
    published_at: datetime = moment_column()
    withdrawn_at: datetime | None = moment_column(nullable=True)


class AskedItem(SQLModel, table=True):
    """What is asked about most in the last twelve months: only items that enough people asked about, counts rounded."""

    __tablename__ = "asked_item"
    item_code: str = Field(sa_column=Column(Text, primary_key=True))
    body_code: str = text_column()
    asked: int
    counted_at: datetime = moment_column()
