"""What a matter remembers of what happens beside its course: assistance, joinder, disputes, transfers, reminders.

A part of the fold (`domain.engine.matter`): pure and total, and nothing here decides.
"""

from typing import Any, Protocol

from domain.engine import acts
from domain.engine.acts_between import AnswerTransfer, RaiseDispute, StateJurisdiction, Transfer
from domain.engine.events import Event, Settled
from domain.engine.parts import Assistance, Dispute, Moment, Reminded, Sent, Statement


class Remembering(Protocol):
    """What a matter holds of all this."""

    @property
    def body(self) -> str:
        """The body that handles it."""

    @property
    def assistances(self) -> tuple[Assistance, ...]:
        """The requests for assistance."""

    @property
    def merged(self) -> tuple[str, ...]:
        """The cases it took up."""

    @property
    def split_off(self) -> tuple[str, ...]:
        """The cases that began with it."""

    @property
    def reminded(self) -> tuple[Reminded, ...]:
        """The reminders that were given."""

    @property
    def disputes(self) -> tuple[Dispute, ...]:
        """The disputes over who is competent."""

    @property
    def sent(self) -> Sent | None:
        """Where it went."""

    @property
    def corrections(self) -> int:
        """How many corrections there were."""


def beside(matter: Remembering, event: Event) -> dict[str, Any]:
    """Return what an act beside the course changes."""
    match event.act:
        case acts.RequestAssistance() as act:
            asked = Assistance(number=len(matter.assistances) + 1, of=act.of, asked=event.at)
            return {"assistances": (*matter.assistances, asked)}
        case acts.AnswerAssistance() as act:
            return {
                "assistances": tuple(
                    one.model_copy(update={"answered": event.at}) if one.number == act.request else one
                    for one in matter.assistances
                )
            }
        case acts.Merge() as act:
            return {"merged": (*matter.merged, *(other.id for other in act.others))}
        case acts.Split() as act:
            return {"split_off": (*matter.split_off, *act.off)}
        case acts.Remind() as act:
            reminded = Reminded(visit=act.visit_of, limit=act.limit, level=act.level, limit_of=act.limit_of)
            return {"reminded": (*matter.reminded, reminded)}
        case acts.Correct():
            return {"corrections": matter.corrections + 1}
        case _:
            return _between(matter, event)


def _between(matter: Remembering, event: Event) -> dict[str, Any]:
    """Disputes and transfers."""
    match event.act:
        case RaiseDispute() as act:
            own = Statement(body=matter.body, claims=act.claims, reasons=act.reasons, at=event.at)
            number = len(matter.disputes) + 1
            raised = Dispute(number=number, other=act.other, superior=act.superior, raised=event.at, statements=(own,))
            return {"disputes": (*matter.disputes, raised)}
        case StateJurisdiction() as act if matter.disputes:
            said = Statement(body=act.by.body, claims=act.claims, reasons=act.reasons, at=event.at)
            last = matter.disputes[-1]
            return {
                "disputes": (*matter.disputes[:-1], last.model_copy(update={"statements": (*last.statements, said)}))
            }
        case Transfer() as act:
            return {"sent": Sent(to=act.to, at=event.at, number=act.becomes, ground=act.ground)}
        case AnswerTransfer() as act if matter.sent is not None:
            answer = {"answered": event.at, "accepted": act.accepted, "back": act.becomes}
            return {"sent": matter.sent.model_copy(update=answer)}
        case _:
            return {}


def settled(matter: Remembering, effect: Settled, at: Moment) -> dict[str, Any]:
    """Return what the end of a dispute changes: it is over, and perhaps the matter goes on elsewhere."""
    changed: dict[str, Any] = {}
    if matter.disputes:
        over = matter.disputes[-1].model_copy(update={"ended": at, "designated": effect.to})
        changed["disputes"] = (*matter.disputes[:-1], over)
    if effect.to != matter.body:
        changed["sent"] = Sent(to=effect.to, at=at, number=effect.becomes, ground=effect.ground)
    return changed
