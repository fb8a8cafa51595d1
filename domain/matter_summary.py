"""What lists show of a matter: where it stands, who has it, and the day that counts. Pure; made anew at every act."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.engine.clocks import Deadline, deadlines
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook
from domain.engine.waking import next_lapse

NO_DAY: Final = date(9999, 12, 31)
"""Stands for "no day" where days are put in order."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A matter's row: steps that are open with their posts and officials, the earliest limit, the next lapse."""

    bodies: tuple[str, ...]
    steps: tuple[str, ...]
    step_names: tuple[str, ...]
    posts: tuple[str, ...]
    assignees: tuple[str, ...]
    doers: tuple[str, ...]
    due_on: date | None
    due_name: str
    due_provisional: bool
    paused: bool
    accepted_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    wake_at: datetime | None

    @property
    def due_rank(self) -> date:
        """The due day for ordering; matters without one come last."""
        return self.due_on or NO_DAY


def summary(matter: Matter, book: Rulebook, now: datetime) -> Summary:
    """Return what lists show of a matter."""
    visits = matter.open_visits
    steps = [book.procedure.by_key.get(visit.step) for visit in visits]
    due = earliest(matter, book)
    return Summary(
        bodies=bodies_of(matter),
        steps=tuple(visit.step for visit in visits),
        step_names=tuple(step.name for step in steps if step is not None),
        posts=tuple(dict.fromkeys(step.post for step in steps if step is not None and step.post)),
        assignees=tuple(dict.fromkeys(visit.assignee for visit in visits if visit.assignee)),
        doers=tuple(dict.fromkeys(doer for visit in matter.visits for doer in visit.doers)),
        due_on=due.due if due else None,
        due_name=due.title if due else "",
        due_provisional=due is not None and due.receipt.provisional,
        paused=bool(matter.open_pauses),
        accepted_at=matter.marks.get("accepted"),
        decided_at=matter.marks.get("decided"),
        closed_at=matter.marks.get("closed"),
        wake_at=next_lapse(matter, book, now),
    )


def earliest(matter: Matter, book: Rulebook, *, of_matter: bool = False) -> Deadline | None:
    """Return the open limit of the organ that ends first, or None; ``of_matter`` leaves the time of steps out."""
    found = [
        one
        for one in deadlines(matter, book)
        if one.ended is None and one.who == "organ" and not one.at_least and not (of_matter and one.of == "step")
    ]
    return min((one for one in found if one.due is not None), key=lambda one: one.due or NO_DAY, default=None)


def bodies_of(matter: Matter) -> tuple[str, ...]:
    """Return the bodies that have to do with a matter: the leading one, those that handle it jointly, those that assist."""
    assisting = (one.of for one in matter.assistances)
    entered = (visit.body for visit in matter.visits if visit.body)
    return tuple(dict.fromkeys((matter.body, *matter.bodies, *entered, *assisting)))
