"""Compiled reads and the ordinary executor answer the same, whatever is asked: proved over generated documents.

`make test` asks some hundreds of documents, the same every time; `make nightly` asks twenty thousand new ones.
"""

import asyncio
import gc
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random, SystemRandom
from typing import Any

import pytest

from domain.actors import SYSTEM
from resolvers.reading import search
from schema.answers import COMPILED, Asked
from schema.root import schema
from tests.schema.documents import Request, requests
from tests.schema.equal_answers import LIMITS, Asking, Ways, askings
from tests.schema.facts import DAYS, SEARCHED, gather
from tests.schema.reducing import reduced

# Where one field of an operation fails, graphql-core drops the fields beside it that have not begun. Python warns of
# each when it is collected, and cannot even warn inside a named tuple's constructor: so we say when to collect.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")

GRAPH = schema._schema
EXAMPLES, SEARCHES = 500, 100
NIGHTLY_ROUNDS, NIGHTLY_EXAMPLES = 20, 1_050
COMPILED_AT_LEAST = 0.7
COMPUTED = (
    "nodes",
    "powerItemFacets",
    "categories",
    "levels",
    "library",
    "deadline",
    "calendar",
    "diff",
    "matterStatus",
    "matterCounts",
    "complaintFollow",
    "metricDefinitions",
    "openChanges",
    "board",
    "riskGrades",
    "supervisionRules",
)
KINDS = ("Case", "PenaltyCase", "RatingReview", "SupervisionCase")
REASONS = (
    *(f"Query.{name}" for name in COMPUTED),
    *(f"{kind}.{name}" for kind in KINDS for name in ("deadlines", "party")),
    *("Report.texts", "PowerItem.diff", "InspectionDraw.redrawn", "a search beside other fields", "matters by words"),
    # A wrong argument of a page below nothing: the ordinary executor never looks at it, and answers.
    "refused",
)
"""Why answered documents may have fallen back; anything else is a regression."""


async def prove(ways: Ways, examples: int, seed: int, roots: Sequence[str] = ()) -> None:
    """Ask so many generated documents all ways; a difference is shown with the smallest document that shows it."""
    random, before = Random(seed), ways.counts.copy()
    print(f"seed {seed}")
    generated = itertools.islice(askings(random, requests(GRAPH, ways.facts, random, roots)), examples)
    with _collecting_now_and_then() as collect:
        for number, asking in enumerate(generated):
            collect(number)
            if await _difference(ways, asking):
                await _show(ways, asking, seed)
    told = ways.counts - before
    print(dict(told))
    assert told["answered"] > 0.8 * told["asked"], "the generator makes too many wrong documents"
    assert told["compiled"] > COMPILED_AT_LEAST * told["answered"], told
    known = {"asked", "answered", "compiled", "refused", "with errors", *(f"fallback: {one}" for one in REASONS)}
    assert told.keys() <= known, told.keys() - known


@contextmanager
def _collecting_now_and_then() -> Iterator[Callable[[int], None]]:
    """Switch the collector off, and give a function that collects at every fiftieth number."""

    def collect(number: int) -> None:
        if number % 50 == 0:
            gc.collect()

    gc.disable()
    try:
        yield collect
    finally:
        gc.collect()
        gc.enable()


async def _difference(ways: Ways, asking: Asking) -> str:
    """Return what tells the answers of the two ways apart, or what went wrong; nothing if they are equal."""
    # A task of its own: an operation that cancels itself shall not end the test without a word.
    task = asyncio.ensure_future(ways.check(asking))
    await asyncio.wait([task])
    if task.cancelled():
        return f"cancelled from within\n{asking}"
    error = task.exception()
    return "" if error is None else f"{type(error).__name__}: {error}\n{asking}"


async def _show(ways: Ways, asking: Asking, seed: int) -> None:
    """Fail with the smallest asking that is answered differently."""

    async def differs(one: Asking) -> bool:
        return bool(await _difference(ways, one))

    smallest = await reduced(asking, differs)
    found = await _difference(ways, smallest) or "different once, and not again"
    pytest.fail(f"{found}\n\nseed {seed}; made smaller from\n{asking}")


@pytest.mark.timeout(300)
async def test_compiled_and_ordinary_answers_are_equal(ways: Ways) -> None:
    await prove(ways, EXAMPLES, 20_261_122)


DAYS_AND_CHARTS = """query ($day: Date, $moment: DateTime) {
  powerItems(first: 50, asOf: $day, recordedAsOf: $moment) {
    totalCount { count } pageInfo { endCursor }
    nodes {
      id code path validFrom validUntil
      externalFlow { name chartCode svgPath steps { key limit { text } requirements } transitions { source target } }
      internalFlow { name chartCode svgPath transitions { source condition } }
      riskChart { chartCode svgPath points { step risk grade measures post } }
      legalBases { position title law { id title } item { id name } } responsibilityBases { law { id } position }
      benchmarks { position item { id validFrom } tiers { fine { lowest highest } conditions { __typename } } }
      version { id number path item { id } legalBases { law { title } item { id } } }
    }
  }
  benchmarks(first: 50, asOf: $day) { edges { cursor node { position item { id name validUntil } } } }
  legalBases(first: 50, asOf: $day) { nodes { law { title } item { id body { itemCount } } } totalCount { count } }
}"""


@pytest.mark.timeout(300)
async def test_every_day_and_every_moment_shows_the_same_state_both_ways(ways: Ways) -> None:
    days = [{"day": day.isoformat()} for day in DAYS]
    moments = [{"moment": moment} for moment in ways.facts.moments[::2]]
    both = [{"day": "2026-04-15", "moment": moment} for moment in ways.facts.moments[::5]]
    for variables in (*days, *moments, *both):
        found = await _difference(ways, Asking(Request(DAYS_AND_CHARTS, variables), {}))
        assert not found, found


WALKED = {
    "inspections": ("inspections(%s)", "number"),
    "opinions": ("opinions(%s)", "number"),
    "answers": ("opinionAnswers(number: 1, %s)", "at said reply"),
    "urgent complaints": ("complaints(%s)", "number"),
    "complaints": ("complaints(show: ALL, %s)", "number"),
    "frame": ('inspection(number: "990100-001JC20260001") { draw { frame(%s)', "number"),
}
WALK = "{ page: %s { edges { cursor node { %s } } totalCount { count } pageInfo { hasNextPage hasPreviousPage } } %s }"


async def _page(ways: Ways, name: str, asked: str) -> dict[str, Any]:
    """Return a page of a list, read compiled."""
    field, shown = WALKED[name]
    answer = await ways.compiled.run(
        Asked(WALK % (field % asked, shown, "} }" if "{" in field else "")), ways.ctx.acting_as(SYSTEM), LIMITS
    )
    assert (answer.way, answer.errors) == (COMPILED, ())
    found: dict[str, Any] = (answer.data or {})["page"]
    return found["draw"]["frame"] if "draw" in found else found


@pytest.mark.clause("H3", "H10", "S9")
@pytest.mark.parametrize("name", WALKED)
async def test_pages_of_any_size_in_either_direction_make_up_the_whole_list(ways: Ways, name: str) -> None:
    random, whole = Random(name), (await _page(ways, name, "first: 100"))["edges"]
    assert len(whole) > 1
    # Pages below a row go forward alone.
    for size, mark in (("first", "after"), ("last", "before"))[: 1 if name == "frame" else 2]:
        walked: list[Any] = []
        cursor = ""
        while len(walked) < len(whole):
            page = await _page(ways, name, f"{size}: {random.randint(1, 3)}{cursor}")
            edges, more = page["edges"], page["pageInfo"]["hasNextPage" if size == "first" else "hasPreviousPage"]
            walked = [*walked, *edges] if size == "first" else [*edges, *walked]
            cursor = f', {mark}: "{edges[-1 if size == "first" else 0]["cursor"]}"'
            assert (page["totalCount"]["count"], more) == (len(whole), len(walked) < len(whole))
        assert walked == whole


@pytest.mark.timeout(300)
async def test_searches_that_find_a_great_deal_answer_the_same(ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a small library the words are common once a walk is short.
    monkeypatch.setattr(search, "WALK", 8)
    monkeypatch.setattr(search, "COMMON", 2)

    async def run(query, variables):
        answer = await ways.ordinary.run(Asked(query, None, variables), ways.ctx, LIMITS)
        return answer.data

    facts = await gather(run)
    facts.words = list(SEARCHED)
    before = facts.cursors[f"powerItems|{SEARCHED[2]}"]
    assert before
    assert set(before).isdisjoint(ways.facts.cursors[f"powerItems|{SEARCHED[2]}"]), "the coarse order was not taken"
    await prove(replace(ways, facts=facts), SEARCHES, 7, ("powerItems",))


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("round_", range(NIGHTLY_ROUNDS))
async def test_compiled_and_ordinary_answers_are_equal_every_night(ways: Ways, round_: int) -> None:
    await prove(ways, NIGHTLY_EXAMPLES, SystemRandom().randrange(2**32))
