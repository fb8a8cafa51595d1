"""The door for writing: a connection that the server has ended is replaced before anybody works on it."""

import asyncio

import asyncpg
from sqlalchemy import text

from resolvers.addresses import plain_url
from resolvers.database import Database


async def test_connections_that_the_server_ended_are_replaced_without_a_word(
    database: Database, owner_url: str
) -> None:
    async with database.sessions() as first, database.sessions() as second:
        pids = [
            (await (await one.connection()).execute(text("SELECT pg_backend_pid()"))).scalar_one()
            for one in (first, second)
        ]
    owner = await asyncpg.connect(plain_url(owner_url))
    for pid in pids:
        assert await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    await owner.close()
    await asyncio.sleep(0.05)  # the driver reads that its socket has ended

    for _ in pids:
        async with database.sessions() as session:
            connection = await session.connection()
            assert (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one() not in pids
