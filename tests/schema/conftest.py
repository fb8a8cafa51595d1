"""A small published city, and a client that asks the interface over HTTP in the same process.

``city``   a seeded library: one government, two bodies, five items, one of them with a history
``ask``    sends a document to /graphql and returns the answer as plain data
``client`` the HTTP client itself
``counted``  collects the reading statements of a block
``ways``   a library in which everything odd exists, read compiled and not; shared by a module, so never changed
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from deploy import roles
from deploy.embedded import OWNER
from domain.actors import ANONYMOUS, SYSTEM
from resolvers.context import Context
from resolvers.database import Database
from resolvers.lanes import Lane
from schema.answers import Asked
from schema.http import GraphConfig, routes
from schema.operations import Runner
from schema.root import schema
from tests import clusters, factories
from tests.clusters import Servers
from tests.schema import odd_city, world
from tests.schema.equal_answers import LIMITS, Ways
from tests.schema.facts import gather

ANSWER = "application/graphql-response+json"


class GivesContext:
    """Puts the test's context where the application's middleware puts it."""

    def __init__(self, app: Any, holder: "Holder") -> None:
        self.app, self.holder = app, holder

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["context"] = self.holder.ctx
        await self.app(scope, receive, send)


@dataclass
class Holder:
    """The context that the next request gets; a test may put another one in."""

    ctx: Context


@pytest.fixture
async def city(database: Database) -> world.City:
    return await world.build(factories.context(database))


@pytest.fixture
def holder(database: Database) -> Holder:
    return Holder(factories.context(database, actor=ANONYMOUS, now=world.TODAY))


@pytest.fixture
def config() -> GraphConfig:
    return GraphConfig()


@pytest.fixture
def app(holder: Holder, config: GraphConfig) -> Any:
    return GivesContext(Starlette(routes=routes(config)), holder)


@pytest.fixture
async def client(app: Any) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


Ask = Callable[..., Awaitable[dict[str, Any]]]
Serve = Callable[[Any], Awaitable[str]]


@pytest.fixture
def ask(client: httpx2.AsyncClient) -> Ask:
    async def send(query: str, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        response = await client.post("/graphql", json=body, headers={"Accept": ANSWER})
        found: dict[str, Any] = response.json()
        return found

    return send


Counted = Callable[[], Any]


@pytest.fixture
def counted(database: Database) -> Counted:
    """Give a context manager that collects the reading statements of its block."""

    @asynccontextmanager
    async def collect() -> AsyncIterator[list[str]]:
        seen: list[str] = []

        def note(record: Any) -> None:
            # asyncpg's own questions on a new connection are indented; ours are not.
            if record.query.startswith("SELECT"):
                seen.append(record.query)

        def noted(run: Callable[..., Any]) -> Callable[..., Any]:
            async def noting(lane: Lane, sql: str, values: Sequence[Any]) -> Any:
                seen.append(sql)
                return await run(lane, sql, values)

            return noting

        async with AsyncExitStack() as stack:
            pool = database.reads
            held = [await stack.enter_async_context(pool.acquire()) for _ in range(pool.get_max_size())]
            for connection in held:
                connection.add_query_logger(note)
        kept: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            for name in ("value", "rows"):
                patch.setattr(Lane, name, noted(getattr(Lane, name)))
            yield kept
        # The loggers are called by the event loop, a moment after the statement.
        await asyncio.sleep(0.02)
        kept.extend(seen)

    return collect


@pytest.fixture(scope="module")
async def ways(postgres: Servers, postgres_flavour: str, worker_id_or_main: str) -> AsyncIterator[Ways]:
    """Give both ways of reading one odd library, which no test changes."""
    name = f"equal_{worker_id_or_main}"
    clusters.clone(postgres, postgres_flavour, name, template=clusters.migrated_template(postgres, postgres_flavour))
    owner_url = postgres.postgres_url(postgres_flavour, name)
    url = owner_url.replace(f"://{OWNER}@", f"://{roles.APPLICATION}@", 1)
    database = await Database.connect(url, pool_size=4)
    bare = await Database.connect(url, pool_size=4, fragments_bytes=0)
    ctx = factories.context(database, now=odd_city.NOW, actor=ANONYMOUS)
    ordinary = Runner(schema, compiled=False)

    async def run(query, variables):
        answer = await ordinary.run(Asked(query, None, variables), ctx.acting_as(SYSTEM), LIMITS)
        assert not answer.errors, (query, answer.errors)
        return answer.data

    await odd_city.build(factories.context(database), owner_url)
    yield Ways(ctx, bare, await gather(run), Runner(schema, compiled=True), ordinary)
    await database.close()
    await bare.close()
    clusters.drop(postgres, postgres_flavour, name)
