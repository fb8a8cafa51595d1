"""A field that fails takes nobody along: what other fields of the operation wait for still comes."""

import asyncio
import gc
from typing import Any

from schema.loading import Shared
from tests.schema import world
from tests.schema.conftest import Ask


async def test_what_two_fields_wait_for_survives_the_failure_beside_one_of_them(city: world.City, ask: Ask) -> None:
    # Both bodies wait for one fetch of units. A wrong cursor ends everything below the first of them meanwhile.
    query = """query ($code: String!) {
      failing: body(code: $code) { powerItems(after: "x") { __typename } units { name posts { name } } }
      fine: body(code: $code) { units { name posts { name } } }
      also: body(code: $code) { units { name posts { name } } }
    }"""
    answer = await ask(query, code="990100-001")
    assert [error["path"] for error in answer["errors"]] == [["failing", "powerItems"]]
    assert answer["data"]["failing"] is None
    assert answer["data"]["fine"] == answer["data"]["also"]
    assert [unit["name"] for unit in answer["data"]["fine"]["units"]] == ["许可科"]


async def test_a_failure_that_nobody_waits_for_any_more_is_not_reported() -> None:
    fails = asyncio.Event()

    async def fetch(_keys: list[int]) -> list[int]:
        await fails.wait()
        raise ValueError("too late for anybody")

    loop = asyncio.get_running_loop()
    told: list[dict[str, Any]] = []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: told.append(context))
    try:
        loader = Shared(load_fn=fetch)
        waiting = asyncio.ensure_future(loader.load(1))
        await asyncio.sleep(0.01)
        waiting.cancel()
        fails.set()
        await asyncio.sleep(0.01)
        del loader, waiting
        gc.collect()
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(before)
    assert told == []
