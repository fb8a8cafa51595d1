"""Compiled answers are the ordinary ones, byte for byte; the runner says who answered, and its caches are bounded."""

import gc
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)

from domain.actors import SYSTEM
from resolvers.database import Database
from resolvers.errors import Unavailable
from resolvers.reading.plans import Plan
from schema import operations
from schema.answers import COMPILED, ORDINARY, Answer, Asked, encode
from schema.documents import Documents
from schema.examples import Example, load
from schema.limits import Limits
from schema.node import global_id
from schema.operations import Runner
from schema.plan_cache import MOST_REASONS, Plans, Reasons
from schema.root import runner, schema
from tests import factories
from tests.schema import world
from tests.schema.conftest import Holder

DECLARED = runner.declarations.items()
GRAPH = runner.declarations.graph
WIDE = Limits(
    depth=40, aliases=10_000, selections=200_000, repeats=1_000, cost=10**9, document_bytes=10**7, tokens=10**6
)
ITEM = f'powerItem(code: "{world.WHOLE}")'
ROOTS = {
    "powerItem": f'(code: "{world.WHOLE}")',
    "versions": f'(code: "{world.PENALTY}")',
    "body": '(code: "990100-001")',
    "inspection": '(number: "none")',
    "opinionAnswers": "(number: 1)",
}
DEEP = 3
COMPUTED = {
    "Query": {
        "powerItemFacets", "diff", "categories", "levels", "library", "calendar", "deadline", "nodes",
        "matterStatus", "matterCounts", "complaintFollow", "supervisionRules",
        "metricDefinitions", "openChanges", "board", "riskGrades",
    },
    "PowerItem": {"diff"},
    "Report": {"texts"},
    "InspectionDraw": {"redrawn"},
    "Case": {"deadlines", "party"},
    "PenaltyCase": {"deadlines", "party"},
    "RatingReview": {"deadlines", "party"},
    "SupervisionCase": {"deadlines", "party"},
}  # fmt: skip
"""What no compiled read shows; types that only these lead to are left out."""


async def both(query: str, holder: Holder, **variables: Any) -> tuple[Answer, Answer]:
    """Return the compiled and the ordinary answer."""
    asked = Asked(query, None, variables)
    return (
        await runner.run(asked, holder.ctx, WIDE),
        await runner.run(asked, holder.ctx, WIDE, compiled=False),
    )


def same(fast: Answer, slow: Answer) -> bool:
    """Say whether two answers read the same, the order of fields included."""
    return json.dumps(json.loads(fast.encoded_body())) == json.dumps(slow.body())


@pytest.mark.parametrize("example", load(), ids=lambda one: one.name)
async def test_examples_answer_the_same_both_ways(city: world.City, holder: Holder, example: Example) -> None:
    fast, slow = await both(example.document, holder)
    assert same(fast, slow)
    assert slow.way == ORDINARY
    reasons = {f"fallback: {kind}.{name}" for kind, names in COMPUTED.items() for name in names}
    assert fast.way == COMPILED or fast.way in reasons


class Writer:
    """Writes a selection of all that is declared, once for each type on a way down, and remembers what it wrote."""

    def __init__(self) -> None:
        self.written: set[tuple[str, str]] = set()

    def selection(self, kind: GraphQLNamedType, above: tuple[str, ...] = ()) -> str:
        if isinstance(kind, GraphQLUnionType):
            return f"{{ __typename {' '.join(f'... on {one} {self.selection(one, above)}' for one in kind.types)} }}"
        if isinstance(kind, GraphQLInterfaceType):
            members = GRAPH.get_possible_types(kind)
            # All the way down below one of them only: what is below the others is the same, and statements have a length.
            first, *others = members
            parts = [(first, above), *((one, (*above, kind.name, kind.name)) for one in others)]
            return f"{{ __typename {' '.join(f'... on {one} {self.selection(one, place)}' for one, place in parts)} }}"
        if not isinstance(kind, GraphQLObjectType):
            return ""
        if kind.name in above or len(above) > DEEP:
            return "{ __typename }"
        return "{ __typename " + " ".join(self._fields(kind, (*above, kind.name))) + " }"

    def _fields(self, kind: GraphQLObjectType, above: tuple[str, ...]) -> Iterator[str]:
        for name, field in kind.fields.items():
            if name not in COMPUTED.get(kind.name, ()):
                self.written.add((kind.name, name))
                yield f"{name} {self.selection(get_named_type(field.type), above)}"


async def test_every_declared_field_is_compiled_and_answers_the_same(city: world.City, holder: Holder) -> None:
    case, _ = await world.running(holder.ctx)
    holder.ctx, roots = holder.ctx.acting_as(SYSTEM), {**ROOTS, "matter": f'(number: "{case.number}")'}
    writer = Writer()
    query = GRAPH.query_type
    assert query is not None
    for name, field in query.fields.items():
        if name in COMPUTED["Query"] or name == "node":
            continue
        inner = writer.selection(get_named_type(field.type))
        fast, slow = await both(f"{{ {name}{roots.get(name, '')} {inner} }}", holder)
        assert (fast.way, slow.errors) == (COMPILED, ()), name
        assert same(fast, slow), name
    shown = {place for place, one in DECLARED.items() if one.shown is not None}
    assert shown <= writer.written
    assert {name for (kind, name), one in DECLARED.items() if kind == "Query" and one.reads is None} == COMPUTED[
        "Query"
    ]


async def test_nodes_of_every_type_answer_the_same(city: world.City, holder: Holder) -> None:
    query = "query ($id: ID!) { node(id: $id) { __typename id ... on PowerContent { name bodyName } ... on Law { title } } }"
    await world.running(holder.ctx)
    holder.ctx = holder.ctx.acting_as(SYSTEM)
    kinds = ("PowerItem", "PowerVersion", "Body", "Government", "Unit", "Post", "Law", "Case", "PenaltyCase")
    for kind in kinds:
        for key in (1, 10**6):
            fast, slow = await both(query, holder, id=global_id(kind, key))
            assert fast.way == COMPILED
            assert same(fast, slow), kind
            assert (slow.data or {})["node"] is None or (slow.data or {})["node"]["__typename"] == kind


WRONG = [
    ("{ powerItems(first: 0) { nodes { code } } }", {}),
    ('{ powerItems(after: "x") { nodes { code } } }', {}),
    ('{ bodies { nodes { powerItems(after: "x") { nodes { code } } } } }', {}),
    ('{ node(id: "x") { id } }', {}),
    ("{ powerItem { code } }", {}),
    ("query ($first: Int!) { bodies(first: $first) { nodes { code } } }", {"first": "two"}),
    ('{ powerItems(filter: { law: "x" }) { nodes { code } } }', {}),
]


@pytest.mark.parametrize(("query", "variables"), WRONG)
async def test_what_is_wrong_is_said_by_the_ordinary_executor(
    city: world.City, holder: Holder, query: str, variables: dict[str, Any]
) -> None:
    fast, slow = await both(query, holder, **variables)
    assert fast.way == "fallback: refused"
    assert slow.errors
    assert same(fast, slow)


async def test_a_compiled_answer_is_decoded_only_when_somebody_looks(city: world.City, holder: Holder) -> None:
    fast, slow = await both(f"{{ {ITEM} {{ code }} }}", holder)
    assert isinstance(fast.encoded, bytes)
    assert fast.encoded_body() == encode(slow.body())
    assert fast.data == slow.data == {"powerItem": {"code": world.WHOLE}}
    assert slow.encoded is None


async def test_a_search_answers_the_same(city: world.City, holder: Holder) -> None:
    query = """query ($search: String!, $order: PowerItemOrder, $first: Int, $after: String) {
      powerItems(search: $search, orderBy: $order, first: $first, after: $after) {
        edges { cursor node { code name } } pageInfo { hasNextPage endCursor } totalCount { count isLowerBound } } }"""
    for variables in (
        {"search": "许可"},
        {"search": "广告", "first": 1},
        {"search": "、"},
        {"search": "广告", "order": "NAME"},
    ):
        fast, slow = await both(query, holder, **variables)
        assert same(fast, slow), variables
        after = (slow.data or {})["powerItems"]["pageInfo"]["endCursor"]
        fast, slow = await both(query, holder, **variables, after=after)
        assert same(fast, slow), variables


async def test_compiling_can_be_switched_off(city: world.City, holder: Holder) -> None:
    query = f"{{ {ITEM} {{ code }} }}"
    off = Runner(schema, compiled=False)
    answer = await off.run(Asked(query), holder.ctx, Limits())
    assert (answer.way, answer.encoded) == (ORDINARY, None)
    assert off.counters()["compiled"] == off.counters()["fallback"] == 0
    assert (await off.run(Asked(query), holder.ctx, Limits(), compiled=True)).way == COMPILED


async def test_a_database_that_is_away_is_asked_once(
    city: world.City, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> bytes | None:
        raise Unavailable("数据库暂时不可用。", "请稍后再试。")

    monkeypatch.setattr(operations, "run_plan", away)
    answer = await runner.run(Asked(f"{{ {ITEM} {{ code }} }}"), holder.ctx, Limits())
    assert answer.way == COMPILED
    body = json.loads(answer.encoded_body())
    assert body["data"] is None
    assert body["errors"] == [
        {"message": "数据库暂时不可用。", "extensions": {"code": "SERVICE_UNAVAILABLE", "remedy": "请稍后再试。"}}
    ]


async def test_a_slow_statement_is_stopped_and_refused_with_its_label(
    city: world.City, database_url: str, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Plan("SELECT convert_to((SELECT pg_sleep(5))::text, 'UTF8')", (), custom=False)
    own = Runner(schema)
    monkeypatch.setattr(own.plans, "plan", lambda *_: slow)
    hurried = await Database.connect(database_url, pool_size=1, statement_timeout_ms=50)
    try:
        ctx = replace(holder.ctx, db=hurried)
        answer = await own.run(Asked(f"{{ {ITEM} {{ code }} }}"), ctx, Limits())
    finally:
        await hurried.close()
    assert (answer.way, answer.data, answer.refused) == (COMPILED, None, False)
    assert [(one.extensions or {})["code"] for one in answer.errors] == ["SERVICE_UNAVAILABLE"]


async def test_a_failing_statement_is_logged_and_answered_the_ordinary_way(
    city: world.City, holder: Holder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> bytes | None:
        raise ZeroDivisionError

    monkeypatch.setattr(operations, "run_plan", broken)
    with caplog.at_level(logging.ERROR):
        answer = await runner.run(Asked(f"{{ {ITEM} {{ code }} }}"), holder.ctx, Limits())
    assert (answer.way, answer.data) == ("fallback: failed", {"powerItem": {"code": world.WHOLE}})
    assert "a compiled read failed" in caplog.text


async def test_documents_that_differ_in_values_only_share_a_plan(city: world.City, holder: Holder) -> None:
    own = Runner(schema)
    for number in range(30):
        answer = await own.run(Asked(f'{{ powerItem(code: "c{number}") {{ code }} }}'), holder.ctx, Limits())
        assert answer.way == COMPILED
    counters = own.counters()
    assert (counters["plans"], counters["plan_misses"], counters["plan_hits"]) == (1, 1, 29)
    assert (counters["compiled"], counters["fallback"], counters["documents"]) == (30, 0, 30)


async def test_plans_are_bounded_in_number_and_text(city: world.City, holder: Holder) -> None:
    own = Runner(schema)
    own.plans = Plans(most=5)
    own._compiler._plans = own.plans
    for number in range(12):
        await own.run(Asked(f'{{ powerItem(code: "x") {{ a{number}: code }} }}'), holder.ctx, Limits())
    assert (len(own.plans), own.plans.evictions) == (5, 7)
    assert len(own.plans._interned) >= 5
    short = Plans(most=100, weight=5_000)
    own.plans = short
    for number in range(12):
        await own.run(Asked(f'{{ powerItem(code: "y") {{ b{number}: code }} }}'), holder.ctx, Limits())
    assert 1 <= len(short) < 12
    assert short._held <= 5_000 or len(short) == 1


def test_reasons_are_bounded() -> None:
    reasons = Reasons()
    for number in range(1_000):
        reasons.add(f"Type.field{number}")
    reasons.add("Type.field0")
    counted = reasons.counted()
    assert (len(counted), counted["Type.field0"], sum(counted.values())) == (MOST_REASONS, 2, 1_001)


async def test_reasons_of_fallbacks_are_counted_by_name(city: world.City, database: Database) -> None:
    own, ctx = Runner(schema), factories.context(database, now=world.TODAY)
    for query in ("{ library { revision } }", "{ library { bodies } }", "{ categories { code } }"):
        await own.run(Asked(query), ctx, Limits())
    assert own.fallback_reasons() == {"Query.library": 2, "Query.categories": 1}
    assert own.counters()["fallback"] == 3


async def test_caches_stay_within_their_bounds_whatever_is_asked(city: world.City, holder: Holder) -> None:
    own = Runner(schema)
    own.documents = Documents(GRAPH, weight=200_000)
    for number in range(120):
        query = f'{{ powerItem(code: "x") {{ a{number}: code }} }}'
        assert (await own.run(Asked(query), holder.ctx, Limits())).way == COMPILED
        assert (await own.run(Asked(f"{{ levels {{ a{number}: code }} }}"), holder.ctx, Limits())).errors == ()
    assert 20 < len(own.documents) < 60
    assert own.documents._held <= 200_000
    assert own.documents._held == sum(one.weight for one in own.documents._kept.values())
    compiled = [one for one in own.documents._kept.values() if one.document is None]
    assert abs(2 * len(compiled) - len(own.documents)) <= 1, "only what fell back keeps its syntax tree"
    gc.collect()
    assert len(own.plans._interned) <= len(own.plans)


async def test_a_document_without_its_tree_is_answered_both_ways_again(city: world.City, holder: Holder) -> None:
    query = f"""query ($all: Boolean!, $first: Int = 2) {{ {ITEM} {{ code diff(from: 1, to: 1) @include(if: $all)
      {{ path }} body {{ powerItems(first: $first) {{ nodes {{ code }} }} }} }} }}"""
    ways, costs = [], []
    for variables in ({"all": False}, {"all": True}, {"all": False, "first": 7}, {"all": False}):
        fast, slow = await both(query, holder, **variables)
        assert same(fast, slow), variables
        ways.append(fast.way)
        costs.append(fast.cost)
    assert ways == [COMPILED, "fallback: PowerItem.diff", COMPILED, COMPILED]
    assert costs[0] == costs[1] == costs[3] != costs[2]
