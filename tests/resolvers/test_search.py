"""Search finds every literal substring, ranks as promised, and its pages are stable; facets count right."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.powers import LegalBasis, PowerContent
from domain.search_text import Searchable, normal, query, searchable
from domain.tables.bodies import Government
from domain.values import document
from resolvers import powers
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.powers import AsOf, PowerFilter
from resolvers.reading import PageRequest, search
from resolvers.reading.search_index import reindex
from resolvers.reading.search_sql import DIMENSIONS
from tests import factories

ALPHABET = "处罚罰许可許食品药安全（）·、1aＡ 乾隆"
TEXTS = st.text(st.sampled_from(ALPHABET), min_size=1, max_size=12)
NAMES = TEXTS.filter(lambda text: bool(text.strip()))
ITEMS = st.builds(
    factories.power,
    name=NAMES,
    sub_item=st.sampled_from(["", "食品处罚", "安"]),
    body=st.sampled_from(["B001", "B002"]),
    body_name=st.sampled_from(["云川市测试局", "云川市食品局"]),
    category=st.sampled_from(["penalty", "licence"]),
    status=st.sampled_from(["in_use", "suspended"]),
    remarks=TEXTS,
    bases=st.lists(st.builds(LegalBasis, title=NAMES, article=st.sampled_from(["", "第1条"])), max_size=2).map(tuple),
)
SAME_DATABASE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(params=["fine", "coarse"])
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Search in the order for rare finds, or with walks so short that small libraries count as large."""
    if request.param == "coarse":
        monkeypatch.setattr(search, "WALK", 7)
        monkeypatch.setattr(search, "COMMON", 1)
    return str(request.param)


async def city_of(ctx: Context) -> Government:
    if not await ctx.db.reads.fetchval("SELECT count(*) FROM government"):
        city = await factories.government(ctx)
        await factories.body(ctx, city, aliases=("测试委",))
        await factories.body(ctx, city, code="B002", number="002", name="云川市食品局")
    return Government(id=await ctx.db.reads.fetchval("SELECT min(id) FROM government"))


def forms(content: PowerContent) -> Searchable:
    names = {"B001": ("云川市测试局", "测试委"), "B002": ("云川市食品局",)}[content.body]
    return searchable(document(content), names)


def found_by_force(content: PowerContent, text: str) -> bool:
    """Say by plain comparison whether every word is in some text of an item."""
    one = forms(content)
    fields = (one.code, one.name, one.sub_item, one.near, one.other)
    return all(any(term in field for field in fields) for term in query(text).terms)


async def every_page(ctx: Context, where: PowerFilter, size: int, *, backward: bool = False) -> list[str]:
    seen: list[str] = []
    cursor = None
    while True:
        page = PageRequest(last=size, before=cursor) if backward else PageRequest(first=size, after=cursor)
        got = await powers.list_powers(ctx, where, page)
        codes = [row.code for row in got.rows]
        seen = codes + seen if backward else seen + codes
        if not (got.has_previous if backward else got.has_next):
            return seen
        cursor = got.start_cursor if backward else got.end_cursor


@pytest.mark.clause("L11", "H1")
@settings(max_examples=30, deadline=None, suppress_health_check=SAME_DATABASE)
@given(new=st.lists(ITEMS, min_size=1, max_size=8), seed=st.integers(0, 2**32))
async def test_every_literal_substring_is_found(
    database: Database, mode: str, new: list[PowerContent], seed: int
) -> None:
    """A library that grows with every example, against plain comparison of all its texts."""
    ctx = factories.context(database)
    city = await city_of(ctx)
    await factories.confirmed(ctx, city, [factories.change(city, one) for one in new])
    rows = await database.reads.fetch("SELECT content FROM power_version")
    library = [PowerContent.model_validate(row["content"]) for row in rows]
    chance = random.Random(seed)
    for _ in range(4):
        one = chance.choice(new)
        texts = [one.name, one.sub_item, one.code, one.remarks, *(b.title + b.article for b in one.bases), "测试委"]
        text = chance.choice([text for text in texts if normal(text)])
        start = chance.randrange(len(text))
        part = text[start : start + chance.randint(1, len(text))]
        expected = sorted(item.code for item in library if found_by_force(item, part))
        seen = await every_page(ctx, PowerFilter(search=part), 100)
        assert sorted(seen) == expected, part
        assert not normal(part) or text == "测试委" or one.code in seen
        words = f"{part} {''.join(chance.choices(ALPHABET, k=chance.randint(1, 3)))}"
        expected = sorted(item.code for item in library if found_by_force(item, words))
        assert sorted(await every_page(ctx, PowerFilter(search=words), 100)) == expected, words


@pytest.mark.clause("H1")
async def test_ranking_is_as_promised(database: Database, mode: str) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    law = (LegalBasis(kind="law", title="食品经营法"),)
    ranked = [
        factories.power(code="食品经营", name="代码相同"),
        factories.power(code="T1", name="食品經營"),
        factories.power(code="T2", name="食品经营许可"),
        factories.power(code="T3", name="对食品经营的检查"),
        factories.power(code="T4", name="对名称很长以至于不能再算作短名称的食品经营活动的监督检查"),
        factories.power(code="T5", name="另一事项", bases=law),
        factories.power(code="T6", name="又一事项", remarks="与食品经营有关"),
    ]
    others = [factories.power(code=f"X{number}", name=f"无关事项{number}") for number in range(20)]
    mixed = [*ranked, *others]
    random.Random(1).shuffle(mixed)
    await factories.confirmed(ctx, city, [factories.change(city, one) for one in mixed])
    for size in (1, 2, 100):
        for backward in (False, True):
            seen = await every_page(ctx, PowerFilter(search="食品经营"), size, backward=backward)
            assert seen == [one.code for one in ranked]
    assert await every_page(ctx, PowerFilter(search="t4"), 5) == ["T4"]
    assert await every_page(ctx, PowerFilter(search="食品經營 檢查"), 5) == ["T3", "T4"]
    everything = await powers.list_powers(ctx, PowerFilter(search="：；"), PageRequest(count=True))
    assert everything.total is not None
    assert everything.total.count == len(mixed)  # punctuation asks nothing


@pytest.mark.clause("H1")
@settings(max_examples=12, deadline=None, suppress_health_check=SAME_DATABASE)
@given(
    new=st.lists(ITEMS, min_size=1, max_size=12),
    size=st.integers(1, 9),
    text=st.sampled_from(["处", "食品", "云川市", "1", "罰 安", "许可"]),
    backward=st.booleans(),
)
async def test_pages_of_a_search_neither_overlap_nor_leave_gaps_while_the_library_grows(
    database: Database, mode: str, new: list[PowerContent], size: int, text: str, *, backward: bool
) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    before = await every_page(ctx, PowerFilter(search=text), 100)
    page = PageRequest(last=size) if backward else PageRequest(first=size)
    seen: list[str] = []
    for step in range(1000):
        got = await powers.list_powers(ctx, PowerFilter(search=text), page)
        seen += [row.code for row in got.rows]
        if step == 0:
            await factories.confirmed(ctx, city, [factories.change(city, one) for one in new])
        if not (got.has_previous if backward else got.has_next):
            break
        page = PageRequest(last=size, before=got.start_cursor) if backward else replace(page, after=got.end_cursor)
    assert len(seen) == len(set(seen))
    if len(before) >= size:  # a first page that was also the last one saw all there was
        assert set(before) <= set(seen)
    after = await every_page(ctx, PowerFilter(search=text), size)
    assert after == await every_page(ctx, PowerFilter(search=text), size, backward=True)


async def test_a_cursor_of_another_search_is_a_labelled_error(database: Database) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    changes = [factories.change(city, factories.power(name=f"食品{number}")) for number in range(3)]
    await factories.confirmed(ctx, city, changes)
    page = await powers.list_powers(ctx, PowerFilter(search="食品"), PageRequest(first=1))
    for where, cursor in [
        (PowerFilter(search="食"), page.end_cursor),
        (PowerFilter(), page.end_cursor),
        (PowerFilter(search="食品"), "AAAA"),
    ]:
        with pytest.raises(InvalidInput):
            await powers.list_powers(ctx, where, PageRequest(first=1, after=cursor))


@pytest.mark.parametrize(
    "text", ["'", "\\", "a' | 'b", "%", "_", "食品:*", "& !", "\u200b", "\ud83d\ude00", "乙" * 5000]
)
async def test_odd_texts_are_searched_for_and_nothing_else(database: Database, mode: str, text: str) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    await factories.confirmed(ctx, city, [factories.change(city, factories.power(name="食品"))])
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    found = await powers.list_powers(ctx, PowerFilter(search=text))
    asked = query(text).terms
    assert len(found.rows) == (1 if not asked or asked == ("食品",) else 0)


FILTERS = st.builds(
    PowerFilter,
    search=st.sampled_from(["", "", "食品", "处", "云川市"]),
    body=st.sampled_from(["", "B001", "B002"]),
    category=st.sampled_from([(), ("penalty",), ("penalty", "licence"), ("levy",)]),
    status=st.sampled_from([(), ("suspended",)]),
    government=st.sampled_from(["", "990100", "000000"]),
)


@pytest.mark.clause("H1")
@settings(max_examples=30, deadline=None, suppress_health_check=SAME_DATABASE)
@given(new=st.lists(ITEMS, max_size=6), where=FILTERS, cut=st.booleans())
async def test_facets_count_as_brute_force_counts(
    database: Database, mode: str, new: list[PowerContent], where: PowerFilter, *, cut: bool
) -> None:
    """Each facet leaves its own filter out; items change, end and come back while it goes on."""
    ctx = factories.context(database)
    ctx = ctx.at(ctx.now.replace(microsecond=await database.reads.fetchval("SELECT count(*) FROM batch")))
    city = await city_of(ctx)
    until = date(2026, 6, 1) if cut else None
    await factories.confirmed(ctx, city, [factories.change(city, one, valid_until=until) for one in new])
    old = await database.reads.fetch("SELECT content FROM power_version ORDER BY id LIMIT 1")
    if old and cut:
        moved = PowerContent.model_validate(old[0]["content"]).model_copy(
            update={"body": "B002", "status": "suspended"}
        )
        later = ctx.at(ctx.now.replace(second=1))
        await factories.confirmed(later, city, [factories.change(city, moved, "modify", valid_from=date(2026, 3, 1))])
    for at in (AsOf(), AsOf(date(2026, 4, 1)), AsOf(date(2026, 4, 1), ctx.now)):
        counted = await powers.facets(ctx, where, at)
        unfiltered = PowerFilter(search=where.search, government=where.government)
        plain = [
            {name: getattr(one, column) for name, column in DIMENSIONS.items()}
            for one in await everything(ctx, unfiltered, at)
        ]
        chosen = {"body": (where.body,) if where.body else ()}
        chosen |= {name: getattr(where, name) for name in ("category", "status", "level")}
        for facet in DIMENSIONS:
            others = {name: values for name, values in chosen.items() if values and name != facet}
            kept = [row for row in plain if all(row[name] in values for name, values in others.items())]
            got = {one.value: one.count for one in getattr(counted, facet)}
            assert got == Counter(row[facet] for row in kept), (facet, at)
        whole = [row for row in plain if all(not values or row[name] in values for name, values in chosen.items())]
        assert counted.total == len(whole)


async def everything(ctx: Context, where: PowerFilter, at: AsOf) -> list[powers.PowerRow]:
    rows: list[powers.PowerRow] = []
    cursor = None
    while True:
        got = await powers.list_powers(ctx, where, PageRequest(first=100, after=cursor), at)
        rows += got.rows
        if not got.has_next:
            return rows
        cursor = got.end_cursor


async def test_projections_can_be_made_anew_from_the_library(database: Database) -> None:
    ctx = factories.context(database)
    city = await city_of(ctx)
    changes = [factories.change(city, factories.power(name=f"食品{number}")) for number in range(5)]
    await factories.confirmed(ctx, city, changes)

    async def dumped() -> list[str]:
        search_rows = await database.reads.fetch("SELECT t::text AS row FROM power_search t ORDER BY 1")
        tally = await database.reads.fetch("SELECT (to_jsonb(t) - 'id')::text AS row FROM power_tally t ORDER BY 1")
        return [row["row"] for row in (*search_rows, *tally)]

    before = await dumped()
    async with unit_of_work(ctx, unrecorded="a projection tells nothing new") as uow:
        assert await reindex(uow) == 5
    assert await dumped() == before
