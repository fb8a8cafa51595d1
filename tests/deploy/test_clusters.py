"""The test servers themselves: every test gets its own migrated database, on each PostgreSQL that is promised."""

from collections.abc import Callable

import asyncpg
import pytest
from redis.asyncio import Redis

from deploy import revisions
from resolvers.database import Database
from tests.clusters import EMBEDDED


async def test_a_database_is_fresh_and_migrated(database: Database) -> None:
    assert await database.reads.fetchval("SELECT version_num FROM alembic_version") == revisions.head()
    assert await database.reads.fetchval("SELECT count(*) FROM event") == 0


@pytest.mark.both_postgres
async def test_both_versions_are_what_they_say(database: Database, postgres_flavour: str) -> None:
    version = int(await database.reads.fetchval("SHOW server_version_num")) // 10_000
    assert version == (18 if postgres_flavour == EMBEDDED else 15)


async def test_databases_are_copies_of_a_seeded_template(make_database: Callable[..., str]) -> None:
    seeded = make_database()
    connection = await asyncpg.connect(seeded)
    await connection.execute("CREATE TABLE seed AS SELECT 7 AS n")
    await connection.close()
    copy = await asyncpg.connect(make_database(template=seeded.split("@/")[1].split("?")[0]))
    assert await copy.fetchval("SELECT n FROM seed") == 7
    await copy.close()


async def test_valkey_starts_empty(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left-over", "1")
