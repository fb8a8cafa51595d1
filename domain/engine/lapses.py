"""What time itself does, and what it makes due: deemed acts, reminders, and days counted anew.

Nothing here happens by itself: the functions say which acts are due at a moment; whoever watches the clock carries
them out, and `domain.engine.deciding` puts deemed acts before whatever else is done. Every act has a key made of what
it is about, so that two watchmen do it once.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from domain.engine.acts import Deem, Recount, Remind
from domain.engine.clocks import Deadline, Deadlines, budget_end, deadline_of, deadlines
from domain.engine.days import LOCAL, civil_day
from domain.engine.matter import Matter
from domain.engine.parts import Doer
from domain.engine.rulebook import Rulebook
from domain.procedure_parts import ReminderRule

TIME: Final = Doer(kind="system", id="time")
LEVELS: Final = ("reminder", "warning", "alarm")
LEVEL_NAMES: Final = {"reminder": "提醒", "warning": "预警", "alarm": "报警"}


def due_acts(matter: Matter, book: Rulebook, now: datetime) -> tuple[Deem, ...]:
    """Return the acts that time has done by now and nobody has recorded yet, in their order."""
    if matter.phase not in ("received", "running"):
        return ()
    return (*_silence(matter, book, now), *_pauses_over(matter, book, now))


# 行政许可法-32(1)(4): who is not told within the limit what to supplement has been accepted from the day the materials
# were received. A party that does not supplement in time has given up where a procedure says so (行政复议法-31).
def _silence(matter: Matter, book: Rulebook, now: datetime) -> Iterator[Deem]:
    rule = book.procedure.supplement
    received = matter.marks.get("materials_received")
    if matter.phase != "received" or rule is None or received is None:
        return
    asked, today = matter.open_supplement, civil_day(now)
    if asked is None and rule.limit and rule.on_silence == "deemed_accepted":
        limit = deadline_of(matter, book, rule.limit)
        if limit is not None and limit.passed(today):
            yield Deem(key=f"deem:accepted:{len(matter.supplements)}", by=TIME, what="accepted", since=received)
    if asked is not None and rule.on_party_silence == "abandoned" and rule.party_limit:
        limit = deadline_of(matter, book, rule.party_limit)
        if limit is not None and limit.passed(today):
            yield Deem(key=f"deem:abandoned:{len(matter.supplements)}", by=TIME, what="abandoned", since=asked.asked)


def _pauses_over(matter: Matter, book: Rulebook, now: datetime) -> Iterator[Deem]:
    for pause in matter.open_pauses:
        end = budget_end(matter, book, pause)
        if end is not None and civil_day(now) > end:
            # The pause ended with its last day, whenever that is noticed.
            since = max(pause.since, datetime.combine(end, datetime.max.time(), LOCAL).replace(microsecond=0))
            yield Deem(key=f"deem:pause:{pause.number}", by=TIME, what="pause_over", pause=pause.number, since=since)


class Reminder(NamedTuple):
    """A reminder that is due: which visit it belongs to, on which limit, at which level."""

    visit: int
    deadline: Deadline
    level: str
    clause: str

    def act(self) -> Remind:
        """Return the act that records it. A step may bear the name of a limit of its matter: the key tells them apart."""
        one = self.deadline
        step = "step:" if one.of == "step" else ""
        key = f"remind:{self.visit}:{step}{one.name}:{self.level}"
        return Remind(key=key, by=TIME, visit_of=self.visit, limit=one.name, limit_of=one.of, level=self.level)


# R10 (003-32(4)): reminders belong to the visit: who takes a step over after a return is reminded anew. Only the
# highest level that is due is given; provisional days, pauses and the party's own limits remind nobody.
def due_reminders(
    matter: Matter, book: Rulebook, now: datetime, counted: Deadlines | None = None
) -> tuple[Reminder, ...]:
    """Return the reminders that are due now and have not been given; ``counted`` are the deadlines, where known."""
    if matter.phase not in ("received", "running"):
        return ()
    today = civil_day(now)
    given: set[tuple[int, str, str, str]] = {(one.visit, one.limit_of, one.limit, one.level) for one in matter.reminded}
    found = []
    for one in deadlines(matter, book) if counted is None else counted:
        if one.ended is not None or one.who != "organ" or one.at_least or one.receipt.provisional:
            continue
        if one.state(today) == "paused":
            continue
        for visit in (one.visit,) if one.of == "step" else tuple(visit.number for visit in matter.open_visits):
            reminder = _highest(one, visit, book, today)
            if reminder is not None and not _already(reminder, given):
                found.append(reminder)
    return tuple(found)


def _already(reminder: Reminder, given: set[tuple[int, str, str, str]]) -> bool:
    """A level is not given again, nor one below what was given; one that does not say of what may have been this."""
    above, one = LEVELS[LEVELS.index(reminder.level) :], reminder.deadline
    return any((reminder.visit, of, one.name, level) in given for level in above for of in (one.of, ""))


def _highest(one: Deadline, visit: int, book: Rulebook, today: date) -> Reminder | None:
    if one.due is None:
        return None
    late = one.receipt.calendar.working_days_between(one.due + timedelta(days=1), today)
    early = one.receipt.calendar.working_days_between(today + timedelta(days=1), one.due)
    rules = [rule for rule in book.procedure.reminders if rule.of == one.of and rule.after <= late - early]
    best = max(rules, key=lambda rule: LEVELS.index(rule.level), default=None)
    return None if best is None else Reminder(visit, one, best.level, best.clause)


def next_day(matter: Matter, book: Rulebook, today: date, counted: Deadlines | None = None) -> date | None:
    """Return the first day after today on which time will do or say something about a matter; None: never by itself.

    ``counted`` are the deadlines, where known. Kept beside the matter it lets a sweep look only at what is due: everything else cannot have changed by time alone.
    It holds until the next act, and until the calendar changes.
    """
    if matter.phase not in ("received", "running"):
        return None
    limits = deadlines(matter, book) if counted is None else counted
    days = [*_days_of_silence(matter, book), *_days_of_pauses(matter, book), *_days_of_reminders(limits, book)]
    return min((day for day in days if day > today), default=None)


def _days_of_silence(matter: Matter, book: Rulebook) -> Iterator[date]:
    rule = book.procedure.supplement
    if matter.phase != "received" or rule is None:
        return
    for name in (rule.limit, rule.party_limit):
        limit = deadline_of(matter, book, name) if name else None
        if limit is not None and limit.due is not None and not limit.receipt.provisional:
            yield limit.due + timedelta(days=1)


def _days_of_pauses(matter: Matter, book: Rulebook) -> Iterator[date]:
    for pause in matter.open_pauses:
        if (end := budget_end(matter, book, pause)) is not None:
            yield end + timedelta(days=1)


def _days_of_reminders(limits: Deadlines, book: Rulebook) -> Iterator[date]:
    for one in limits:
        if one.ended is None and one.who == "organ" and one.due is not None and not one.receipt.provisional:
            yield from (_day_of(rule, one) for rule in book.procedure.reminders if rule.of == one.of)


def _day_of(rule: ReminderRule, one: Deadline) -> date:
    """The day on which a rule begins to speak: so many working days after, or before, the last day."""
    calendar, due = one.receipt.calendar, one.due or one.receipt.start
    if rule.after > 0:
        return calendar.working_day_after(due, rule.after)
    day = due
    # The first such day: on a day off before it nobody is at the desk to read it.
    while calendar.working_days_between(day + timedelta(days=1), due) < -rule.after or not calendar.day(day).working:
        day -= timedelta(days=1)
    return day


# House §2: a provisional day is counted anew when the notice of its year has come, and each move is journalled.
def recounts(matter: Matter, before: Rulebook, after: Rulebook) -> tuple[Recount, ...]:
    """Return the acts that journal every day that moves between two calendars; only running limits move."""
    old = {(one.of, one.name, one.visit): one for one in deadlines(matter, before)}
    found = []
    for one in deadlines(matter, after):
        known = old[one.of, one.name, one.visit]
        if one.ended is not None or (known.due == one.due and known.receipt.provisional == one.receipt.provisional):
            continue
        versions = ",".join(f"{year}.{version}" for year, version in sorted(one.receipt.versions.items()))
        found.append(
            Recount(
                key=f"recount:{one.of}:{one.name}:{one.visit}:{versions}",
                by=TIME,
                limit=one.name,
                limit_of=one.of,
                before=known.due,
                after=one.due,
                calendar=dict(one.receipt.versions),
            )
        )
    return tuple(found)
