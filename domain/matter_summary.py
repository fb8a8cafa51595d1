"""What lists show of a matter: where it stands, who has it, and the day that counts. Pure; made anew at every act."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from domain.engine.clocks import Deadline, Deadlines, deadlines, nearest
from domain.engine.days import LOCAL, civil_day
from domain.engine.lapses import due_acts, due_reminders, next_day
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook

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
    counted = deadlines(matter, book)
    due = nearest(matter, book, counted)
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
        wake_at=wake_at(matter, book, now, counted),
    )


def wake_at(matter: Matter, book: Rulebook, now: datetime, counted: Deadlines | None = None) -> datetime | None:
    """Return the moment from which time has something to do with a matter; ``now`` if it has already; None: nothing.

    ``counted`` are its deadlines, for whoever has counted them already.
    """
    limits = deadlines(matter, book) if counted is None else counted
    if due_acts(matter, book, now) or due_reminders(matter, book, now, limits):
        return now
    day = next_day(matter, book, civil_day(now), limits)
    return None if day is None else datetime.combine(day, time(), LOCAL)


def earliest_of_matter(matter: Matter, book: Rulebook) -> Deadline | None:
    """Return the open limit of the organ on the whole matter that ends first, or None: what a party is told."""
    found = [
        one
        for one in deadlines(matter, book)
        if one.of == "matter" and one.ended is None and one.who == "organ" and not one.at_least
    ]
    return min((one for one in found if one.due is not None), key=lambda one: one.due or NO_DAY, default=None)


def bodies_of(matter: Matter) -> tuple[str, ...]:
    """Return the bodies that have to do with a matter: the leading one, those that handle it jointly, those that assist.

    While bodies dispute over it, the other one and their superior look into it; whoever was sent it keeps the file in view.
    """
    assisting = (one.of for one in matter.assistances)
    entered = (visit.body for visit in matter.visits if visit.body)
    dispute = matter.open_dispute
    between = (dispute.other, dispute.superior) if dispute else ()
    sent = (matter.sent.to,) if matter.sent and matter.sent.number else ()
    return tuple(dict.fromkeys((matter.body, *matter.bodies, *entered, *assisting, *between, *sent)))
