"""The log of requests: each gets its id, is counted, and is logged when it says something.

Never logged: bodies, query strings, cookies, addresses of visitors. What a citizen looks for is nobody's business.
"""

import logging
import random
import re
import time
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.health import REQUESTS, SECONDS, route_of

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
"""A request id that may be taken over from a proxy; anything else is replaced."""

INTERFACE: Final = "/graphql"
FAILED: Final = 500

_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})

REQUEST: Final = ContextVar[str](f"{structlog.contextvars.STRUCTLOG_KEY_PREFIX}request_id")
"""The request id for whatever is logged; structlog merges every variable whose name begins so."""

_NUMBERS: Final = random.Random()  # noqa: S311 - seeded by the system, once a process

log = structlog.get_logger("web")


class RequestNotes:
    """Counts every finished request, and logs those that say something.

    Each page is logged. Requests to the interface are logged at level info only when they failed (status 500 or more)
    or took ``slow_ms`` or longer, else at level debug: at thousands a second their lines would cost more than their
    answers, and the figures at /metrics hold every one of them.
    """

    def __init__(self, slow_ms: int = 500) -> None:
        self._slow_seconds = slow_ms / 1000
        self._logger = logging.getLogger("web")
        self._counts = lru_cache(maxsize=1024)(REQUESTS.labels)
        self._times = lru_cache(maxsize=256)(SECONDS.labels)

    def note(self, method: str, route: str, path: str, status: int, seconds: float) -> None:
        """Count and log one finished request: its path without the query, never who asked."""
        self._counts(method, route, str(status)).inc()
        self._times(route).observe(seconds)
        if path in _QUIET:
            return
        if route != INTERFACE or status >= FAILED or seconds >= self._slow_seconds:
            log.info("request", method=method, path=path, status=status, ms=round(seconds * 1000, 1))
        elif self._logger.isEnabledFor(logging.DEBUG):
            log.debug("request", method=method, path=path, status=status, ms=round(seconds * 1000, 1))


class RequestLog:
    """ASGI middleware, the outermost: gives each request its id, and logs and counts its end.

    The id stands in ``scope["state"]["request_id"]``, in every entry of the request and in ``X-Request-ID``.
    """

    def __init__(self, app: ASGIApp, notes: RequestNotes | None = None) -> None:
        """Wrap the application."""
        self.app, self.notes = app, notes or RequestNotes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on; anything else untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = request_id(scope)
        scope.setdefault("state", {})["request_id"] = number
        status = 500
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=number):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                seconds = time.perf_counter() - started
                self.notes.note(scope["method"], route_of(scope), scope["path"], status, seconds)


def request_id(scope: Scope) -> str:
    """Return the id of a request: the one that a proxy gave it, if it is one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    # A name and no secret: drawn without asking the system, which would cost as much as finding a kept answer.
    return f"{_NUMBERS.getrandbits(64):016x}"
