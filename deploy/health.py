"""Is it alive, is it ready, how does it do: ``/healthz``, ``/readyz`` and ``/metrics`` for whoever runs the system.

``/healthz`` says that the process answers; ``/readyz`` that what it needs answers too; ``/metrics`` gives Prometheus
figures, to this machine or to the holder of the token only.
"""

import asyncio
import hmac
import ipaddress
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import ClassVar, Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from deploy import revisions
from deploy.settings import Settings
from resolvers import auditing_results, exchange_standing
from resolvers.database import Database
from resolvers.log_watch import LogWatch

Check = Callable[[Request], Awaitable[None]]
"""Returns when a thing that the service needs is well; raises otherwise."""

CHECK_SECONDS: Final = 3.0

OLDEST_WAITING: Final = """
SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 FROM outbox WHERE done_at IS NULL AND due_at <= now()
"""

REQUESTS: Final = Counter("yangguang_requests_total", "Finished HTTP requests", ["method", "route", "status"])
SECONDS: Final = Histogram(
    "yangguang_request_seconds",
    "Time to answer an HTTP request",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

OUTBOX: Final = Gauge(
    "yangguang_outbox_oldest_seconds",
    "How long the oldest row of the outbox that is due has been waiting",
    multiprocess_mode="mostrecent",
)

AUDITS: Final = Gauge(
    "yangguang_audit",
    "The audit of the record: findings so far, seconds since the last full check (-1: none), 1 while the last one was sound",
    ["figure"],
    multiprocess_mode="mostrecent",
)

LOG: Final = Gauge(
    "yangguang_log_unpublished_seconds",
    "How long the oldest act that is under no published head of the log has been waiting for one",
    multiprocess_mode="mostrecent",
)

EXCHANGE: Final = Gauge(
    "yangguang_exchange_lag_seconds",
    "How long the oldest act that a platform above has not received has been waiting (X1); 0 once a platform was ended",
    ["platform"],
    multiprocess_mode="mostrecent",
)

SHARE_SECONDS: Final = 5.0
"""How old the figures of the other processes may be at a reading."""

_SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Figures:
    """Figures that something keeps for itself, shown as gauges named ``prefix_name``, summed over the processes.

    ``figures`` gives them by name; ``reasons``, if given, gives counts by reason, shown as one gauge with a label.
    """

    _gauges: ClassVar[dict[str, Gauge]] = {}
    """All gauges of the process: of each name there can be only one."""

    def __init__(
        self,
        prefix: str,
        figures: Callable[[], Mapping[str, int]],
        reasons: Callable[[], Mapping[str, int]] | None = None,
    ) -> None:
        self._prefix, self._figures, self._reasons = prefix, figures, reasons

    def refresh(self) -> None:
        """Bring the gauges up to date."""
        for name, value in self._figures().items():
            self._gauge(name).set(value)
        for reason, value in (self._reasons() if self._reasons else {}).items():
            self._gauge("fallback_reasons", "reason").labels(reason).set(value)

    def _gauge(self, name: str, *labels: str) -> Gauge:
        full = re.sub(r"[^a-z0-9_]", "_", f"{self._prefix}_{name}".lower())
        if full not in self._gauges:
            self._gauges[full] = Gauge(full, f"What the processes keep: {name}", labels, multiprocess_mode="livesum")
        return self._gauges[full]


@asynccontextmanager
async def shared(shown: Sequence[Figures]) -> AsyncIterator[None]:
    """Show figures also when another process is read, for as long as the block runs; then take them away."""
    if _SHARED_FOLDER not in os.environ:
        yield  # this process alone is read, and a reading refreshes
        return

    async def refresh() -> None:
        while True:
            for one in shown:
                one.refresh()
            await asyncio.sleep(SHARE_SECONDS)

    task = asyncio.create_task(refresh())
    try:
        yield
    finally:
        task.cancel()
        mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]


def watched(settings: Settings, more: Sequence[Figures] = ()) -> list[BaseRoute]:
    """Return the routes for these settings: the database is needed, Redis is wished for."""
    redis = {} if settings.redis_url is None else {"redis": redis_check(settings.redis_url.get_secret_value())}
    token = None if settings.metrics_token is None else settings.metrics_token.get_secret_value()
    needed = {"database": database_check(lambda request: request.app.state.database)}
    return routes(needed=needed, wished=redis, metrics_token=token, more=more)


def routes(
    *,
    needed: Mapping[str, Check],
    wished: Mapping[str, Check],
    metrics_token: str | None,
    more: Sequence[Figures] = (),
) -> list[BaseRoute]:
    """Return the three routes. ``/readyz`` asks every check and answers by its name; only ``needed`` ones decide.

    Redis is wished for: without it pages and interface go on, so a balancer must not take the process out.
    """

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    async def readyz(request: Request) -> Response:
        found = {name: await _well(check, request) for name, check in {**needed, **wished}.items()}
        status = 200 if all(found[name] for name in needed) else 503
        return JSONResponse({"ready": status == 200, **found}, status, headers={"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        if not _may_read_metrics(request, metrics_token):
            return PlainTextResponse("not found\n", 404)
        for one in more:
            one.refresh()
        with suppress(Exception):  # a database that is away is told by /readyz
            await asyncio.wait_for(outbox_age(request), CHECK_SECONDS)
            await asyncio.wait_for(audit_figures(request), CHECK_SECONDS)
            await asyncio.wait_for(log_age(request), CHECK_SECONDS)
            await asyncio.wait_for(exchange_lags(request), CHECK_SECONDS)
        return Response(_figures(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _well(check: Check, request: Request) -> bool:
    """Run a check with its time limit. The reason of a failure goes to nobody: the answer is public."""
    try:
        await asyncio.wait_for(check(request), CHECK_SECONDS)
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        return False
    return True


async def outbox_age(request: Request) -> None:
    """Read how long the oldest row of the outbox waits: that is the alarm, not the length of a queue."""
    found = await request.app.state.database.reads.fetchval(OLDEST_WAITING)
    OUTBOX.set(max(0.0, found))


async def audit_figures(request: Request) -> None:
    """Read how the record stands."""
    found = await auditing_results.figures(request.app.state.database, datetime.now(UTC))
    for name, value in (("findings", found.findings), ("full_age_seconds", found.age), ("sound", float(found.sound))):
        AUDITS.labels(name).set(value)


async def log_age(request: Request) -> None:
    """Read how long acts wait to be published: from the last head on, or from the first act if there never was one."""
    ctx = request.state.context
    found = await LogWatch().look(request.app.state.database)
    since = found.behind_since or found.waiting
    LOG.set(max(0.0, (ctx.now - since).total_seconds()) if since else 0.0)


async def exchange_lags(request: Request) -> None:
    """Read how late each platform above is. One that was ended stays at nothing: a name that is gone would keep its last figure."""
    now = request.state.context.now
    lags: dict[str, float] = {}
    for one in await exchange_standing.everywhere(request.app.state.database):
        lags[one.name] = max(lags.get(one.name, 0.0), one.lag(now).total_seconds())
    for name, seconds in lags.items():
        EXCHANGE.labels(name).set(seconds)


def _may_read_metrics(request: Request, token: str | None) -> bool:
    """Let the holder of the token read; without one this machine itself, but nobody through a proxy on it."""
    if token is not None:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _figures() -> bytes:
    if _SHARED_FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)


def route_of(scope: Scope) -> str:
    """Return the path pattern that answered, for counting: never the path itself, of which there are endless ones."""
    route = scope.get("route")
    return str(getattr(route, "path", "") or "other")


def database_check(database: Callable[[Request], Database]) -> Check:
    """Return the check that the database answers and has this release's schema."""
    wanted = revisions.head()

    async def check(request: Request) -> None:
        found = await database(request).reads.fetchval("SELECT version_num FROM alembic_version")
        if found != wanted:
            raise RuntimeError(f"the schema is {found}, not {wanted}")

    return check


def redis_check(url: str) -> Check:
    """Return the check that Redis answers."""

    async def check(_request: Request) -> None:
        async with Redis.from_url(url) as client:
            await client.ping()

    return check
