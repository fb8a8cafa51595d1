"""HTTP: media types, methods, bodies, and refusals that are always labelled JSON."""

import json
import time
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from domain.actors import Actor
from schema.http import GraphConfig
from schema.limits import Limits
from schema.requests import ANSWER, LEGACY, best_media
from tests.schema import world
from tests.schema.conftest import Holder

CODES = {"BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}


def codes(response: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, LEGACY),
        ("*/*", LEGACY),
        ("application/json", LEGACY),
        (ANSWER, ANSWER),
        (f"{ANSWER}, application/json;q=0.9", ANSWER),
        (f"{ANSWER};q=0.5, application/json;q=0.9", LEGACY),
        ("application/*", LEGACY),
        ("text/html, */*;q=0.1", LEGACY),
        ("application/json;q=0", None),
        ("text/html", None),
        (f"{ANSWER};q=wrong", None),
    ],
)
def test_the_media_type_is_what_the_client_prefers(accept: str | None, media: str | None) -> None:
    assert best_media(accept) == media


async def test_chinese_is_not_escaped_and_the_charset_is_said(city: world.City, client: httpx2.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ governments { name } }"})
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert "云川市".encode() in response.content


async def test_get_answers_queries_with_variables(city: world.City, client: httpx2.AsyncClient) -> None:
    query = "query One($code: String!) { powerItem(code: $code) { name } } query Two { __typename }"
    parameters = {"query": query, "operationName": "One", "variables": json.dumps({"code": world.WHOLE})}
    response = await client.get("/graphql", params=parameters)
    assert response.json()["data"] == {"powerItem": {"name": "户外广告设施设置许可"}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'[{"query": "{ __typename }"}]', 400),
        (b'"query"', 400),
        (b"\xff\xfe", 400),
        (b'{"query": 1}', 400),
        (b'{"query": ""}', 400),
        (b'{"query": "{ __typename }", "variables": []}', 400),
        (b'{"query": "{ __typename }", "operationName": 1}', 400),
        (b'{"query": "{ __typename }", "variables": {"a": NaN}}', 400),
        (b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001, 400),
        (b'{"query": "' + b" " * 300_000 + b'"}', 413),
    ],
)
async def test_a_body_that_is_no_request_is_refused_with_a_label(
    client: httpx2.AsyncClient, body: bytes, status: int
) -> None:
    response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=gbk", 415),
        ("application/json; charset=UTF-8", 200),
    ],
)
async def test_only_json_is_taken_so_no_form_of_another_site_can_ask(
    client: httpx2.AsyncClient, kind: str, status: int
) -> None:
    response = await client.post("/graphql", content=b'{"query":"{__typename}"}', headers={"Content-Type": kind})
    assert response.status_code == status


async def test_other_methods_and_media_types_are_refused_with_what_is_allowed(client: httpx2.AsyncClient) -> None:
    response = await client.put("/graphql", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST, OPTIONS")
    response = await client.get("/graphql", params={"query": "{__typename}"}, headers={"Accept": "text/html"})
    assert response.status_code == 406
    assert codes(response) == ["BAD_REQUEST"]


async def test_pages_of_other_sites_may_read_and_never_with_cookies(client: httpx2.AsyncClient) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    preflight = await client.options("/graphql", headers=asked)
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert "content-type" in preflight.headers["access-control-allow-headers"].lower()
    answer = await client.get("/graphql", params={"query": "{__typename}"}, headers=asked)
    for response in (preflight, answer):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
    assert "RateLimit" in answer.headers["access-control-expose-headers"]


async def test_a_mutation_over_get_is_refused(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { x }"})
    assert codes(response) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_an_endless_body_is_cut_off_before_it_is_read(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 65_536

    response = await client.post("/graphql", content=endless(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert sent < 100


LARGE = 261_000
"""As much as a body may hold, a little less."""

HEAVY: dict[str, tuple[bytes, int]] = {
    "a megabyte": (b" " * 1_000_000, 413),
    "a document of a megabyte": (b'{"query":"{ __typename ' + b" " * 1_000_000 + b'}"}', 413),
    "lists in lists": (b"[" * LARGE, 400),
    "lists in lists, closed": (b"[" * (LARGE // 2) + b"]" * (LARGE // 2), 400),
    "objects in objects": (b'{"a":' * (LARGE // 6) + b"1" + b"}" * (LARGE // 6), 400),
    "many nests": (b'{"a":[' + b",".join([b"[" * 60 + b"]" * 60] * 2_000) + b"]}", 400),
    "many numbers": (b'{"a":[' + b",".join([b"1"] * (LARGE // 2)) + b"]}", 400),
    "many objects": (b'{"a":[' + b",".join([b"{}"] * (LARGE // 3)) + b"]}", 400),
    "many texts": (b'{"a":[' + b",".join([b'""'] * (LARGE // 3)) + b"]}", 400),
    "many names": (b"{" + b",".join(b'"%x":1' % one for one in range(LARGE // 10)) + b"}", 400),
    "a text that nobody closes": (b'{"a":"' + rb"\"[,\\" * (LARGE // 6), 400),
    "commas without end": (b"," * LARGE, 400),
    "a text full of brackets": (b'{"a":"' + rb"[,{\"" * (LARGE // 6) + b'"}', 200),
    "a number of a quarter of a million digits": (b'{"a":' + b"9" * LARGE + b"}", 400),
    "a number beyond all measure": (b'{"a":1' + b"0" * 4_000 + b"}", 200),
    "a long text": (b'{"a":"' + "权".encode() * (LARGE // 3) + b'"}', 200),
    "escapes": (b'{"a":"' + rb"\u6743" * (LARGE // 6) + b'"}', 200),
}


@pytest.mark.parametrize("name", HEAVY)
async def test_heavy_bodies_are_answered_within_fifty_milliseconds(client: httpx2.AsyncClient, name: str) -> None:
    variables, status = HEAVY[name]
    body = variables if b"query" in variables else b'{"query":"{ __typename }","variables":%b}' % variables
    best = 1.0
    for _ in range(3):
        started = time.perf_counter()
        response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        best = min(best, time.perf_counter() - started)
        assert response.status_code == status, response.text[:300]
    assert status == 200 or codes(response) == ["BAD_REQUEST"]
    assert len(response.content) < 500
    assert best < 0.05


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("query=%7B__typename%7D" + "%20" * 300_000, 414),
        ("&".join(f"a{one}=1" for one in range(30_000)), 400),
        ("query=%7B__typename%7D&variables=" + "[" * 100_000, 400),
        ("query=%7B__typename%7D&variables=" + "[1," * 20_000, 400),
    ],
    ids=["long", "many parameters", "deep", "deep and wide"],
)
async def test_heavy_addresses_are_refused_within_fifty_milliseconds(app: Any, query: str, status: int) -> None:
    # Not through the client: it would take longer to write such an address than we to refuse it.
    best, found = 1.0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        found.append(message)

    for _ in range(3):
        scope = {
            "type": "http", "method": "GET", "path": "/graphql", "headers": [], "query_string": query.encode(),
            "client": ("192.0.2.7", 1),
        }  # fmt: skip
        started = time.perf_counter()
        await app(scope, receive, send)
        best = min(best, time.perf_counter() - started)
    assert found[-2]["status"] == status
    assert json.loads(found[-1]["body"])["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert best < 0.05


@pytest.mark.parametrize(("depth", "status"), [(60, 200), (62, 200), (80, 400)])
async def test_variables_nest_as_deeply_as_is_sensible(client: httpx2.AsyncClient, depth: int, status: int) -> None:
    variables = '{"a":' + "[" * depth + "1" + "]" * depth + "}"
    body = f'{{"query":"{{ __typename }}","variables":{variables}}}'
    response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status


class TestTokens:
    """Integrators' tokens: the middleware finds the actor, the scope decides."""

    @pytest.mark.parametrize(("scopes", "status"), [({"library:read"}, 200), (set(), 403), ({"other"}, 403)])
    async def test_the_scope_decides(
        self, client: httpx2.AsyncClient, holder: Holder, scopes: set[str], status: int
    ) -> None:
        holder.ctx = replace(holder.ctx, actor=Actor("integrator", name="集成商", scopes=frozenset(scopes)))
        response = await client.get("/graphql", params={"query": "{__typename}"})
        assert response.status_code == status

    async def test_a_token_nobody_issued_is_no_anonymous_visit(self, client: httpx2.AsyncClient) -> None:
        response = await client.get(
            "/graphql", params={"query": "{__typename}"}, headers={"Authorization": "Bearer nothing"}
        )
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
        assert codes(response) == ["UNAUTHENTICATED"]


class TestWithoutIntrospection:
    """A deployment may hide its schema."""

    @pytest.fixture
    def config(self) -> GraphConfig:
        return GraphConfig(Limits(introspection=False))

    async def test_the_schema_is_hidden_and_queries_go_on(self, client: httpx2.AsyncClient) -> None:
        hidden = await client.get("/graphql", params={"query": "{__schema{types{name}}}"})
        assert set(codes(hidden)) == {"GRAPHQL_VALIDATION_FAILED"}
        assert (await client.get("/graphql", params={"query": "{__typename}"})).json()["data"] == {
            "__typename": "Query"
        }
