"""The clocks of a matter: every limit with its receipt, every day between start and due explained (003-31(2), N4).

A limit of the matter runs between two milestones. The time of a step adds up over its visits: days spent elsewhere
are days off its clock, told as such in the receipt. Days of a pause do not count while its budget lasts; the day on
which a pause or a visit begins is still the old clock's day (民法典-201: the day of the start is not counted).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from domain.calendar import Calendar
from domain.clock import Countable, Extension, Pause, Receipt, deadline
from domain.engine.days import LOCAL, civil_day
from domain.engine.matter import Matter, MatterPause, Visit
from domain.engine.parts import LimitOf
from domain.engine.rulebook import Rulebook
from domain.procedure_parts import PauseGround, ProcedureLimit, StepLimit

State = Literal["running", "paused", "overdue", "met", "missed"]
STATE_NAMES: dict[State, str] = {
    "running": "办理中",
    "paused": "计时暂停",
    "overdue": "已超期",
    "met": "按期",
    "missed": "超期办结",
}
STEPS = "steps"
"""How a ground names the time of all steps."""

ELSEWHERE = "不在本环节"


@dataclass(frozen=True)
class Deadline:
    """One limit that runs or ran: where it comes from, its receipt, and when what it asks for was done."""

    name: str
    title: str
    of: LimitOf
    who: Literal["organ", "party"]
    receipt: Receipt
    ended: date | None
    visit: int = 0
    at_least: bool = False

    @property
    def due(self) -> date | None:
        """The last day; None while a pause without an end is open."""
        return self.receipt.due

    def passed(self, today: date) -> bool:
        """Tell whether the limit has passed; a provisional day is never held against anybody (house §2)."""
        return self.due is not None and not self.receipt.provisional and (self.ended or today) > self.due

    def state(self, today: date) -> State:
        """Return where the limit stands on a day."""
        if self.ended is not None:
            return "missed" if self.passed(today) and not self.at_least else "met"
        if self.due is None or any(one.first <= today <= (one.last or today) for one in self.receipt.pauses):
            return "paused"
        return "overdue" if self.passed(today) and not self.at_least else "running"

    def days_left(self, today: date) -> int | None:
        """Return the working days that are left, today not counted; negative: so many too late; None: standing still."""
        if self.due is None:
            return None
        calendar = self.receipt.calendar
        if today <= self.due:
            return calendar.working_days_between(today + timedelta(days=1), self.due)
        return -calendar.working_days_between(self.due + timedelta(days=1), today)


Deadlines = tuple[Deadline, ...]


def deadlines(matter: Matter, book: Rulebook) -> Deadlines:
    """Return all limits that have begun: those of the matter, then those of its steps in the order of their visits."""
    return (*_of_matter(matter, book), *_of_steps(matter, book))


def nearest(matter: Matter, book: Rulebook, counted: Deadlines | None = None) -> Deadline | None:
    """Return the running limit of the organ that ends first: the due day of the matter, for inboxes and sweeps.

    ``counted`` are the deadlines, for whoever has counted them already.
    """
    every = deadlines(matter, book) if counted is None else counted
    running = [one for one in every if one.ended is None and one.who == "organ" and not one.at_least]
    return min((one for one in running if one.due is not None), key=lambda one: (one.due, one.name), default=None)


def deadline_of(matter: Matter, book: Rulebook, name: str) -> Deadline | None:
    """Return one limit of the matter by its name, or None if it has not begun."""
    limit = book.procedure.limits.get(name)
    return _matter_deadline(matter, book, name, limit) if limit is not None else None


def _of_matter(matter: Matter, book: Rulebook) -> Iterator[Deadline]:
    for name, limit in book.procedure.limits.items():
        if limit.direction != "before" and (one := _matter_deadline(matter, book, name, limit)) is not None:
            yield one


def _matter_deadline(matter: Matter, book: Rulebook, name: str, limit: ProcedureLimit) -> Deadline | None:
    begun = matter.marks.get(limit.start)
    if begun is None:
        return None
    ended = matter.marks.get(limit.end)
    if ended is not None and ended < begun:
        ended = None
    if ended is None and matter.phase in ("closed", "archived"):
        ended = matter.marks.get("closed")
    receipt = _receipt(begun, limit, book.calendar, pauses(matter, book, name), _extension(matter, book, name))
    return Deadline(
        name=name,
        title=limit.name,
        of="matter",
        who=limit.who,
        receipt=receipt,
        ended=None if ended is None else civil_day(ended),
        at_least=limit.direction == "min",
    )


def _receipt(
    begun: datetime, limit: Countable, calendar: Calendar, stops: tuple[Pause, ...], more: Extension | None
) -> Receipt:
    start: date = begun.astimezone(LOCAL) if limit.unit == "hour" else civil_day(begun)
    return deadline(start, limit, calendar, stops, more)


def _extension(matter: Matter, book: Rulebook, name: str) -> Extension | None:
    granted = [one for one in matter.extensions if one.limit == name]
    rule = book.procedure.limits[name].extension
    if not granted or rule is None:
        return None
    total = sum(one.value for one in granted)
    reasons = "；".join(one.reasons for one in granted)
    return Extension(value=total, ground=reasons, by=book.name(granted[-1].by), clause=rule.clause)


def _of_steps(matter: Matter, book: Rulebook) -> Iterator[Deadline]:
    grouped: dict[tuple[str, str], list[Visit]] = {}
    for visit in matter.visits:
        grouped.setdefault((visit.step, visit.body), []).append(visit)
    for (key, _), visits in grouped.items():
        step = book.procedure.by_key.get(key)
        if step is not None and step.limit is not None:
            yield _step_deadline(matter, book, visits, step.limit, step.name)


# R04: the time of one step adds up over its visits, after a return as after a pause.
def _step_deadline(matter: Matter, book: Rulebook, visits: list[Visit], limit: StepLimit, title: str) -> Deadline:
    stops = [*pauses(matter, book, STEPS), *_absences(visits)]
    last = visits[-1]
    ended = None if any(visit.left is None for visit in visits) else last.left
    return Deadline(
        name=last.step,
        title=title,
        of="step",
        who="organ",
        receipt=_receipt(visits[0].entered, limit, book.calendar, tuple(stops), None),
        ended=None if ended is None else civil_day(ended),
        visit=last.number,
    )


def _absences(visits: list[Visit]) -> Iterator[Pause]:
    """The days between two visits; overlapping ones, as after a return from within a fork, leave none."""
    for before, after in pairwise(visits):
        if before.left is None:
            continue
        first, last = civil_day(before.left) + timedelta(days=1), civil_day(after.entered)
        if first <= last:
            yield Pause(first=first, last=last, ground=ELSEWHERE)


def pauses(matter: Matter, book: Rulebook, name: str) -> tuple[Pause, ...]:
    """Return the days on which a limit (or ``steps``) stands still: each pause as far as its budget reaches."""
    found = []
    for pause in matter.pauses:
        ground = book.procedure.pauses.get(pause.ground)
        if ground is None or name not in ground.stops:
            continue
        first = civil_day(pause.since) + timedelta(days=1)
        ends = [end for end in (budget_end(matter, book, pause), pause.until and civil_day(pause.until)) if end]
        last = min(ends, default=None)
        if last is None or first <= last:
            by = book.name(pause.by)
            found.append(Pause(first=first, last=last, ground=ground.name, by=by, clause=ground.clause))
    return tuple(found)


# 行政许可法-45: the time needed is told in writing; what goes beyond it is no pause any more.
def budget_end(matter: Matter, book: Rulebook, pause: MatterPause) -> date | None:
    """Return the last day a pause may cover: by the time told, and by what the ground has left; None: no bound."""
    ground = book.procedure.pauses.get(pause.ground)
    if ground is None:
        return None
    bounds = [
        bound for bound in (pause.told, budget_left(matter, book, pause.ground, pause.number)) if bound is not None
    ]
    if not bounds:
        return None
    start, least = civil_day(pause.since), min(bounds)
    if least <= 0:
        return start
    return deadline(start, _Span(least, ground.unit, ground.clause), book.calendar).due


def budget_left(matter: Matter, book: Rulebook, ground_code: str, before: int | None = None) -> int | None:
    """Return how much of a ground's budget earlier pauses have left, in its unit; None: the ground has no budget.

    ``before``: only pauses with a smaller number count as earlier; without it all do.
    """
    ground = book.procedure.pauses.get(ground_code)
    if ground is None or ground.most is None:
        return None
    earlier = [one for one in matter.pauses if one.ground == ground_code and (before is None or one.number < before)]
    left = ground.most
    for pause in earlier:
        bound = min(left, pause.told) if pause.told is not None else left
        left -= _used(pause, ground, bound, book.calendar)
    return left


def _used(pause: MatterPause, ground: PauseGround, bound: int, calendar: Calendar) -> int:
    """How much a pause has used up: what lies between its ends, at most its bound; all of it while it is open."""
    if pause.until is None:
        return bound
    first, last = civil_day(pause.since) + timedelta(days=1), civil_day(pause.until)
    days = calendar.working_days_between(first, last) if ground.unit == "workday" else (last - first).days + 1
    return max(0, min(bound, days))


@dataclass(frozen=True)
class _Span:
    value: int
    unit: Literal["workday", "day"]
    clause: str
