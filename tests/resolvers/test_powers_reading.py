"""Reading the library: states on a day as known at a time, lists in every order, one item whole, its history."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.benchmarks import DiscretionBenchmark, DiscretionTier
from domain.flows import Flow, Step
from domain.powers import Chart, LegalBasis, PowerContent
from domain.tables.bodies import Government
from domain.values import canonical_json, digest, document
from resolvers import benchmarks, bodies, changes, laws, powers
from resolvers.benchmarks import BenchmarkFilter
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound
from resolvers.powers import AsOf, PowerFilter
from resolvers.reading import PageRequest, Read
from resolvers.reading.library import POWER, POWER_OF_GOVERNMENT, VERSION
from resolvers.reading.rows import ROW_COLUMNS
from resolvers.reading.statements import page_statement
from tests import factories

MONTH = timedelta(days=30)


async def city_of(ctx: Context) -> Government:
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    await factories.body(ctx, city, code="B002", number="002", name="云川市第二局")
    return city


@asynccontextmanager
async def statements(database: Database) -> AsyncIterator[tuple[Database, list[str]]]:
    """Give a database whose only connection writes down the statements that it runs."""
    one = await Database.connect(database.url, pool_size=1)
    ran: list[str] = []
    async with one.reads.acquire() as connection:
        connection.add_query_logger(lambda record: ran.append(record.query))
    try:
        yield one, ran
    finally:
        await one.close()


@pytest.mark.clause("L4")
@pytest.mark.both_postgres
async def test_lists_and_items_show_the_state_of_a_day_as_known_at_a_time(database: Database) -> None:
    first = factories.context(database)
    city = await city_of(first)
    one = factories.power(code="A", name="旧名称")
    later, latest = first.at(first.now + MONTH), first.at(first.now + 2 * MONTH)
    await factories.confirmed(first, city, [factories.change(city, one)])
    renamed = one.model_copy(update={"name": "新名称"})
    await factories.confirmed(later, city, [factories.change(city, renamed, "modify", valid_from=date(2024, 7, 1))])
    corrected = one.model_copy(update={"name": "更正名称"})
    await factories.confirmed(latest, city, [factories.change(city, corrected, "correct", valid_from=date(2024, 7, 1))])
    table: list[tuple[date | None, datetime | None, str | None]] = [
        # day asked about, known at, name
        (date(2019, 12, 31), None, None),  # before the item came into force
        (date(2020, 1, 1), None, "旧名称"),
        (date(2024, 6, 30), None, "旧名称"),  # the last day before the change
        (date(2024, 7, 1), None, "更正名称"),
        (None, None, "更正名称"),  # today, now
        (date(2026, 1, 1), first.now, "旧名称"),  # nobody knew of the change yet
        (date(2024, 7, 1), later.now - timedelta(seconds=1), "旧名称"),
        (date(2024, 7, 1), later.now, "新名称"),
        (date(2024, 7, 1), latest.now, "更正名称"),
        (date(2024, 7, 1), first.now - timedelta(seconds=1), None),  # nothing was recorded
    ]
    for day, known, name in table:
        at = AsOf(day, known)
        listed = await powers.list_powers(latest, page=PageRequest(count=True), at=at)
        searched = await powers.list_powers(latest, PowerFilter(search="名称"), PageRequest(count=True), at)
        counted = await powers.facets(latest, at=at)
        expected = [] if name is None else [name]
        for page in (listed, searched):
            assert [row.name for row in page.rows] == expected, at
            assert page.total is not None
            assert page.total.count == len(expected)
        assert counted.total == len(expected), at
        if name is None:
            with pytest.raises(NotFound):
                await powers.power(latest, "A", at=at)
        else:
            assert (await powers.power(latest, "A", at=at)).content.name == name


@pytest.mark.clause("L4")
async def test_history_shows_every_version_and_each_keeps_its_address(database: Database) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    one = factories.power(code="A", name="旧名称")
    await factories.confirmed(ctx, city, [factories.change(city, one)])
    later = ctx.at(ctx.now + MONTH)
    new = one.model_copy(update={"name": "新名称"})
    changed = factories.change(city, new, "modify", valid_from=date(2026, 1, 1), reason="修法")
    await factories.confirmed(later, city, [changed])
    history = await powers.versions(later, "A")
    assert [(one.no, one.name, one.change, one.reason) for one in history] == [
        (2, "新名称", "modify", "修法"),
        (1, "旧名称", "add", ""),
    ]
    held = [[(one.valid_from, one.valid_until, one.is_held) for one in row.periods] for row in history]
    assert held == [
        [(date(2026, 1, 1), None, True)],
        [(date(2020, 1, 1), None, False), (date(2020, 1, 1), date(2026, 1, 1), True)],
    ]
    old = await powers.version(later, "A", 1)
    assert (old.content, old.digest) == (one, digest(one))
    assert (old.row.valid_from, old.row.valid_until) == (date(2020, 1, 1), date(2026, 1, 1))
    found = await powers.difference(later, "A", 1, 2)
    assert [(one.title, one.before, one.after) for one in found] == [("事项名称", "旧名称", "新名称")]
    with pytest.raises(NotFound):
        await powers.version(later, "A", 3)
    with pytest.raises(NotFound):
        await powers.versions(later, "B")


async def test_an_item_is_read_whole_with_what_it_refers_to(database: Database) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    bases = (
        LegalBasis(kind="law", title="甲法", article="第一条"),
        LegalBasis(text="没有名称的依据"),
        LegalBasis(kind="law", title="乙法"),
    )
    await factories.confirmed(
        ctx, city, [factories.change(city, factories.power(code="A", bases=bases, external_chart="tong"))]
    )
    chart = Chart(code="tong", kind="external", name="通用图", flow=Flow(steps=(Step(key="a", name="受理"),)))
    async with database.engine.begin() as connection:
        for no, at in ((1, ctx.now), (2, ctx.now + MONTH)):
            row = (city.id, "tong", no, canonical_json(document(chart)).decode(), digest(chart), at)
            await connection.exec_driver_sql(
                "INSERT INTO chart_version (government_id, code, no, content, digest, batch_id, recorded_at)"
                " VALUES ($1, $2, $3, $4, $5, 1, $6)",
                row,
            )
    one = await powers.power(ctx, "A")
    titles = {law.id: law.title for law in (await laws.list_laws(ctx)).rows}
    assert [None if key is None else titles[key] for key in one.law_ids] == ["甲法", None, "乙法"]
    assert one.body is not None
    assert one.body.name == "云川市测试局"
    assert one.government is not None
    assert one.government.division_code == "990100"
    assert one.charts["external"].chart == chart
    assert one.charts["external"].no == 1  # the second is not known yet
    assert (await powers.power(ctx.at(ctx.now + MONTH), item_id=one.row.item_id)).charts["external"].no == 2


async def a_small_library(ctx: Context) -> list[PowerContent]:
    city = await city_of(ctx)
    kinds = ("licence", "penalty", "inspection")
    items = [
        factories.power(
            code=f"C{number:03}",
            name=f"{'乙甲丙'[number % 3]}事项",
            category=kinds[number % 3],
            body=f"B00{number % 2 + 1}",
            status="suspended" if number % 10 == 0 else "in_use",
            bases=(LegalBasis(kind="law", title="甲法", article=f"第{'一二'[number % 2]}条"),),
        )
        for number in range(45)
    ]
    await factories.confirmed(ctx, city, [factories.change(city, one) for one in items])
    return items


async def test_lists_filter_and_sort(database: Database) -> None:
    ctx = factories.context(database)
    items = await a_small_library(ctx)
    law = (await laws.list_laws(ctx, search="甲")).rows[0]

    async def codes(where: PowerFilter, order: powers.PowerOrder = "code") -> list[str]:
        page = await powers.list_powers(ctx, where, PageRequest(first=100, count=True), order=order)
        assert page.total is not None
        assert page.total.count == len(page.rows)
        return [row.code for row in page.rows]

    assert await codes(PowerFilter()) == [one.code for one in items]
    table: list[tuple[PowerFilter, Callable[[PowerContent], bool]]] = [
        (PowerFilter(body="B002"), lambda one: one.body == "B002"),
        (PowerFilter(category=("licence", "penalty")), lambda one: one.category != "inspection"),
        (PowerFilter(status=("suspended",)), lambda one: one.status == "suspended"),
        (PowerFilter(level=("county",)), lambda one: False),
        (PowerFilter(government="990100", status=("in_use",)), lambda one: one.status == "in_use"),
        (PowerFilter(government="000000"), lambda one: False),
        (PowerFilter(law_id=law.id), lambda one: True),
        (PowerFilter(law_id=law.id, article="第一条"), lambda one: one.bases[0].article == "第一条"),
        (PowerFilter(law_id=law.id + 1), lambda one: False),
        (PowerFilter(updated_since=ctx.now), lambda one: True),
        (PowerFilter(updated_since=ctx.now + MONTH), lambda one: False),
    ]
    for where, expected in table:
        wanted = [one.code for one in items if expected(one)]
        assert await codes(where) == wanted, where
        assert await codes(replace(where, search="事项")) == wanted, where
        found = await powers.list_powers(ctx, replace(where, search="事项"), PageRequest(first=100))
        assert sorted(row.code for row in found.rows) == wanted, where
    names = [row.name for row in (await powers.list_powers(ctx, page=PageRequest(first=45), order="name")).rows]
    assert names == ["丙事项"] * 15 + ["甲事项"] * 15 + ["乙事项"] * 15  # bǐng, jiǎ, yǐ
    page = await powers.list_powers(ctx, page=PageRequest(last=1), order="changed")
    assert page.rows[0].code == "C000"
    assert page.has_previous


async def test_a_list_is_one_statement_and_an_item_a_fixed_number(database: Database) -> None:
    ctx = factories.context(database)
    await a_small_library(ctx)
    async with statements(database) as (one, ran):
        counting = Context(db=one, now=ctx.now, profile=ctx.profile)
        calls: list[tuple[Callable[[], Awaitable[object]], int]] = [
            (lambda: powers.list_powers(counting, page=PageRequest(first=40)), 1),
            (lambda: powers.list_powers(counting, page=PageRequest(first=2, count=True)), 1),
            (lambda: powers.power(counting, "C001"), 3),
            (lambda: powers.versions(counting, "C001"), 3),
            (lambda: bodies.list_bodies(counting), 1),
            (lambda: laws.list_laws(counting), 1),
            (lambda: changes.list_changes(counting), 1),
            (lambda: benchmarks.list_benchmarks(counting), 1),
        ]
        for call, expected in calls:
            await call()  # the driver learns the types of a connection once
            ran.clear()
            await call()
            assert len(ran) == expected, ran
        for search in ("事项", "不存在", "甲 事"):
            ran.clear()
            await powers.list_powers(counting, PowerFilter(search=search), PageRequest(first=2, count=True))
            reads = [sql for sql in ran if sql.startswith(("SELECT", "WITH"))]
            assert len(reads) <= 3, ran


async def test_reads_leave_no_setting_behind_on_a_connection(database: Database) -> None:
    ctx = factories.context(database)
    await a_small_library(ctx)
    async with statements(database) as (one, _):
        counting = Context(db=one, now=ctx.now, profile=ctx.profile)
        # The driver itself switches jit off, as it is already, when it learns a type.
        settings = "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> 'jit' ORDER BY name"
        before = [tuple(row) for row in await one.reads.fetch(settings)]
        await powers.list_powers(counting, PowerFilter(search="事"))
        await powers.facets(counting, PowerFilter(search="事"))
        await powers.list_powers(counting, PowerFilter(category=("licence",)))
        assert [tuple(row) for row in await one.reads.fetch(settings)] == before


async def test_bodies_laws_changes_and_benchmarks(database: Database) -> None:
    ctx = factories.context(database)
    items = await a_small_library(ctx)
    tier = DiscretionTier(name="轻微", measure="警告")
    benchmark = DiscretionBenchmark(violation="未按规定公示", basis="甲法第一条", tiers=(tier,))
    amended = items[4].model_copy(update={"benchmarks": (benchmark,), "status": "cancelled"})
    city = (await bodies.list_governments(ctx))[0]
    later = ctx.at(ctx.now + MONTH)
    change = factories.change(Government(id=city.id), amended, "cancel", valid_from=later.today)
    await factories.confirmed(later, Government(id=city.id), [change])

    listed = (await bodies.list_bodies(later)).rows
    assert {one.name: one.items for one in listed} == {"云川市测试局": 22, "云川市第二局": 22}  # one is cancelled
    assert [one.code for one in (await bodies.list_bodies(later, search="第二")).rows] == ["B002"]
    assert (await bodies.body(later, "B001")).body.government_name == "云川市"
    with pytest.raises(NotFound):
        await bodies.body(later, "B999")

    law = (await laws.list_laws(later)).rows[0]
    assert (law.title, law.uses, law.uses_is_lower_bound) == ("甲法", 45, False)
    whole = await laws.law(later, law.id, PageRequest(first=5), article="第二条")
    assert [(one.article, one.items) for one in whole.articles] == [("第一条", 23), ("第二条", 22)]
    assert [row.code for row in whole.items.rows] == ["C001", "C003", "C005", "C007", "C009"]
    with pytest.raises(NotFound):
        await laws.law(later, law.id + 1)

    latest = (await changes.list_changes(later, PageRequest(first=2))).rows
    assert [(one.code, one.change) for one in latest] == [("C004", "cancel"), ("C044", "add")]
    assert latest[0].valid_from == later.today
    since = await changes.list_changes(later, since=later.now)
    assert [one.code for one in since.rows] == ["C004"]

    await factories.body(later, Government(id=city.id), code="B003", number="003", name="云川市文旅局（文物局）")
    assert [one.code for one in (await bodies.list_bodies(later, search="文旅局文物局")).rows] == ["B003"]
    assert [one.code for one in (await bodies.list_bodies(later, search="文物 旅局")).rows] == ["B003"]

    found = (await benchmarks.list_benchmarks(later, BenchmarkFilter(search="規定 公示"))).rows
    assert [(one.code, one.position, one.benchmark) for one in found] == [("C004", 1, benchmark)]
    assert (await benchmarks.list_benchmarks(later, BenchmarkFilter(body="B002"))).rows == ()
    assert (await benchmarks.list_benchmarks(later, at=AsOf(ctx.today))).rows == ()


async def test_a_code_that_two_governments_use_names_the_item_entered_first(database: Database) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    county = await factories.government(ctx, division_code="990181", name="青浦县", level="county")
    for of, name in ((city, "市级事项"), (county, "县级事项")):
        await factories.confirmed(ctx, of, [factories.change(of, factories.power(code="A", name=name))])
    assert (await powers.power(ctx, "A")).content.name == "市级事项"
    assert (await powers.version(ctx, "A", 1)).content.name == "市级事项"
    assert [one.name for one in await powers.versions(ctx, "A")] == ["市级事项"]
    listed = (await powers.list_powers(ctx, PowerFilter(government="990181"))).rows
    assert [row.name for row in listed] == ["县级事项"]


def test_articles_are_in_the_order_of_their_numbers() -> None:
    articles = ["第一百零二条", "第十条", "第二条第三项", "第二条", "", "第十条之一", "第9条", "第二十三条"]
    assert sorted(articles, key=laws.numbered) == [
        "", "第二条", "第二条第三项", "第9条", "第十条", "第十条之一", "第二十三条", "第一百零二条",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "where",
    [
        PowerFilter(law_id=2**70),
        PowerFilter(body="a\0b"),
        PowerFilter(category=("\ud800",)),
        PowerFilter(government="\0"),
    ],
)
@pytest.mark.parametrize("search", ["", "食品"])
async def test_values_no_database_can_hold_are_labelled_errors(
    database: Database, where: PowerFilter, search: str
) -> None:
    ctx = factories.context(database)
    asked = replace(where, search=search)
    with pytest.raises(InvalidInput) as caught:
        await powers.list_powers(ctx, asked)
    assert caught.value.code == "BAD_USER_INPUT"
    with pytest.raises(InvalidInput):
        await powers.facets(ctx, asked)
    assert (await powers.list_powers(ctx)).rows == ()  # the connection is as good as before


async def test_a_page_looks_at_few_rows_however_large_the_library_is(owner_url: str, database: Database) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    items = [factories.power(code=f"C{number:05}", body=f"B00{number % 2 + 1}") for number in range(3000)]
    await factories.confirmed(ctx, city, [factories.change(city, one) for one in items])
    owner = await asyncpg.connect(owner_url)
    await owner.execute("VACUUM ANALYZE")
    reads = [(POWER, Read(ROW_COLUMNS, {}, order, "in_force")) for order in ("code", "name", "changed")] + [
        (POWER, Read(ROW_COLUMNS, {"body": "B002"}, "code", "in_force")),
        (POWER, Read(ROW_COLUMNS, {}, "code", "as_known", None, ctx.now)),
        (POWER_OF_GOVERNMENT, Read(ROW_COLUMNS, {"government": "990100"}, "code", "in_force")),
        (VERSION, Read(ROW_COLUMNS[:5], {}, "latest")),
    ]
    for entity, read in reads:
        sql, values = page_statement(ctx, entity, read, PageRequest(), None)
        plan = json.loads(await owner.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values))[0]["Plan"]
        assert looked_at(plan) <= 150, (entity.name, read.order, read.filters, plan)
    await owner.close()


def looked_at(plan: dict[str, Any]) -> float:
    """Return how many rows the scans of a plan met, kept or not."""
    below = sum(looked_at(part) for part in plan.get("Plans", ()))
    if "Scan" not in plan["Node Type"]:
        return below
    met = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return float(below + met * plan["Actual Loops"])
