"""A slow statement and a database that went away are told as such, not as a bug."""

import pytest
from asyncpg import ConnectionDoesNotExistError

from resolvers.database import Database
from resolvers.errors import Unavailable
from resolvers.reading.fetching import run, understood
from tests import factories


async def test_a_statement_that_takes_too_long_is_stopped_and_told(database_url: str) -> None:
    """The statement timeout of the pool stops it; the caller is told to ask for less."""
    slow = await Database.connect(database_url, pool_size=1, statement_timeout_ms=100)
    try:
        with pytest.raises(Unavailable, match="用时过长"):
            await run(factories.context(slow), "SELECT pg_sleep(5)", [])
        assert (await run(factories.context(slow), "SELECT 1 AS one", []))[0]["one"] == 1
    finally:
        await slow.close()


def test_a_database_that_is_away_is_told() -> None:
    """Whatever way asyncpg says it."""
    for trouble in (ConnectionDoesNotExistError("closed"), ConnectionRefusedError()):
        with pytest.raises(Unavailable, match="暂时不可用"), understood():
            raise trouble
