"""What use-cases on complaints take and give: frozen values that pages, GraphQL and commands share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from domain.clock import Receipt
from domain.complaints import Channel
from resolvers.complaints_files import Attached
from resolvers.complaints_store import Text
from resolvers.matters_values import Urgency

SEEN_OUTSIDE: Final = ("filed", "message", "answer", "reply", "refusal", "remarks", "review_asked", "withdrawn")
"""Kinds of texts that whoever filed sees; everything else stays inside (003-36(3))."""

FROM_OUTSIDE: Final = ("filed", "message", "remarks", "review_asked", "withdrawn")


@dataclass(frozen=True, slots=True)
class Coming:
    """How something came, as far as an official or another system says so: by which way, when, and who verified whom."""

    channel: Channel = "online"
    received: datetime | None = None
    verified: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """What was filed: its number, the code that is shown here only, by when it is answered and why; ``receipt`` of the act."""

    complaint_id: int
    number: str
    code: str = field(repr=False)
    kind_name: str
    body_name: str
    received_at: datetime
    answer: Receipt | None
    receipt: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """A complaint in a list of the desk: where it stands, and no word of what it says or who filed."""

    id: int
    number: str
    kind: str
    capacity: str
    channel: str
    about: str
    about_body: str
    item_code: str
    government_id: int
    body_code: str
    body_name: str
    role: str
    phase: str
    ending: str
    result: str
    step: str
    filed_at: datetime
    received_at: datetime
    due_on: date | None
    due_name: str
    due_provisional: bool
    answer_due: date | None
    answered_at: datetime | None
    closed_at: datetime | None
    escalated_at: datetime | None
    urgency: Urgency | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit with its receipt: what it is called, where it stands, and every day of it."""

    name: str
    title: str
    state: str
    receipt: Receipt
    ended: date | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a run, without a word of anybody: what, when, and whose doing."""

    name: str
    at: datetime
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class OpeningView:
    """A request to know who filed: what for, whose, and how far it is."""

    id: int
    purpose: str
    asked_by: str
    asked_at: datetime
    countersigned_by: str = ""
    opened_at: datetime | None = None
    mine: bool = False
    countersigned: bool = False


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint on the desk of whoever works on it."""

    row: ComplaintRow
    kind_name: str
    verified: str
    consent: bool
    texts: tuple[Text, ...]
    files: tuple[Attached, ...]
    clocks: tuple[Clock, ...]
    happened: tuple[Happening, ...]
    openings: tuple[OpeningView, ...]
    verbs: tuple[str, ...]
    results: Mapping[str, str]
    refusals: Mapping[str, str]
    transfers: Mapping[str, str]
    waiting: Mapping[int, str]
    seq: int
    named: bool
    published: bool
    rating: str = ""


@dataclass(frozen=True, slots=True)
class FollowView:
    """What whoever filed is told by the code: where it stands in plain words, until when, why that day, and what was said."""

    complaint_id: int
    number: str
    kind: str
    kind_name: str
    capacity: str
    body_name: str
    phase: str
    ending: str
    step: str
    stage: str
    stages: tuple[str, ...]
    role: str
    filed_at: datetime
    accepted_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    result: str
    refusal: str
    answer: Clock | None
    texts: tuple[Text, ...]
    files: tuple[Attached, ...]
    may: tuple[str, ...]
    rate_until: date | None
    grade: str
    grades: tuple[tuple[str, str], ...]
    seq: int


@dataclass(frozen=True, slots=True)
class Deed:
    """Something an official does: the verb, its words, and what it chooses from a closed list. ``key`` is its own."""

    verb: str
    key: str
    text: str = field(default="", repr=False)
    result: str = ""
    ground: str = ""
    to: str = ""
    about_no: int = 0
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed did: the run's number in the record, its last event, and where it stands now."""

    complaint_id: int
    number: str
    seq: int
    at: datetime
    phase: str
    ending: str
    step: str
    repeated: bool = False
    receipt: str = ""


Data = dict[str, Any]
