"""The unit of work: all of it or nothing, whichever of its two doors is used first."""

import pytest

from resolvers.context import unit_of_work
from resolvers.database import Database
from tests import factories

ADD = "INSERT INTO law (title, title_key, kind, document_number) VALUES ('某法', '某法', 'law', '')"


class Broken(Exception):
    """What goes wrong in the middle of an act."""


async def test_what_the_raw_connection_wrote_is_rolled_back_with_the_rest(database: Database) -> None:
    """Also when nothing went through the session before it."""
    ctx = factories.context(database)

    async def act() -> None:
        async with unit_of_work(ctx) as uow:
            await (await uow.raw()).execute(ADD)
            raise Broken

    with pytest.raises(Broken):
        await act()
    assert await database.reads.fetchval("SELECT count(*) FROM law") == 0


async def test_what_the_raw_connection_wrote_is_committed_with_the_rest(database: Database) -> None:
    """The commit of the session is the commit of both."""
    ctx = factories.context(database)
    async with unit_of_work(ctx, unrecorded="a test of the transaction alone") as uow:
        await (await uow.raw()).execute(ADD)
    assert await database.reads.fetchval("SELECT count(*) FROM law") == 1
