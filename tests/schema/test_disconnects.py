"""Whoever goes away leaves nothing running: neither a task nor a statement, and the pool goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from deploy.app import create_app
from deploy.health import REQUESTS
from resolvers.database import Database
from schema import disconnects
from schema.disconnects import ClientGone, while_connected
from tests import desks, factories
from tests.schema import world

QUERY = "query Slow { powerItems(first: 2) { edges { node { code name } } } }"
POOL = 2
CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'yangguang'"
)


def request(*headers: str, query: str = QUERY) -> bytes:
    body = json.dumps({"query": query}).encode()
    lines = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Site:
    """A served application, and its database from outside."""

    def __init__(self, app: Starlette, port: int, watcher: asyncpg.Connection) -> None:
        self.app, self.port, self.watcher = app, port, watcher

    async def ask(self, *headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request(*headers))
        await writer.drain()
        return reader, writer

    async def running(self) -> int:
        """Count the application's statements that run now: here they all wait for the blocker."""
        found = await self.watcher.fetchval(f"{CONNECTIONS} AND state = 'active' AND wait_event_type = 'Lock'")
        return int(found)

    async def until_running(self, wanted: int, *, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while await self.running() != wanted:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def blocked(self, owner_url: str) -> AsyncIterator[None]:
        """Let nobody read the items meanwhile: a real statement waits for as long as the test wants."""
        blocker = await asyncpg.connect(owner_url)
        try:
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE power_item, power_version IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await blocker.close()


@pytest.fixture
async def site(
    database: Database, database_url: str, owner_url: str, serve_app: Callable[[ASGIApp], Awaitable[str]]
) -> AsyncIterator[Site]:
    await world.build(factories.context(database))
    await database.reads.expire_connections()
    app = create_app(desks.settings(database_url, database_pool_size=POOL))
    address = await serve_app(app)
    watcher = await asyncpg.connect(owner_url)
    yield Site(app, int(address.rpartition(":")[2]), watcher)
    await watcher.close()


@pytest.mark.parametrize("headers", [(), ("Cookie: session=nobodys",)], ids=["hot lane", "ordinary way"])
async def test_the_statement_of_a_client_that_goes_away_is_cancelled(
    site: Site, owner_url: str, headers: tuple[str, ...]
) -> None:
    gone = REQUESTS.labels("POST", "/graphql", "499")
    before = gone._value.get()
    warm = await asyncio.gather(*(site.ask("Connection: close", *headers) for _ in range(3 * POOL)))
    for reader, writer in warm:
        await reader.read()
        writer.close()
    connected = await site.watcher.fetchval(CONNECTIONS)
    async with site.blocked(owner_url):
        for _ in range(POOL + 1):
            visitors = [await site.ask(*headers) for _ in range(POOL)]
            await site.until_running(POOL, seconds=5)
            for _, writer in visitors:
                writer.close()
            await site.until_running(0, seconds=1)
        assert await site.running() == 0
    assert gone._value.get() - before == POOL * (POOL + 1)
    # The pool has lost nothing: as many as it holds are answered at once.
    answers = await asyncio.gather(*(site.ask("Connection: close") for _ in range(3 * POOL)))
    for reader, writer in answers:
        assert b'"edges":[{' in await asyncio.wait_for(reader.read(), 5)
        writer.close()
    assert await site.watcher.fetchval(CONNECTIONS) <= connected


async def test_who_stays_is_answered_however_long_it_takes(site: Site, owner_url: str) -> None:
    async with site.blocked(owner_url):
        reader, writer = await site.ask("Connection: close")
        await site.until_running(1, seconds=5)
        await asyncio.sleep(4 * disconnects.WATCH_AFTER_SECONDS)
    assert b'"edges":[{' in await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_who_goes_away_while_waiting_for_a_connection_is_forgotten(site: Site, owner_url: str) -> None:
    async with site.blocked(owner_url):
        visitors = [await site.ask() for _ in range(POOL)]
        await site.until_running(POOL, seconds=5)
        _, waiting = await site.ask()
        await asyncio.sleep(4 * disconnects.WATCH_AFTER_SECONDS)
        waiting.close()
        for _, writer in visitors:
            writer.close()
        await site.until_running(0, seconds=1)
        await asyncio.sleep(0.2)
        assert await site.running() == 0


class Line:
    """A connection whose messages a test sends."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.asked = 0

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        return await self.messages.get()


async def test_a_fast_operation_is_not_watched() -> None:
    line = Line()
    assert await while_connected(asyncio.sleep(0, "done"), line.receive) == "done"
    await asyncio.sleep(2 * disconnects.WATCH_AFTER_SECONDS)
    assert line.asked == 0


async def test_a_slow_operation_is_watched_until_it_ends() -> None:
    line, before = Line(), asyncio.all_tasks()
    line.messages.put_nowait({"type": "http.request", "body": b"left over"})
    assert await while_connected(asyncio.sleep(2 * disconnects.WATCH_AFTER_SECONDS, "done"), line.receive) == "done"
    assert line.asked == 2
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_the_work_of_a_client_that_goes_away_is_cancelled_and_the_task_lives_on() -> None:
    line, ended = Line(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    asyncio.get_running_loop().call_later(0.1, line.messages.put_nowait, {"type": "http.disconnect"})
    with pytest.raises(ClientGone):
        await while_connected(work(), line.receive)
    assert ended.is_set()
    await asyncio.sleep(0)  # would raise, were the task still to be cancelled


async def test_a_task_that_the_server_ends_is_ended() -> None:
    line = Line()
    task = asyncio.create_task(while_connected(asyncio.sleep(60), line.receive))
    await asyncio.sleep(2 * disconnects.WATCH_AFTER_SECONDS)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
