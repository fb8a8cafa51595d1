"""The matter 事: one run of a procedure, as the fold of its events. Nothing here decides; it only remembers.

`apply` is pure, total and deterministic: every event applied to every matter gives a matter. `fold` also checks that
the events are those of one matter, numbered without a gap, and that time never runs back (003-33).
"""

from collections.abc import Iterable
from functools import reduce
from typing import Any, Literal

from domain.engine import acts
from domain.engine.acts_base import Bringing
from domain.engine.beside import beside, settled
from domain.engine.events import (
    Arrived,
    Begun,
    Effect,
    Ending,
    Entered,
    Event,
    Joined,
    Left,
    Marked,
    Phase,
    Phased,
    Pinned,
    Pins,
    Rested,
    Settled,
)
from domain.engine.parts import (
    Assistance,
    BankReceipt,
    Dispute,
    Document,
    Fact,
    Material,
    Moment,
    Opinion,
    Outcome,
    Recording,
    Reminded,
    Sent,
)
from domain.values import Value


class BrokenRecord(ValueError):
    """Events that cannot be the record of one matter: a gap, a stranger, or time running back."""


class Visit(Value):
    """One stay in a step: who acted in it, when it was entered and left, in which branch and for which body."""

    number: int
    step: str
    entered: Moment
    left: Moment | None = None
    how: Literal["", "completed", "returned", "cancelled"] = ""
    splits: tuple[int, ...] = ()
    body: str = ""
    assignee: str = ""
    doers: tuple[str, ...] = ()

    @property
    def home(self) -> tuple[int, ...]:
        """The branch the step lies in; a visit of one body among several lies one split deeper itself."""
        return self.splits[:-1] if self.body else self.splits


class Given(Value):
    """An opinion with its place in the record."""

    seq: int
    at: Moment
    by: str
    visit: int
    step: str
    opinion: Opinion


class Served(Value):
    """A document was served."""

    seq: int
    document: str
    method: str
    received: Moment
    digest: str = ""


class MatterPause(Value):
    """The clock stood still on a ground; ``until`` is None while it still does."""

    number: int
    ground: str
    since: Moment
    until: Moment | None = None
    told: int | None = None
    by: str = ""


class MatterExtension(Value):
    """A limit was extended."""

    limit: str
    value: int
    reasons: str
    by: str


class SupplementAsked(Value):
    """补正 was asked for, and perhaps handed in."""

    asked: Moment
    items: tuple[str, ...]
    received: Moment | None = None


class Proposed(Value):
    """A proposal, with its place in the record."""

    seq: int
    outcome: Outcome


class Matter(Value):
    """Everything the engine must remember of a matter."""

    id: str = ""
    kind: str = ""
    procedure: str = ""
    phase: Phase = "blank"
    ending: Ending = ""
    body: str = ""
    bodies: tuple[str, ...] = ()
    party: str = ""
    party_kind: Literal["citizen", "organisation"] = "citizen"
    origin: str = ""
    seq: int = 0
    at: Moment | None = None
    keys: dict[str, str] = {}  # noqa: RUF012 -- pydantic copies defaults
    pins: Pins | None = None
    visits: tuple[Visit, ...] = ()
    splits: int = 0
    waiting: tuple[Arrived, ...] = ()
    marks: dict[str, Moment] = {}  # noqa: RUF012 -- the same
    supplements: tuple[SupplementAsked, ...] = ()
    pauses: tuple[MatterPause, ...] = ()
    extensions: tuple[MatterExtension, ...] = ()
    materials: tuple[Material, ...] = ()
    facts: dict[str, Fact] = {}  # noqa: RUF012 -- the same
    documents: tuple[Document, ...] = ()
    recordings: tuple[Recording, ...] = ()
    receipts: tuple[BankReceipt, ...] = ()
    opinions: tuple[Given, ...] = ()
    served: tuple[Served, ...] = ()
    proposals: tuple[Proposed, ...] = ()
    outcome: Outcome | None = None
    assistances: tuple[Assistance, ...] = ()
    merged: tuple[str, ...] = ()
    split_off: tuple[str, ...] = ()
    reminded: tuple[Reminded, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    sent: Sent | None = None
    came_by: str = ""
    corrections: int = 0

    @property
    def open_visits(self) -> tuple[Visit, ...]:
        """The visits that are under way; several where branches or bodies work in parallel."""
        return tuple(visit for visit in self.visits if visit.left is None)

    @property
    def open_pauses(self) -> tuple[MatterPause, ...]:
        """The pauses that still run."""
        return tuple(pause for pause in self.pauses if pause.until is None)

    @property
    def open_dispute(self) -> Dispute | None:
        """The dispute over competence that nobody has ended."""
        return self.disputes[-1] if self.disputes and self.disputes[-1].ended is None else None

    @property
    def open_supplement(self) -> SupplementAsked | None:
        """The supplement that was asked for and has not come."""
        return self.supplements[-1] if self.supplements and self.supplements[-1].received is None else None

    def visit(self, number: int) -> Visit:
        """Return a visit by its number; visits are numbered from 1 without a gap."""
        return self.visits[number - 1]

    def document(self, code: str) -> Document | None:
        """Return the newest document of a kind."""
        return next((one for one in reversed(self.documents) if one.code == code), None)


BLANK = Matter()
"""The matter before its first event."""


def fold(events: Iterable[Event], start: Matter = BLANK) -> Matter:
    """Return the matter that events make; BrokenRecord where they are not the record of one matter."""
    return reduce(_next, events, start)


def _next(matter: Matter, event: Event) -> Matter:
    if event.seq != matter.seq + 1:
        raise BrokenRecord(f"event {event.seq} follows event {matter.seq}")
    if matter.seq and event.matter != matter.id:
        raise BrokenRecord(f"event {event.seq} belongs to {event.matter}, not to {matter.id}")
    if matter.at is not None and event.at < matter.at:
        raise BrokenRecord(f"event {event.seq} is earlier than event {matter.seq}")
    return apply(matter, event)


def apply(matter: Matter, event: Event) -> Matter:
    """Return the matter after an event."""
    act = event.act
    changes: dict[str, Any] = {
        "seq": event.seq,
        "at": event.at,
        "keys": {**matter.keys, act.key: acts.known_by(act)},
    }
    if isinstance(act, Bringing):
        changes |= _brought(matter, event, act)
    changes |= _content(matter, event)
    changed = matter.model_copy(update=changes)
    changed = _noting_the_doer(changed, event)
    for effect in event.effects:
        changed = _effect(changed, effect, event.at)
    return changed


def _brought(matter: Matter, event: Event, act: Bringing) -> dict[str, Any]:
    """What an act adds to the file. A fact recorded again replaces the value in use; the old one stays in its event."""
    added: dict[str, Any] = {
        name: (*getattr(matter, name), *getattr(act, name))
        for name in ("materials", "documents", "recordings", "receipts")
        if getattr(act, name)
    }
    if act.facts:
        added["facts"] = {**matter.facts, **{fact.code: fact for fact in act.facts}}
    if act.opinion is not None:
        visit = _visit_meant(matter, act)
        step = visit.step if visit else ""
        number = visit.number if visit else 0
        given = Given(seq=event.seq, at=event.at, by=act.by.id, visit=number, step=step, opinion=act.opinion)
        added["opinions"] = (*matter.opinions, given)
    return added


def _visit_meant(matter: Matter, act: acts.Act | Bringing) -> Visit | None:
    """The visit an act is about: the one it names, or the only one that is open."""
    if act.visit is not None:
        return matter.visit(act.visit) if act.visit <= len(matter.visits) else None
    return matter.open_visits[0] if len(matter.open_visits) == 1 else None


def _noting_the_doer(matter: Matter, event: Event) -> Matter:
    """Remember who acted in which visit (R16); reminders and what time does are nobody's doing."""
    act = event.act
    visit = _visit_meant(matter, act)
    if visit is None or act.by.kind != "official" or act.by.body != (visit.body or matter.body):
        return matter
    if isinstance(act, acts.Correct | acts.Withdraw):
        return matter
    together = acts.Accept | acts.Record | acts.Opine | acts.Complete | acts.Decide
    officers = act.officers if isinstance(act, together) else ()
    doers = tuple(dict.fromkeys((*visit.doers, act.by.id, *officers)))
    update: dict[str, Any] = {"doers": doers}
    if isinstance(act, acts.Assign):
        update = {"assignee": act.to}
    return _with_visit(matter, visit.model_copy(update=update))


def _with_visit(matter: Matter, visit: Visit) -> Matter:
    visits = (*matter.visits[: visit.number - 1], visit, *matter.visits[visit.number :])
    return matter.model_copy(update={"visits": visits})


def _content(matter: Matter, event: Event) -> dict[str, Any]:
    """What the act itself says, beside its effects."""
    return _course(matter, event) or _standing_still(matter, event) or beside(matter, event)


def _course(matter: Matter, event: Event) -> dict[str, Any]:
    """The ordinary course: from the registration to the service."""
    match event.act:
        case acts.Open() as act:
            return {
                "id": event.matter,
                "body": act.body,
                "bodies": act.bodies or (act.body,),
                "party": act.party,
                "party_kind": act.party_kind,
                "origin": act.origin,
                "came_by": act.came_by,
            }
        case acts.NameParty() as act:
            return {"party": act.party, "party_kind": act.party_kind}
        case acts.AskSupplement() as act:
            return {"supplements": (*matter.supplements, SupplementAsked(asked=event.at, items=act.items))}
        case acts.Supplement() as act if matter.supplements:
            last = matter.supplements[-1].model_copy(update={"received": act.received or event.at})
            return {"supplements": (*matter.supplements[:-1], last)}
        case acts.Complete() as act if act.proposal is not None:
            return {"proposals": (*matter.proposals, Proposed(seq=event.seq, outcome=act.proposal))}
        case acts.Decide() as act:
            return {"outcome": act.outcome}
        case acts.Serve() as act:
            found = matter.document(act.document)
            served = Served(
                seq=event.seq,
                document=act.document,
                method=act.method,
                received=act.received or event.at,
                digest=found.digest if found else "",
            )
            return {"served": (*matter.served, served)}
        case _:
            return {}


def _standing_still(matter: Matter, event: Event) -> dict[str, Any]:
    """Pauses and extensions."""
    match event.act:
        case acts.Suspend() as act:
            pause = MatterPause(
                number=len(matter.pauses) + 1, ground=act.ground, since=event.at, told=act.told, by=act.by.id
            )
            return {"pauses": (*matter.pauses, pause)}
        case acts.Resume() as act:
            return {"pauses": tuple(_ended(one, event.at, one.ground == act.ground) for one in matter.pauses)}
        case acts.Deem(what="pause_over") as act:
            return {"pauses": tuple(_ended(one, act.since, one.number == act.pause) for one in matter.pauses)}
        case acts.Extend() as act:
            more = MatterExtension(limit=act.limit, value=act.value, reasons=act.reasons, by=act.approval.by)
            return {"extensions": (*matter.extensions, more)}
        case _:
            return {}


def _ended(pause: MatterPause, at: Moment, meant: bool) -> MatterPause:  # noqa: FBT001 -- the caller's comparison
    return pause.model_copy(update={"until": at}) if meant and pause.until is None else pause


def _effect(matter: Matter, effect: Effect, at: Moment) -> Matter:
    """Carry one consequence out."""
    match effect:
        case Begun():
            begun = {"kind": effect.matter_kind, "procedure": effect.procedure}
            return matter.model_copy(update=begun)
        case Entered():
            visit = Visit(
                number=len(matter.visits) + 1, step=effect.step, entered=at, splits=effect.splits, body=effect.body
            )
            splits = max((matter.splits, *effect.splits))
            return matter.model_copy(update={"visits": (*matter.visits, visit), "splits": splits})
        case Left() if effect.visit <= len(matter.visits):
            visit = matter.visit(effect.visit).model_copy(update={"left": at, "how": effect.how})
            return _with_visit(matter, visit)
        case Arrived():
            return matter.model_copy(update={"waiting": (*matter.waiting, effect)})
        case Joined():
            waiting = tuple(one for one in matter.waiting if one.split != effect.split)
            return matter.model_copy(update={"waiting": waiting})
        case Marked():
            return matter.model_copy(update={"marks": {**matter.marks, effect.name: effect.at}})
        case Phased():
            ending = effect.ending or matter.ending
            return matter.model_copy(update={"phase": effect.phase, "ending": ending})
        case Pinned():
            return matter.model_copy(update={"pins": effect.pins})
        case _:
            return _resting(matter, effect, at)


def _resting(matter: Matter, effect: Effect, at: Moment) -> Matter:
    """What a dispute does to the clock, and where its end leads."""
    match effect:
        case Rested():
            pause = MatterPause(number=len(matter.pauses) + 1, ground=effect.ground, since=at)
            return matter.model_copy(update={"pauses": (*matter.pauses, pause)})
        case Settled():
            over = tuple(_ended(one, at, one.ground == effect.pause) for one in matter.pauses)
            return matter.model_copy(update={"pauses": over, **settled(matter, effect, at)})
        case _:
            return matter
