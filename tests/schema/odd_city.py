"""A library in which everything odd exists: for proofs that two ways of reading it answer the same.

Two governments under a third, bodies with parents, units, posts and other names, items with every part of content
filled or left empty, several versions with corrections, suspended and cancelled items, codes that have to be
percent-encoded, texts that have to be escaped, days and times at borders.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from domain.actors import SYSTEM, Actor, Posting
from domain.powers import Chart, PowerContent
from domain.tables.bodies import Body, Government
from resolvers import matters
from resolvers.calendar import seed_calendar
from resolvers.charts import record_charts
from resolvers.context import Context, unit_of_work
from resolvers.materials import ForOpening
from resolvers.matters import Opening
from resolvers.organisation import NewPost, add_unit
from tests import factories
from tests.running import handed_in
from tests.schema import odd_desks, world
from tests.schema.odd_items import ODD_CODES, ODD_TEXT, benchmarked, chart, full, odd

# Whole seconds, microseconds that end in zeros, one microsecond, summer time of 1988 (+09:00).
SUMMER_TIME = datetime(1988, 7, 1, 1, 2, 3, tzinfo=UTC)
ENTERED = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MOMENTS = (
    datetime(2026, 4, 1, 0, 0, 0, 100_000, tzinfo=UTC),
    datetime(2026, 4, 30, 16, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 5, 31, 15, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 6, 1, 1, 0, 0, 120_000, tzinfo=UTC),
    datetime(2026, 7, 1, 1, 0, 0, 123_456, tzinfo=UTC),
)
NOW = world.TODAY
DAYS = (date(1, 1, 1), date(2020, 1, 1), date(2026, 3, 2), date(2026, 6, 1), date(2026, 11, 20), date(2026, 12, 31))


@dataclass
class OddCity:
    """What was built: governments and bodies by what they are."""

    city: Government
    county: Government
    bodies: list[Body] = field(default_factory=list)


async def _governments(ctx: Context) -> OddCity:
    province = await factories.government(ctx, division_code="990000", name="云川省", level="province")
    city = await factories.government(
        ctx, short_name="云川", parent_id=province.id, valid_from=date(1949, 10, 1), name="云川市“直”'属\\"
    )
    county = await factories.government(
        ctx, division_code="990121", name="平湖县", level="county", parent_id=city.id, valid_from=date(1, 1, 1)
    )
    return OddCity(city, county)


async def _bodies(ctx: Context, built: OddCity) -> None:
    office = await factories.body(
        ctx, built.city, code="990100-001", number="001", name="云川市城市管理局", usc_code="1199010000248955XK",
        aliases=("城管局", 'a "quoted" 名', "𠮷"), offices=("service_office",), duties=("管理市容", ODD_TEXT),
        place="政务中心\t二楼", contact_phone="0990-1234567", supervision_phone="0990-7654321",
        valid_from=date(1949, 10, 1),
    )  # fmt: skip
    bureau = await factories.body(
        ctx, built.city, code="甲/乙 %~", number="002", name="云川市公安局", kind="authorised", parent_id=office.id
    )
    agency = await factories.body(
        ctx, built.county, code="990121-001", number="001", name="平湖县受托\n中心", kind="entrusted",
        parent_id=bureau.id, aliases=("",), short_name=" ",
    )  # fmt: skip
    empty = await factories.body(ctx, built.county, code="990121-002", number="002", name="空")
    built.bodies = [office, bureau, agency, empty]
    async with unit_of_work(ctx) as uow:
        posts = (NewPost("受理岗", "核对材料"), NewPost("决定岗\u0001", '作出"决定"'), NewPost("空岗"))
        await add_unit(uow, office, "许可科", posts)
        await add_unit(uow, office, "办公室😀", (NewPost("主任"),))
        await add_unit(uow, office, "空科")
        await add_unit(uow, bureau, "治安科", (NewPost("民警", ODD_TEXT),))


def _first(built: OddCity) -> Iterable[tuple[Government, PowerContent]]:
    """Yield the items entered first, with their governments."""
    office, bureau, agency, _ = (one.code for one in built.bodies)
    city, county = built.city, built.county
    yield city, factories.power(**(world.whole() | {"code": "W-1"}), body=office)
    yield city, full(code="W-2", body=office)
    yield city, full(code="W-3", body=bureau, internal_flow=None, risk_points=[])
    yield city, benchmarked(code="B-1", body=office)
    yield city, benchmarked(code="B-2", body=bureau)
    for number, code in enumerate(ODD_CODES):
        yield city, odd(number, code=code, body=(office, bureau)[number % 2])
    # One code in two governments and two schemes; a body that nobody knows; a category and a level of no profile.
    yield county, factories.power(code="W-1", body=agency, name="同码事项", level="county")
    yield city, factories.power(code="W-1", scheme="other", body=office, name="同码另规则")
    yield city, factories.power(code="X-1", body="nowhere", name="无主事项", category="mystery", level="beyond")
    yield county, factories.power(code="X-2", body=agency, name="无层级", level="", category="reward")


async def _history(ctx: Context, built: OddCity) -> None:
    """Correct, modify, suspend, resume and cancel."""
    office, bureau = built.bodies[0].code, built.bodies[1].code
    city = built.city

    async def record(at: datetime, content: PowerContent, kind: str, **changes: Any) -> None:
        await factories.confirmed(ctx.at(at), city, [factories.change(city, content, kind, **changes)])

    await record(
        SUMMER_TIME, factories.power(code="OLD-1", body=office, name="老事项"), "add", valid_from=date(1988, 7, 1)
    )
    await record(MOMENTS[0], full(code="W-2", body=office, name="改名事项"), "modify", valid_from=date(2026, 4, 1))
    await record(MOMENTS[3], full(code="W-2", body=office, name="更正事项"), "correct", valid_from=date(2026, 3, 2),
                 reason=ODD_TEXT)  # fmt: skip
    moved = benchmarked(code="B-1", body=bureau, remarks="移交")
    await record(MOMENTS[1], moved, "delegate", valid_from=date(2026, 5, 1), valid_until=date(2026, 12, 31))
    stopped = factories.power(
        code="W-1", body=office, name="暂停的", status="suspended", status_reason='因"故"\\', status_basis="依据\n一"
    )
    await record(MOMENTS[2], stopped, "suspend", valid_from=date(2026, 6, 1), reason="暂停")
    gone = odd(0, code=ODD_CODES[0], body=office, status="cancelled", status_reason="取消")
    await record(MOMENTS[4], gone, "cancel", valid_from=date(2026, 7, 1))
    future = odd(1, code=ODD_CODES[1], body=office, name="将来的名称")
    await record(MOMENTS[4].replace(minute=1), future, "modify", valid_from=date(2027, 1, 1))


async def _charts(ctx: Context, built: OddCity) -> None:
    """Record two generic charts, one of them in two versions."""
    for at, charts in (
        (ENTERED, [world.CHART, chart("odd-external", "external")]),
        (MOMENTS[0], [world.CHART | {"name": "第二版", "risk_points": []}]),
    ):
        async with unit_of_work(ctx.at(at)) as uow:
            batch = await factories.batch(uow, built.city.id or 0)
            found = [Chart.model_validate(one) for one in charts]
            await record_charts(uow, batch.id or 0, built.city.id or 0, found)


async def _matters(ctx: Context, built: OddCity) -> None:
    """Let matters run in three bodies: with words that have to be escaped, and one that has gone back and forth."""
    ctx = ctx.at(NOW).acting_as(SYSTEM)
    sha = "0f" * 32
    for number, (item, body) in enumerate((("W-2", 0), ("B-1", 1), ("X-2", 2), ("W-2", 0), ("B-2", 1))):
        code = built.bodies[body].code
        brings = {
            "materials": [{"name": ODD_TEXT.strip()[:200], "digest": sha, "note": "“注”\\"}] * (number % 3),
            "facts": [{"code": f"事实{n}", "amount": f"{number}.{n}0"} for n in range(number)],
            "documents": [{"code": "closure_report", "number": '〔2026〕"1"号', "digest": sha}],
            "opinion": {"verdict": "disagree", "text": ODD_TEXT, "reasons": "理由\t一"},
        }
        at = ctx.at(NOW + timedelta(days=number, microseconds=120 * number))
        brings = await handed_in(at, ForOpening(f"odd{number}", code), brings)
        title = ODD_TEXT if number % 2 else ""
        opened = await matters.open_matter(
            at, Opening(item=item, key=f"odd{number}", body=code, title=title, brings=brings)
        )
        clerk = Actor("official", UUID(int=7), "办事员“\\”", (Posting(1, 1, code, 1, frozenset(), "窗口受理岗"),))
        if number in (0, 3):
            at = ctx.at(NOW + timedelta(days=6)).acting_as(clerk)
            await matters.act(at, opened.matter_id, {"kind": "withdraw", "key": "w", "reasons": ODD_TEXT})


async def _behind_the_back(owner_url: str) -> None:
    """Fill what no use-case fills: ends of bodies, places of units, days at the borders."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("UPDATE body SET valid = daterange('1950-01-01', '2030-01-01') WHERE number = '002'")
        await connection.execute("UPDATE unit SET place = '三楼\t\"302\"', contact_phone = '☎' WHERE name = '许可科'")
        await connection.execute("UPDATE law SET in_force_from = '0001-01-01' WHERE title LIKE '%治安%'")
        await connection.execute(odd_desks.FORGOTTEN)
        await connection.execute(odd_desks.ARCHIVED)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def build(ctx: Context, owner_url: str) -> OddCity:
    """Build the city; ``ctx`` gives the database, times are the city's own."""
    then = ctx.at(ENTERED)
    built = await _governments(then)
    await _bodies(then, built)
    async with unit_of_work(then) as uow:
        await seed_calendar(uow)
    entries = list(_first(built))
    for government in (built.city, built.county):
        mine = [factories.change(government, content) for of, content in entries if of is government]
        await factories.confirmed(then, government, mine)
    await _charts(ctx, built)
    await _history(ctx, built)
    await _matters(then, built)
    await odd_desks.build(ctx.at(NOW), built.city.id or 0, built.bodies)
    await _behind_the_back(owner_url)
    return built
