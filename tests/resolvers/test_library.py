"""The library's writer: two time axes, nothing overwritten, everything recorded."""

from datetime import date, timedelta

import pytest
from asyncpg.exceptions import IntegrityConstraintViolationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.powers import LegalBasis
from resolvers import library
from resolvers.context import NothingRecorded, unit_of_work
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput
from tests import factories

HELD = """
SELECT v.no FROM power_period p JOIN power_version v ON v.id = p.version_id
WHERE v.code = $1 AND p.valid @> $2::date AND p.recorded @> $3::timestamptz
"""
MONTH = timedelta(days=30)


@pytest.mark.clause("L4", "L8")
@pytest.mark.both_postgres
async def test_state_on_a_day_as_known_at_a_time(database: Database) -> None:
    """Which version holds depends on the day asked about and on what was recorded by then."""
    first = factories.context(database)
    city = await factories.government(first)
    await factories.body(first, city)
    one = factories.power(code="A", name="旧名称")
    later = first.at(first.now + MONTH)
    latest = first.at(first.now + 2 * MONTH)
    await factories.confirmed(first, city, [factories.change(city, one)])
    renamed = one.model_copy(update={"name": "新名称"})
    await factories.confirmed(later, city, [factories.change(city, renamed, "modify", valid_from=date(2024, 7, 1))])
    corrected = one.model_copy(update={"name": "更正名称"})
    await factories.confirmed(latest, city, [factories.change(city, corrected, "correct", valid_from=date(2024, 7, 1))])
    table = [
        # day asked about, known at, version
        (date(2019, 12, 31), first.now, None),  # before the item came into force
        (date(2020, 1, 1), first.now, 1),
        (date(2026, 1, 1), first.now, 1),  # nobody knew of the change yet
        (date(2026, 1, 1), later.now - timedelta(seconds=1), 1),
        (date(2024, 6, 30), later.now, 1),  # the change does not reach back
        (date(2024, 7, 1), later.now, 2),
        (date(2024, 7, 1), latest.now, 3),  # the mistake was corrected
        (date(2024, 6, 30), latest.now, 1),
        (date(2024, 7, 1), first.now - timedelta(seconds=1), None),  # nothing was recorded
    ]
    for day, known, expected in table:
        assert await database.reads.fetchval(HELD, "A", day, known) == expected, (day, known)
    assert await library.revision(latest) == 3


@pytest.mark.clause("L4")
async def test_a_change_for_a_while_leaves_the_days_around_it_alone(database: Database) -> None:
    """A suspension from one day to another splits the period that it interrupts."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    item = factories.power(code="A")
    await factories.confirmed(ctx, city, [factories.change(city, item)])
    later = ctx.at(ctx.now + MONTH)
    paused = item.model_copy(update={"status": "suspended", "status_reason": "长期未行使"})
    span = {"valid_from": date(2022, 1, 1), "valid_until": date(2023, 1, 1)}
    await factories.confirmed(later, city, [factories.change(city, paused, "suspend", **span)])
    for day, expected in ((date(2021, 12, 31), 1), (date(2022, 1, 1), 2), (date(2023, 1, 1), 1)):
        assert await database.reads.fetchval(HELD, "A", day, later.now) == expected


@pytest.mark.clause("L8", "R9")
async def test_versions_and_events_cannot_be_changed_by_anybody(database: Database, owner_url: str) -> None:
    """Not even the owner of the schema changes a version, an event or the past of a period."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    await factories.confirmed(ctx, city, [factories.change(city, factories.power())])
    owner = await Database.connect(owner_url, pool_size=1)
    try:
        for statement in (
            "UPDATE power_version SET reason = 'x'",
            "DELETE FROM power_version",
            "TRUNCATE power_version CASCADE",
            "UPDATE event SET body = '{}'",
            "DELETE FROM event",
            "DELETE FROM power_period",
            "UPDATE power_period SET valid = daterange('2000-01-01', NULL)",
        ):
            with pytest.raises(DBAPIError) as refused:
                async with owner.engine.begin() as connection:
                    await connection.execute(text(statement))
            cause = refused.value.orig and refused.value.orig.__cause__
            assert isinstance(cause, IntegrityConstraintViolationError), statement
    finally:
        await owner.close()


async def test_the_same_item_twice_in_one_set_is_refused_whole(database: Database) -> None:
    """Two contents for one code: neither enters, and the message names the code."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    twice = [factories.change(city, factories.power(code="A", name=name)) for name in ("甲", "乙")]
    with pytest.raises(InvalidInput, match="A") as refused:
        await factories.confirmed(ctx, city, [*twice, factories.change(city, factories.power())])
    assert refused.value.problems[0].code == "DUPLICATE_CODE"
    assert await database.reads.fetchval("SELECT count(*) FROM power_version") == 0
    assert await library.revision(ctx) == 0


async def test_time_that_runs_back_is_refused(database: Database) -> None:
    """What is recorded never lies before what is already recorded of the same item."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    item = factories.power(code="A")
    await factories.confirmed(ctx, city, [factories.change(city, item)])
    early = ctx.at(ctx.now - MONTH)
    with pytest.raises(Conflict, match="时间更晚"):
        await factories.confirmed(early, city, [factories.change(city, item, "modify")])


async def test_a_silent_change_is_rolled_back(database: Database) -> None:
    """A unit of work that records nothing fails instead of committing."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    with pytest.raises(NothingRecorded):
        async with unit_of_work(ctx) as uow:
            await factories.batch(uow, city.id or 0)
    assert await database.reads.fetchval("SELECT count(*) FROM batch") == 0


@pytest.mark.clause("L10", "A10")
async def test_every_version_is_projected_to_its_laws_and_told_in_the_record(database: Database) -> None:
    """Laws are kept once by title; every item change has one event in the item's own stream."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    basis = LegalBasis(kind="law", title="中华人民共和国食品安全法", article="第三十五条", text="【法律】…")
    items = [factories.power(bases=(basis, LegalBasis(text="无名称"))) for _ in range(3)]
    await factories.confirmed(ctx, city, [factories.change(city, item) for item in items])
    assert await database.reads.fetchval("SELECT count(*) FROM law") == 1
    assert await database.reads.fetchval("SELECT count(*) FROM power_basis WHERE article = '第三十五条'") == 3
    kinds = await database.reads.fetch("SELECT kind, body FROM event WHERE stream LIKE 'power:%'")
    assert [row["kind"] for row in kinds] == ["power.add"] * 3
    assert all('"digest":"' in row["body"] for row in kinds)
