"""``reindex`` makes the search index anew while the library stays as it is."""

import asyncio

import asyncpg
import pytest
from click.testing import CliRunner

from deploy.commands import main
from resolvers.addresses import plain_url
from resolvers.database import Database
from tests import factories


async def filled(url: str) -> None:
    """Enter three items and lose what search knows of them."""
    database = await Database.connect(url, pool_size=2)
    try:
        ctx = factories.context(database)
        city = await factories.government(ctx)
        await factories.body(ctx, city)
        await factories.confirmed(ctx, city, [factories.change(city, factories.power()) for _ in range(3)])
    finally:
        await database.close()
    await asked(url, "DELETE FROM power_search")


async def asked(url: str, statement: str) -> object:
    """Run one statement as the owner."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.mark.clause("H1")
def test_the_index_is_made_anew_and_the_act_is_recorded(
    owner_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every version is found again, and the record says who did it."""
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("YANGGUANG_SECRET_KEY", "x" * 40)
    asyncio.run(filled(owner_url))
    result = CliRunner().invoke(main, ["reindex"])
    assert result.exit_code == 0, result.output
    assert "3 个版本" in result.output
    assert asyncio.run(asked(owner_url, "SELECT count(*) FROM power_search")) == 3
    assert asyncio.run(asked(owner_url, "SELECT count(*) FROM event WHERE kind = 'library.reindexed'")) == 1
