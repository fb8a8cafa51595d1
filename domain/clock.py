"""The clock: adds a legal limit to a day and answers with a receipt that accounts for every day in between.

民法典 art 201: the day of the start is not counted; hours run from the moment of the start. Art 202: months and years
end on the matching day, or on the last day of the month. Art 203: if the last day is a day off, the period ends on
the working day after it. Limits in working days count working days only (003-53).
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal, NamedTuple, Protocol

from pydantic import Field

from domain.calendar import Calendar, CalendarError, Day
from domain.flows import LimitUnit
from domain.values import Value
from domain.words import UNIT_NAMES

Reason = Literal[
    "start",
    "workday",
    "make_up_workday",
    "calendar_day",
    "weekend",
    "holiday",
    "paused",
    "moved",
]

WEEKDAYS = "一二三四五六日"
MONTHS_IN_YEAR = 12


class ClockError(ValueError):
    """A limit cannot be counted as asked; the text is for users, in Chinese."""


class Countable(Protocol):
    """Anything with a value, a unit and the clause that sets it: a limit of a flow, an item or a profile."""

    @property
    def value(self) -> int: ...

    @property
    def unit(self) -> LimitUnit: ...

    @property
    def clause(self) -> str: ...


class Pause(Value):
    """Days that do not count: from the first to the last, both included; without a last day it still runs."""

    first: date
    last: date | None = None
    ground: str
    by: str = ""
    clause: str = ""


class Extension(Value):
    """An extension of a limit, in the limit's own unit, with who granted it and why."""

    value: int = Field(ge=1, le=9999)
    ground: str
    by: str = ""
    clause: str = ""


class DayLine(NamedTuple):
    """One line of a receipt. ``number`` is the running count after this day; ``official`` false: provisional."""

    day: date
    counted: bool
    reason: Reason
    number: int
    text: str
    official: bool


@dataclass(frozen=True)
class Receipt:
    """The answer of the clock: when a limit ends, and why.

    ``due`` is the last day (None while a pause is open), ``due_at`` the moment for limits in hours. A provisional
    receipt rests on a year without an official notice: it is shown as such, nobody is warned or punished by it, and
    it is counted anew when the notice has come. ``versions`` names the calendar years used with their version.
    """

    start: date
    value: int
    unit: LimitUnit
    clause: str
    due: date | None
    provisional: bool
    versions: dict[int, int]
    calendar: Calendar = field(compare=False, repr=False)
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
    due_at: datetime | None = None
    unmoved: date | None = None

    @property
    def total(self) -> int:
        """The limit with its extension, in its unit."""
        return self.value + (self.extension.value if self.extension else 0)

    @property
    def summary(self) -> str:
        """One sentence for people."""
        words = f"自{self.start:%Y-%m-%d}起{self.total}{UNIT_NAMES[self.unit]}"
        if self.unit == "immediate":
            words = f"{self.start:%Y-%m-%d}即时办理"
        if self.due is None:
            return f"{words}，计时暂停中，恢复后另行计算"
        end = f"{self.due_at:%Y-%m-%d %H:%M}" if self.due_at else f"{self.due:%Y-%m-%d}"
        doubt = "（暂定：相关年度的放假通知尚未公布）" if self.provisional else ""
        return f"{words}，到{end}届满{doubt}"

    @cached_property
    def days(self) -> tuple[DayLine, ...]:
        """Every day from the start to the due day, counted or not, and why."""
        return tuple(_lines(self))

    @property
    def counted(self) -> int:
        """How many days were counted."""
        return self.days[-1].number if self.days else 0


def deadline(
    start: date,
    limit: Countable,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    extension: Extension | None = None,
) -> Receipt:
    """Add a limit to a civil day of Asia/Shanghai; for a limit in hours the start must be a moment (datetime).

    Raises ClockError for hours without a moment, and CalendarError where no calendar reaches.
    """
    if limit.unit == "hour":
        return _in_hours(start, limit, calendar, extension)
    day = start.date() if isinstance(start, datetime) else start
    spans = _merged(pauses, after=day)
    total = limit.value + (extension.value if extension else 0)
    try:
        unmoved, due = _end(day, total, limit.unit, calendar, spans)
    except OverflowError as error:
        raise CalendarError("期限超出了日历所能表示的范围") from error
    consulted = _consulted(day, unmoved, due, limit.unit)
    return Receipt(
        start=day,
        value=limit.value,
        unit=limit.unit,
        clause=limit.clause,
        due=due,
        provisional=not all(calendar.official(year) for year in consulted),
        versions={year: calendar.year(year).version for year in consulted},
        calendar=calendar,
        pauses=tuple(pauses),
        extension=extension,
        unmoved=unmoved,
    )


# 民法典 art 201(2): hours run from the moment of the start; they are hours of the clock, on every day.
def _in_hours(start: date, limit: Countable, calendar: Calendar, extension: Extension | None) -> Receipt:
    if not isinstance(start, datetime):
        raise ClockError("按小时计算的期限需要给出起算的时刻")
    due_at = start + timedelta(hours=limit.value + (extension.value if extension else 0))
    return Receipt(
        start=start.date(),
        value=limit.value,
        unit=limit.unit,
        clause=limit.clause,
        due=due_at.date(),
        provisional=False,
        versions={},
        calendar=calendar,
        extension=extension,
        due_at=due_at,
        unmoved=due_at.date(),
    )


class _Span(NamedTuple):
    first: int
    last: int | None


def _merged(pauses: Iterable[Pause], after: date) -> tuple[_Span, ...]:
    """Join overlapping pauses into ordered spans of ordinals after the start day."""
    spans: list[_Span] = []
    for pause in sorted(pauses, key=lambda pause: pause.first):
        if pause.last is not None and pause.last < pause.first:
            raise ClockError(f"暂停的结束日{pause.last}早于开始日{pause.first}")
        span = _Span(
            max(pause.first.toordinal(), after.toordinal() + 1),
            None if pause.last is None else pause.last.toordinal(),
        )
        if span.last is not None and span.last < span.first:
            continue
        if spans and (spans[-1].last is None or span.first <= spans[-1].last + 1):
            open_end = spans[-1].last is None or span.last is None
            last = None if open_end else max(spans[-1].last or 0, span.last or 0)
            spans[-1] = _Span(spans[-1].first, last)
        else:
            spans.append(span)
    return tuple(spans)


def _end(
    start: date, total: int, unit: LimitUnit, calendar: Calendar, spans: tuple[_Span, ...]
) -> tuple[date | None, date | None]:
    """Return the last day before and after the rule on days off; None while an open pause is reached first."""
    if unit == "immediate":
        return start, start
    end = _advance(start, total, unit, calendar, 0)
    paused, skipped = 0, -1
    while paused != skipped:
        skipped = paused
        end = _advance(start, total, unit, calendar, skipped)
        if any(span.last is None and span.first <= end.toordinal() for span in spans):
            return None, None
        paused = sum(_weight(span, end, unit, calendar) for span in spans)
    if unit == "workday":
        return end, end
    return end, _moved(end, calendar, spans)


# 民法典 art 203(1): a last day that is a day off moves to the next working day, which must not be paused itself.
def _moved(end: date, calendar: Calendar, spans: tuple[_Span, ...]) -> date | None:
    due = calendar.working_day_from(end)
    while due > end and (span := _span_of(due, spans)):
        if span.last is None:
            return None
        due = calendar.working_day_from(date.fromordinal(span.last + 1))
    return due


def _span_of(day: date, spans: tuple[_Span, ...]) -> _Span | None:
    number = day.toordinal()
    return next((span for span in spans if span.first <= number and (span.last is None or number <= span.last)), None)


# 民法典 art 202: months and years end on the matching day; where the month has none, on its last day.
def period_end(start: date, limit: Countable) -> date:
    """Return the last day of a period in days, months or years that no day off moves, such as a term of validity.

    Raises ClockError for other units: they need a calendar or a moment.
    """
    if limit.unit not in ("day", "month", "year"):
        raise ClockError(f"有效期不能以“{UNIT_NAMES[limit.unit]}”为单位")
    return _matching(start, limit.value, limit.unit)


def _advance(start: date, total: int, unit: LimitUnit, calendar: Calendar, skipped: int) -> date:
    """Return the day reached after so many units, and so many further days that do not count."""
    if unit == "workday":
        return calendar.working_day_after(start, total + skipped)
    return _matching(start, total, unit) + timedelta(days=skipped)


def _matching(start: date, total: int, unit: LimitUnit) -> date:
    if unit == "day":
        return start + timedelta(days=total)
    months = total * MONTHS_IN_YEAR if unit == "year" else total
    year, month = divmod(start.year * MONTHS_IN_YEAR + start.month - 1 + months, MONTHS_IN_YEAR)
    if year > date.max.year:
        raise OverflowError
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _weight(span: _Span, end: date, unit: LimitUnit, calendar: Calendar) -> int:
    """Return how many countable days of a span lie up to a day."""
    last = min(end.toordinal(), end.toordinal() if span.last is None else span.last)
    if last < span.first:
        return 0
    if unit == "workday":
        return calendar.working_days_between(date.fromordinal(span.first), date.fromordinal(last))
    return last - span.first + 1


def _consulted(start: date, unmoved: date | None, due: date | None, unit: LimitUnit) -> range:
    """Return the years whose days off decide the result."""
    if unmoved is None or due is None or unit == "immediate":
        return range(0)
    first = start + timedelta(days=1) if unit == "workday" else unmoved
    return range(first.year, due.year + 1)


def _lines(receipt: Receipt) -> Iterator[DayLine]:
    """Account for every day of a receipt."""
    if receipt.unit == "hour":
        yield from _hour_lines(receipt)
        return
    calendar, spans = receipt.calendar, _merged(receipt.pauses, after=receipt.start)
    immediate = receipt.unit == "immediate"
    text = "即时办理" if immediate else "起算当日，不计入（民法典第201条）"
    yield DayLine(receipt.start, immediate, "start", int(immediate), text, calendar.official(receipt.start.year))
    last = receipt.due or next(date.fromordinal(span.first) for span in spans if span.last is None)
    number = 0
    for day in calendar.days(receipt.start + timedelta(days=1), last):
        line = _line(receipt, day, number, _span_of(day.day, spans))
        number = line.number
        yield line


def _line(receipt: Receipt, day: Day, number: int, span: _Span | None) -> DayLine:
    """Say of one day after the start whether it counts; ``number`` is the count before it."""
    if receipt.unit == "workday" and not day.working:
        reason: Reason = "weekend" if day.kind == "weekend" else "holiday"
        name = day.name or f"周{WEEKDAYS[day.day.weekday()]}"
        return DayLine(day.day, False, reason, number, f"{name}，不计入", day.official)
    if span is not None:
        grounds = [one for one in receipt.pauses if one.first <= day.day and (one.last is None or day.day <= one.last)]
        words = "、".join(dict.fromkeys(one.ground + (f"（{one.by}）" if one.by else "") for one in grounds))
        return DayLine(day.day, False, "paused", number, f"暂停计时：{words}", day.official)
    if receipt.unmoved is not None and day.day > receipt.unmoved:
        text = "期间最后一日逢休息日，顺延至此" if day.day == receipt.due else "期间最后一日逢休息日，顺延"
        return DayLine(day.day, False, "moved", number, text, day.official)
    counted = number + 1
    extended = "（延长期限内）" if receipt.unit in ("workday", "day") and counted > receipt.value else ""
    if receipt.unit != "workday":
        return DayLine(day.day, True, "calendar_day", counted, f"第{counted}日{extended}", day.official)
    if day.kind == "make_up_workday":
        text = f"周{WEEKDAYS[day.day.weekday()]}，{day.name or '调休上班'}，第{counted}个工作日{extended}"
        return DayLine(day.day, True, "make_up_workday", counted, text, day.official)
    return DayLine(day.day, True, "workday", counted, f"第{counted}个工作日{extended}", day.official)


def _hour_lines(receipt: Receipt) -> Iterator[DayLine]:
    """Account for a limit in hours: the count is the hours passed by the end of each day."""
    if receipt.due_at is None or receipt.due is None:
        return
    begun = receipt.due_at - timedelta(hours=receipt.total)
    for day in receipt.calendar.days(receipt.start, receipt.due):
        midnight = datetime.combine(day.day + timedelta(days=1), datetime.min.time(), receipt.due_at.tzinfo)
        hours = int((min(midnight, receipt.due_at) - begun) / timedelta(hours=1))
        yield DayLine(day.day, True, "calendar_day", hours, f"至当日止共{hours}小时，连续计算", day.official)
