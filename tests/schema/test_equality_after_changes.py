"""What is kept between requests is never stale: after every change compiled and ordinary answers are still the same.

Everything that a document can show is changed once: names of bodies, units, posts, governments and laws, parents,
charts, and items through batches. The same documents are asked before and after, so that what was kept is at hand.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

import asyncpg
import pytest

from domain.powers import Chart
from resolvers.charts import record_charts
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from schema.answers import Asked
from schema.operations import Runner
from schema.root import schema
from tests import factories
from tests.schema import odd_city, world
from tests.schema.documents import Request, requests
from tests.schema.equal_answers import LIMITS, Asking, Ways
from tests.schema.facts import gather
from tests.schema.odd_items import ODD_CODES, full, odd
from tests.schema.test_equality import GRAPH

EXAMPLES = 25
LATER = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

LISTS = (
    "{ powerItems(first: 50) { nodes { id code name status remarks body { id name } government { name } } } }",
    "{ powerItems(first: 50) { edges { cursor node { category { name } body { shortName aliases } feeNote } } } }",
    "{ powerItems(first: 50) { nodes { code legalBases { title position law { title } } handlingUnit } } }",
    "{ powerItems(first: 50) { nodes { code statutoryLimit { text } body { parent { name } government { name } } } } }",
    "{ powerItems(first: 50) { nodes { code riskChart { chartCode points { risk } } internalFlow { name } } } }",
    "{ bodies(first: 50) { nodes { id name shortName aliases kind validUntil } } }",
    "{ bodies(first: 50) { nodes { name government { name } parent { name } } } }",
    "{ bodies(first: 50) { nodes { id name itemCount units { name posts { name } } } } }",
    "{ changes(first: 50) { nodes { id number name change reason body { name } } } }",
    "{ changes(first: 50) { edges { cursor node { number name periods { validFrom recordedUntil } } } } }",
    "{ laws(first: 50) { nodes { id title kind } } }",
    "{ laws(first: 50) { nodes { title uses legalBases(first: 2) { nodes { article item { name } } } } } }",
    '{ powerItems(search: "事项", first: 20) { nodes { name body { name } externalFlow { name chartCode } } } }',
    "{ legalBases(first: 50) { nodes { title law { title } item { name body { name } } } } }",
    "{ benchmarks(first: 50) { nodes { violation item { code status body { name } } } } }",
)
"""Lists of everything that can be kept, and of what stands beside it."""

SQL = (
    "UPDATE body SET name = name || '改', short_name = 'x' WHERE number = '001'",
    "UPDATE body SET name = '同' , aliases = '{一,二}'",
    "UPDATE body SET parent_id = NULL",
    "UPDATE body SET government_id = (SELECT id FROM government WHERE division_code = '990000') WHERE code ~ '乙'",
    "UPDATE government SET name = name || '政府', level = 'county'",
    "UPDATE unit SET name = name || '（新）', place = '六楼'",
    "UPDATE post SET name = '新' || id, duty = ''",
    "UPDATE law SET title = title || '（修订）', kind = 'other'",
    "DELETE FROM post WHERE name = '新1'",
)


@pytest.fixture
async def changing(database: Database, owner_url: str) -> AsyncIterator[tuple[Ways, odd_city.OddCity]]:
    ctx = factories.context(database, now=odd_city.NOW)
    built = await odd_city.build(ctx, owner_url)
    ordinary = Runner(schema, compiled=False)

    async def run(query, variables):
        answer = await ordinary.run(Asked(query, None, variables), ctx, LIMITS)
        return answer.data

    bare = await Database.connect(database.url, pool_size=2, fragments_bytes=0)
    yield Ways(ctx, bare, await gather(run), Runner(schema), ordinary), built
    await bare.close()


async def _batches(ctx: Context, built: odd_city.OddCity) -> list[Callable[[], Awaitable[object]]]:
    """Return changes of items and charts as batches make them."""
    city, office, bureau = built.city, built.bodies[0].code, built.bodies[1].code

    def confirmed(minute: int, content, kind: str, since: date) -> Callable[[], Awaitable[object]]:
        then = ctx.at(LATER + timedelta(minutes=minute))
        return lambda: factories.confirmed(then, city, [factories.change(city, content, kind, valid_from=since)])

    async def redrawn() -> None:
        async with unit_of_work(ctx.at(LATER)) as uow:
            batch = await factories.batch(uow, city.id or 0)
            charts = [Chart.model_validate(world.CHART | {"name": "第三版"})]
            await record_charts(uow, batch.id or 0, city.id or 0, charts)

    return [
        confirmed(1, full(code="W-2", body=bureau, name="再改"), "modify", date(2026, 10, 1)),
        confirmed(2, full(code="W-2", body=bureau, name="再更正"), "correct", date(2026, 10, 1)),
        confirmed(3, odd(3, code=ODD_CODES[3], body=office, status="cancelled"), "cancel", date(2026, 11, 1)),
        confirmed(4, factories.power(code="N-1", body=office, name="新事项"), "add", date(2026, 11, 20)),
        redrawn,
    ]


@pytest.mark.timeout(300)
async def test_answers_are_equal_after_every_change(changing: tuple[Ways, odd_city.OddCity], owner_url: str) -> None:
    ways, built = changing
    random = Random(5)
    generated = itertools.islice(requests(GRAPH, ways.facts, random), EXAMPLES)
    askings = [Asking(one, one.variables) for one in (*map(Request, LISTS), *generated)]

    async def ask_all(after: str) -> None:
        for asking in askings:
            try:
                await ways.check(asking)
            except AssertionError as error:
                raise AssertionError(f"after {after}: {error}") from error

    await ask_all("nothing")
    assert len(ways.ctx.db.fragments) > 20, "nothing is kept, so nothing is proved"
    owner = await asyncpg.connect(owner_url)
    try:
        for statement in SQL:
            await owner.execute(statement)
            await ask_all(statement)
    finally:
        await owner.close()
    for number, change in enumerate(await _batches(ways.ctx, built)):
        await change()
        await ask_all(f"batch {number}")
