"""Keeps what a process knows of the public log fresh, so that pages can say it is late without asking for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog

from deploy.clocks import Clock
from deploy.settings import Settings
from resolvers.database import Database
from resolvers.errors import Unavailable
from resolvers.log_watch import LogWatch
from resolvers.outages import TROUBLE

LOOK_SECONDS: Final = 5.0

log = structlog.get_logger("record")


def log_watch(settings: Settings, clock: Clock) -> LogWatch:
    """Return what watches the public log; its patience lasts as long as it would in real time."""
    hours = settings.log_stop_hours * clock.speed
    late = timedelta(seconds=settings.log_late_seconds * clock.speed)
    return LogWatch(late, timedelta(hours=hours) if hours else None)


@asynccontextmanager
async def watching(watch: LogWatch, database: Database) -> AsyncIterator[None]:
    """Look at the log again and again for as long as the block runs."""

    async def again() -> None:
        while True:
            try:
                await watch.look(database)
            except (*TROUBLE, Unavailable) as error:
                log.warning("the log's standing was not read", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(LOOK_SECONDS)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
