"""The working-day calendar: versioned years of holidays and make-up workdays (N4; 003-53: no statutory holidays).

A year with a notice of the State Council's office is official. A year without one is provisional: weekends and the
statutory holidays only. A provisional day is shown as such and never used against anybody.
"""

import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib import metadata, resources
from typing import Literal, NamedTuple

import chinese_calendar
from pydantic import Field, TypeAdapter

from domain.values import Value

DayKind = Literal["workday", "weekend", "holiday", "make_up_workday"]
SpecialKind = Literal["holiday", "make_up_workday"]

FRIDAY = 4
# A notice also moves days of the December before (the notice of 2019 made 2018-12-29 a workday).
CARRIED_MONTH = 12
# chinesecalendar shortens some names; the rule on holidays writes them in full.
FULL_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


class CalendarError(ValueError):
    """A day lies outside what the calendar knows, or a year is written wrongly; the text is for users, in Chinese."""


class SpecialDay(Value):
    """A day that differs from the plain week."""

    kind: SpecialKind
    name: str = ""


class CalendarYear(Value):
    """One version of one year: what its notice says about single days."""

    year: int = Field(ge=1949, le=9998)
    notice: str
    version: int = Field(ge=0)
    official: bool
    days: dict[date, SpecialDay]
    source: str = ""


class LocalHoliday(Value):
    """A holiday that a locality has by its own right (全国年节及纪念日放假办法 art 4), on one day of one year."""

    day: date
    name: str = Field(min_length=1)
    clause: str = Field(min_length=1)


class Day(NamedTuple):
    """What the calendar says about one day."""

    day: date
    kind: DayKind
    name: str
    official: bool

    @property
    def working(self) -> bool:
        """Whether offices work on this day."""
        return self.kind in ("workday", "make_up_workday")


class FixedHoliday(Value):
    """Days off from a fixed day of the solar year."""

    name: str
    month: int
    day: int
    days: int


class MovingHoliday(Value):
    """Days off around a day that moves, taken from a column of the table of dates."""

    name: str
    column: int = Field(ge=0, le=3)
    offset: int
    days: int


class StatutoryHolidays(Value):
    """The rule on statutory holidays, with the moving days of the years ahead."""

    title: str
    clause: str
    in_force_from: date
    fixed: tuple[FixedHoliday, ...]
    moving: tuple[MovingHoliday, ...]
    table: dict[int, tuple[str, str, str, str]]

    # 全国年节及纪念日放假办法 art 2: thirteen days.
    def days(self, year: int) -> dict[date, str]:
        """Return the statutory holidays of a year with their names; CalendarError if the table does not reach it."""
        if year not in self.table:
            raise CalendarError(f"没有{year}年的日历；可用的年份到{max(self.table)}年为止")
        found: dict[date, str] = {}
        starts = [(rule.name, date(year, rule.month, rule.day), rule.days) for rule in self.fixed]
        for rule in self.moving:
            moved = date.fromisoformat(f"{year}-{self.table[year][rule.column]}")
            starts.append((rule.name, moved + timedelta(days=rule.offset), rule.days))
        for name, first, length in starts:
            for number in range(length):
                day = first + timedelta(days=number)
                found[day] = f"{found[day]}、{name}" if day in found else name
        return found


@cache
def statutory_holidays() -> StatutoryHolidays:
    """Return the rule on statutory holidays that ships with the program."""
    text = resources.files("domain").joinpath("calendars", "statutory.toml").read_text("utf-8")
    return TypeAdapter(StatutoryHolidays).validate_python(tomllib.loads(text))


def provisional_year(year: int) -> CalendarYear:
    """Return a year as far as it is known without a notice: weekends and statutory holidays (art 2)."""
    rule = statutory_holidays()
    days = {day: SpecialDay(kind="holiday", name=name) for day, name in rule.days(year).items()}
    return CalendarYear(
        year=year, notice=f"{rule.title}（{year}年放假通知尚未公布）", version=0, official=False, days=days
    )


@cache
def published_years() -> tuple[CalendarYear, ...]:
    """Return the official years known to the package chinesecalendar (2004–2026), as version 1 of each."""
    source = f"chinesecalendar {metadata.version('chinesecalendar')}"
    names = {one.value: FULL_NAMES.get(one.chinese, one.chinese) for one in chinese_calendar.Holiday}
    found: dict[int, dict[date, SpecialDay]] = {}
    for day, holiday in chinese_calendar.holidays.items():
        exchanged = "调休" if day in chinese_calendar.in_lieu_days else ""
        found.setdefault(day.year, {})[day] = SpecialDay(kind="holiday", name=names[holiday] + exchanged)
    for day, holiday in chinese_calendar.workdays.items():
        name = f"{names[holiday]}调休上班"
        found.setdefault(day.year, {})[day] = SpecialDay(kind="make_up_workday", name=name)
    return tuple(
        CalendarYear(year=year, notice=notice_title(year), version=1, official=True, days=days, source=source)
        for year, days in sorted(found.items())
    )


def notice_title(year: int) -> str:
    """Return the usual title of the yearly notice."""
    return f"国务院办公厅关于{year}年部分节假日安排的通知"


class NoticeProblem(NamedTuple):
    """A day of a notice that cannot be right, and why, in Chinese."""

    day: date
    reason: str


def notice_problems(year: int, days: Mapping[date, SpecialDay]) -> tuple[NoticeProblem, ...]:
    """Check what a notice says against the plain week and the rule on holidays, before it is loaded.

    Days must lie in the year or in the December before; a make-up workday must be a weekend day, and no statutory
    holiday (art 2) may be a working day.
    """
    problems = [
        NoticeProblem(day, f"不在{year}年，也不在上一年12月")
        for day in days
        if day.year != year and (day.year, day.month) != (year - 1, CARRIED_MONTH)
    ]
    problems += [
        NoticeProblem(day, "写为调休上班日，但当天本来就是工作日")
        for day, special in days.items()
        if special.kind == "make_up_workday" and day.weekday() <= FRIDAY
    ]
    rule = statutory_holidays()
    if year in rule.table:
        for day, name in rule.days(year).items():
            special = days.get(day)
            working = special.kind == "make_up_workday" if special else day.weekday() <= FRIDAY
            if working:
                problems.append(NoticeProblem(day, f"是{name}法定节日，通知却没有放假"))
    return tuple(sorted(problems))


class Calendar:
    """Official years plus local holidays; years ahead without a notice are filled in as provisional.

    Values go in and never change afterwards; what is computed from them is kept, so one calendar serves many
    questions at once.
    """

    def __init__(self, years: Iterable[CalendarYear], local: Iterable[LocalHoliday] = ()) -> None:
        """Take at most one version of each year, without a gap; CalendarError otherwise."""
        known: dict[int, CalendarYear] = {}
        for one in years:
            if one.year in known:
                raise CalendarError(f"{one.year}年的日历给出了两个版本")
            known[one.year] = one
        if not known:
            raise CalendarError("日历是空的，请先载入放假通知")
        self.years: Mapping[int, CalendarYear] = dict(sorted(known.items()))
        self.local = {one.day: one for one in local}
        self.first_year, self.last_year = min(known), max(known)
        self._provisional: dict[int, CalendarYear] = {}
        self._ordinals: dict[int, list[int]] = {}

    def year(self, year: int) -> CalendarYear:
        """Return the version of a year in use; CalendarError before the first year, in a gap or beyond the table."""
        if year in self.years:
            return self.years[year]
        if year < self.last_year:
            raise CalendarError(f"没有{year}年的日历；可用的年份从{self.first_year}年开始")
        if year not in self._provisional:
            self._provisional[year] = provisional_year(year)
        return self._provisional[year]

    def _special(self, day: date) -> SpecialDay | None:
        """Return what the notices say about a day: in December the next year's notice, if it has come, then its own."""
        following = self.years.get(day.year + 1) if day.month == CARRIED_MONTH else None
        carried = following.days.get(day) if following else None
        return carried or self.year(day.year).days.get(day)

    def day(self, day: date) -> Day:
        """Say what a day is, why, and whether an official notice says so."""
        official = self.year(day.year).official
        if day in self.local:
            return Day(day, "holiday", self.local[day].name, official)
        special = self._special(day)
        if special is not None:
            return Day(day, special.kind, special.name, official)
        return Day(day, "workday" if day.weekday() <= FRIDAY else "weekend", "", official)

    def days(self, first: date, last: date) -> Iterator[Day]:
        """Yield every day from first to last, both included."""
        return (self.day(date.fromordinal(number)) for number in range(first.toordinal(), last.toordinal() + 1))

    def official(self, year: int) -> bool:
        """Tell whether a year rests on an official notice."""
        return self.year(year).official

    def working_ordinals(self, year: int) -> list[int]:
        """Return the ordinals of a year's working days, ascending."""
        if year not in self._ordinals:
            days = self.days(date(year, 1, 1), date(year, 12, 31))
            self._ordinals[year] = [one.day.toordinal() for one in days if one.working]
        return self._ordinals[year]

    def working_day_after(self, start: date, count: int) -> date:
        """Return the count-th working day after a day; that day itself is not counted (民法典 art 201)."""
        ordinals = self.working_ordinals(start.year)
        index = bisect_right(ordinals, start.toordinal()) + count - 1
        year = start.year
        while index >= len(ordinals):
            index -= len(ordinals)
            year += 1
            ordinals = self.working_ordinals(year)
        return date.fromordinal(ordinals[index])

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days from first to last, both included; 0 if last lies before first."""
        total = 0
        for year in range(first.year, last.year + 1):
            ordinals = self.working_ordinals(year)
            total += max(0, bisect_right(ordinals, last.toordinal()) - bisect_left(ordinals, first.toordinal()))
        return total

    def working_day_from(self, day: date) -> date:
        """Return the day itself if it is a working day, else the next working day (民法典 art 203)."""
        ordinals = self.working_ordinals(day.year)
        index = bisect_left(ordinals, day.toordinal())
        if index < len(ordinals):
            return date.fromordinal(ordinals[index])
        return self.working_day_after(date(day.year, 12, 31), 1)
