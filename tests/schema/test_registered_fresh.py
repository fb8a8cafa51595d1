"""Kept answers are never stale: under two instances, any order of changes and questions, and many readers at once."""

import asyncio
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from resolvers import documents
from resolvers.context import unit_of_work
from tests import factories
from tests.schema import world
from tests.schema.test_registered import ITEMS, NAMES, NEW, WRONG, Two, address, changes, rename, two

__all__ = ["changes", "two"]

ROOT = Path(__file__).parents[2]
LATEST = 'query Latest { changes(first: 3) { nodes { number change reason } } powerItem(code: "%s") { name versions { number } } }'
CALENDAR = 'query Days { calendar(from: "2026-12-30", to: "2026-12-31") { day kind name } }'
QUESTIONS = (NAMES, ITEMS, LATEST % world.WHOLE, CALENDAR)

# Where the moment of a request goes into what is read publicly; all else knows the day only.
MOMENTS = {
    "resolvers/powers.py": "charts recorded until now: an answer made by a clock behind the library's is not kept",
    "resolvers/reading/search.py": "how old the sample may be that says how to look: it changes the way, not what is found",
    "resolvers/reading/slots.py": "the parameters :now and :recorded_at, the latter the moment that the client names",
    "resolvers/reading/statements.py": "as above",
    "schema/contents.py": "charts recorded until now, as above",
}
PUBLIC = (
    *("schema/*.py", "resolvers/reading/*.py", "resolvers/power*.py", "resolvers/bodies.py", "resolvers/laws.py"),
    *("resolvers/benchmarks.py", "resolvers/changes.py", "resolvers/facets.py", "resolvers/overview.py"),
)

STEP = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 1), st.integers(0, len(QUESTIONS) - 1)),
    st.tuples(st.just("again"), st.integers(0, 1), st.integers(0, len(QUESTIONS) - 1)),
    st.tuples(st.sampled_from(["rename", "item", "rolled back", "notice", "register"]), st.just(0), st.just(0)),
)


class Story:
    """Two instances, what each client holds with its tag, and a hand that changes things."""

    def __init__(self, two: Two) -> None:
        self.two, self.number = two, 0
        self.held: dict[tuple[int, int], tuple[str, bytes]] = {}
        self.identifiers: list[str] = []

    async def play(self, steps: list[tuple[str, int, int]]) -> None:
        """Play a story; every answer by name must be the one that the text gets at that moment."""
        if not self.identifiers:
            self.identifiers = await self.two.register(*QUESTIONS)
        for act, visitor, question in steps:
            if act in ("ask", "again"):
                await self.ask(visitor, question, again=act == "again")
            else:
                await self.change(act)

    async def ask(self, visitor: int, question: int, *, again: bool) -> None:
        client = self.two.visitors[visitor].client
        held = self.held.get((visitor, question)) if again else None
        headers = {**NEW, "If-None-Match": held[0]} if held else NEW
        found = await client.get(address(self.identifiers[question]), headers=headers)
        plain = await client.get(f"/graphql?query={quote(QUESTIONS[question])}", headers=NEW)
        content = held[1] if held and found.status_code == 304 else found.content
        assert content == plain.content
        if found.status_code == 200:
            self.held[visitor, question] = (found.headers["ETag"], found.content)

    async def change(self, act: str) -> None:
        self.number += 1
        ctx, city = self.two.ctx, self.two.city
        if act == "rename":
            await self.two.rename(f"第{self.number}市")
        elif act == "item":
            await factories.confirmed(ctx, city.government, [factories.change(city.government, factories.power())])
        elif act == "register":
            await self.two.register(f"query Q{self.number} {{ __typename }}")
        elif act == "notice":
            async with unit_of_work(ctx, unrecorded="a test") as uow:
                connection = await uow.raw()
                await connection.execute(
                    "WITH notice AS (INSERT INTO calendar_notice (year, version, notice, official, loaded_at)"
                    " SELECT 2026, max(version) + 1, '通知', true, now() FROM calendar_notice WHERE year = 2026"
                    " RETURNING year, version) INSERT INTO calendar_day (year, version, day, kind, name)"
                    " SELECT year, version, '2026-12-31', 'holiday', $1 FROM notice",
                    f"节{self.number}",
                )
        else:
            await rename(self.two.owner_url, "never committed", undone=True)


@pytest.fixture
def story(two: Two) -> Story:
    return Story(two)


async def test_what_is_kept_is_what_would_be_made_whatever_happened_before(story: Story) -> None:
    """Random stories of questions, confirmations and changes of every kind, on two instances."""
    steps: list[list[tuple[str, int, int]]] = []

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEP, min_size=4, max_size=14))
    def collect(story_steps: list[tuple[str, int, int]]) -> None:
        steps.append(story_steps)

    collect()
    for one in steps:
        await story.play(one)
    assert story.two.counted(0)["hits"] + story.two.counted(1)["hits"] > 0


async def test_readers_in_a_crowd_never_see_what_was_replaced_before_they_asked(story: Story) -> None:
    """Two writers' worth of changes while sixty readers ask both instances; each knows what was committed before."""
    two, latest, late = story.two, 0, []
    (identifier,) = await two.register(NAMES)
    done = asyncio.Event()

    async def read(number: int) -> None:
        client = two.visitors[number % 2].client
        while not done.is_set():
            known = latest
            found = (await client.get(address(identifier), headers=NEW)).json()
            shown = int(found["data"]["governments"][0]["shortName"].removeprefix("市"))
            if shown < known:
                late.append((shown, known))
            await asyncio.sleep(random.random() / 200)

    await two.rename("市0")
    readers = [asyncio.create_task(read(number)) for number in range(40)]
    for number in range(1, 60):
        await two.rename(f"市{number}")
        latest = number
        await asyncio.sleep(random.random() / 10)
    done.set()
    await asyncio.gather(*readers)
    assert late == []
    assert all(two.counted(number)["hits"] for number in (0, 1)), "what was read was kept"


async def test_many_who_ask_for_one_answer_have_it_made_once(two: Two) -> None:
    (identifier,) = await two.register(ITEMS)
    client = two.visitors[0].client
    found = await asyncio.gather(*(client.get(address(identifier), headers=NEW) for _ in range(30)))
    assert len({one.content for one in found}) == 1
    assert two.counted()["misses"] == 1


@pytest.mark.parametrize("changes", [{"kept_answers_bytes": 0}, {"kept_answers_bytes": 64_000_000}])
async def test_a_crowd_that_asks_for_what_cannot_be_kept_is_answered_all_the_same(two: Two) -> None:
    right, wrong = await two.register(ITEMS, WRONG)
    client = two.visitors[0].client
    paths = [address(right if number % 2 else wrong) for number in range(40)]
    found = await asyncio.gather(*(client.get(path, headers=NEW) for path in paths))
    assert {one.status_code for one in found} == {200}
    assert [bool(one.json().get("errors")) for one in found] == [not number % 2 for number in range(40)]


async def test_a_withdrawal_is_seen_by_the_very_next_question_on_the_other_instance(two: Two) -> None:
    (identifier,) = await two.register(ITEMS)
    for visitor in two.visitors:
        assert (await visitor.client.get(address(identifier), headers=NEW)).status_code == 200
    await documents.withdraw(two.ctx, identifier)
    for visitor in two.visitors:
        assert (await visitor.client.get(address(identifier), headers=NEW)).status_code == 404


async def test_an_answer_of_a_clock_behind_the_librarys_is_not_kept(two: Two) -> None:
    """What was recorded a moment ahead of this process's clock is left out now and would be shown a little later."""
    async with unit_of_work(two.ctx, unrecorded="a test") as uow:
        connection = await uow.raw()
        await connection.execute("UPDATE library_head SET changed_at = now() + interval '1 hour'")
    (identifier,) = await two.register(ITEMS)
    found = await two.visitors[0].client.get(address(identifier), headers=NEW)
    assert (found.status_code, "ETag" in found.headers) == (200, False)
    assert two.counted()["misses"] == 0


def test_every_place_where_a_public_answer_knows_the_moment_is_named() -> None:
    """An answer is kept for a day under one revision; whatever reads the clock more finely must be thought about here."""
    found: dict[str, Any] = {}
    for pattern in PUBLIC:
        for file in ROOT.glob(pattern):
            text = file.read_text(encoding="utf-8")
            if re.search(r"ctx\.now\b", text) and not file.stem.startswith("registered"):
                found[str(file.relative_to(ROOT))] = text
    assert set(found) == set(MOMENTS)
    guards = (ROOT / "resolvers/reading/library.py").read_text("utf-8") + (
        ROOT / "resolvers/reading/published.py"
    ).read_text("utf-8")
    assert ":now" not in guards
