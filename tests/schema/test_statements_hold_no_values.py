"""No value ever reaches SQL as text: everything sent is marked, and no statement holds a mark.

Codes, ids, words, days, cursors, page sizes, variables and literals of generated documents all carry marks, and so
does the actor. Every plan's text and every statement that really ran is read.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.actors import Actor, Posting
from resolvers.database import Database
from resolvers.lanes import Lane
from resolvers.reading.cursors import encode
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import cursor_scope
from resolvers.reading.library import BENCHMARK, BODY, LAW, POWER, VERSION
from resolvers.reading.plans import NotCompiled, compile_operation
from resolvers.reading.published import BASIS
from resolvers.reading.selection import Operation, Root
from schema.answers import Asked
from schema.node import global_id
from tests.schema.documents import Request, requests
from tests.schema.equal_answers import LIMITS, Ways
from tests.schema.facts import Facts
from tests.schema.test_equality import GRAPH

EXAMPLES = 500
MARK = re.compile(r"zqx|777\d|2031-|2032-|\b(?:83|89|97)\b", re.IGNORECASE)
"""What marks a value: letters, digits of numbers, years, and page sizes that nothing else uses."""

NUMBER = 7_770_001
DAY = date(2031, 7, 19)
MOMENT = datetime(2032, 7, 19, 1, 2, 3, 777_123, tzinfo=timezone(timedelta(hours=8)))
BY_TYPE: dict[str, Any] = {
    "text": "zqx'\"$1;--",
    "bigint": NUMBER,
    "integer": NUMBER,
    "date": DAY,
    "timestamptz": MOMENT,
}
LISTS: dict[str, tuple[Entity, str]] = {
    "powerItems|code": (POWER, "code"),
    "powerItems|name": (POWER, "name"),
    "powerItems|changed": (POWER, "changed"),
    "changes": (VERSION, "latest"),
    "benchmarks": (BENCHMARK, "code"),
    "legalBases|code": (BASIS, "code"),
    "laws": (LAW, "title"),
    "bodies": (BODY, "name"),
}


def _cursor(entity: Entity, order: str) -> str:
    types = [entity.columns[name].type for name in entity.orders[order].columns]
    return encode(cursor_scope(entity, order), [BY_TYPE[kind] for kind in types])


def marked() -> Facts:
    """Return facts of which nothing is true and everything is marked."""
    kinds = ("PowerVersion", "Body", "Government", "Unit", "Post", "Law")
    ids = {kind: [str(global_id(kind, NUMBER + place))] for place, kind in enumerate(kinds)}
    dated = f"{NUMBER}@{DAY}~{MOMENT.isoformat()}"
    law = ids["Law"][0]
    return Facts(
        codes=["zqxCode'", "zqx$1", 'zqx"--'],
        bodies=["zqxBody"],
        governments=["777001"],
        articles=["zqxArticle"],
        moments=[MOMENT.isoformat()],
        days=[DAY.isoformat()],
        words=["zqx", "zqxWord 777001", "zqx%_\\"],
        categories=["zqxCategory", "zqxOther"],
        levels=["zqxLevel"],
        sizes=[83, 89, 97],
        ids={"PowerItem": [str(global_id("PowerItem", NUMBER)), str(global_id("PowerItem", dated))], **ids},
        cursors={
            **{name: [_cursor(*listed)] for name, listed in LISTS.items()},
            f"legalBases|{law}": [_cursor(BASIS, "article")],
            "powerItems|zqx": [encode("power|relevance|zqx", (1, 1, NUMBER, "zqxCode", NUMBER))],
        },
    )


MARKED_ACTOR = Actor(
    "official", UUID(int=7_770_001), "zqxName", (Posting(NUMBER, NUMBER, "zqxBody", NUMBER, frozenset({"zqxRole"})),)
)


class Heard(Lane):
    """A lane that remembers what was sent over it."""

    def __init__(self, lane: Lane, heard: list[str]) -> None:
        super().__init__(lane._connect, lane._size)
        self.heard = heard

    async def value(self, sql: str, values: Sequence[Any]) -> Any:
        self.heard.append(sql)
        return await super().value(sql, values)

    async def rows(self, sql: str, values: Sequence[Any]) -> Any:
        self.heard.append(sql)
        return await super().rows(sql, values)


@pytest.fixture
async def heard(ways: Ways) -> AsyncIterator[list[str]]:
    """Give a list that every statement of a read is put into, whichever connection it takes."""
    sent: list[str] = []
    database = ways.ctx.db
    lanes = Heard(database.quick, sent), Heard(database.planned, sent)
    before, ways.ctx = ways.ctx, replace(ways.ctx, db=replace(database, quick=lanes[0], planned=lanes[1]))

    def note(record: Any) -> None:
        sent.append(record.query)

    for connection in await _all_of(database):
        connection.add_query_logger(note)
    yield sent
    for connection in await _all_of(database):
        connection.remove_query_logger(note)
    ways.ctx = before
    for lane in lanes:
        await lane.close()


async def _all_of(database: Database) -> list[asyncpg.Connection]:
    """Return every connection of the pool for reads."""
    async with AsyncExitStack() as stack:
        size = database.reads.get_max_size()
        held = [await stack.enter_async_context(database.reads.acquire()) for _ in range(size)]
        return [one._con for one in held]  # type: ignore[attr-defined]  # asyncpg hides what it lends


@pytest.mark.timeout(300)
async def test_no_statement_holds_a_value_of_the_request(ways: Ways, heard: list[str]) -> None:
    ctx = replace(ways.ctx, actor=MARKED_ACTOR, now=MOMENT)
    ran = {"compiled": 0, "errors": 0}

    async def ask(request: Request) -> None:
        answer = await ways.compiled.run(Asked(request.query, request.operation_name, request.variables), ctx, LIMITS)
        ran["compiled"] += answer.encoded is not None
        ran["errors"] += bool(answer.errors)

    random = Random(1)
    for request in itertools.islice(requests(GRAPH, marked(), random), EXAMPLES):
        await ask(request)
    await asyncio.sleep(0.05)  # the pool's loggers are called by the event loop, a moment later
    texts = {text for plan in _plans(ways) for text in plan.texts} | set(heard)
    assert ran["compiled"] > EXAMPLES / 2, ran
    assert len(texts) > EXAMPLES / 3
    assert any("power_search" in text for text in heard), "no search ran"
    found = [(MARK.findall(text), text[:500]) for text in texts if MARK.search(text)]
    assert not found, found[0]


def _plans(ways: Ways) -> Iterator[Any]:
    """Yield the plans that are kept."""
    for plan in ways.compiled.plans._kept.values():
        if not isinstance(plan, str):
            yield plan


async def test_a_value_in_a_statement_would_be_seen(ways: Ways, heard: list[str]) -> None:
    await ways.compiled.run(Asked("{ zqx: governments { id777: id } }"), ways.ctx, LIMITS)
    assert any(MARK.search(text) for text in heard)


@pytest.mark.parametrize("key", ["a'b", 'a"b', "a b", "a$1", "", "é", "a\n", "a--", "1a"])
def test_a_key_that_is_no_plain_name_is_not_compiled(key: str) -> None:
    with pytest.raises(NotCompiled):
        compile_operation(Operation((Root(key, "word", word="Query"),)), ())
