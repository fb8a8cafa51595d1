"""The working-day calendar in the database: seeded from published notices, one version for each notice of a year.

A notice is never overwritten: a later one of the same year gets the next version. Whatever was counted before stays
countable with the version of that time (`load_calendar(ctx, known_at=…)`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from asyncpg import Record
from pydantic import ValidationError
from sqlalchemy import func
from sqlmodel import col, select

from domain.calendar import (
    Calendar,
    CalendarError,
    CalendarYear,
    Day,
    LocalHoliday,
    SpecialDay,
    notice_problems,
    published_years,
)
from domain.clock import ClockError, Extension, Pause, Receipt
from domain.clock import deadline as count_deadline
from domain.flows import Limit, LimitUnit
from domain.tables.calendar import CalendarDay, CalendarNotice
from resolvers import record
from resolvers.context import LOCAL, Context, UnitOfWork
from resolvers.errors import Conflict, FieldProblem, InvalidInput, Unavailable
from resolvers.shelf import Kept

LONGEST_SPAN_DAYS = 3 * 366
"""Most days that one question about the calendar may ask for."""

NOTICES = """
SELECT h.revision, n.year, n.version, n.notice, n.source, n.official, n.loaded_at
FROM public_head h LEFT JOIN calendar_notice n ON true WHERE h.id = 1 ORDER BY n.year, n.version DESC
"""
DAYS = """
SELECT d.year, d.day, d.kind, d.name FROM calendar_day d
JOIN unnest($1::int[], $2::int[]) AS chosen (year, version) USING (year, version)
"""

_Key = tuple[str, tuple[tuple[int, int, datetime], ...], tuple[LocalHoliday, ...]]


class CalendarMissing(Unavailable):
    """No notice has been loaded yet."""

    code = "CALENDAR_MISSING"


class NoticeAlreadyLoaded(Conflict):
    """The newest version of the year says exactly the same."""

    code = "NOTICE_ALREADY_LOADED"


class NoticeWrong(InvalidInput):
    """A notice contradicts itself or the rule on holidays; each problem names its day."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to load: what it says about single days of its year and of the last days of the year before."""

    year: int
    title: str
    days: dict[date, SpecialDay]
    source: str = ""
    official: bool = True


# A calendar is built once for each database, set of versions and set of local holidays, and then only read.
_built: dict[_Key, Calendar] = {}
MOST_BUILT = 16


async def load_calendar(
    ctx: Context, known_at: datetime | None = None, pinned: Mapping[int, int] | None = None, kept: Kept | None = None
) -> Calendar:
    """Return the calendar in use, or as it was known at an earlier time; raises ``CalendarMissing``.

    ``pinned`` names versions of years that are to be taken whatever came later, as a running matter asks for (R1).
    ``kept`` is the shelf of the revision that counts, for whoever must not look twice; then also ``Moved`` is raised.
    """
    if kept is None or known_at is not None:
        return await _loaded(ctx, known_at, pinned, kept)

    async def read() -> tuple[int, Calendar]:
        return kept.revision, await _loaded(ctx, None, pinned, kept)

    key = ("calendar", tuple(sorted((pinned or {}).items())), ctx.profile.local_holidays)
    return await kept.get(key, read)


async def _loaded(
    ctx: Context, known_at: datetime | None, pinned: Mapping[int, int] | None, kept: Kept | None
) -> Calendar:
    notices = _chosen(await notices_of(ctx, kept), known_at, pinned or {})
    if not notices:
        raise CalendarMissing("工作日日历尚未载入。", "请系统管理员运行 python -m deploy calendar 载入放假通知。")
    versions = tuple((row["year"], row["version"], row["loaded_at"]) for row in notices)
    key = (ctx.db.url, versions, ctx.profile.local_holidays)
    found = _built.get(key)
    if found is None:
        found = await _build(ctx, notices)
        if len(_built) >= MOST_BUILT:
            _built.clear()
        _built[key] = found
    return found


async def notices_of(ctx: Context, kept: Kept | None = None) -> Sequence[Record]:
    """Return every version of every year's notice, the newest version of a year first."""
    if kept is None:
        return (await _notices(ctx))[1]
    return await kept.get("calendar", partial(_notices, ctx))


async def _notices(ctx: Context) -> tuple[int, Sequence[Record]]:
    rows = await ctx.db.reads.fetch(NOTICES)
    return rows[0]["revision"], tuple(row for row in rows if row["year"] is not None)


def _chosen(notices: Sequence[Record], known_at: datetime | None, pinned: Mapping[int, int]) -> Sequence[Record]:
    """Return one version for each year: the pinned one, else the newest that was known."""
    found: dict[int, Record] = {}
    for row in notices:
        known = known_at is None or row["loaded_at"] <= known_at
        if known and pinned.get(row["year"], row["version"]) == row["version"]:
            found.setdefault(row["year"], row)
    return tuple(found.values())


async def _build(ctx: Context, notices: Sequence[Record]) -> Calendar:
    years, versions = [row["year"] for row in notices], [row["version"] for row in notices]
    days: dict[int, dict[date, SpecialDay]] = {year: {} for year in years}
    for row in await ctx.db.reads.fetch(DAYS, years, versions):
        days[row["year"]][row["day"]] = SpecialDay(kind=row["kind"], name=row["name"])
    said = ("year", "version", "notice", "source", "official")
    built = (CalendarYear(**{name: row[name] for name in said}, days=days[row["year"]]) for row in notices)
    return Calendar(built, ctx.profile.local_holidays)


async def seed_calendar(uow: UnitOfWork) -> tuple[int, ...]:
    """Load the published years that the database does not have yet, as version 1; return which were loaded."""
    present = set((await uow.session.exec(select(CalendarNotice.year))).all())
    fresh = [year for year in published_years() if year.year not in present]
    for year in fresh:
        await _insert(uow, year)
    if fresh:
        years = [year.year for year in fresh]
        await record.append(uow, "calendar", "calendar.seeded", {"years": years, "source": fresh[0].source})
    return tuple(year.year for year in fresh)


async def load_notice(uow: UnitOfWork, notice: Notice) -> CalendarYear:
    """Load a notice as a new version of its year; the versions before stay.

    Raises ``NoticeWrong`` with every day that cannot be right, ``NoticeAlreadyLoaded`` when nothing is new.
    """
    problems = notice_problems(notice.year, notice.days)
    if problems:
        found = tuple(
            FieldProblem(f"days.{one.day}", "NOTICE_DAY", one.reason, "请对照通知原文核对。") for one in problems
        )
        raise NoticeWrong(f"{notice.year}年放假通知有{len(found)}处不能采用。", "请改正后重新载入。", found)
    newest = select(func.max(col(CalendarNotice.version))).where(col(CalendarNotice.year) == notice.year)
    last = (await uow.session.exec(newest)).one() or 0
    if last and await _same(uow, notice, last):
        raise NoticeAlreadyLoaded(f"{notice.year}年放假通知已经载入，内容没有变化。", "无需重复载入。")
    try:
        year = CalendarYear(
            year=notice.year,
            notice=notice.title,
            version=last + 1,
            official=notice.official,
            days=notice.days,
            source=notice.source,
        )
    except ValidationError as error:
        raise NoticeWrong(f"放假通知有误：{error.errors()[0]['msg']}", "请改正后重新载入。") from error
    await _insert(uow, year)
    body = {"year": year.year, "version": year.version, "notice": year.notice, "source": year.source}
    await record.append(uow, "calendar", "calendar.notice_loaded", body)
    return year


async def _same(uow: UnitOfWork, notice: Notice, version: int) -> bool:
    head = await uow.session.get(CalendarNotice, (notice.year, version))
    chosen = select(CalendarDay).where(col(CalendarDay.year) == notice.year, col(CalendarDay.version) == version)
    stored = {row.day: (row.kind, row.name) for row in (await uow.session.exec(chosen)).all()}
    given = {day: (special.kind, special.name) for day, special in notice.days.items()}
    return head is not None and head.official == notice.official and stored == given


async def _insert(uow: UnitOfWork, year: CalendarYear) -> None:
    uow.session.add(
        CalendarNotice(
            year=year.year,
            version=year.version,
            notice=year.notice,
            source=year.source,
            official=year.official,
            loaded_at=uow.ctx.now,
        )
    )
    await uow.session.flush()
    uow.session.add_all(
        CalendarDay(year=year.year, version=year.version, day=day, kind=special.kind, name=special.name)
        for day, special in year.days.items()
    )
    await uow.session.flush()


# N4 (003-53): working days of the calendar, with a receipt for every day.
async def deadline(  # noqa: PLR0913 -- each is one part of the question
    ctx: Context,
    start: date | datetime,
    limit_value: int,
    unit: LimitUnit,
    *,
    pauses: Iterable[Pause] = (),
    extension: Extension | None = None,
    clause: str = "",
    known_at: datetime | None = None,
) -> Receipt:
    """Count a limit from a day (or, for hours, from a moment); the receipt accounts for every day.

    Raises ``InvalidInput`` for a limit or a day that cannot be counted, ``CalendarMissing`` without any notice.
    """
    calendar = await load_calendar(ctx, known_at)
    begun = start.astimezone(LOCAL) if isinstance(start, datetime) else start
    try:
        limit = Limit(value=limit_value, unit=unit, clause=clause)
        return count_deadline(begun, limit, calendar, tuple(pauses), extension)
    except ValidationError as error:
        problem = FieldProblem("limit", "OUT_OF_RANGE", "期限应在1到9999之间，“即时”的期限为0。")
        raise InvalidInput(f"期限有误：{problem.message}", "请改正期限的数值或单位。", (problem,)) from error
    except (CalendarError, ClockError) as error:
        raise InvalidInput(f"{error}。", "请改用日历范围内的日期和期限。") from error


async def calendar(ctx: Context, first: date, last: date, known_at: datetime | None = None) -> tuple[Day, ...]:
    """Say of every day from first to last, both included, whether offices work and why; at most three years."""
    if last < first:
        raise InvalidInput("结束日期早于开始日期。", "请交换两个日期。")
    if (last - first).days >= LONGEST_SPAN_DAYS:
        raise InvalidInput(f"一次最多查询{LONGEST_SPAN_DAYS}天。", "请缩短日期范围。")
    loaded = await load_calendar(ctx, known_at)
    try:
        return tuple(loaded.days(first, last))
    except CalendarError as error:
        raise InvalidInput(f"{error}。", "请改用日历范围内的日期。") from error
