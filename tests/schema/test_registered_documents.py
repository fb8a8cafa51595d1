"""Registering over HTTP: with the scope, in the forms that clients' tools write, each document told apart."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx2
import pytest

from resolvers import tokens
from resolvers.database import Database
from resolvers.keys import Keyring
from tests import desks, factories
from tests.desks import Visitor

TEXT = "query Items($first: Int = 5) { powerItems(first: $first) { nodes { code name } } }"
MD5 = hashlib.md5(TEXT.encode()).hexdigest()
PATH = "/graphql/documents"


@pytest.fixture
async def client(database: Database, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    made = await tokens.issue(ctx, "单位", frozenset({"library:read", "documents:register"}), 5)
    async with desks.running(desks.settings(database_url)) as app:
        visitor = Visitor(app)
        visitor.client.headers["Authorization"] = f"Bearer {made.token}"
        yield visitor.client


async def test_a_file_of_relay_is_registered_and_each_bad_document_is_named(client: httpx2.AsyncClient) -> None:
    wide = (
        "query Wide { "
        + " ".join(f"a{n}: powerItems(first: 100) {{ nodes {{ versions {{ name }} }} }}" for n in range(50))
        + " }"
    )
    bad = {"broken": "query {", "unknown": "{ nothing }", "dear": wide, "0" * 32: TEXT}
    answer = await client.post(PATH, json={MD5: TEXT, **bad})
    assert answer.status_code == 422
    found = answer.json()
    assert (found["refused"], len(found["documents"])) == (4, 5)
    told = {one["name"]: one for one in found["documents"]}
    assert told[MD5]["documentId"] == f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()}"
    assert (told[MD5]["alias"], told[MD5]["operations"]) == (MD5, ["Items"])
    assert 0 < told[MD5]["cost"] < 100
    assert all(told[name]["reason"] for name in bad)
    assert "第 1 行" in told["broken"]["reason"]
    assert "成本" in told["dear"]["reason"]
    ran = await client.get(f"/graphql?documentId={MD5}")
    assert ran.json()["data"] == {"powerItems": {"nodes": []}}
    again = await client.post(PATH, json={MD5: TEXT})
    assert (again.status_code, again.json()["documents"][0]["state"]) == (200, "known")


async def test_a_manifest_and_a_single_text_are_registered(client: httpx2.AsyncClient) -> None:
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "mine", "body": TEXT}]}
    assert (await client.post(PATH, json=manifest)).json()["documents"][0]["state"] == "registered"
    answer = await client.post(PATH, content=TEXT.encode(), headers={"Content-Type": "application/graphql"})
    assert (answer.status_code, answer.json()["documents"][0]["state"]) == (200, "known")


async def test_a_whole_client_is_registered_at_once(client: httpx2.AsyncClient) -> None:
    texts = [f"query Q{number} {{ powerItems(first: {number + 1}) {{ nodes {{ name }} }} }}" for number in range(90)]
    answer = await client.post(PATH, json={hashlib.sha256(one.encode()).hexdigest(): one for one in texts})
    assert (answer.status_code, len(answer.json()["documents"])) == (200, 90)


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"\xff", "application/graphql", 400),
        (json.dumps({"a": "x" * 5_000_000}).encode(), "application/json", 413),
    ],
)
async def test_what_is_no_file_of_documents_is_refused(
    client: httpx2.AsyncClient, content: bytes, media: str, status: int
) -> None:
    answer = await client.post(PATH, content=content, headers={"Content-Type": media})
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_only_the_scope_registers(client: httpx2.AsyncClient, database: Database) -> None:
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    reader = await tokens.issue(ctx, "单位", frozenset({"library:read"}), 5)
    for token, status, code in (
        (reader.token, 403, "FORBIDDEN"),
        ("yg_unknown", 401, "UNAUTHENTICATED"),
    ):
        answer = await client.post(PATH, json={MD5: TEXT}, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert await database.reads.fetchval("SELECT count(*) FROM registered_document") == 0
    answer = await client.get(PATH)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


async def test_a_token_that_only_registers_does_not_read(client: httpx2.AsyncClient, database: Database) -> None:
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    made = await tokens.issue(ctx, "单位", frozenset({"documents:register"}), 5)
    bearer = {"Authorization": f"Bearer {made.token}"}
    assert (await client.post(PATH, json={MD5: TEXT}, headers=bearer)).status_code == 200
    assert (await client.post("/graphql", json={"query": "{ __typename }"}, headers=bearer)).status_code == 403
