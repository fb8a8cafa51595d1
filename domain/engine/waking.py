"""When a matter next needs looking at although nobody acts: a limit's silence, the end of a pause, a reminder.

The store keeps the moment beside the matter, so that whoever watches the clock asks the database for what is due
instead of every open matter (003-32(4)). Looking too early is harmless: `domain.engine.lapses` decides what is due.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from domain.calendar import Calendar
from domain.engine.clocks import Deadline, budget_end, deadline_of, deadlines
from domain.engine.days import LOCAL, civil_day
from domain.engine.lapses import due_acts, due_reminders
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook

ONE_DAY = timedelta(days=1)


def next_lapse(matter: Matter, book: Rulebook, now: datetime) -> datetime | None:
    """Return the moment from which time has something to do with a matter; ``now`` if it has already; None: nothing."""
    if matter.phase not in ("received", "running"):
        return None
    if due_acts(matter, book, now) or due_reminders(matter, book, now):
        return now
    today = civil_day(now)
    day = min((one for one in _days(matter, book) if one > today), default=None)
    return None if day is None else datetime.combine(day, time(), LOCAL)


def _days(matter: Matter, book: Rulebook) -> Iterator[date]:
    """Yield every day on which something may fall due, past ones included."""
    rule = book.procedure.supplement
    if matter.phase == "received" and rule is not None:
        for name in (rule.limit, rule.party_limit):
            limit = deadline_of(matter, book, name) if name else None
            if limit is not None and limit.due is not None:
                yield limit.due + ONE_DAY
    for pause in matter.open_pauses:
        if (end := budget_end(matter, book, pause)) is not None:
            yield end + ONE_DAY
    for one in deadlines(matter, book):
        if one.ended is None and one.who == "organ" and not one.at_least:
            yield from _reminding(one, book)


def _reminding(one: Deadline, book: Rulebook) -> Iterator[date]:
    if one.due is None or one.receipt.provisional:
        return
    for rule in book.procedure.reminders:
        if rule.of == one.of:
            yield _shifted(one.due, rule.after, one.receipt.calendar)


def _shifted(due: date, after: int, calendar: Calendar) -> date:
    """Return the first day that lies so many working days after a day; negative: before it."""
    if after > 0:
        return calendar.working_day_after(due, after)
    day = due
    while calendar.working_days_between(day, due) <= -after:
        day -= ONE_DAY
    return day
