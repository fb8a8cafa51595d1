"""Events: what an act did. One act, one event; an event says all its consequences, so folding needs no rulebook.

003-33: nothing of the run may be altered. An event is numbered within its matter without a gap, its time never runs
back, and it holds the act as it was brought, byte for byte in canonical JSON (`domain.values.canonical_json`).
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from domain.engine.acts import Act
from domain.engine.parts import Digest, Moment, Name
from domain.profile_parts import Code
from domain.values import Value, canonical_json

Phase = Literal["blank", "received", "running", "closed", "archived"]
Ending = Literal["", "finished", "not_accepted", "withdrawn", "terminated", "transferred", "merged", "abandoned"]
PHASE_NAMES: dict[str, str] = {
    "blank": "未登记",
    "received": "待受理",
    "running": "办理中",
    "closed": "已办结",
    "archived": "已归档",
}
ENDING_NAMES: dict[str, str] = {
    "": "",
    "finished": "办结",
    "not_accepted": "不予受理",
    "withdrawn": "撤回",
    "terminated": "终止",
    "transferred": "移送",
    "merged": "并案",
    "abandoned": "视为放弃",
}


class Pins(Value):
    """The rulebook of a matter, fixed at its acceptance (R1): digests and versions of everything it rests upon."""

    procedure: str
    procedure_version: int = Field(ge=1)
    procedure_digest: Digest
    item: str = ""
    item_version: int = Field(0, ge=0)
    item_digest: str = ""
    benchmarks_digest: str = ""
    fees_digest: str = ""
    calendar: dict[int, int] = Field({}, description="Versions of the official calendar years known at acceptance.")


class Begun(Value):
    """The matter is of a kind and begins under a procedure."""

    kind: Literal["begun"] = "begun"
    matter_kind: str
    procedure: str
    version: int


class Entered(Value):
    """A step was entered: a new visit begins."""

    kind: Literal["entered"] = "entered"
    visit: int
    step: Code
    splits: tuple[int, ...] = ()
    body: str = ""


class Left(Value):
    """A visit ended."""

    kind: Literal["left"] = "left"
    visit: int
    how: Literal["completed", "returned", "cancelled"]
    to: str = ""


class Arrived(Value):
    """One branch waits at the join for the others."""

    kind: Literal["arrived"] = "arrived"
    split: int
    at: Code


class Joined(Value):
    """A split has ended: all branches came together, or a return took them back."""

    kind: Literal["joined"] = "joined"
    split: int


class Marked(Value):
    """A milestone was reached, possibly at an earlier moment than the record of it."""

    kind: Literal["marked"] = "marked"
    name: Code
    at: Moment


class Phased(Value):
    """The matter passed into another phase."""

    kind: Literal["phased"] = "phased"
    phase: Phase
    ending: Ending = ""


class Pinned(Value):
    """The rulebook was fixed."""

    kind: Literal["pinned"] = "pinned"
    pins: Pins


class Rested(Value):
    """The clock stands still from here on, by the act itself and not by an official's 暂停."""

    kind: Literal["rested"] = "rested"
    ground: Code


class Settled(Value):
    """A dispute has ended: which body is competent, and the number of the matter there if it goes on elsewhere."""

    kind: Literal["settled"] = "settled"
    to: Name
    pause: Code
    ground: str = ""
    becomes: str = ""


Effect = Annotated[
    Begun | Entered | Left | Arrived | Joined | Marked | Phased | Pinned | Rested | Settled, Field(discriminator="kind")
]


class Note(Value):
    """Something to be pointed out about an act that is allowed: a repeated return, a deviation (R10, R11)."""

    code: Code
    clause: str
    message: str


class Event(Value):
    """One act on one matter with all its consequences."""

    matter: Name
    seq: int = Field(ge=1)
    at: Moment
    act: Act
    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()

    def body(self) -> bytes:
        """Return the canonical bytes of the event: what is stored, hashed and proved."""
        return canonical_json(self.model_dump(mode="json", exclude_defaults=False))


EVENT: TypeAdapter[Event] = TypeAdapter(Event)
EVENTS: TypeAdapter[tuple[Event, ...]] = TypeAdapter(tuple[Event, ...])
