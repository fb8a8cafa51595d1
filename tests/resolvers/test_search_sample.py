"""The sample of a search: it decides about speed alone, never about what is found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from resolvers import powers, search_sample
from resolvers.database import Database
from resolvers.library import Change
from resolvers.powers import PowerFilter
from resolvers.reading import PageRequest, search
from tests import factories

SAMPLED = 5


@pytest.mark.clause("H1")
async def test_words_are_looked_for_among_the_first_of_a_large_library_and_again_a_minute_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_sample, "ROWS", SAMPLED)
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    lane, sample = database.searching, database.sample

    def items(first: int, count: int, name: str) -> list[Change]:
        return [factories.change(city, factories.power(code=f"A{n}", name=name)) for n in range(first, first + count)]

    await factories.confirmed(ctx, city, items(0, SAMPLED - 1, "食品经营许可"))
    assert not await sample.lacks(lane, ["湿地"], ctx.now)  # a small library has no sample
    await factories.confirmed(ctx, city, items(100, SAMPLED, "食品经营许可"))
    assert not await sample.lacks(lane, ["湿地"], ctx.now)
    later = ctx.now + search_sample.LASTS + timedelta(seconds=1)
    assert await sample.lacks(lane, ["湿地"], later)
    assert await sample.lacks(lane, ["食品", "湿地"], later)
    assert not await sample.lacks(lane, ["食品", "许可"], later)
    assert await sample.lacks(lane, ["许可食品"], later)  # nothing is found across two items


@pytest.mark.clause("L11", "H1")
async def test_an_outdated_sample_hides_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_sample, "ROWS", SAMPLED)
    monkeypatch.setattr(search, "MOST_SORTED", 3)
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    old = [factories.power(code=f"A{n}", name="食品经营许可") for n in range(SAMPLED)]
    await factories.confirmed(ctx, city, [factories.change(city, one) for one in old])
    assert await database.sample.lacks(database.searching, ["湿地"], ctx.now)
    new = [factories.power(code=f"B{n}", name="湿地保护") for n in range(12)]
    await factories.confirmed(ctx, city, [factories.change(city, one) for one in new])
    ctx, seen, page = replace(ctx, now=ctx.now + timedelta(seconds=1)), set(), PageRequest(first=5)
    while True:
        got = await powers.list_powers(ctx, PowerFilter(search="湿地"), page)
        seen |= {row.code for row in got.rows}
        if not got.has_next:
            break
        page = PageRequest(first=5, after=got.end_cursor)
    assert seen == {one.code for one in new}
