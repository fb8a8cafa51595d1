"""The hot lane answers as the ordinary way does: the same requests both ways, and what must not go there."""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.app import create_app
from deploy.health import REQUESTS, SECONDS
from deploy.lane import Application, Lane
from domain.access import Role
from domain.document_files import GivenDocument
from resolvers import documents, tokens
from resolvers.context import Context
from resolvers.database import Database
from resolvers.lanes import Lane as ConnectionLane
from schema.limits import Limits
from schema.registered_checking import examiner
from tests import desks, factories
from tests.schema import world

ANSWER = "application/graphql-response+json"
JSON = {"Content-Type": "application/json"}
OURS = "localhost:8000"
POWER = b'{"query":"query One($code: String!) { powerItem(code: $code) { name } }","variables":{"code":"%s"}}'


@dataclass(frozen=True)
class Sent:
    """A request as a server hands it over."""

    method: str = "POST"
    body: bytes = b'{"query":"{ __typename }"}'
    query: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    host: str | None = OURS
    path: str = "/graphql"
    chunks: int = 1

    def scope(self) -> dict[str, Any]:
        host = {} if self.host is None else {"host": self.host}
        given = {**host, **self.headers}
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": self.method, "scheme": "http",
            "path": self.path, "raw_path": self.path.encode(), "query_string": self.query, "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": ("203.0.113.5", 1234), "server": ("127.0.0.1", 8000), "state": {},
        }  # fmt: skip


@dataclass
class Got:
    """What came back: header lines sorted, the names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


async def send(app: Any, sent: Sent) -> Got:
    size = max(1, -(-len(sent.body) // sent.chunks))
    parts = [sent.body[at : at + size] for at in range(0, len(sent.body), size)] or [b""]
    found: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def take(message: Any) -> None:
        found.append(message)

    await app(sent.scope(), receive, take)
    headers = sorted((name.decode().lower(), value.decode("latin-1")) for name, value in found[0]["headers"])
    return Got(found[0]["status"], headers, b"".join(one.get("body", b"") for one in found[1:]))


REQUESTS_SENT: dict[str, Sent] = {
    "a query": Sent(),
    "a query by its new media type": Sent(headers={**JSON, "Accept": ANSWER}),
    "a query in several pieces": Sent(chunks=5),
    "a query with variables": Sent(body=POWER % world.WHOLE.encode()),
    "an item that is not there": Sent(body=POWER % b"nothing"),
    "by GET": Sent("GET", b"", b"query=%7B__typename%7D", {}),
    "by GET, with everything": Sent(
        "GET", b"", b"query=query+A%7B__typename%7D&operationName=A&variables=%7B%7D&extensions=%7B%7D", {}
    ),
    "by GET, the same parameter twice": Sent("GET", b"", b"query=%7Bx%7D&query=%7B__typename%7D", {}),
    "by GET, without a query": Sent("GET", b"", b"", {}),
    "by GET, bad variables": Sent("GET", b"", b"query=%7B__typename%7D&variables=%7B", {}),
    "by GET, bytes that are no text": Sent("GET", b"", b"query=%ff%fe%00", {}),
    "a mutation by GET": Sent("GET", b"", b"query=mutation%7Bx%7D", {}),
    "by GET, an endless address": Sent("GET", b"", b"query=%7B__typename" + b"+" * 300_000 + b"%7D", {}),
    "by GET, many parameters": Sent("GET", b"", b"&a=1" * 1_000, {}),
    "HEAD": Sent("HEAD", b"", b"query=%7B__typename%7D", {}),
    "PUT": Sent("PUT"),
    "DELETE": Sent("DELETE", b"", b"", {}),
    "an invented method": Sent("BREW", b"", b"", {}),
    "OPTIONS": Sent("OPTIONS", b"", b"", {"Origin": "https://elsewhere.example"}),
    "a preflight": Sent(
        "OPTIONS", b"", b"", {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    ),
    "from another site": Sent(headers={**JSON, "Origin": "https://elsewhere.example"}),
    "a syntax error": Sent(body=b'{"query":"{"}'),
    "an unknown field": Sent(body=b'{"query":"{ nothing }"}', headers={**JSON, "Accept": ANSWER}),
    "an unknown operation": Sent(body=b'{"query":"{ __typename }","operationName":"B"}'),
    "a variable of the wrong type": Sent(
        body=b'{"query":"query($n: Int!){powerItems(first:$n){totalCount}}","variables":{"n":"x"}}'
    ),
    "a page too large": Sent(body=b'{"query":"{powerItems(first:5000){edges{cursor}}}"}'),
    "a cursor of nobody": Sent(body=b'{"query":"{powerItems(first:2, after:\\"x\\"){edges{cursor}}}"}'),
    "NUL in a variable": Sent(body=b'{"query":"{ __typename }","variables":{"a":"\\u0000"}}'),
    "no JSON": Sent(body=b"{"),
    "a batch": Sent(body=b"[]"),
    "no UTF-8": Sent(body=b"\xff\xfe"),
    "nothing": Sent(body=b""),
    "JSON too deep": Sent(body=b'{"query":"{a}","variables":' + b'{"a":' * 70 + b"1" + b"}" * 71),
    "too many values": Sent(body=b'{"query":"{a}","variables":{"a":[' + b"1," * 20_000 + b"1]}}"),
    "a body too large": Sent(body=b" " * 300_000),
    "a body too large in pieces": Sent(body=b" " * 1_000_000, chunks=40),
    "a length that says it is too large": Sent(headers={**JSON, "Content-Length": "999999999"}),
    "a length beyond all numbers": Sent(headers={**JSON, "Content-Length": "9" * 5000}),
    "a document too large": Sent(body=b'{"query":"{ __typename ' + b" " * 70_000 + b'}"}'),
    "another media type": Sent(headers={"Content-Type": "text/plain"}),
    "no media type": Sent(headers={}),
    "another character set": Sent(headers={"Content-Type": "application/json; charset=gbk"}),
    "an answer that we do not give": Sent(headers={**JSON, "Accept": "text/html"}),
    "other cookies": Sent(headers={**JSON, "Cookie": "theme=dark; other=1"}),
    "a session's cookie": Sent(headers={**JSON, "Cookie": "session=nobodys"}),
    "a token of nobody": Sent(headers={**JSON, "Authorization": "Bearer nothing"}),
    "another kind of authorization": Sent(headers={**JSON, "Authorization": "Basic eDp5"}),
    "a request id of a proxy": Sent(headers={**JSON, "X-Request-ID": "abcdef-123456"}),
    "a request id that is none": Sent(headers={**JSON, "X-Request-ID": "bad id"}),
    "another host": Sent(host="elsewhere.example"),
    "no host": Sent(host=None),
    "a host in capitals": Sent(host="LOCALHOST:8000"),
    "a host that is two": Sent(host="localhost, elsewhere.example"),
    "a host with a name before it": Sent(host="elsewhere.example@localhost"),
    "a host below ours": Sent(host="below.localhost"),
    "a host with a port that is none": Sent(host="localhost:80x"),
    "the other loopback": Sent(host="[::1]:8000"),
    "a slash too much": Sent(path="/graphql/"),
    "an address below": Sent(path="/graphql/more"),
}


@pytest.fixture
async def app(database_url: str, context: Context) -> AsyncIterator[Application]:
    await world.build(context)
    async with desks.running(desks.settings(database_url)) as running:
        assert isinstance(running, Application)
        yield running


@pytest.fixture
async def context(database: Any) -> Context:
    return factories.context(database)


@dataclass
class Ways:
    """The same application twice: with its lane, and without."""

    app: Application

    async def both(self, sent: Sent) -> tuple[Got, Got]:
        hot = await send(self.app, sent)
        lane, self.app.lane = self.app.lane, None
        try:
            return hot, await send(self.app, sent)
        finally:
            self.app.lane = lane


def stable(got: Got, policy: str = "anonymous") -> Got:
    """Replace what differs from request to request by its form, so that a missing or a broken one shows."""
    changing = {"x-request-id": r"[A-Za-z0-9-]{8,64}", "ratelimit": rf'"{policy}";r=\d+;t=\d+'}
    headers = [
        (name, changing[name]) if name in changing and re.fullmatch(changing[name], value) else (name, value)
        for name, value in got.headers
    ]
    return Got(got.status, headers, got.body)


async def test_both_ways_give_the_same_answers(app: Application) -> None:
    different = {}
    for name, sent in REQUESTS_SENT.items():
        hot, ordinary = await Ways(app).both(sent)
        if stable(hot) != stable(ordinary):
            different[name] = (hot, ordinary)
    assert not different


async def test_both_ways_give_the_same_registered_documents(app: Application, context: Context) -> None:
    text = "query Named { governments { name } }"
    await documents.register(context, [GivenDocument("test", "test", text)], examiner(Limits()))
    by_name = b"documentId=" + hashlib.sha256(text.encode()).hexdigest().encode()
    plain = Sent("GET", b"", by_name, {})
    first, _ = await Ways(app).both(plain)
    tag = dict(first.headers)["etag"]
    assert first.status == 200
    sent = {
        "plain": plain,
        "packed": replace(plain, headers={"Accept-Encoding": "br"}),
        "known": replace(plain, headers={"If-None-Match": tag}),
        "not known": replace(plain, headers={"If-None-Match": '"another"'}),
        "posted": Sent(body=b'{"documentId":"%b"}' % by_name[11:]),
        "nobody's": replace(plain, query=b"documentId=" + b"0" * 64),
        "malformed": replace(plain, query=b"documentId="),
        "nobody's, posted": Sent(body=b'{"documentId":"nobodys"}', headers={**JSON, "Accept": ANSWER}),
    }
    answers = {name: await Ways(app).both(one) for name, one in sent.items()}
    assert {name: stable(hot) == stable(ordinary) for name, (hot, ordinary) in answers.items()} == dict.fromkeys(
        sent, True
    )
    assert [answers[name][0].status for name in ("plain", "packed", "known", "posted")] == [200, 200, 304, 200]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a query", True),
        ("by GET", True),
        ("PUT", True),
        ("OPTIONS", True),
        ("a body too large", True),
        ("other cookies", True),
        ("a host in capitals", True),
        ("the other loopback", True),
        ("a session's cookie", True),
        ("a token of nobody", True),
        ("another kind of authorization", True),
        # Whatever is unusual goes the ordinary way.
        ("another host", False),
        ("no host", False),
        ("a host that is two", False),
        ("a host with a name before it", False),
        ("a host below ours", False),
        ("a slash too much", False),
    ],
)
def test_only_what_is_usual_goes_the_hot_lane(lane: Lane, name: str, *, taken: bool) -> None:
    assert lane.takes(REQUESTS_SENT[name].scope()) is taken


@pytest.mark.parametrize("header", ["cookie", "host", "authorization", "content-type"])
def test_a_header_that_stands_twice_goes_the_ordinary_way(lane: Lane, header: str) -> None:
    scope = Sent().scope()
    scope["headers"] += [(header.encode(), b"a"), (header.encode(), b"b")]
    assert not lane.takes(scope)


def test_a_mounted_application_and_other_protocols_go_the_ordinary_way(lane: Lane) -> None:
    assert not lane.takes({**Sent().scope(), "root_path": "/under"})
    assert not lane.takes({**Sent().scope(), "type": "websocket"})
    assert not lane.takes({"type": "lifespan"})


async def official(app: Application, context: Context) -> str:
    """Return the token of a session of somebody in office."""
    now = context.at(datetime.now(UTC))
    of = await factories.government(now, division_code="990200")
    body = await factories.body(now, of, code="B077", number="077", name="云川市车道局")
    person = await desks.official(now, body, "lane", Role.STAFFING_OFFICE)
    return await desks.session_of(now, person)


@pytest.mark.parametrize(("base", "cookie"), [("http://localhost:8000", "session"), ("https://p.cn", "__Host-session")])
async def test_who_is_signed_in_is_known_on_both_ways_under_both_names_of_the_cookie(
    database_url: str, context: Context, base: str, cookie: str
) -> None:
    """What only officials may read is read, and what another site sends in their name is refused."""
    async with desks.running(desks.settings(database_url, base_url=base)) as app:
        assert isinstance(app, Application)
        token, host = await official(app, context), base.partition("//")[2]
        mine = {**JSON, "Cookie": f"a=1; {cookie}={token}"}
        asked = Sent(body=b'{"query":"{ matters(first: 1) { edges { cursor } } }"}', headers=mine, host=host)
        hot, ordinary = await Ways(app).both(asked)
        assert stable(hot, "signed-in") == stable(ordinary, "signed-in")
        assert b'"errors"' not in hot.body
        assert '"signed-in"' in dict(hot.headers)["ratelimit"]
        foreign = replace(asked, headers={**mine, "Sec-Fetch-Site": "cross-site"})
        hot, ordinary = await Ways(app).both(foreign)
        assert (hot.status, stable(hot, "signed-in")) == (403, stable(ordinary, "signed-in"))


async def test_integrators_are_known_on_both_ways(app: Application, context: Context) -> None:
    now = context.at(datetime.now(UTC))
    given = (await tokens.issue(now, "集成方", frozenset({"library:read"}), 1)).token
    sent = Sent(headers={**JSON, "Authorization": f"Bearer {given}"})
    hot, ordinary = await Ways(app).both(sent)
    assert stable(hot, "integrator") == stable(ordinary, "integrator")
    assert hot.status == 200


async def test_while_the_database_is_away_nobody_is_taken_for_somebody(app: Application) -> None:
    """A session that cannot be looked up is neither live nor dead: the answer says to come again."""
    whole: Database = app.state.database
    away = await Database.connect(whole.url, pool_size=1)

    async def refused() -> Any:
        raise ConnectionRefusedError

    app.state.database = replace(away, quick=ConnectionLane(refused, 1))
    hot, ordinary = await Ways(app).both(REQUESTS_SENT["a session's cookie"])
    app.state.database = whole
    await away.close()
    assert (hot.status, ordinary.status) == (503, 503)
    assert b"UNAVAILABLE" in hot.body


def test_a_stream_goes_the_ordinary_way(lane: Lane) -> None:
    assert not lane.takes(Sent(headers={**JSON, "Accept": "text/event-stream"}).scope())


@pytest.fixture
def lane() -> Lane:
    found = create_app(desks.settings("postgresql://nobody@localhost/none"))
    assert isinstance(found, Application)
    assert found.lane is not None
    return found.lane


@pytest.mark.parametrize(
    ("hosts", "host", "ours"),
    [
        ("*.example.cn", "power.example.cn", True),
        ("*.example.cn", "example.cn", False),
        ("*.example.cn", "evilexample.cn", False),
        ("power.example.cn", "power.example.cn:8443", True),
        ("power.example.cn", "www.power.example.cn", False),
    ],
)
async def test_hosts_are_ours_or_not_as_on_the_ordinary_way(hosts: str, host: str, *, ours: bool) -> None:
    app = create_app(desks.settings("postgresql://nobody@localhost/none", allowed_hosts=hosts))
    assert isinstance(app, Application)
    assert app.lane is not None
    sent = Sent("OPTIONS", b"", b"", {}, host=host)
    assert app.lane.takes(sent.scope()) is ours
    app.state.database = None
    hot, ordinary = await Ways(app).both(sent)
    assert stable(hot) == stable(ordinary)
    assert (hot.status == 204) is ours


async def test_https_is_asked_for_both_ways(database_url: str) -> None:
    async with desks.running(desks.settings(database_url, base_url="https://power.example.cn")) as app:
        assert isinstance(app, Application)
        hot, ordinary = await Ways(app).both(Sent(host="power.example.cn"))
    assert stable(hot) == stable(ordinary)
    assert dict(hot.headers)["strict-transport-security"].startswith("max-age=")


def figures(method: str, status: str) -> tuple[float, float]:
    count = REQUESTS.labels(method, "/graphql", status)._value.get()
    return count, SECONDS.labels("/graphql")._sum.get()


@pytest.mark.parametrize(("name", "status"), [("a query", "200"), ("another media type", "415"), ("PUT", "405")])
async def test_both_ways_are_counted_alike(app: Application, name: str, status: str) -> None:
    sent = REQUESTS_SENT[name]
    before = figures(sent.method, status)
    await send(app, sent)
    between = figures(sent.method, status)
    lane, app.lane = app.lane, None
    await send(app, sent)
    app.lane = lane
    after = figures(sent.method, status)
    assert (between[0] - before[0], after[0] - between[0]) == (1, 1)
    assert before[1] < between[1] < after[1]


async def test_one_quota_for_both_ways(database_url: str) -> None:
    async with desks.running(desks.settings(database_url, rate_anonymous_per_minute=3)) as app:
        assert isinstance(app, Application)
        answers = [one.status for _ in range(2) for one in await Ways(app).both(Sent())]
    assert answers == [200, 200, 200, 429]


async def test_a_failure_of_our_own_is_json_with_its_request_id(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret reason")

    monkeypatch.setattr("schema.http.runner.run", broken)
    for got in await Ways(app).both(Sent(headers={**JSON, "X-Request-ID": "abcdef-123456"})):
        assert got.status == 500
        assert b"INTERNAL_SERVER_ERROR" in got.body
        assert b"abcdef-123456" in got.body
        assert b"secret" not in got.body
