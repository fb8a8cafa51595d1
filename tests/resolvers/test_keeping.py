"""The daily check finds what was altered behind the application's back."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.actors import ANONYMOUS
from domain.powers import LegalBasis
from resolvers import keeping
from resolvers.database import Database
from resolvers.errors import NotSignedIn
from tests import factories

BASIS = LegalBasis(kind="law", title="中华人民共和国食品安全法", article="第三十五条")


@pytest.mark.clause("L4", "R9")
async def test_an_altered_version_and_a_lost_basis_are_named(database: Database, owner_url: str) -> None:
    """A superuser who switches the triggers off and edits a row is found by the digest, and so is a lost projection."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    items = [factories.power(code=code, bases=(BASIS,)) for code in ("A", "B", "C")]
    await factories.confirmed(ctx, city, [factories.change(city, item) for item in items])
    assert (await keeping.check_library(ctx)).sound
    owner = await Database.connect(owner_url, pool_size=1)
    try:
        async with owner.engine.begin() as connection:
            for statement in (
                "SET session_replication_role = replica",
                """UPDATE power_version SET content = content || '{"name":"改过"}' WHERE code = 'A'""",
                "DELETE FROM power_basis WHERE version_id = (SELECT id FROM power_version WHERE code = 'C')",
            ):
                await connection.execute(text(statement))
    finally:
        await owner.close()
    found = await keeping.check_library(ctx)
    assert (found.versions, set(found.altered)) == (3, {"A#1", "C#1"})
    with pytest.raises(NotSignedIn):
        await keeping.check_library(ctx.acting_as(ANONYMOUS))


async def test_the_check_is_due_once_a_day_and_caught_up(database: Database) -> None:
    """What is due is read from the record, so that a worker that was down catches up."""
    ctx = factories.context(database)
    assert await keeping.check_is_due(ctx)
    await keeping.check_library(ctx)
    assert not await keeping.check_is_due(ctx)
    assert await keeping.check_is_due(ctx.at(ctx.now + timedelta(days=3)))
