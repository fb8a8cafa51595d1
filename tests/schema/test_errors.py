"""Errors and limits: everything labelled, internals masked, hostile documents refused fast."""

import base64
import gc
import logging
import time
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from graphql import get_introspection_query

from resolvers.context import Context
from resolvers.database import Database
from schema.documents import MOST_BYTES
from schema.limits import Limits
from schema.operations import Answer, Asked
from schema.root import runner
from tests.schema import world
from tests.schema.conftest import Ask, Holder

FAST = 0.25  # seconds of processor time; the goal of 50 ms holds on an idle machine


async def run(holder: Holder, query: str, limits: Limits | None = None, **variables: Any) -> Answer:
    return await runner.run(Asked(query, None, variables), holder.ctx, limits or Limits())


def labels(answer: Answer) -> list[tuple[str, Any]]:
    return [((one.extensions or {})["code"], (one.extensions or {}).get("reason")) for one in answer.errors]


INVALID, PARSE, INPUT = "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT"
SPREADS = "".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }} " for n in range(40))
MEETING = reduce(lambda inner, _: f"versions {{ item {{ {inner} }} }} " * 2, range(8), "code")
"""Two alike on each of eight levels: validation would compare 65,536 pairs."""
MANY = "".join(f" fragment f{n} on Query {{ __typename }}" for n in range(200))
ROUND = "fragment a on Query { ...b } fragment b on Query { ...a }"


@pytest.mark.parametrize(
    ("document", "label"),
    [
        ("{", (PARSE, None)),
        ("{ nothing }", (INVALID, None)),
        ("{ __typename } " * 2, (INVALID, None)),
        ("{ library { revision " + "x " * 70_000 + "} }", (PARSE, "DOCUMENT")),
        ("{" + "__typename " * 6_000 + "}", (PARSE, None)),
        ("{" + " ".join(f"a{n}: __typename" for n in range(500)) + "}", (INVALID, "ALIASES")),
        ("{" + " ".join(f"a{n}: library {{ revision }}" for n in range(500)) + "}", (INVALID, "ALIASES")),
        ("{" + "library { revision } " * 500 + "}", (INVALID, "REPEATS")),
        ("{ powerItem(code: 1) { code } }", (INVALID, None)),
        ("{ powerItem" + " { version { item" * 30 + "{ code }" + "}" * 61 + "", (INVALID, "DEPTH")),
        ("{ a" * 1500 + "}" * 1500, (PARSE, None)),
        ("{ a" * 2500 + "}" * 2500, (PARSE, None)),
        ("{ powerItem(code: " + "[" * 2000 + "]" * 2000 + ") { code } }", (PARSE, None)),
        ("{ ...f0 } " + SPREADS + "fragment f40 on Query { __typename }", (INVALID, "SELECTIONS")),
        ("{ ...a } " + ROUND, (INVALID, "CIRCLE")),
        ('{ powerItem(code: "x") { ' + MEETING + " } }", (INVALID, "REPEATS")),
        ("{ __typename } fragment f on PowerItem { " + MEETING + " }", (INVALID, "REPEATS")),
        ("{ " + " ".join(f"...f{n}" for n in range(200)) + " }" + MANY, (INVALID, "SPREADS")),
        (
            "{ __typename }" + "".join(f" fragment f{n} on Query {{ __typename }}" for n in range(300)),
            (INVALID, "FRAGMENTS"),
        ),
        ("{ ...nowhere }", (INVALID, None)),
        ('{ powerItem(code: "\\u0000") { code } }', (INVALID, None)),
        ("{ powerItems(first: 99999999999) { nodes { code } } }", (INVALID, None)),
        ('{ calendar(from: "2026-02-30", to: "2026-03-01") { day } }', (INVALID, None)),
        (
            "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
            (INVALID, None),
        ),
        ("subscription { x }", (INVALID, None)),
    ],
)
async def test_a_hostile_document_is_refused_fast_and_labelled(
    holder: Holder, document: str, label: tuple[str, str | None]
) -> None:
    # A collection of all that the other tests left would be measured with it.
    gc.collect()
    gc.disable()
    try:
        started = time.thread_time()
        answer = await run(holder, document)
        taken = time.thread_time() - started
    finally:
        gc.enable()
    assert taken < FAST
    assert answer.refused
    found = labels(answer)
    assert found
    assert {code for code, _ in found} == {label[0]}
    if label[1]:
        assert label in found


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($c: String!) { powerItem(code: $c) { code } }", {}),
        ("query ($c: String!) { powerItem(code: $c) { code } }", {"c": 5}),
        ("query ($c: String!) { powerItem(code: $c) { code } }", {"c": "\x00"}),
        ("query ($c: String!) { powerItem(code: $c) { code } }", {"c": "\ud800"}),
        ("query ($c: String!) { powerItem(code: $c) { code } }", {"c": "x", "other": {"deep": ["\udfff"]}}),
        ("query ($n: Int) { powerItems(first: $n) { nodes { code } } }", {"n": 2**31}),
        ("query ($n: Int) { powerItems(first: $n) { nodes { code } } }", {"n": 10**400}),
        ("query ($n: Int) { powerItems(first: $n) { nodes { code } } }", {"n": 0}),
        ("query ($n: Int) { powerItems(first: $n) { nodes { code } } }", {"n": -1}),
        ("query ($n: Int) { powerItems(first: $n) { nodes { code } } }", {"n": 101}),
        ("{ powerItems(first: 1, last: 1) { nodes { code } } }", {}),
        ("{ powerItem { code } }", {}),
        ('{ powerItem(code: "a", id: "b") { code } }', {}),
        ("query ($d: DateTime) { powerItems(recordedAsOf: $d) { nodes { code } } }", {"d": "2026-01-01T00:00:00"}),
        (
            "query ($d: DateTime) { powerItems(recordedAsOf: $d) { nodes { code } } }",
            {"d": "0001-01-01T00:00:00+14:00"},
        ),
        ("query ($d: Date) { powerItems(asOf: $d) { nodes { code } } }", {"d": "99999-01-01"}),
        ('{ deadline(start: "2026-01-01", limit: 0) { due } }', {}),
        ('{ deadline(start: "2026-01-01", limit: 5, unit: HOUR) { due } }', {}),
        ('{ deadline(start: "9998-01-01", limit: 5) { due } }', {}),
        ('{ calendar(from: "2026-01-02", to: "2026-01-01") { day } }', {}),
        ('{ calendar(from: "1990-01-02", to: "2026-01-01") { day } }', {}),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["MTpMYXc6MQ"] * 101}),
    ],
)
async def test_wrong_input_is_the_callers_fault(
    city: world.City, holder: Holder, query: str, variables: dict[str, Any]
) -> None:
    answer = await run(holder, query, **variables)
    assert {code for code, _ in labels(answer)} == {INPUT}


def _id(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "bad",
    [
        *("", "x", "!!!", "中文", "A" * 10_000, "=" * 8),
        *(
            _id(text)
            for text in ("", "1", "1:Law", "1:Law:", "2:Law:1", "1:Nothing:1", "1:Law:x", "1:Law:-1", "1:Law:٣")
        ),
        *(_id(f"1:Law:{number}") for number in (2**63, 10**30)),
        *(_id(f"1:PowerItem:1{days}") for days in ("@", "@x", "@~", "@2026-01-01~x", "@~2026-01-01T00:00:00")),
        *(_id(f"1:{kind}:") for kind in ("PowerItem", "Body")),
    ],
)
async def test_an_id_that_is_none_of_ours_is_the_callers_fault(holder: Holder, bad: str) -> None:
    answer = await run(holder, "query ($id: ID!) { node(id: $id) { id } }", id=bad)
    assert labels(answer) == [(INPUT, None)]
    assert answer.data == {"node": None}


async def test_an_id_of_nothing_is_null(city: world.City, holder: Holder) -> None:
    for kind in ("PowerItem", "PowerVersion", "Body", "Government", "Unit", "Post", "Law"):
        answer = await run(holder, "query ($id: ID!) { node(id: $id) { id } }", id=_id(f"1:{kind}:999999"))
        assert (answer.errors, answer.data) == ((), {"node": None})


async def test_cursors_of_another_order_or_damaged_ones_are_refused(city: world.City, ask: Ask) -> None:
    query = """query ($after: String, $order: PowerItemOrder) {
      powerItems(first: 1, after: $after, orderBy: $order) { pageInfo { endCursor } } }"""
    cursor = (await ask(query))["data"]["powerItems"]["pageInfo"]["endCursor"]
    for after, order in ((cursor, "NAME"), (cursor[:-2], None), (cursor + "A", None), ("x", None), ("", None)):
        answer = await ask(query, after=after, order=order)
        assert [one["extensions"]["code"] for one in answer["errors"]] == [INPUT], after


async def test_no_suggestion_tells_what_is_hidden(holder: Holder) -> None:
    for query in ("{ powerItemz { code } }", "{ powerItem(cod: 1) { code } }", "{ ... on PowerIte { code } }"):
        assert all("Did you mean" not in error.message for error in (await run(holder, query)).errors)


class TestCost:
    """The cost is known before anything runs and is reported."""

    async def test_pages_multiply(self, city: world.City, holder: Holder) -> None:
        query = "query ($n: Int = 7) { powerItems(first: $n) { nodes { code body { name } } } }"
        # The page 1, and for each node 1 and its body 1.
        assert (await run(holder, query)).cost == 1 + 7 * 2
        assert (await run(holder, query, n=2)).cost == 1 + 2 * 2
        counted = "{ powerItems(last: 3) { totalCount { count } pageInfo { hasNextPage } edges { node { code } } } }"
        assert (await run(holder, counted)).cost == 1 + 10 + 1 + 3 * 2
        assert (await run(holder, '{ deadline(start: "2026-01-01", limit: 1) { days { day } } }')).cost == 1 + 100
        body = (await run(holder, query)).body()
        assert body["extensions"]["cost"] == {"requested": 15, "maximum": 20_000}

    async def test_too_dear_a_query_never_runs(self, holder: Holder) -> None:
        deep = "{ bodies(first: 100) { nodes { powerItems(first: 100) { nodes { legalBases { law { title } } } } } } }"
        answer = await run(holder, deep)
        assert labels(answer) == [(INVALID, "COST")]
        assert answer.refused
        assert (answer.cost or 0) > 20_000

    async def test_fragments_and_variables_hide_nothing(self, city: world.City, holder: Holder) -> None:
        plain = await run(holder, "{ powerItems(first: 50) { nodes { code body { name } } } }")
        hidden = await run(
            holder,
            """query ($n: Int = 50) { ... on Query { powerItems(first: $n) { ...page } } }
            fragment page on PowerItemConnection { nodes { ... on PowerContent { code body { name } } } }""",
        )
        assert plain.cost == hidden.cost

    async def test_the_usual_introspection_query_is_free_to_ask(self, holder: Holder) -> None:
        answer = await run(holder, get_introspection_query(specified_by_url=True, input_value_deprecation=True))
        assert answer.errors == ()
        assert answer.data is not None
        assert answer.data["__schema"]["queryType"]["name"] == "Query"


class TestInternalErrors:
    """What breaks inside is logged in full and told to nobody."""

    async def test_it_is_masked_with_the_request_id(
        self, city: world.City, holder: Holder, database: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken:
            def __getattr__(self, name: str) -> Any:
                raise RuntimeError("the password is 12345")

        broken = replace(holder.ctx, db=Broken(), request_id="abc123")  # type: ignore[arg-type]
        with caplog.at_level(logging.ERROR):
            answer = await _run(broken, "{ library { revision } }")
        assert labels(answer) == [("INTERNAL_SERVER_ERROR", None)]
        assert "12345" not in str(answer.body())
        assert answer.body()["errors"][0]["extensions"]["requestId"] == "abc123"
        assert "12345" in caplog.text


async def _run(ctx: Context, query: str) -> Answer:
    return await runner.run(Asked(query), ctx, Limits())


async def test_a_failing_field_does_not_cancel_what_others_wait_for(city: world.City, holder: Holder) -> None:
    # Both lists count the items of the same bodies; the first fails and stops counting.
    query = """{ bodies { nodes { itemCount powerItems(first: 0) { nodes { code } } } }
      again: bodies { nodes { itemCount parent { code } } } third: bodies { nodes { itemCount } } }"""
    answer = await runner.run(Asked(query), holder.ctx, Limits(), compiled=False)
    assert {code for code, _ in labels(answer)} == {"BAD_USER_INPUT"}


async def test_documents_are_kept_within_a_bounded_weight(holder: Holder) -> None:
    # What falls back keeps its syntax tree, which weighs the most.
    for number in range(60):
        await run(
            holder, "query { " + " ".join(f"a{number}x{n}: levels {{ code }}" for n in range(12)) + " " * 8000 + "}"
        )
    assert len(runner.documents) < 30
    assert runner.documents._held <= MOST_BYTES
