"""Documents and variables that nobody thought of: schemathesis finds no error without a label, and none of ours."""

import asyncio
from collections import Counter
from typing import Any

import httpx2
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from schema import sdl
from schema.http import GraphConfig
from schema.rates import Policy, Rates
from tests.schema import world
from tests.schema.conftest import Serve

EXAMPLES, MUTATIONS = 15, 2
FINE = {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}


def _documents(count: int) -> list[str]:
    """Return generated documents, the same every time, over every root field."""
    amounts = st.decimals(-(10**9), 10**9, places=2).map(lambda one: nodes.String(format(one, "f")))
    schemathesis.graphql.scalar("Decimal", amounts)
    schema = schemathesis.graphql.from_file(sdl.text())
    found: list[str] = []
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        strategy = operation.as_strategy()
        # There are thirty mutations, and they are much alike.
        most = MUTATIONS if operation.label.startswith("Mutation.") else count

        @hypothesis.seed(20261121)
        @hypothesis.settings(
            max_examples=most,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(strategy)
        def collect(case: Any) -> None:
            found.append(case.body if isinstance(case.body, str) else case.body["query"])

        collect()
    return found


@pytest.fixture
def config() -> GraphConfig:
    return GraphConfig(rates=Rates(Policy("anonymous", 100_000)))


@pytest.mark.timeout(300)
async def test_no_generated_document_meets_an_unlabelled_or_internal_error(
    city: world.City, app: Any, serve_app: Serve
) -> None:
    documents = await asyncio.to_thread(_documents, EXAMPLES)
    assert len(documents) > 200
    seen: Counter[str] = Counter()
    async with httpx2.AsyncClient(base_url=await serve_app(app), timeout=30) as client:
        for document in documents:
            response = await client.post("/graphql", json={"query": document})
            answer = response.json()
            assert response.status_code in {200, 400}, (document, answer)
            for error in answer.get("errors", []):
                assert error["extensions"]["code"] in FINE, (document, error)
                seen[error["extensions"]["code"]] += 1
            seen["answered"] += "errors" not in answer
    assert seen["answered"] > len(documents) / 4, seen
