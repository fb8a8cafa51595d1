"""A public side that is closed for the time being answers with a notice that says why, and with nothing else (H9; 001-15).

Each process asks once a second whether it is closed, so that no request waits for the answer. The desk, the log that lets
anybody check the record, what goes up to the platforms above (003-28 knows no pause), and what the notice itself needs stay
reachable.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from portal.rendering import render
from resolvers import closing
from resolvers.closing import Closure
from resolvers.database import Database

SECONDS: Final = 1.0
INTERFACE: Final = "/graphql"
STAYS: Final = ("/desk", "/exchange", "/log", "/static", "/healthz", "/readyz", "/metrics")
_UNKEPT: Final = {"Cache-Control": "no-store", "Retry-After": "600"}

log = structlog.get_logger("web.closing")


class Door:
    """Whether the public side is closed, as this process knows it."""

    closed: Closure | None = None

    @contextlib.asynccontextmanager
    async def watched(self, database: Database) -> AsyncIterator[None]:
        """Keep looking for as long as the block runs. A database that is away changes nothing."""
        await self._look(database)

        async def look() -> None:
            while True:
                await asyncio.sleep(SECONDS)
                await self._look(database)

        task = asyncio.create_task(look())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _look(self, database: Database) -> None:
        try:
            self.closed = await closing.closure(database)
        except Exception as error:  # noqa: BLE001 - whatever hinders the look must not end it
            log.warning("not known whether the public side is closed", reason=type(error).__name__)


@dataclass(frozen=True, slots=True)
class ClosedPage:
    """The notice."""

    since: datetime
    reason: str


def _stays(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in STAYS)


class ClosedSide:
    """ASGI middleware, before the pages from memory. The interface is looked at behind it, when it is known who asks."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with the notice."""
        closed = self.door.closed
        path = scope.get("path", "")
        if closed is None or scope["type"] != "http" or _stays(path) or path == INTERFACE:
            await self.app(scope, receive, send)
            return
        await _notice(Request(scope, receive), closed)(scope, receive, send)


class ClosedInterface:
    """ASGI middleware, behind the one that finds out who asks: officials go on, nobody else."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer that the interface is closed."""
        closed = self.door.closed
        asks = closed is not None and scope["type"] == "http" and scope.get("path") == INTERFACE
        if closed is not None and asks and scope["state"]["context"].actor.kind != "official":
            error = {"message": f"公众服务暂时关闭：{closed.reason}", "extensions": {"code": "CLOSED"}}
            await JSONResponse({"errors": [error]}, 503, dict(_UNKEPT))(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _notice(request: Request, closed: Closure) -> Response:
    response = render(request, "errors/closed.html", ClosedPage(closed.since, closed.reason), status=503)
    for name, value in _UNKEPT.items():
        response.headers[name] = value
    return response
