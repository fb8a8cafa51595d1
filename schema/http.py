"""GraphQL over HTTP: one address, GET for queries and POST with JSON, answers as `application/graphql-response+json`.

No batching, no uploads, no cookies that could be abused: a POST must carry `application/json`, which no form can send
across sites. The specification followed is GraphQL over HTTP; its 61 audits run in the tests.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from resolvers.context import Context
from resolvers.errors import NotPermitted, NotSignedIn, Refusal, TooMany
from schema.errors import refusal_error
from schema.examples import load as load_examples
from schema.ide import ide_routes
from schema.limits import Limits
from schema.operations import Answer
from schema.rates import RateLimiter, Rates, Standing
from schema.requests import ANSWER, LEGACY, BadRequest, best_media, encode, from_body, from_query, read_body
from schema.root import runner

SCOPE: Final = "library:read"
ALLOWED: Final = "GET, POST, OPTIONS"

# Pages of other sites may read what is public. The star makes browsers refuse any request that carries cookies, so
# nobody's session can be used from elsewhere.
SHARED: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": ALLOWED,
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type",
    "Access-Control-Expose-Headers": "RateLimit, RateLimit-Policy, Retry-After",
    "Access-Control-Max-Age": "86400",
}
FIXED: Final = {"Vary": "Accept", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **SHARED}


@dataclass(frozen=True, slots=True)
class GraphConfig:
    """What a deployment decides about the interface."""

    limits: Limits = field(default_factory=Limits)
    rates: Rates = field(default_factory=Rates)
    ide: bool = True


def routes(config: GraphConfig | None = None) -> list[BaseRoute]:
    """Return the routes of the interface: /graphql, and /graphiql if the deployment wants it."""
    config = config or GraphConfig()
    found: list[BaseRoute] = [Route("/graphql", Endpoint(config), name="graphql")]
    return [*found, *ide_routes(load_examples())] if config.ide else found


class Endpoint:
    """The ASGI endpoint of /graphql. It answers every method itself, so that every refusal is JSON."""

    def __init__(self, config: GraphConfig) -> None:
        self._config = config
        self._rates = RateLimiter(config.rates)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive, send)
        await (await self.answer(request))(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Answer one request. The application has put the context into the request's state."""
        if request.method == "OPTIONS":
            return Response(None, 204, {**SHARED, "Allow": ALLOWED})
        ctx: Context = request.state.context
        media = best_media(request.headers.get("accept"))
        address = request.client.host if request.client else ""
        standing = await self._rates.take(ctx, address)
        try:
            if not standing.allowed:
                return _refuse(429, _too_many(standing), media, standing.headers)
            if media is None:
                raise BadRequest(f"Accept 请求头须接受 {ANSWER} 或 {LEGACY}。", 406)
            _check_token(request, ctx)
            return _respond(await self._run(request, ctx), media, standing.headers)
        except BadRequest as error:
            return _refuse(error.status, error.error, media, {**standing.headers, **error.headers})
        except Refusal as refusal:
            asked = {"WWW-Authenticate": "Bearer"} if isinstance(refusal, NotSignedIn) else {}
            return _refuse(refusal.status, refusal_error(refusal), media, {**standing.headers, **asked})

    async def _run(self, request: Request, ctx: Context) -> Answer:
        limits = self._config.limits
        if request.method == "GET":
            return await runner.run(from_query(request.query_params), ctx, limits, read_only=True)
        if request.method == "POST":
            asked = from_body(request.headers, await read_body(request, limits.body_bytes))
            return await runner.run(asked, ctx, limits)
        raise BadRequest("请使用 GET 或 POST 方法。", 405, Allow=ALLOWED)


def _check_token(request: Request, ctx: Context) -> None:
    """Refuse a bearer token that nobody issued, and one that was not issued for reading the library."""
    if ctx.actor.kind == "anonymous" and request.headers.get("authorization", "").lower().startswith("bearer"):
        raise NotSignedIn("令牌无效、已过期或已被撤销。", "请更换有效的令牌；匿名访问请去掉 Authorization 请求头。")
    if ctx.actor.kind == "integrator" and SCOPE not in ctx.actor.scopes:
        raise NotPermitted("该令牌没有读取权力库的权限。", f"请向发放令牌的管理员申请 {SCOPE} 权限范围。")


def _too_many(standing: Standing) -> GraphQLError:
    policy, wait = standing.policy, max(standing.reset_seconds, 1)
    message = f"请求过于频繁：每 {policy.window} 秒最多 {policy.quota} 次。"
    return refusal_error(TooMany(message, f"请在 {wait} 秒后重试。", wait))


def _respond(answer: Answer, media: str, headers: dict[str, str]) -> Response:
    """Return an answer with the status the specification gives it under its media type.

    Under `application/json` everything that is a well-formed GraphQL request answers 200; under
    `application/graphql-response+json` a request that did not run answers 400.
    """
    status, extra = 200, {}
    if answer.wrong_method:
        status, extra = 405, {"Allow": "POST"}
    elif answer.refused and media == ANSWER:
        status = 400
    return _json(status, answer.body(), media, {**headers, **extra})


def _refuse(status: int, error: GraphQLError, media: str | None, headers: dict[str, str]) -> Response:
    return _json(status, {"errors": [error.formatted]}, media or LEGACY, headers)


def _json(status: int, body: dict[str, Any], media: str, headers: dict[str, str]) -> Response:
    return Response(encode(body), status, {**FIXED, "Content-Type": f"{media}; charset=utf-8", **headers})
