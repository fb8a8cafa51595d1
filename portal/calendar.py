"""The working-day calendar and the deadline calculator with its receipt for every day (003-53, N4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.calendar import Day
from domain.clock import DayLine, Receipt
from domain.flows import LimitUnit
from portal import asking, labels
from portal.forms import FormView
from portal.rendering import LOCAL, render
from resolvers.calendar import calendar, deadline
from resolvers.errors import FieldProblem, InvalidInput

FIRST_YEAR, LAST_YEAR = 2004, 2100
MOVED = "调休"
"""How the names of days off end that were moved to a holiday."""
UNITS: tuple[LimitUnit, ...] = get_args(LimitUnit)
LONGEST_RECEIPT = 800
"""Lines of a receipt that are shown; a longer one says so and shows its beginning and its end."""


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month as weeks from Monday to Sunday; days of other months are None."""

    month: int
    weeks: tuple[tuple[Day | None, ...], ...]
    working: int


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Days of one holiday, or make-up workdays, in one piece."""

    name: str
    kind: str
    first: date
    last: date
    count: int


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The calculator with its answer, and the year below it.

    ``receipt_left_out`` days are missing in the middle of ``receipt_days``.
    """

    form: FormView
    receipt: Receipt | None
    receipt_days: tuple[DayLine, ...]
    receipt_left_out: int
    units: tuple[tuple[str, str], ...]
    year: int
    years: tuple[int, ...]
    official: bool
    working: int
    months: tuple[MonthView, ...]
    special: tuple[SpecialDays, ...]
    unavailable: str
    today: date


def month_views(days: Iterable[Day]) -> tuple[MonthView, ...]:
    """Arrange the days of a year by month and week."""
    found = []
    for month, inside in groupby(days, key=lambda one: one.day.month):
        listed = list(inside)
        cells: list[Day | None] = [None] * listed[0].day.weekday() + listed
        cells += [None] * (-len(cells) % 7)
        weeks = tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))
        found.append(MonthView(month, weeks, sum(one.working for one in listed)))
    return tuple(found)


def special_days(days: Iterable[Day]) -> tuple[SpecialDays, ...]:
    """Join the holidays of a year into pieces, and list its make-up workdays."""
    found: list[SpecialDays] = []
    for one in days:
        if one.kind not in ("holiday", "make_up_workday"):
            continue
        last = found[-1] if found else None
        # Days off that were moved to a holiday belong to it: 元旦 and 元旦调休 are one piece.
        name = one.name.removesuffix(MOVED) if one.kind == "holiday" else one.name
        if last and (last.name, last.kind) == (name, one.kind) and (one.day - last.last).days == 1:
            found[-1] = SpecialDays(last.name, last.kind, last.first, one.day, last.count + 1)
        else:
            found.append(SpecialDays(name, one.kind, one.day, one.day, 1))
    return tuple(found)


async def _answer(request: Request) -> tuple[FormView, Receipt | None]:
    """Count the deadline that the address asks for; what cannot be counted becomes a problem of its field."""
    today = request.state.context.today
    names = ("start", "limit", "unit", "time")
    values = {name: asking.text(request, name, 20) for name in names}
    values["unit"] = values["unit"] if values["unit"] in UNITS else "workday"
    if not values["start"] and not values["limit"]:
        return FormView(values | {"start": today.isoformat()}), None
    try:
        start = asking.day(request, "start") or today
        limit = asking.number(request, "limit", 0, 9999)
        if limit is None:
            message = "请填写期限。"
            raise InvalidInput(message, "", (FieldProblem("limit", "MISSING", message),))
        unit = next(one for one in UNITS if one == values["unit"])
        moment = datetime.combine(start, _time(values["time"]), LOCAL) if unit == "hour" else start
        receipt = await deadline(request.state.context, moment, limit, unit)
        _ = receipt.days
    except InvalidInput as error:
        problems = error.problems or (FieldProblem("start", error.code, error.message, error.remedy),)
        return FormView(values, problems), None
    return FormView(values | {"start": start.isoformat()}), receipt


def _shown(receipt: Receipt | None) -> tuple[tuple[DayLine, ...], int]:
    """Return the days of a receipt that are shown, and how many are left out of their middle."""
    days = receipt.days if receipt else ()
    if len(days) <= LONGEST_RECEIPT:
        return days, 0
    half = LONGEST_RECEIPT // 2
    return days[:half] + days[-half:], len(days) - 2 * half


def _time(value: str) -> time:
    try:
        return time.fromisoformat(value) if value else time(9, 0)
    except ValueError as error:
        message = f"“{value}”不是有效的时刻。"
        raise InvalidInput(message, "", (FieldProblem("time", "NOT_A_TIME", message, "例如 09:00。"),)) from error


async def show(request: Request) -> Response:
    """Show calculator and calendar. A notice may come at any time, so nothing is kept without a check."""
    ctx = request.state.context
    year = asking.number(request, "year", FIRST_YEAR, LAST_YEAR) or ctx.today.year
    form, receipt = await _answer(request)
    days: tuple[Day, ...] = ()
    unavailable = ""
    try:
        days = await calendar(ctx, date(year, 1, 1), date(year, 12, 31))
    except InvalidInput as error:
        unavailable = f"{error.message}{error.remedy}"
    lines, left_out = _shown(receipt)
    page = CalendarPage(
        form=form,
        receipt=receipt,
        receipt_days=lines,
        receipt_left_out=left_out,
        units=tuple((code, labels.UNITS[code]) for code in UNITS),
        year=year,
        years=tuple(one for one in range(year - 2, year + 3) if FIRST_YEAR <= one <= LAST_YEAR),
        official=all(one.official for one in days),
        working=sum(one.working for one in days),
        months=month_views(days),
        special=special_days(days),
        unavailable=unavailable,
        today=ctx.today,
    )
    response = render(request, "calendar.html", page, status=400 if form.problems else 200)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


ROUTES: list[BaseRoute] = [Route("/calendar", show, name="calendar")]
