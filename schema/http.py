"""GraphQL over HTTP: one address, GET for queries and POST with JSON, answers as `application/graphql-response+json`.

No batching, no uploads, no cookies that could be abused: a POST must carry `application/json`, which no form can send
across sites, and a session speaks only for requests of our own pages (`schema.same_site`). The specification followed is GraphQL over HTTP; its 61 audits run in the tests.

The endpoint speaks ASGI itself, with headers made beforehand: around a small read the framework's objects would cost
several times what the read does.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graphql import GraphQLError
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import NotPermitted, NotSignedIn, Refusal, TooMany, Unavailable
from resolvers.outages import away, database_away
from schema.answers import Answer, Asked, encode
from schema.disconnects import ClientGone, while_connected
from schema.errors import INTERNAL, labelled_error, refusal_error
from schema.examples import load as load_examples
from schema.ide import ide_routes
from schema.limits import Limits
from schema.rates import RateLimiter, Rates, Standing
from schema.registered import Ready, RegisteredAnswers, Registering
from schema.registered_asking import DocumentUnknown
from schema.registered_documents import PATH as DOCUMENTS_PATH
from schema.registered_documents import DocumentsEndpoint
from schema.requests import ANSWER, LEGACY, BadRequest, from_body, from_query, media_for, read_body
from schema.root import runner
from schema.same_site import check_site
from schema.slow import note_slow
from schema.streaming import Streams, send_stream, wants_stream

PATH: Final = "/graphql"
SCOPE: Final = "library:read"
ALLOWED: Final = "GET, POST, OPTIONS"
CLIENT_CLOSED: Final = 499
"""Counted for a client that went away before its answer; nobody receives it."""

KEY: Final = b"idempotency-key"

Headers = list[tuple[bytes, bytes]]

_log = logging.getLogger(__name__)


def _lines(fields: Mapping[str, str]) -> Headers:
    """Return header fields as ASGI wants them."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()]


# Pages of other sites may read what is public. The star makes browsers refuse any request that carries cookies, so
# nobody's session can be used from elsewhere.
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, RateLimit, RateLimit-Policy, Retry-After",
}
_PREFLIGHT: Final = {
    **_ALWAYS,
    "Access-Control-Allow-Methods": ALLOWED,
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": ALLOWED,
}
_FIXED: Final = {"Vary": "Accept", "Cache-Control": "no-store", **_ALWAYS}
OWN: Final = frozenset(name.lower().encode() for name in _ALWAYS)
"""The names of the headers that every answer of the endpoint carries."""


def joined(lines: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return header lines as they go over the wire."""
    return b"".join([b"%b: %b\r\n" % line for line in lines])


class Fixed(NamedTuple):
    """Header lines that are the same in every answer of a kind, and the same as they go over the wire."""

    lines: Headers
    wire: bytes


def _fixed(fields: Mapping[str, str]) -> Fixed:
    lines = _lines(fields)
    return Fixed(lines, joined(lines))


NOTHING: Final = Fixed([], b"")
HEADS: Final = {media: _fixed({**_FIXED, "Content-Type": f"{media}; charset=utf-8"}) for media in (ANSWER, LEGACY)}
"""The headers that every answer in a media type carries."""


@dataclass(frozen=True, slots=True)
class GraphConfig:
    """What a deployment decides about the interface.

    Operations that take ``slow_ms`` or longer are logged; ``compiled`` says whether reads are compiled.
    """

    limits: Limits = field(default_factory=Limits)
    rates: Rates = field(default_factory=Rates)
    ide: bool = True
    slow_ms: int = 500
    compiled: bool = True
    registering: Registering = field(default_factory=Registering)


@dataclass(slots=True)
class Reply:
    """An HTTP answer, ready to be sent; its head is what is ``fixed``, then its own ``headers``."""

    status: int
    headers: Headers
    body: bytes = b""
    fixed: Fixed = NOTHING


def routes(config: GraphConfig | None = None, endpoint: "Endpoint | None" = None) -> list[BaseRoute]:
    """Return the routes of the interface: /graphql, and /graphiql if the deployment wants it."""
    config = config or GraphConfig()
    endpoint = endpoint or Endpoint(config)
    documents = DocumentsEndpoint(config.limits, endpoint.rates)
    found: list[BaseRoute] = [Route(PATH, endpoint, name="graphql"), Route(DOCUMENTS_PATH, documents)]
    return [*found, *ide_routes(load_examples())] if config.ide else found


class Endpoint:
    """The ASGI endpoint of /graphql. It answers every method itself, so that every refusal is JSON."""

    def __init__(self, config: GraphConfig) -> None:
        self._limits = config.limits
        self._slow_seconds = config.slow_ms / 1000
        self._compiled = config.compiled
        self.rates = RateLimiter(config.rates)
        self.streams = Streams()
        self.registered = RegisteredAnswers(config.registering, config.limits, tuple(_lines(_ALWAYS)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose context the application has put into the request's state."""
        ctx = scope["state"]["context"]
        if wants_stream(scope) and ctx.actor.kind == "official":
            await self._stream(scope, receive, send, ctx)
        else:
            await self.send(await self.answer(scope, receive, ctx), send)

    async def send(self, reply: Reply, send: Send, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Send a reply with ``more`` headers."""
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [*reply.fixed.lines, *reply.headers, *more],
            },
        )
        await send({"type": "http.response.body", "body": reply.body})

    async def _stream(self, scope: Scope, receive: Receive, send: Send, ctx: Context) -> None:
        """Answer an official's request for a stream: with one, or with the refusal as JSON."""
        given, client = dict(scope["headers"][::-1]), scope.get("client")
        standing = await self.rates.take(ctx, client[0] if client else "")
        headers = standing.headers
        try:
            if not standing.allowed:
                await self.send(_refuse(429, _too_many(standing), LEGACY, headers), send)
                return
            check_site(given, ctx)
            with self.streams.place(ctx):
                body = await read_body(receive, given.get(b"content-length", b""), self._limits.body_bytes)
                asked = await self.registered.resolved(from_body(given.get(b"content-type", b""), body), ctx)
                last = given.get(b"last-event-id", b"").decode("latin-1")
                found = await runner.stream(asked, ctx, self._limits, scope["state"]["renew"], last)
                if isinstance(found, Answer):
                    await self.send(_respond(found, ANSWER, headers), send)
                else:
                    await send_stream(found, receive, send, [*_lines(_ALWAYS), *headers])
        except BadRequest as error:
            await self.send(_refuse(error.status, error.error, LEGACY, headers), send)
        except Refusal as refusal:
            await self.send(_refuse(refusal.status, refusal_error(refusal), LEGACY, headers), send)

    async def at_hand(self, scope: Scope, database: Database) -> Reply | None:
        """Answer a visitor's GET from memory; None, and nothing counted, if :meth:`answer` must be asked."""
        given = dict(scope["headers"])
        media = media_for(given.get(b"accept"))
        if media is None:
            return None
        accepted, client = given.get(b"accept-encoding", b""), scope.get("client")
        try:
            kept = await self.registered.at_hand(scope["query_string"], media, accepted, database.publicity)
        except Unavailable:
            return None
        if kept is None or (standing := self.rates.spend(client[0] if client else "")) is None:
            return None
        found = self.registered.ready(kept, given.get(b"if-none-match", b""))
        return Reply(found.status, [*found.head, *standing.headers], found.body)

    async def answer(self, scope: Scope, receive: Receive, ctx: Context) -> Reply:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            return Reply(204, _lines(_PREFLIGHT))
        # Of a header that stands twice the first one counts.
        given = dict(scope["headers"][::-1])
        media = media_for(given.get(b"accept"))
        client = scope.get("client")
        standing = await self.rates.take(ctx, client[0] if client else "")
        headers = standing.headers
        try:
            if not standing.allowed:
                return _refuse(429, _too_many(standing), media, headers)
            if media is None:
                raise _not_acceptable(scope)
            _check_token(given, ctx)
            check_site(given, ctx)
            found = await self._run(scope, given, receive, ctx, media)
            if isinstance(found, Ready):
                return Reply(found.status, [*found.head, *headers], found.body)
            return _respond(found, media, headers)
        except BadRequest as error:
            return _refuse(error.status, error.error, media, [*headers, *_lines(error.headers)])
        except DocumentUnknown as unknown:
            # The one refusal that old clients wait for with status 200, as everything under the old media type.
            status = 200 if media == LEGACY else 404 if scope["method"] == "GET" else 400
            return _refuse(status, refusal_error(unknown), media, headers)
        except Refusal as refusal:
            asked = [(b"www-authenticate", b"Bearer")] if isinstance(refusal, NotSignedIn) else []
            return _refuse(refusal.status, refusal_error(refusal), media, [*headers, *asked])
        except ClientGone:
            return Reply(CLIENT_CLOSED, [])
        except Exception as error:  # noqa: BLE001 - a masked answer in the form of the interface, whatever went wrong
            _log.exception("graphql request failed (request %s)", ctx.request_id)
            return _failed(error, ctx, media, headers)

    def refused(self, scope: Scope, refusal: Refusal) -> Reply:
        """Return a refusal that was found before the endpoint was asked."""
        accept = next((value for name, value in scope["headers"] if name == b"accept"), None)
        return _refuse(refusal.status, refusal_error(refusal), media_for(accept), [])

    async def _run(
        self, scope: Scope, given: Mapping[bytes, bytes], receive: Receive, ctx: Context, media: str
    ) -> Answer | Ready:
        limits, method = self._limits, scope["method"]
        if method == "GET":

            async def run(asked: Asked) -> Answer:
                return await self._watched(asked, ctx, receive, read_only=True)

            query, accepted = scope["query_string"], given.get(b"accept-encoding", b"")
            ready = await self.registered.answer(query, media, accepted, given.get(b"if-none-match", b""), ctx, run)
            return ready or await run(await self.registered.resolved(from_query(query, limits.body_bytes), ctx))
        if method == "POST":
            body = await read_body(receive, given.get(b"content-length", b""), limits.body_bytes)
            asked = from_body(given.get(b"content-type", b""), body)
            key = given.get(KEY, b"").decode("latin-1")
            return await self._watched(await self.registered.resolved(asked, ctx), ctx, receive, key=key)
        raise BadRequest("请使用 GET 或 POST 方法。", 405, Allow=ALLOWED)

    async def _watched(
        self, asked: Asked, ctx: Context, receive: Receive, *, read_only: bool = False, key: str = ""
    ) -> Answer:
        """Run an operation; log it if it took long, cancel it if its client goes away."""
        answer, started = None, time.perf_counter()
        try:
            running = runner.run(asked, ctx, self._limits, read_only=read_only, compiled=self._compiled, key=key)
            answer = await while_connected(running, receive)
            return answer
        finally:
            seconds = time.perf_counter() - started
            if seconds >= self._slow_seconds:
                note_slow(asked, answer, seconds, ctx.request_id)


def _not_acceptable(scope: Scope) -> Exception:
    """Return the refusal of a request that takes no JSON: of a visitor's for a stream, or of any other."""
    if wants_stream(scope):
        return NotSignedIn("订阅需要登录。", "请先登录。")
    return BadRequest(f"Accept 请求头须接受 {ANSWER} 或 {LEGACY}。", 406)


def _check_token(given: Mapping[bytes, bytes], ctx: Context) -> None:
    """Refuse a bearer token that nobody issued, and one that was not issued for reading the library."""
    if ctx.actor.kind == "anonymous" and given.get(b"authorization", b"").lower().startswith(b"bearer"):
        raise NotSignedIn("令牌无效、已过期或已被撤销。", "请更换有效的令牌；匿名访问请去掉 Authorization 请求头。")
    if ctx.actor.kind == "integrator" and SCOPE not in ctx.actor.scopes:
        raise NotPermitted("该令牌没有读取权力库的权限。", f"请向发放令牌的管理员申请 {SCOPE} 权限范围。")


def _too_many(standing: Standing) -> GraphQLError:
    policy, wait = standing.policy, standing.reset_seconds
    message = f"请求过于频繁：每 {policy.window} 秒最多 {policy.quota} 次。"
    return refusal_error(TooMany(message, f"请在 {wait} 秒后重试。", wait))


def _failed(error: Exception, ctx: Context, media: str | None, headers: Headers) -> Reply:
    """Return the answer to what nobody foresaw; a database that is away is said to be so."""
    if away(error):
        return _refuse(503, refusal_error(database_away()), media, headers)
    return _refuse(500, _failure(ctx.request_id), media, headers)


def _failure(request_id: str) -> GraphQLError:
    message = f"服务器内部错误，请稍后重试；如需反馈，请提供请求编号 {request_id or '（无）'}。"
    return labelled_error(message, INTERNAL, requestId=request_id)


def _respond(answer: Answer, media: str, headers: Headers) -> Reply:
    """Return an answer with the status the specification gives it under its media type.

    Under `application/json` everything that is a well-formed GraphQL request answers 200; under
    `application/graphql-response+json` a request that did not run answers 400.
    """
    status = 200
    if answer.wrong_method:
        status, headers = 405, [*headers, (b"allow", b"POST")]
    elif answer.refused and media == ANSWER:
        status = 400
    return _json(status, answer.encoded_body(), media, headers)


def _refuse(status: int, error: GraphQLError, media: str | None, headers: Headers) -> Reply:
    return _json(status, encode({"errors": [error.formatted]}), media or LEGACY, headers)


def _json(status: int, body: bytes, media: str, headers: Headers) -> Reply:
    length: tuple[bytes, bytes] = (b"content-length", b"%d" % len(body))
    return Reply(status, [length, *headers], body, HEADS[media])
