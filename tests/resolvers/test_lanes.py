"""Lanes: connections are reused, waited for in turn, freed after a cancelled statement, and replaced when they die."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from resolvers.addresses import plain_url
from resolvers.lanes import Lane

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lane(database_url: str) -> AsyncIterator[Lane]:
    made = Lane(lambda: asyncpg.connect(plain_url(database_url)), 2)
    yield made
    await made.close()


async def backends(lane: Lane) -> set[int]:
    return set(await asyncio.gather(*(lane.value("SELECT pg_backend_pid()", ()) for _ in range(40))))


async def test_many_requests_share_few_connections(lane: Lane) -> None:
    assert len(await backends(lane)) <= 2
    assert [row["n"] for row in await lane.rows("SELECT generate_series(1, $1::int) AS n", [3])] == [1, 2, 3]


async def test_an_error_leaves_the_connection_usable(lane: Lane) -> None:
    before = await backends(lane)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await lane.value("SELECT 1 / $1::int", [0])
    assert await backends(lane) <= before | await backends(lane)
    assert await lane.value("SELECT 7", ()) == 7


async def test_a_cancelled_request_cancels_its_statement_and_frees_its_connection(lane: Lane) -> None:
    slow = [asyncio.create_task(lane.value("SELECT pg_sleep(60)", ())) for _ in range(4)]
    await asyncio.sleep(0.2)
    for task in slow:
        task.cancel()
    assert all(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*slow, return_exceptions=True))
    asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
    asked += " AND state = 'active'"
    async with asyncio.timeout(5):
        while await lane.value(asked, ()):  # noqa: ASYNC110 - the server is asked, it does not tell
            await asyncio.sleep(0.02)
    assert len(await backends(lane)) <= 2


async def test_a_connection_that_died_is_replaced(lane: Lane, owner_url: str) -> None:
    first = await backends(lane)
    owner = await asyncpg.connect(plain_url(owner_url))
    for pid in first:
        await owner.execute("SELECT pg_terminate_backend($1)", pid)
    await owner.close()
    await asyncio.sleep(0.1)
    again = set()
    for _ in range(6):
        try:
            again.add(await lane.value("SELECT pg_backend_pid()", ()))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError):
            continue
    assert again
    assert not again & first


async def test_who_waits_goes_on_when_a_connection_cannot_be_opened() -> None:
    tries = 0

    async def away() -> asyncpg.Connection:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0.01)
        raise ConnectionRefusedError

    lane = Lane(away, 1)
    answers = await asyncio.gather(*(lane.value("SELECT 1", ()) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(one, ConnectionRefusedError) for one in answers)
    assert tries == 5
