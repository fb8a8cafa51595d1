"""Compiled reads and the ordinary executor answer the same, whatever is asked: proved over generated documents.

`make test` asks some hundreds of documents, the same every time; `make nightly` asks twenty thousand new ones.
"""

import asyncio

import hypothesis
import pytest
from hypothesis import HealthCheck, given

from schema.root import schema
from tests.schema.documents import requests
from tests.schema.equal_answers import Asking, Ways, askings

GRAPH = schema._schema
EXAMPLES = 500
NIGHTLY_ROUNDS, NIGHTLY_EXAMPLES = 20, 1_050
COMPILED_AT_LEAST = 0.7
FALL_BACK = {
    *(f"Query.{name}" for name in ("nodes", "powerItemFacets", "categories", "levels", "library", "deadline")),
    *("Query.calendar", "Query.diff", "PowerItem.diff", "a search beside other fields"),
}
"""Why answered documents may have fallen back; anything else is a regression."""


async def prove(ways: Ways, examples: int, *, same_every_time: bool) -> None:
    """Ask so many generated documents both ways; the first difference is shown with the smallest document."""
    loop = asyncio.get_running_loop()

    @hypothesis.settings(
        max_examples=examples,
        derandomize=same_every_time,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(askings(requests(GRAPH, ways.facts)))
    def answers_are_equal(asking: Asking) -> None:
        asyncio.run_coroutine_threadsafe(ways.check(asking), loop).result(60)

    before = ways.counts.copy()
    await asyncio.to_thread(answers_are_equal)
    told = ways.counts - before
    print(dict(told))
    assert told["answered"] > 0.8 * told["asked"], "the generator makes too many wrong documents"
    assert told["compiled"] > COMPILED_AT_LEAST * told["answered"], told
    reasons = {way.removeprefix("fallback: ") for way in told if way.startswith("fallback: ")}
    assert reasons <= FALL_BACK, reasons - FALL_BACK


@pytest.mark.timeout(300)
async def test_compiled_and_ordinary_answers_are_equal(ways: Ways) -> None:
    await prove(ways, EXAMPLES, same_every_time=True)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("round_", range(NIGHTLY_ROUNDS))
async def test_compiled_and_ordinary_answers_are_equal_every_night(ways: Ways, round_: int) -> None:
    await prove(ways, NIGHTLY_EXAMPLES, same_every_time=False)
