"""Long work beside arq: its job begins it and ends at once, and one of a kind runs at a time.

arq cancels a job after five minutes, and a longer limit for one would also be how long it keeps every job of a worker that
died. What takes as long as it takes is therefore no job; it is begun again by a later minute where a process ends half way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

import structlog

Job = Callable[[dict[str, Any]], Awaitable[object]]

KEY: Final = "beside"
log = structlog.get_logger("worker.beside")


@dataclass(slots=True)
class Beside:
    """The long works of a process, by name."""

    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self, name: str, work: Callable[[], Awaitable[object]]) -> bool:
        """Begin a work unless it still runs; returns whether it was begun. What it raises is told, and it may be begun again."""
        running = self._running.get(name)
        if running is not None and not running.done():
            return False
        self._running[name] = asyncio.create_task(_told(name, work))
        return True

    async def done(self) -> None:
        """Wait until everything that runs has ended."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def close(self) -> None:
        """Cancel what runs, and wait until it has cleaned up."""
        for task in self._running.values():
            task.cancel()
        await self.done()


def beside(job: Job) -> Job:
    """Return the job that begins another one beside arq, unless it still runs."""

    @wraps(job)
    async def begin(ctx: dict[str, Any]) -> None:
        ctx[KEY].begin(job.__name__, lambda: job(ctx))

    return begin


async def _told(name: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - whatever happens, a later minute begins it again
        log.error("long work failed", work=name, reason=repr(error))  # noqa: TRY400
