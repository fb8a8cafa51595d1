"""Upward reporting: two addresses for the platforms above, and a page on the desk that shows how late each is (X1; 003-28).

The addresses are for machines: answers are JSON, refusals too, and nothing about who asks is taken from a cookie. Whoever has
no token, a wrong one, or one that was ended gets one and the same answer.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission
from domain.exchange import Allowed, Delay
from domain.proof.checkpoints import root_bytes
from domain.proof.notes import NoteBroken
from portal import asking
from portal.labels import mark
from portal.publishing import matches
from portal.rendering import render
from resolvers import exchange, exchange_standing
from resolvers.errors import FieldProblem, InvalidInput, Refusal
from resolvers.exchange_standing import Standing

LONGEST_BODY: Final = 4_096
FARTHEST: Final = 10**15
UNKEPT: Final = {"Cache-Control": "private, no-store"}
CHECKED: Final = {"Cache-Control": "private, no-cache"}
DELAYS: Final[dict[Delay, str]] = {"": mark("按时"), "near": mark("接近期限"), "late": mark("超过期限")}
GRADES: Final[dict[Delay, str]] = {"": "reminder", "near": "warning", "late": "alarm"}


@dataclass(frozen=True, slots=True)
class Line:
    """A platform on the page: hours and minutes of its delay, what that is called, and the grade whose colour it has."""

    standing: Standing
    hours: int
    minutes: int
    delay: Delay


@dataclass(frozen=True, slots=True)
class ExchangePage:
    """How far every platform is, and what the rules allow."""

    lines: tuple[Line, ...]
    ended: tuple[Standing, ...]
    limit: int
    warning: int
    clause: str
    delays: dict[Delay, str]
    grades: dict[Delay, str]


def _refused(refusal: Refusal) -> Response:
    told: dict[str, Any] = {"code": refusal.code, "message": refusal.message, "remedy": refusal.remedy}
    return JSONResponse({"error": told}, refusal.status, headers=UNKEPT)


async def entries(request: Request) -> Response:
    """Send a page of entries; nothing new since the last look is "not modified"."""
    ctx = request.state.context
    try:
        exchange.permit_upper(ctx, Permission.EXCHANGE_ENTRY_READ)
        after = asking.number(request, "after", 0, FARTHEST) or 0
        most = asking.number(request, "first", 1, exchange.MOST) or exchange.USUAL
        found = await exchange.entries(ctx, after, most)
    except Refusal as refusal:
        return _refused(refusal)
    head = json.dumps(
        {"log": found.origin, "size": found.size, "received": found.received, "after": after, "next": found.following}
    )
    lines = b",\n".join(one.line for one in found.entries)
    content = b'%b, "entries": [\n%b\n]}\n' % (head[:-1].encode(), lines)
    headers = {**CHECKED, "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
    if matches(request.headers.get("If-None-Match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


async def received(request: Request) -> Response:
    """Take note of what a platform has, and answer how far that is by our own books."""
    ctx = request.state.context
    try:
        exchange.permit_upper(ctx, Permission.EXCHANGE_ENTRY_RECEIVE)
        size, root = _said(await _body(request))
        found = await exchange.received(ctx, size, root)
    except Refusal as refusal:
        return _refused(refusal)
    return JSONResponse({"received": found.size, "behind": found.behind}, headers=UNKEPT)


async def _body(request: Request) -> bytes:
    """Return a short body; a longer one is not read to its end."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LONGEST_BODY:
            break
    return bytes(content)


def _said(content: bytes) -> tuple[int, bytes]:
    try:
        plain: Any = json.loads(content) if len(content) <= LONGEST_BODY else {}
        size, root = plain["size"], root_bytes(plain["root"])
        if type(size) is int and 0 <= size <= FARTHEST:
            return size, root
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, NoteBroken):
        pass
    message, remedy = "请求内容不是有效的接收确认。", '请发送 {"size": 条数, "root": "按这些条目计算的根，base64"}。'
    raise InvalidInput(message, remedy, (FieldProblem("", "NOT_A_HANDOVER", message, remedy),))


async def shown(request: Request) -> Response:
    """Show how far every platform above is."""
    ctx = request.state.context
    found, allowed = await exchange_standing.standings(ctx), Allowed.by(ctx.profile)
    page = ExchangePage(
        lines=tuple(_line(one, allowed, request) for one in found if one.ended_at is None),
        ended=tuple(one for one in found if one.ended_at is not None),
        limit=_hours(allowed.limit),
        warning=_hours(allowed.warning),
        clause=allowed.clause,
        delays=DELAYS,
        grades=GRADES,
    )
    return render(request, "desk/exchange.html", page)


def _hours(span: Any) -> int:
    return int(span.total_seconds() // 3600) if span is not None else 0


def _line(standing: Standing, allowed: Allowed, request: Request) -> Line:
    now = request.state.context.now
    lag = int(standing.lag(now).total_seconds())
    return Line(standing, lag // 3600, lag % 3600 // 60, standing.delay(allowed, now))


ROUTES: list[BaseRoute] = [
    Route("/desk/exchange", shown, methods=["GET"], name="desk_exchange"),
    Route("/exchange/entries", entries, methods=["GET"], name="exchange_entries"),
    Route("/exchange/received", received, methods=["POST"], name="exchange_received"),
]
