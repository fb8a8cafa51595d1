"""The outbox in the worker: a relay that hands what is due to the queue, and tells it itself while the queue is away.

The relay runs beside arq, not in it: arq stands on Redis, and what must reach somebody must not. Redis may lose every
job: the row in the database comes back when its next try is due.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from domain.actors import SYSTEM
from resolvers import outbox
from resolvers.context import Context
from resolvers.outbox import Claimed

log = structlog.get_logger("worker.outbox")

JOB: Final = "deliver"
JOB_SECONDS: Final = 10
"""Longest time of one telling; after the death of a worker arq keeps its jobs for so long, and ten seconds more."""

PAUSE_SECONDS: Final = 0.5
AWAY_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 60.0
LATE: Final = timedelta(minutes=10)


def queue_of(redis_url: str) -> ArqRedis:
    """Return the queue's sending side; nothing is connected before it is used."""
    queue = ArqRedis(ConnectionPool.from_url(redis_url), job_serializer=lambda job: json.dumps(job).encode())
    queue.auto_close_connection_pool = True
    return queue


async def deliver(ctx: dict[str, Any], letter_id: int) -> None:
    """Tell one row of the outbox."""
    await outbox.deliver(_context(ctx), letter_id)


async def prune_outbox(ctx: dict[str, Any]) -> None:
    """Remove what was told long ago; mostly there is nothing."""
    removed = await outbox.prune(_context(ctx), ctx["outbox_days"])
    if removed:
        log.info("outbox pruned", rows=removed)


def _context(ctx: dict[str, Any]) -> Context:
    given = {"files": ctx["files"], "gateways": ctx["gateways"]}
    return Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM, **given)


@dataclass
class Relay:
    """Claims what is due and hands it to the queue, under its key: what is queued already is not queued again."""

    context: Callable[[], Context]
    queue: ArqRedis
    away_seconds: float = AWAY_SECONDS
    look_seconds: float = LOOK_SECONDS
    _away_since: float | None = field(default=None)
    _looked: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """Relay until cancelled; a database that is away is asked again."""
        while True:
            try:
                handed = await self.once()
            except Exception as error:  # noqa: BLE001 - whatever happens, the next look comes
                log.warning("outbox waits", reason=type(error).__name__)
                handed = 0
            await asyncio.sleep(0 if handed == outbox.MOST else PAUSE_SECONDS)

    async def once(self) -> int:
        """Hand on what is due, or tell it here when the queue has been away for long; returns how many rows."""
        away = await self._away()
        if 0 < away <= self.away_seconds:
            return 0
        claimed = await outbox.claim(self.context())
        for one in claimed:
            if away:
                await self._tell(one)
            else:
                await self.queue.enqueue_job(JOB, one.id, _job_id=one.key)
        await self._look()
        return len(claimed)

    async def there(self) -> None:
        """Wait until the queue answers."""
        while await self._away():  # noqa: ASYNC110 - a server has no event to wait for
            await asyncio.sleep(PAUSE_SECONDS)

    async def _away(self) -> float:
        """Return for how many seconds the queue has been away; 0 when it answers."""
        try:
            await self.queue.ping()
        except (RedisError, OSError):
            if self._away_since is None:
                self._away_since = time.monotonic()
            return max(time.monotonic() - self._away_since, 0.001)
        self._away_since = None
        return 0

    async def _tell(self, one: Claimed) -> None:
        """Tell a row here; a handler that fails holds up nobody else."""
        try:
            await asyncio.wait_for(outbox.deliver(self.context(), one.id), JOB_SECONDS)
        except Exception as error:  # noqa: BLE001 - the row stays and is tried again
            # Without a traceback: it may hold what was told.
            log.error("letter not told", key=one.key, attempts=one.attempts, reason=type(error).__name__)  # noqa: TRY400

    async def _look(self) -> None:
        """Raise the alarm when the oldest row waits too long, whatever the length of the queue is.

        What had gathered while no worker ran is told in the time before the first look; only what stays is an alarm.
        """
        if time.monotonic() - self._looked < self.look_seconds:
            return
        self._looked = time.monotonic()
        waiting = await outbox.oldest(self.context())
        if waiting is not None and waiting > LATE:
            log.error("outbox late", seconds=int(waiting.total_seconds()))
