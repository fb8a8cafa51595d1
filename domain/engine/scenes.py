"""The scene: all that a gate may look at when an act is judged."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from domain.engine.acts import Act, Complete, Decide, Record
from domain.engine.acts_base import Bringing
from domain.engine.days import civil_day
from domain.engine.matter import Matter, Proposed, Served, Visit
from domain.engine.parts import Document, Outcome
from domain.engine.refusals import Shortfall
from domain.engine.rulebook import Rulebook
from domain.procedure_parts import ProcedureStep

PENALTY_NOTICE = "penalty_notice"


@dataclass(frozen=True)
class Scene:
    """A matter, an act upon one of its visits, the rules and the moment."""

    matter: Matter
    act: Act
    step: ProcedureStep
    visit: Visit
    book: Rulebook
    now: datetime

    @cached_property
    def day(self) -> date:
        """The civil day of the act."""
        return civil_day(self.now)

    @property
    def body(self) -> str:
        """The body in whose name the step is done."""
        return self.visit.body or self.matter.body

    @cached_property
    def brought(self) -> Bringing:
        """What the act brings with it; nothing if it brings nothing."""
        return self.act if isinstance(self.act, Bringing) else Record(key=self.act.key, by=self.act.by)

    @property
    def officers(self) -> tuple[str, ...]:
        """The officials who act: the doer and those named with it, then those who acted in this visit before."""
        return tuple(dict.fromkeys((self.act.by.id, *self.brought.officers, *self.visit.doers)))

    @property
    def outcome(self) -> Outcome | None:
        """What the act decides or proposes; outside of those, what is decided or was last proposed."""
        if isinstance(self.act, Decide):
            return self.act.outcome
        if isinstance(self.act, Complete) and self.act.proposal is not None:
            return self.act.proposal
        return self.matter.outcome or (self.latest_proposal.outcome if self.latest_proposal else None)

    @property
    def punishing(self) -> bool:
        """Whether the outcome in question punishes."""
        return self.outcome is not None and bool(self.outcome.measures)

    @property
    def latest_proposal(self) -> Proposed | None:
        """The proposal that stands."""
        return self.matter.proposals[-1] if self.matter.proposals else None

    @property
    def told_proposal(self) -> Proposed | None:
        """The proposal the party was told of: the last one before the last notice of it was served."""
        told = self.last_served(PENALTY_NOTICE)
        before = [one for one in self.matter.proposals if told is not None and one.seq < told.seq]
        return before[-1] if before else None

    def document(self, code: str) -> Document | None:
        """Return the newest document of a kind, those that the act brings included."""
        brought = next((one for one in reversed(self.brought.documents) if one.code == code), None)
        return brought or self.matter.document(code)

    def last_served(self, code: str) -> Served | None:
        """Return the latest service of a kind of document."""
        return next((one for one in reversed(self.matter.served) if one.document == code), None)

    def missing(self, gate: str, clause: str, message: str, remedy: str = "") -> Shortfall:
        """Return a shortfall of a gate."""
        return Shortfall(gate=gate, clause=clause, message=message, remedy=remedy)
