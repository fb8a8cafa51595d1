"""`POST /graphql/documents`: registers documents over HTTP, for the build of a client; needs a token with the scope.

The body is what the command line reads from a file: relay-compiler's JSON object, Apollo's manifest, or one document as
`application/graphql`. The answer tells of every document what became of it; 422 says that some were refused.
"""

import logging
from typing import Any, Final

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from domain.access import Permission
from domain.document_files import PREFIX, DocumentFileError, read_documents
from resolvers.context import Context
from resolvers.documents import Outcome, refused, register
from resolvers.errors import NotPermitted, NotSignedIn, Refusal, TooMany
from resolvers.permits import permit
from schema.answers import encode
from schema.errors import INTERNAL, labelled_error, refusal_error
from schema.limits import Limits
from schema.rates import RateLimiter
from schema.registered_checking import examiner
from schema.requests import LEGACY, BadRequest, read_body

PATH: Final = "/graphql/documents"
DOCUMENT: Final = "application/graphql"
FORMS: Final = {LEGACY: "request.json", DOCUMENT: "request.graphql"}
"""What the body is read as, by its media type."""

LONGEST_BYTES: Final = 4_194_304
"""A client's whole set of documents; one document is bounded by the limits of the interface."""

Lines = list[tuple[bytes, bytes]]

_log = logging.getLogger(__name__)


class DocumentsEndpoint:
    """The ASGI endpoint of /graphql/documents. Every answer is JSON."""

    def __init__(self, limits: Limits, rates: RateLimiter) -> None:
        self._rates = rates
        self._examine = examiner(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose context the application has put into the request's state."""
        ctx: Context = scope["state"]["context"]
        status, headers, body = await self._answer(scope, receive, ctx)
        fixed = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive, ctx: Context) -> tuple[int, Lines, bytes]:
        client = scope.get("client")
        standing = await self._rates.take(ctx, client[0] if client else "")
        headers: Lines = list(standing.headers)
        try:
            if not standing.allowed:
                raise TooMany("请求过于频繁。", f"请在 {standing.reset_seconds} 秒后重试。", standing.reset_seconds)
            outcomes = await self._registered(scope, receive, ctx)
        except BadRequest as refused_request:
            more = [(name.lower().encode(), value.encode()) for name, value in refused_request.headers.items()]
            return refused_request.status, [*headers, *more], _errors(refused_request.error)
        except Refusal as refusal:
            more = [(b"www-authenticate", b"Bearer")] if isinstance(refusal, NotSignedIn) else []
            return refusal.status, [*headers, *more], _errors(refusal_error(refusal))
        except Exception:  # noqa: BLE001 - a masked answer in the form of the interface, whatever went wrong
            _log.exception("documents could not be registered (request %s)", ctx.request_id)
            failure = labelled_error("服务器内部错误，请稍后重试。", INTERNAL, requestId=ctx.request_id)
            return 500, headers, _errors(failure)
        bad = len(refused(outcomes))
        return 422 if bad else 200, headers, encode({"documents": [_shown(one) for one in outcomes], "refused": bad})

    async def _registered(self, scope: Scope, receive: Receive, ctx: Context) -> tuple[Outcome, ...]:
        if scope["method"] != "POST":
            raise BadRequest("请使用 POST 方法。", 405, Allow="POST")
        _permitted(ctx)
        given = dict(reversed(scope["headers"]))
        body = await read_body(receive, given.get(b"content-length", b""), LONGEST_BYTES)
        media = given.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
        if media not in FORMS:
            raise BadRequest(f"Content-Type 须为 {LEGACY} 或 {DOCUMENT}。", 415, Accept=f"{LEGACY}, {DOCUMENT}")
        try:
            documents = read_documents(FORMS[media], body)
        except DocumentFileError as error:
            raise BadRequest(f"请求正文：{error}。") from error
        return await register(ctx, documents, self._examine)


def _permitted(ctx: Context) -> None:
    """Refuse early, before anything is read; the use-case itself asks again."""
    try:
        permit(ctx, Permission.DOCUMENT_REGISTER)
    except NotSignedIn:
        raise NotSignedIn("登记查询文档需要令牌。", "请在 Authorization 请求头中提供令牌。") from None
    except NotPermitted:
        hint = "请向发放令牌的管理员申请 documents:register 权限范围。"
        raise NotPermitted("没有登记查询文档的权限。", hint) from None


def _shown(outcome: Outcome) -> dict[str, Any]:
    """Return what a client is told of one document."""
    shown: dict[str, Any] = {"name": outcome.name, "state": outcome.state}
    if outcome.state == "refused":
        return {**shown, "reason": outcome.reason}
    shown |= {"documentId": f"{PREFIX}{outcome.sha256}", "cost": outcome.cost, "operations": list(outcome.operations)}
    return {**shown, "alias": outcome.alias} if outcome.alias else shown


def _errors(error: GraphQLError) -> bytes:
    return encode({"errors": [error.formatted]})
