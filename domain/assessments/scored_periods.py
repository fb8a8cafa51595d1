"""Periods that are scored: years and quarters as they are reported on, and months beside them (S7)."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.assessments.scheme import PeriodKind, Scheme
from domain.calendar import Calendar
from domain.engine.days import civil_day
from domain.periods import Period, period_of, quarter_of

_MONTH: Final = re.compile(r"(?P<year>[12][0-9]{3})-(?P<month>0[1-9]|1[0-2])")
DECEMBER: Final = 12


@dataclass(frozen=True, slots=True, order=True)
class Month(Period):
    """A month; written ``2026-09``."""

    month: int = 1

    @property
    def code(self) -> str:
        """How it is written."""
        return f"{self.year}-{self.month:02}"

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.year}年{self.month}月"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def following(self) -> "Month":
        """The month after it."""
        over = self.month == DECEMBER
        return Month(self.year + over, month=1 if over else self.month + 1)

    @property
    def before(self) -> "Month":
        """The month before it."""
        january = self.month == 1
        return Month(self.year - january, month=DECEMBER if january else self.month - 1)

    @property
    def months(self) -> tuple[date, ...]:
        """Its one month."""
        return (self.first,)


def scored_period(code: str) -> Period | None:
    """Return the period that is written so, or None."""
    if found := _MONTH.fullmatch(code):
        return Month(int(found["year"]), month=int(found["month"]))
    return period_of(code)


def kind_of(period: Period) -> PeriodKind:
    """Return of what kind a period is."""
    if isinstance(period, Month):
        return "month"
    return "quarter" if period.quarter else "year"


def period_in(kind: PeriodKind, day: date) -> Period:
    """Return the period of a kind in which a day lies."""
    if kind == "month":
        return Month(day.year, month=day.month)
    return quarter_of(day) if kind == "quarter" else Period(day.year)


def due_periods(scheme: Scheme, calendar: Calendar, today: date) -> tuple[Period, ...]:
    """Return the periods whose time to put records in order is over, the earliest first: also those that were missed lately."""
    found: list[Period] = []
    for one in scheme.periods:
        period = period_in(one.kind, today)
        for _ in range(one.back):
            period = period.before
            if calendar.working_day_after(period.last, one.freeze_after) < today:
                found.append(period)
    return tuple(sorted(found, key=lambda one: (one.last, one.first)))


def last_day_to_object(scheme: Scheme, calendar: Calendar, recorded_at: datetime) -> date:
    """Return the last day on which a score may be objected to, counted from the civil day on which it was recorded."""
    return calendar.working_day_after(civil_day(recorded_at), scheme.object_within)
