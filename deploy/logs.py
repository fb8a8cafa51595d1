"""Logs: structured entries, JSON lines for machines or text for a terminal, each with its request id.

Never logged: bodies, query strings, cookies, addresses of visitors. What a citizen looks for is nobody's business.
"""

import logging
import re
import secrets
import sys
import time
from typing import Final, TextIO

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.health import REQUESTS, SECONDS, route_of
from deploy.settings import Settings

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
"""A request id that may be taken over from a proxy; anything else is replaced."""

_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})

_LEAST_LEVELS: Final = {
    **dict.fromkeys(("alembic", "arq", "asyncio", "httpx2", "httpcore2", "uvicorn.error"), logging.WARNING),
    "asyncpg.pool": logging.ERROR,
}
"""Libraries that talk of every step, some with whole addresses: less of them."""

log = structlog.get_logger("web")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log of this process, those of libraries too, through one form to a stream (standard error)."""
    stream = stream or sys.stderr
    console = settings.log_format == "console" or (settings.log_format == "auto" and stream.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[structlog.types.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *last])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy, least in _LEAST_LEVELS.items():
        logging.getLogger(noisy).setLevel(max(root.level, least))


class RequestLog:
    """ASGI middleware, the outermost: gives each request its id, and logs and counts its end.

    The id stands in ``scope["state"]["request_id"]``, in every entry of the request and in ``X-Request-ID``.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on; anything else untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                _note(scope, status, time.perf_counter() - started)


def _note(scope: Scope, status: int, seconds: float) -> None:
    """Count and log one finished request: its path without the query, never who asked."""
    route = route_of(scope)
    REQUESTS.labels(scope["method"], route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    if scope["path"] not in _QUIET:
        log.info("request", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1))


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return secrets.token_hex(8)
