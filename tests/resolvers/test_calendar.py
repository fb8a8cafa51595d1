"""The calendar in the database: notices are versions, and deadlines are counted with the version asked for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.calendar import LocalHoliday, SpecialDay, provisional_year, published_years
from domain.clock import Extension, Pause
from resolvers.calendar import (
    CalendarMissing,
    Notice,
    NoticeAlreadyLoaded,
    NoticeWrong,
    calendar,
    deadline,
    load_calendar,
    load_notice,
    seed_calendar,
)
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput
from tests import factories


@pytest.fixture
async def ctx(database: Database) -> Context:
    """Give a context on a database whose calendar is seeded."""
    found = factories.context(database)
    async with unit_of_work(found) as uow:
        await seed_calendar(uow)
    return found


def notice(**changes: object) -> Notice:
    days = {**provisional_year(2027).days, date(2027, 1, 4): SpecialDay(kind="holiday", name="元旦调休")}
    fields = {"year": 2027, "title": "2027年放假通知", "days": days, "source": "测试"}
    return Notice(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.clause("N4")
@pytest.mark.both_postgres
async def test_seeding_loads_every_published_year_once(ctx: Context) -> None:
    loaded = await load_calendar(ctx)
    assert list(loaded.years) == [year.year for year in published_years()] == list(range(2004, 2027))
    assert all(loaded.years[year.year] == year for year in published_years())
    async with unit_of_work(ctx, unrecorded="nothing new to load") as uow:
        assert await seed_calendar(uow) == ()
    events = await ctx.db.reads.fetch("SELECT stream, kind FROM event")
    assert [(row["stream"], row["kind"]) for row in events] == [("calendar", "calendar.seeded")]


@pytest.mark.clause("N4")
async def test_without_any_notice_nothing_is_counted(database: Database) -> None:
    with pytest.raises(CalendarMissing, match="尚未载入"):
        await deadline(factories.context(database), date(2026, 3, 2), 5, "workday")


@pytest.mark.clause("N4", "H4")
async def test_a_deadline_comes_with_its_receipt(ctx: Context) -> None:
    reply = ctx.profile.limits["reply_real_name"]
    receipt = await deadline(ctx, date(2026, 9, 28), reply.value, reply.unit, clause=reply.clause)
    assert receipt.due == date(2026, 10, 13)
    assert (receipt.clause, receipt.provisional, receipt.counted) == ("003-52", False, 7)


@pytest.mark.clause("N4")
async def test_moments_are_read_in_local_civil_time(ctx: Context) -> None:
    # 17:00 UTC on Friday the 13th is Saturday in Shanghai: the next day counted is Monday.
    receipt = await deadline(ctx, datetime(2026, 3, 13, 17, tzinfo=UTC), 1, "workday")
    assert (receipt.start, receipt.due) == (date(2026, 3, 14), date(2026, 3, 16))
    hours = await deadline(ctx, datetime(2026, 3, 13, 17, tzinfo=UTC), 24, "hour")
    assert hours.due_at == datetime(2026, 3, 14, 17, tzinfo=UTC)
    assert hours.due == date(2026, 3, 15)


@pytest.mark.clause("N4")
async def test_pauses_and_extensions_reach_the_clock(ctx: Context) -> None:
    pause = Pause(first=date(2026, 3, 4), last=date(2026, 3, 5), ground="听证")
    extension = Extension(value=2, ground="情况复杂")
    receipt = await deadline(ctx, date(2026, 3, 2), 3, "workday", pauses=[pause], extension=extension)
    assert receipt.due == date(2026, 3, 11)


@pytest.mark.clause("N4")
@pytest.mark.parametrize(
    ("start", "value", "unit"),
    [
        (date(2026, 3, 2), 0, "workday"),
        (date(2026, 3, 2), -1, "workday"),
        (date(2026, 3, 2), 10_000, "day"),
        (date(2026, 3, 2), 5, "immediate"),
        (date(2026, 3, 2), 5, "hour"),  # hours need a moment
        (date(2003, 12, 1), 5, "workday"),  # before the first notice
        (date(2099, 12, 30), 9999, "workday"),  # beyond the last year known
        (date(9999, 12, 1), 5, "year"),
    ],
)
async def test_what_cannot_be_counted_is_refused_with_advice(ctx: Context, start: date, value: int, unit: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await deadline(ctx, start, value, unit)  # type: ignore[arg-type]
    assert caught.value.message
    assert caught.value.remedy


@pytest.mark.clause("N4")
@pytest.mark.both_postgres
async def test_a_notice_ends_the_doubt_and_the_past_stays_countable(ctx: Context) -> None:
    before = await deadline(ctx, date(2026, 12, 30), 3, "workday")
    assert (before.due, before.provisional, before.versions) == (date(2027, 1, 5), True, {2026: 1, 2027: 0})
    later = ctx.at(ctx.now + timedelta(days=10))
    async with unit_of_work(later) as uow:
        loaded = await load_notice(uow, notice())
    assert (loaded.version, loaded.official) == (1, True)
    after = await deadline(later, date(2026, 12, 30), 3, "workday")
    assert (after.due, after.provisional, after.versions) == (date(2027, 1, 6), False, {2026: 1, 2027: 1})
    then = await deadline(later, date(2026, 12, 30), 3, "workday", known_at=ctx.now)
    assert (then.due, then.provisional) == (before.due, True)


@pytest.mark.clause("N4")
async def test_a_later_notice_of_a_year_is_a_new_version_and_keeps_the_old(ctx: Context) -> None:
    async with unit_of_work(ctx) as uow:
        await load_notice(uow, notice())
    async with unit_of_work(ctx) as uow:
        changed = await load_notice(uow, notice(title="更正", days=provisional_year(2027).days))
    assert changed.version == 2
    rows = await ctx.db.reads.fetch("SELECT version, notice FROM calendar_notice WHERE year = 2027 ORDER BY version")
    assert [tuple(row) for row in rows] == [(1, "2027年放假通知"), (2, "更正")]
    loaded = await load_calendar(ctx)
    assert loaded.years[2027].days == provisional_year(2027).days
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM calendar_day WHERE year = 2027 AND version = 1") == 14


@pytest.mark.clause("N4")
async def test_the_same_notice_twice_is_refused_and_leaves_nothing(ctx: Context) -> None:
    async with unit_of_work(ctx) as uow:
        await load_notice(uow, notice())
    with pytest.raises(NoticeAlreadyLoaded):
        async with unit_of_work(ctx) as uow:
            await load_notice(uow, notice())
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM calendar_notice WHERE year = 2027") == 1
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM event WHERE kind = 'calendar.notice_loaded'") == 1


@pytest.mark.clause("N4")
async def test_a_wrong_notice_is_refused_day_by_day(ctx: Context) -> None:
    days = {**provisional_year(2027).days, date(2027, 3, 10): SpecialDay(kind="make_up_workday")}  # a Wednesday
    with pytest.raises(NoticeWrong) as caught:
        async with unit_of_work(ctx) as uow:
            await load_notice(uow, notice(days=days))
    assert [problem.path for problem in caught.value.problems] == ["days.2027-03-10"]


@pytest.mark.clause("N4")
async def test_days_between_two_dates(ctx: Context) -> None:
    days = await calendar(ctx, date(2026, 9, 30), date(2026, 10, 11))
    assert [day.day.day for day in days if day.working] == [30, 8, 9, 10]
    assert not (await calendar(ctx, date(2027, 1, 1), date(2027, 1, 1)))[0].official
    for first, last in [(date(2026, 2, 1), date(2026, 1, 1)), (date(2010, 1, 1), date(2020, 1, 1))]:
        with pytest.raises(InvalidInput):
            await calendar(ctx, first, last)
    with pytest.raises(InvalidInput, match="2003"):
        await calendar(ctx, date(2003, 12, 31), date(2004, 1, 1))


@pytest.mark.clause("N4")
async def test_local_holidays_come_from_the_profile(ctx: Context) -> None:
    local = LocalHoliday(day=date(2026, 5, 27), name="古尔邦节", clause="全国年节及纪念日放假办法-4")
    profile = ctx.profile.model_copy(update={"local_holidays": (local,)})
    there = factories.context(ctx.db, profile=profile)
    assert (await deadline(ctx, date(2026, 5, 26), 1, "workday")).due == date(2026, 5, 27)
    assert (await deadline(there, date(2026, 5, 26), 1, "workday")).due == date(2026, 5, 28)


@pytest.mark.clause("N4")
async def test_the_calendar_is_built_once_and_rebuilt_after_a_notice(ctx: Context) -> None:
    first = await load_calendar(ctx)
    assert await load_calendar(ctx) is first
    async with unit_of_work(ctx) as uow:
        await load_notice(uow, notice())
    assert await load_calendar(ctx) is not first


async def test_a_day_of_a_loaded_version_cannot_be_of_an_unknown_kind(ctx: Context) -> None:
    async with ctx.db.sessions() as session:
        with pytest.raises(Exception, match="ck_calendar_day_kind"):
            await session.exec(text("INSERT INTO calendar_day VALUES (2026, 1, '2026-03-03', 'bridge', '')"))  # type: ignore[call-overload]
