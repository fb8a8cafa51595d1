"""Every value in the place of every kind of variable is taken, or refused, alike by compiled reads and the executor."""

import math
from typing import Any

import pytest

from schema.answers import Asked
from tests.schema.equal_answers import LIMITS, Asker, Ways, difference, reading

PLACES = {
    "Int": "powerItems(first: $v) { nodes { code } }",
    "Int!": "powerItems(first: $v) { nodes { code } }",
    "String": "powerItems(search: $v, first: 3) { nodes { code } }",
    "String!": "powerItem(code: $v) { code }",
    "ID": "powerItem(id: $v) { code }",
    "ID!": "node(id: $v) { __typename id }",
    "Date": "powerItems(asOf: $v, first: 3) { nodes { id validFrom } }",
    "DateTime": "powerItems(recordedAsOf: $v, first: 3) { nodes { id } }",
    "PowerItemOrder": "powerItems(orderBy: $v, first: 3) { nodes { name } }",
    "PowerItemFilter": "powerItems(filter: $v, first: 3) { nodes { name } totalCount { count } }",
    "[BasisKind!]": "laws(kind: $v) { nodes { title } }",
    "BasisKind!": "laws(kind: [$v, LAW]) { nodes { title } }",
    "[String!]": "powerItems(filter: {category: $v}, first: 3) { nodes { name } }",
    "[PowerStatus!]": "powerItems(filter: {status: $v}) { nodes { status } }",
    "BodyKind": "bodies(kind: $v) { nodes { name } }",
    "Boolean!": "library @skip(if: $v) { revision } bodies(first: 1) @include(if: $v) { nodes { code } }",
}

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 5, 101, 2**31 - 1, 2**31, 2**53 + 1, 2**63, 10**30),
    *(1.0, 5.0, 5.5, -0.0, 1e2, 1e400, math.nan, -math.inf),
    *("", " ", "5", "true", "null", "LAW", "law", "CODE", "IN_USE", "in_use", "W-1", "a/b", "𠮷😀", "x" * 5_000, "%", "\\"),
    *("2026-04-01", "2026-4-1", "2026-04-01T00:00:00Z", "2026-04-01T00:00:00+08:00", "2026-04-01T00:00:00", "0000-01-01"),
    *("20260401", "2026-W14-3", "9999-12-31", "2026-04-01 00:00:00+08", "2026-04-01T24:00:00Z", "２０２６-04-01"),
    *("MTpMYXc6MQ", "MTpMYXc6MQ==", "MTpCb2R5OjE", "MTpQb3dlckl0ZW06MQ"),
    *([], [None], ["LAW"], ["LAW", None], ["LAW", "LAW"], [["LAW"]], ["IN_USE", "CANCELLED"], ["licence"], [5], [True]),
    *({}, {"body": None}, {"body": 5}, {"body": "990100-001"}, {"unknown": 1}, {"category": "licence"}, {"category": []}),
    *({"category": ["licence", None]}, {"category": [["licence"]]}, {"status": "IN_USE"}, {"status": ["in_use"]}),
    *({"updatedSince": "2026-04-01T00:00:00Z"}, {"updatedSince": 5}, {"law": 5}, {"law": 5.0}, {"law": "MTpMYXc6MQ"}),
    *({"law": "MTpMYXc6MQ", "article": "第十二条"}, {"article": "第十二条"}, {"level": ["", "county"]}, {"government": ""}),
]  # fmt: skip
"""Right ones, wrong ones, and those on the border: floats that are integers, one value for a list, empty texts."""


@pytest.mark.parametrize("kind", PLACES)
async def test_a_value_is_taken_or_refused_alike(ways: Ways, kind: str) -> None:
    ctx = Asker().context(ways.ctx)
    query = f"query ($v: {kind}) {{ {PLACES[kind]} }}"
    compiled = 0
    for sent in ({}, *({"v": value} for value in VALUES)):
        asked = Asked(query, None, sent)
        fast = await ways.compiled.run(asked, ctx, LIMITS)
        slow = await ways.ordinary.run(asked, ctx, LIMITS)
        assert fast.way != "fallback: failed", str(sent)[:200]
        found = difference(reading(fast.encoded_body()), reading(slow.encoded_body()))
        assert not found, f"{found}; {str(sent)[:200]}"
        compiled += fast.encoded is not None
    assert compiled > 0
