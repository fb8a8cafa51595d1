"""What use-cases on matters take and give: frozen values that pages, GraphQL and jobs share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from domain.clock import Receipt
from domain.engine.clocks import Deadline
from domain.engine.events import Event, Note
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook
from domain.party_account import PartyRight, Place, Remedy, Situation
from domain.procedures import Procedure
from resolvers.matters_refusals import Happened

MatterOrder = Literal["due", "opened", "number"]


@dataclass(frozen=True, slots=True)
class Opening:
    """A matter to open: under which item, by which key, for whom, with what.

    ``brings`` is what the first act brings as plain data: ``materials``, ``facts``, ``documents``, ``recordings``,
    ``opinion``, ``officers``. ``procedure`` chooses among several procedures of a category (``penalty-summary``);
    ``bodies`` are those of a joint handling, the leading one included; ``came_by`` is the ground on which another body
    sent it, for the server alone to say. ``key`` makes a double submission harmless.
    """

    item: str
    key: str
    body: str = ""
    bodies: tuple[str, ...] = ()
    procedure: str = ""
    party: str = ""
    party_kind: Literal["citizen", "organisation"] = "citizen"
    received: datetime | None = None
    origin: str = ""
    title: str = ""
    came_by: str = ""
    brings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActDone:
    """What an act did: its number in the matter, the events it made (deemed acts first), where the matter stands now.

    ``repeated`` says that it had been done before under its key; everything else is then as it was the first time.
    """

    matter_id: int
    number: str
    seq: int
    at: datetime
    events: tuple[Event, ...]
    phase: str
    ending: str
    steps: tuple[str, ...]
    step_names: tuple[str, ...]
    repeated: bool = False

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is to be pointed out about the act although it was allowed (R10, R11)."""
        return tuple(note for event in self.events for note in event.notes)


@dataclass(frozen=True, slots=True)
class Opened:
    """A matter that was opened. ``code`` finds it for its party together with the number; it is shown here only."""

    done: ActDone
    code: str

    @property
    def matter_id(self) -> int:
        """The matter's id."""
        return self.done.matter_id

    @property
    def number(self) -> str:
        """The matter's number."""
        return self.done.number


@dataclass(frozen=True, slots=True)
class MatterFilter:
    """Which matters: everything given must hold; of the values of one field any. Empty fields ask nothing.

    ``body`` is any body that has to do with the matter, ``party`` a reference, ``assignee`` an account's id, ``mine`` what one of the actor's
    posts can do now, ``due_before`` a day that is not included, ``overdue`` what is late today beyond doubt. ``principal``
    are bodies that handle it, ``stayed`` the name of a step in which it was for more than ``stayed_over`` days (asked of those
    since ``opened_from`` alone), ``found_of`` a body of whose alerts since ``found_since`` it is a case with a finding, ``follows``
    the number of what a supervision case follows up.
    """

    search: str = ""
    body: str = ""
    party: str = ""
    assignee: str = ""
    step: str = ""
    item: str = ""
    phase: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    due_before: date | None = None
    overdue: bool = False
    open_only: bool = False
    mine: bool = False
    principal: tuple[str, ...] = ()
    opened_from: date | None = None
    stayed: str = ""
    stayed_over: Decimal = Decimal(-1)
    found_of: str = ""
    found_since: date | None = None
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Urgency:
    """How pressing a matter is: a grade of the profile with its words, and working days left (negative: late)."""

    grade: str
    words: str
    days_left: int | None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A matter in a list."""

    id: int
    number: str
    kind: str
    government_id: int
    body_code: str
    body_name: str
    bodies: tuple[str, ...]
    item_code: str
    title: str
    category: str
    phase: str
    ending: str
    steps: tuple[str, ...]
    step_names: tuple[str, ...]
    posts: tuple[str, ...]
    assignees: tuple[str, ...]
    due_on: date | None
    due_name: str
    due_provisional: bool
    paused: bool
    opened_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    changed_at: datetime
    party: str
    party_kind: str
    seq: int
    urgency: Urgency | None = None


@dataclass(frozen=True, slots=True)
class MatterView:
    """One matter wholly: its row, its state, the rulebook it runs by, and its limits with their receipts."""

    row: MatterRow
    matter: Matter
    book: Rulebook
    deadlines: tuple[Deadline, ...]
    today: date

    @property
    def procedure(self) -> Procedure:
        """The procedure that the matter runs by."""
        return self.book.procedure

    def name(self, official: str) -> str:
        """Return the name of an official, or the id where nobody is known by it."""
        return self.book.name(official)


@dataclass(frozen=True, slots=True)
class EventView:
    """One event of a matter's history: the record's row with the event it holds. ``by`` is a name, never a party's."""

    seq: int
    kind: str
    name: str
    by: str
    at: datetime
    body_code: str
    event: Event

    @property
    def happened(self) -> Happened:
        """The event in short."""
        return Happened(self.seq, self.kind, self.name, self.by, self.at)


@dataclass(frozen=True, slots=True)
class Load:
    """How many open matters an official (or nobody yet: empty) has in a step of a body, and how many are late."""

    official: str
    name: str
    step: str
    post: str
    open: int
    overdue: int
    step_key: str = ""


@dataclass(frozen=True, slots=True)
class Tenure:
    """Since when an official holds a post of a body (R16)."""

    official: str
    name: str
    post: str
    since: date


@dataclass(frozen=True, slots=True)
class Rotation:
    """How the steps of a body's matters were shared out over a time (R16): visits done by each official on each post."""

    official: str
    name: str
    step: str
    visits: int
    share: float
    """Share of the step's visits that this official did, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Loads:
    """A body's load today and its rotation over the time asked for."""

    body: str
    since: date
    loads: tuple[Load, ...]
    rotation: tuple[Rotation, ...]
    tenures: tuple[Tenure, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplementView:
    """A request for a supplement: what was asked for, when, and whether it has come."""

    asked: datetime
    items: tuple[str, ...]
    received: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a party turns to: the body that handles its matter, who watches it, and who reviews what it decides."""

    address: str
    phone: str
    supervision_phone: str
    government: str
    court: str


@dataclass(frozen=True, slots=True)
class PartyAccount:
    """What a party is told of its rights: where it stands, why a day is the last, what it can do, and whom it turns to.

    ``deemed`` is the clause by which silence is acceptance, ``other_ways`` what the item itself says of remedies.
    """

    penalty: bool
    situation: Situation
    course: tuple[tuple[str, Place], ...]
    receipt: Receipt | None
    deemed: str
    rights: tuple[PartyRight, ...]
    remedies: tuple[Remedy, ...]
    other_ways: tuple[str, ...]
    contact: Contact

    def heard_by(self, remedy: Remedy) -> str:
        """Return who looks at the decision in a remedy: the government above the body, or the court."""
        return {"apply_reconsideration": self.contact.government, "sue": self.contact.court}[remedy.limit]


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What a party may know by number and code (H2): where the matter stands, and nothing about anybody."""

    number: str
    title: str
    body_name: str
    phase: str
    ending: str
    stages: tuple[str, ...]
    stage: str
    step_names: tuple[str, ...]
    opened_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    result: str
    due_on: date | None
    due_name: str
    due_provisional: bool
    days_left: int | None
    paused_for: tuple[str, ...]
    supplements: tuple[SupplementView, ...]
    acts: tuple[str, ...]
    """Kinds of acts that the party can do now: of ``record``, ``supplement``, ``exercise``, ``withdraw``."""
    seq: int
    account: PartyAccount


PARTY_ACTS: Final = ("record", "supplement", "exercise", "withdraw")
"""What a party does by itself; everything else is the organ's or time's."""
