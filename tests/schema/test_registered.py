"""Registered documents over GET: named in every way, fresh at every request, confirmed by their tag, packed as asked."""

import gzip
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from typing import Any
from urllib.parse import quote, urlencode

import asyncpg
import brotli  # type: ignore[import-untyped]
import pytest
from starlette.applications import Starlette

from domain.document_files import GivenDocument
from resolvers import documents, tokens
from resolvers.addresses import plain_url
from resolvers.context import Context
from resolvers.database import Database
from resolvers.keys import Keyring
from schema.limits import Limits
from schema.registered_checking import examiner
from tests import desks, factories
from tests.desks import Visitor
from tests.schema import world

ANSWER = "application/graphql-response+json"
NEW = {"Accept": ANSWER, "Accept-Encoding": "identity"}
ITEMS = "query Items($first: Int = 5) { powerItems(first: $first) { nodes { code name body { name } } } }"
NAMES = "query Names { governments { name shortName bodies(first: 5) { nodes { name } } } library { revision } }"
ONE = "query One($code: String!) { powerItem(code: $code) { code name } }"
CLOCK = 'query Clock { deadline(start: "2026-01-05", limit: 5, unit: WORKDAY) { due } }'
WRONG = 'query Wrong { powerItems(after: "nonsense") { nodes { code } } }'


@dataclass
class Two:
    """Two instances of the application on one database, and a hand that changes it."""

    ctx: Context
    city: world.City
    apps: tuple[Starlette, Starlette]
    visitors: tuple[Visitor, Visitor]
    owner_url: str

    async def register(self, *texts: str, alias: str = "") -> list[str]:
        """Register documents and return their hashes."""
        given = [GivenDocument("test", "test", text, alias) for text in texts]
        made = await documents.register(self.ctx, given, examiner(Limits()))
        assert documents.refused(made) == ()
        return [one.sha256 for one in made]

    async def rename(self, name: str) -> None:
        """Commit a change that public answers show."""
        await rename(self.owner_url, name)

    def counted(self, number: int = 0) -> dict[str, int]:
        """Return what one of the applications counted."""
        lane: Any = self.apps[number].lane  # type: ignore[attr-defined]
        return dict(lane._endpoint.registered.counters())


async def rename(owner_url: str, name: str, *, undone: bool = False) -> None:
    """Rename the governments as their owner may, or begin to and think better of it."""
    connection = await asyncpg.connect(plain_url(owner_url))
    renaming = connection.transaction()
    await renaming.start()
    await connection.execute("UPDATE government SET short_name = $1", name)
    await (renaming.rollback() if undone else renaming.commit())
    await connection.close()


@pytest.fixture
async def changes() -> dict[str, Any]:
    return {}


@pytest.fixture
async def two(database: Database, database_url: str, owner_url: str, changes: dict[str, Any]) -> AsyncIterator[Two]:
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    city = await world.build(ctx)
    given = desks.settings(database_url, **changes)
    async with desks.running(given) as one, desks.running(given) as other:
        yield Two(ctx, city, (one, other), (Visitor(one), Visitor(other)), owner_url)


def address(identifier: str, variables: dict[str, Any] | None = None, **more: str) -> str:
    """Return the address of a document."""
    parameters = {"documentId": identifier, **more}
    if variables is not None:
        parameters["variables"] = json.dumps(variables)
    return f"/graphql?{urlencode(parameters)}"


async def test_a_document_is_asked_for_by_hash_prefix_alias_and_by_apollos_extension(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(ITEMS, alias=md5(ITEMS.encode()).hexdigest())
    plain = (await ask.get(f"/graphql?query={quote(ITEMS)}", headers=NEW)).json()
    apollo = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": sha}})
    for name in (sha, f"sha256:{sha}", md5(ITEMS.encode()).hexdigest()):
        assert (await ask.get(address(name), headers=NEW)).json() == plain
        assert (await ask.post("/graphql", json={"documentId": name}, headers=NEW)).json() == plain
    found = await ask.get(f"/graphql?extensions={quote(apollo)}", headers=NEW)
    assert found.json() == plain
    assert "ETag" in found.headers
    body = {"query": ITEMS, "extensions": json.loads(apollo)}
    assert (await ask.post("/graphql", json=body, headers=NEW)).json() == plain
    assert plain["data"]["powerItems"]["nodes"]


async def test_an_unknown_or_withdrawn_document_is_told_by_its_label(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(CLOCK)
    assert (await ask.get(address(sha), headers=NEW)).status_code == 200
    await documents.withdraw(two.ctx, sha)
    for name in (sha, "0" * 64, "nobody", "no such/name", "sha256:zz"):
        found = await ask.get(address(name), headers=NEW)
        assert (found.status_code, found.headers["Cache-Control"]) == (404, "no-store")
        assert [one["extensions"]["code"] for one in found.json()["errors"]] == ["PERSISTED_QUERY_NOT_FOUND"]
        assert (await ask.get(address(name))).status_code == 200, "old clients read the label, not the status"
        assert (await ask.post("/graphql", json={"documentId": name}, headers=NEW)).status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"documentId": ""},
        {"documentId": 5},
        {"documentId": "0" * 64, "query": "{ __typename }"},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "short"}}},
        {"extensions": {"persistedQuery": 5}},
        {"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
        {"documentId": "0" * 64, "variables": []},
    ],
)
async def test_malformed_names_are_refused_with_a_label(two: Two, fields: dict[str, Any]) -> None:
    found = await two.visitors[0].client.post("/graphql", json=fields, headers=NEW)
    assert found.status_code == 400
    assert found.json()["errors"][0]["extensions"]["code"] in {"BAD_USER_INPUT", "BAD_REQUEST"}


async def test_an_answer_is_kept_confirmed_and_told_apart(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(ONE)
    first = await ask.get(address(sha, {"code": world.WHOLE}), headers=NEW)
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Vary"] == "Accept, Accept-Encoding, Authorization"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert "RateLimit" in first.headers
    tag = first.headers["ETag"]
    again = await ask.get(address(sha, {"code": world.WHOLE}), headers=NEW)
    assert (again.content, again.headers["ETag"]) == (first.content, tag)
    assert two.counted() | {"hits": 1, "misses": 1} == two.counted()
    for named in (tag, f"W/{tag}", f'"other", {tag}'):
        same = await ask.get(address(sha, {"code": world.WHOLE}), headers={**NEW, "If-None-Match": named})
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    other = await ask.get(address(sha, {"code": world.PENALTY}), headers={**NEW, "If-None-Match": tag})
    assert (other.status_code, other.headers["ETag"] == tag) == (200, False)
    legacy = await ask.get(address(sha, {"code": world.WHOLE}), headers={"If-None-Match": tag})
    assert (legacy.status_code, legacy.json()) == (200, first.json())
    elsewhere = await two.visitors[1].client.get(
        address(sha, {"code": world.WHOLE}), headers={**NEW, "If-None-Match": tag}
    )
    assert elsewhere.status_code == 304, "another process confirms a tag without making the answer"
    assert two.counted(1)["misses"] == 0
    reordered = await ask.get(
        f"/graphql?variables={quote(json.dumps({'code': world.WHOLE}, indent=2))}&documentId={sha}", headers=NEW
    )
    assert reordered.headers["ETag"] == tag, "the tag is of what is asked, not of how it is written"


async def test_a_change_makes_the_tag_stale_on_both(two: Two) -> None:
    (sha,) = await two.register(NAMES)
    tags = set()
    for number in range(5):
        await two.rename(f"第{number}市")
        for visitor in two.visitors:
            found = await visitor.client.get(address(sha), headers=NEW)
            assert found.json()["data"]["governments"][0]["shortName"] == f"第{number}市"
            tags.add(found.headers["ETag"])
            assert len(tags) == number + 1
    old = await two.visitors[0].client.get(address(sha), headers={**NEW, "If-None-Match": ", ".join(sorted(tags))})
    assert old.status_code == 304
    await two.rename("又一市")
    new = await two.visitors[0].client.get(address(sha), headers={**NEW, "If-None-Match": ", ".join(sorted(tags))})
    assert new.status_code == 200


async def test_the_very_next_answer_after_a_change_is_new_on_either_instance(two: Two) -> None:
    """Two hundred changes, each asked for at once on both."""
    (sha,) = await two.register(NAMES)
    for number in range(200):
        await two.rename(f"市{number}")
        visitor = two.visitors[random.randrange(2)]
        found = await visitor.client.get(address(sha), headers=NEW)
        assert found.json()["data"]["governments"][0]["shortName"] == f"市{number}"


async def test_bodies_are_packed_as_the_client_accepts(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(
        ITEMS.replace("code name", "code name url: name category { name } status level { name }")
    )
    plain = await ask.get(address(sha), headers={"Accept": ANSWER, "Accept-Encoding": "identity"})
    assert len(plain.content) > 512
    tags = {plain.headers["ETag"]}
    for accepted, coding, unpack in (
        ("gzip", "gzip", gzip.decompress),
        ("gzip;q=0.5, br", "br", brotli.decompress),
        ("br;q=0, gzip;q=0.1", "gzip", gzip.decompress),
        ("gzip;q=0", None, bytes),
    ):
        async with ask.stream("GET", address(sha), headers={"Accept": ANSWER, "Accept-Encoding": accepted}) as found:
            raw = b"".join([part async for part in found.aiter_raw()])
        assert found.headers.get("Content-Encoding") == coding
        assert unpack(raw) == plain.content
        assert int(found.headers["Content-Length"]) == len(raw)
        tags.add(found.headers["ETag"])
    assert len(tags) == 3, "other bytes, another strong tag"
    for tag in tags:
        same = await ask.get(address(sha), headers={**NEW, "If-None-Match": tag})
        assert (same.status_code, same.headers["ETag"]) == (304, tag)


async def test_what_has_errors_or_did_not_run_is_not_kept(two: Two) -> None:
    ask = two.visitors[0].client
    wrong, one = await two.register(WRONG, ONE)
    for path in (
        address(wrong),
        address(one),
        address(one, {"code": 5}),
        address(one, {"code": "x"}, operationName="No"),
    ):
        found = await ask.get(path, headers=NEW)
        assert found.json()["errors"]
        assert found.headers["Cache-Control"] == "no-store"
        assert "ETag" not in found.headers
    assert two.counted()["misses"] == 0


async def test_tokens_and_texts_go_the_ordinary_way(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(ONE)
    made = await tokens.issue(two.ctx, "单位", frozenset({"library:read"}), 5)
    bearer = {**NEW, "Authorization": f"Bearer {made.token}"}
    for found in (
        await ask.get(address(sha, {"code": world.WHOLE}), headers=bearer),
        await ask.get(f"/graphql?query={quote('{ library { revision } }')}", headers=NEW),
    ):
        assert found.status_code == 200
        assert found.headers["Cache-Control"] == "no-store"
        assert "ETag" not in found.headers


@pytest.mark.parametrize("changes", [{"graphql_documents": "registered"}])
async def test_only_registered_documents_run_for_the_unknown_where_that_is_set(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(CLOCK)
    for query, status in ((CLOCK, 200), ("{ library { revision } }", 403), ("{ __schema { types { name } } }", 403)):
        for found in (
            await ask.post("/graphql", json={"query": query}, headers=NEW),
            await ask.get(f"/graphql?query={quote(query)}", headers=NEW),
        ):
            assert found.status_code == status
            if status == 403:
                assert found.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await ask.get(address(sha), headers=NEW)).status_code == 200
    made = await tokens.issue(two.ctx, "单位", frozenset({"library:read"}), 5)
    bearer = {**NEW, "Authorization": f"Bearer {made.token}"}
    assert (await ask.post("/graphql", json={"query": "{ library { revision } }"}, headers=bearer)).status_code == 200


@pytest.mark.parametrize("changes", [{"cache_seconds": 90}])
async def test_caches_may_answer_for_a_while_where_that_is_set(two: Two) -> None:
    (sha,) = await two.register(CLOCK)
    found = await two.visitors[0].client.get(address(sha), headers=NEW)
    assert found.headers["Cache-Control"] == "public, max-age=90, must-revalidate"


@pytest.mark.parametrize("changes", [{"kept_answers_bytes": 0}])
async def test_without_memory_answers_are_made_each_time_and_still_confirmed(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(CLOCK)
    found = await ask.get(address(sha), headers=NEW)
    assert found.json()["data"]["deadline"]["due"] == "2026-01-12"
    again = await ask.get(address(sha), headers={**NEW, "If-None-Match": found.headers["ETag"]})
    assert again.status_code == 304
    assert (await ask.get(address(sha), headers=NEW)).content == found.content


async def test_both_ways_through_the_application_give_the_same_answer(two: Two) -> None:
    """The hot lane answers what is at hand without a context; the ordinary way says the very same."""
    (sha,) = await two.register(ONE)
    path = address(sha, {"code": world.WHOLE})
    lane = two.apps[0].lane  # type: ignore[attr-defined]

    async def ask(*, hot: bool, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        two.apps[0].lane = lane if hot else None  # type: ignore[attr-defined]
        found = await two.visitors[0].client.get(path, headers={**NEW, **headers})
        changing = {"ratelimit", "x-request-id", "date"}
        return found.status_code, found.content, {n: v for n, v in found.headers.items() if n not in changing}

    made = await ask(hot=True)
    assert made == await ask(hot=True) == await ask(hot=False)
    tag = made[2]["etag"]
    unchanged = await ask(hot=True, **{"If-None-Match": tag})
    assert unchanged[0] == 304
    assert unchanged == await ask(hot=False, **{"If-None-Match": tag})


@pytest.mark.parametrize("changes", [{"rate_anonymous_per_minute": 40}])
async def test_kept_and_confirmed_answers_count_against_the_quota(two: Two) -> None:
    ask = two.visitors[0].client
    (sha,) = await two.register(CLOCK)
    found = await ask.get(address(sha), headers=NEW)
    statuses = []
    for number in range(60):
        headers = {**NEW, "If-None-Match": found.headers["ETag"]} if number % 2 else NEW
        statuses.append((await ask.get(address(sha), headers=headers)).status_code)
    assert statuses.count(429) == 60 + 1 - 40
    assert set(statuses) == {200, 304, 429}


@pytest.mark.parametrize(
    "query",
    [
        "documentId=",
        "documentId=a&variables=%7B",
        "documentId=a&variables=[]",
        "documentId=a&extensions=5",
        "documentId=%00",
        "documentId=%ED%A0%80",
        "documentId=" + "a" * 5000,
        "query=%7B__typename%7D&documentId=a",
        "documentId=a&" + "&".join(f"x{n}=1" for n in range(200)),
        "extensions=%7B%22persistedQuery%22%3A%7B%7D%7D",
    ],
)
async def test_addresses_that_make_no_sense_are_refused_with_a_label(two: Two, query: str) -> None:
    found = await two.visitors[0].client.get(f"/graphql?{query}", headers=NEW)
    assert found.status_code in {400, 404}
    assert found.headers["Cache-Control"] == "no-store"
    codes = {one["extensions"]["code"] for one in found.json()["errors"]}
    assert codes <= {"BAD_REQUEST", "BAD_USER_INPUT", "PERSISTED_QUERY_NOT_FOUND"}
