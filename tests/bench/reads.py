"""Latencies of reading: searches by class, lists, items, facets, each beside a bare statement or a plain peer."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from itertools import islice
from typing import Final

import asyncpg

from resolvers import bodies, changes, laws, powers
from resolvers.context import Context
from resolvers.powers import AsOf, PowerFilter
from resolvers.reading import PageRequest
from tests.bench import city
from tests.bench.measuring import Latency, latency, latency_row, table

Calls = Sequence[Callable[[], Awaitable[object]]]

HEAD: Final = ("", "p50", "p95", "p99", "beside: p50", "ratio")
THEN: Final = AsOf(date(2021, 6, 1))
QUICK_ITEMS: Final = 2000
"""Up to so many items a run only shows that everything works; it asks little of each class."""

KEYSET: Final = """
SELECT v.item_id, v.id, v.no, v.code, v.name, v.category, v.status, v.body_code FROM power_version v
JOIN power_period p ON p.version_id = v.id WHERE p.valid @> $1::date AND upper_inf(p.recorded)
AND (v.code, v.item_id) > ($2, 0) ORDER BY v.code, v.item_id LIMIT 21
"""
ITEM: Final = """
SELECT v.content FROM power_version v JOIN power_period p ON p.version_id = v.id
WHERE v.code = $2 AND p.valid @> $1::date AND upper_inf(p.recorded)
"""
SCAN: Final = """
SELECT s.version_id FROM power_search s JOIN power_period p ON p.version_id = s.version_id
WHERE p.valid @> $1::date AND upper_inf(p.recorded)
AND concat(s.code_key, s.name_key, s.sub_key, s.near_key, s.other_key) LIKE '%' || $2 || '%' ORDER BY s.code LIMIT 21
"""
COUNT: Final = """
SELECT v.category, count(*) FROM power_version v JOIN power_period p ON p.version_id = v.id
WHERE p.valid @> $1::date AND upper_inf(p.recorded) GROUP BY 1
"""


def query_classes(items: int) -> dict[str, list[str]]:
    """Return what is searched for, by class: drawn from the texts of the library itself."""
    chance = random.Random(city.SEED)
    names = [content.name for content in islice(city.contents(items), 5000)]

    def parts(length: int, count: int) -> list[str]:
        long = [name for name in names if len(name) > length]
        found = []
        for name in chance.sample(long, count):
            start = chance.randrange(len(name) - length)
            found.append(name[start : start + length])
        return found

    classes = {
        "one character": parts(1, 40),
        "two characters": parts(2, 60),
        "four characters": parts(4, 40),
        "phrases of 8 to 16": [*parts(8, 20), *parts(12, 20), *parts(16, 20)],
        "very common": ["处罚", "的处罚", "等违法行为的处罚", "云川市", "管理", "窗口", "违法"],
        "rare or nowhere": ["不存在的词", "钚", "船舶港口", "征用", "争议的裁决", *parts(14, 10)],
        "law and article": ["行政处罚法", "食品管理条例", "行政处罚法第20条", "渔业管理法第12条第1款", "监督管理办法"],
        "body": ["食品管理局", "青浦县", "梧溪县药品管理局"],
        "code": ["990181005", "CF00100", "990100007CF00021", "XK"],
        "two words": ["食品 许可", "建设单位 伪造", "云川市 擅自", "处罚 账簿", "燃气 监督检查"],
        "Traditional": ["處罰", "許可證件", "違法行為", "藥品"],
    }
    most = None if items > QUICK_ITEMS else 3
    return {name: texts[:most] for name, texts in classes.items()}


def _searches(ctx: Context, texts: Sequence[str], where: PowerFilter, at: AsOf = powers.AsOf()) -> Calls:
    def one(text: str) -> Callable[[], Awaitable[object]]:
        asked = PowerFilter(search=text, body=where.body, category=where.category, status=where.status)
        return lambda: powers.list_powers(ctx, asked, PageRequest(), at)

    return [one(text) for text in texts]


async def search_table(ctx: Context, connection: asyncpg.Connection, items: int, rounds: int) -> str:
    """Measure searches of every class, alone, with filters and in the past; the peer is a scan with LIKE."""
    classes = query_classes(items)
    rows: list[tuple[object, ...]] = []
    every = [text for texts in classes.values() for text in texts]
    for name, texts in classes.items():
        scans = [_statement(connection, SCAN, ctx.today, text) for text in texts[:3]]
        rows.append(
            latency_row(name, await latency(_searches(ctx, texts, PowerFilter()), rounds), await latency(scans, 1))
        )
    sets = {
        "all of them": (PowerFilter(), AsOf()),
        "all, one category": (PowerFilter(category=("licence",)), AsOf()),
        "all, one body": (PowerFilter(body="990181005"), AsOf()),
        "all, rare status": (PowerFilter(status=("suspended",)), AsOf()),
        "all, on a day in the past": (PowerFilter(), THEN),
        "all, as known earlier": (PowerFilter(), AsOf(THEN.valid_on, ctx.now.replace(year=2025, month=12))),
    }
    for name, (where, at) in sets.items():
        rows.append(latency_row(name, await latency(_searches(ctx, every, where, at), max(rounds // 5, 1)), None))
    return table("Search, first page of 20, ms a call (beside: a scan with LIKE for the same text)", HEAD, rows)


def _statement(connection: asyncpg.Connection, sql: str, *values: object) -> Callable[[], Awaitable[object]]:
    return lambda: connection.fetch(sql, *values)


async def list_table(ctx: Context, connection: asyncpg.Connection, items: int, rounds: int) -> str:
    """Measure lists, items, histories and facets; the floor is a bare prepared statement for the same rows."""
    chance = random.Random(city.SEED)
    codes = [content.code for content in islice(city.contents(items), 5000)]
    some = chance.sample(codes, 20)
    list_floor = await latency([_statement(connection, KEYSET, ctx.today, code) for code in some], rounds)
    item_floor = await latency([_statement(connection, ITEM, ctx.today, code) for code in some], rounds)
    count_floor = await latency([_statement(connection, COUNT, ctx.today)], 3)
    pages = [await powers.list_powers(ctx, page=PageRequest(first=size)) for size in (7, 50, 99)]
    law = (await laws.list_laws(ctx, search="行政处罚法")).rows[0]
    asked: list[tuple[str, Calls, Latency | None]] = [
        ("list by code, any page", [_page(ctx, PowerFilter(), after=page.end_cursor) for page in pages], list_floor),
        ("list with a total", [_page(ctx, PowerFilter(), count=True)], None),
        ("list by name", [_page(ctx, PowerFilter(), order="name")], None),
        ("list, latest changes first", [_page(ctx, PowerFilter(), order="changed")], None),
        ("list of a category", [_page(ctx, PowerFilter(category=(code,))) for code, _, _ in city.CATEGORIES], None),
        ("list of a body", [_page(ctx, PowerFilter(body="990181005"))], None),
        ("list of a government", [_page(ctx, PowerFilter(government="990182"))], None),
        ("list on a day in the past", [_page(ctx, PowerFilter(), at=THEN)], None),
        ("list of a law", [_page(ctx, PowerFilter(law_id=law.id))], None),
        ("item by code", [_item(ctx, code) for code in some], item_floor),
        ("versions of an item", [_versions(ctx, code) for code in some], None),
        ("bodies", [lambda: bodies.list_bodies(ctx)], None),
        ("a law with its articles", [lambda: laws.law(ctx, law.id)], None),
        ("latest changes", [lambda: changes.list_changes(ctx)], None),
        ("facets", [lambda: powers.facets(ctx)], count_floor),
        ("facets of a body's penalties", [_facets(ctx, PowerFilter(body="990181005", category=("penalty",)))], None),
        ("facets of a search", [_facets(ctx, PowerFilter(search=text)) for text in ("处罚", "食品", "湿地")], None),
    ]
    rows = [latency_row(name, await latency(calls, rounds), floor) for name, calls, floor in asked]
    return table(
        "Lists, items, facets, ms a call (beside: one bare prepared statement; for facets a count by group)", HEAD, rows
    )


def _page(
    ctx: Context,
    where: PowerFilter,
    *,
    after: str | None = None,
    count: bool = False,
    at: AsOf = powers.AsOf(),
    order: powers.PowerOrder = "code",
) -> Callable[[], Awaitable[object]]:
    page = PageRequest(after=after, count=count)
    return lambda: powers.list_powers(ctx, where, page, at, order)


def _item(ctx: Context, code: str) -> Callable[[], Awaitable[object]]:
    return lambda: powers.power(ctx, code)


def _versions(ctx: Context, code: str) -> Callable[[], Awaitable[object]]:
    return lambda: powers.versions(ctx, code)


def _facets(ctx: Context, where: PowerFilter) -> Callable[[], Awaitable[object]]:
    return lambda: powers.facets(ctx, where)
