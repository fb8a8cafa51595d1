"""Kept values: made once for a revision, a day and a profile; after any public change made again; bounded."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from domain.tables.bodies import Government
from resolvers.bodies import list_governments
from resolvers.context import Context
from resolvers.database import Database
from resolvers.kept_values import KeptValues, kept_value, memory_of
from resolvers.power_views import AsOf, PowerFilter
from resolvers.powers import facets
from tests import factories


class Counting:
    """Makes a new value each time and counts."""

    made = 0

    async def __call__(self) -> int:
        self.made += 1
        return self.made


async def city(database: Database) -> tuple[Context, Government]:
    ctx = factories.context(database)
    of = await factories.government(ctx)
    await factories.body(ctx, of)
    return ctx, of


async def test_a_value_is_made_once_for_revision_day_and_profile(database: Database) -> None:
    ctx, of = await city(database)
    make = Counting()
    assert [await kept_value(ctx, "x", make) for _ in range(3)] == [1, 1, 1]
    assert await kept_value(ctx, "y", make) == 2
    assert await kept_value(ctx.at(ctx.now + timedelta(1)), "x", make) == 3
    assert await kept_value(replace(ctx, profile=factories.profile("demo-city")), "x", make) == 4
    assert await kept_value(ctx, "x", make) == 1
    await factories.body(ctx, of, code="B002", number="002", name="另一局")
    assert await kept_value(ctx, "x", make) == 5
    known = await ctx.db.publicity.revision()
    assert await kept_value(ctx, "x", make, known) == 5


async def test_two_databases_share_nothing(database: Database, database_url: str) -> None:
    ctx, _ = await city(database)
    other = await Database.connect(database_url, pool_size=1)
    make = Counting()
    try:
        assert [await kept_value(replace(ctx, db=one), "x", make, 7) for one in (database, other)] == [1, 2]
    finally:
        await other.close()


async def test_facets_and_names_are_those_of_now_after_every_change(database: Database) -> None:
    """The same question before and after each kind of change; each answer is what a fresh memory gives."""
    ctx, of = await city(database)
    asked = (PowerFilter(), PowerFilter(category=("licence",)), PowerFilter(search="测试"), PowerFilter(body="B001"))
    seen = []
    for round_ in range(4):
        if round_ % 2:
            await factories.body(ctx, of, code=f"C{round_}", number=f"01{round_}", name=f"第{round_}局")
        else:
            ctx = ctx.at(ctx.now + timedelta(minutes=1))
            await factories.confirmed(ctx, of, [factories.change(of, factories.power(body="B001"))])
        kept = [await facets(ctx, where) for where in asked] + [await facets(ctx, at=AsOf(ctx.today))]
        governments = await kept_value(ctx, "governments", partial(list_governments, ctx))
        memory_of(ctx).revision = None
        assert kept == [await facets(ctx, where) for where in asked] + [await facets(ctx, at=AsOf(ctx.today))]
        assert governments == await list_governments(ctx)
        seen.append(kept[0].total)
    assert seen == [1, 1, 2, 2]


def test_the_longest_unused_values_go_first() -> None:
    kept = KeptValues(3)
    assert kept.get("a", 1) is None
    for name in "abc":
        kept.put(name, 1, name)
    assert kept.get("a", 1) == "a"
    kept.put("d", 1, "d")
    kept.put("e", 0, "e")
    assert [kept.get(name, 1) for name in "abcde"] == ["a", None, "c", "d", None]
    assert len(kept) == 3
    assert kept.get("a", 2) is None
    assert len(kept) == 0
