"""The log of slow operations: what took long, never what was asked for or by whom."""

import hashlib
import json

import httpx2
import pytest
import structlog
from structlog.testing import capture_logs

from schema import slow
from schema.http import GraphConfig
from tests.schema import world

QUERY = "query Named($code: String!) { powerItem(code: $code) { name } }"


@pytest.fixture(autouse=True)
def plain_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Capture entries, whatever a test before has made of the logs: a logger keeps the form of its first use."""
    structlog.reset_defaults()
    monkeypatch.setattr(slow, "log", structlog.get_logger("graphql"))


class TestEverythingIsSlow:
    """A threshold of 0 logs every operation."""

    @pytest.fixture
    def config(self) -> GraphConfig:
        return GraphConfig(slow_ms=0)

    async def test_an_entry_names_the_document_and_no_value(self, city: world.City, client: httpx2.AsyncClient) -> None:
        with capture_logs() as entries:
            await client.post("/graphql", json={"query": QUERY, "variables": {"code": world.WHOLE}})
        [entry] = [one for one in entries if one["event"] == "graphql.slow"]
        assert entry["document"] == hashlib.sha256(QUERY.encode()).hexdigest()
        assert (entry["operation"], entry["log_level"]) == ("Named", "warning")
        assert entry["ms"] > 0
        assert entry["cost"] >= 1
        assert set(entry) == {"event", "log_level", "document", "operation", "ms", "cost", "way", "request_id"}
        assert world.WHOLE not in json.dumps(entry)

    @pytest.mark.parametrize(
        ("body", "operation"),
        [
            ({"query": "{ __typename }"}, ""),
            ({"query": "query A { __typename } query B { __typename }", "operationName": "B"}, "B"),
            ({"query": "{", "operationName": "x" * 5000}, "x" * 100),
            ({"query": 'query C { powerItem(code: "\ud800") { name } }'}, "C"),
        ],
    )
    async def test_operations_are_named_as_far_as_they_have_names(
        self, client: httpx2.AsyncClient, body: dict[str, str], operation: str
    ) -> None:
        with capture_logs() as entries:
            await client.post("/graphql", content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert [one["operation"] for one in entries if one["event"] == "graphql.slow"] == [operation]


async def test_a_fast_operation_leaves_no_entry(client: httpx2.AsyncClient) -> None:
    with capture_logs() as entries:
        await client.post("/graphql", json={"query": "{ __typename }"})
    assert not entries
