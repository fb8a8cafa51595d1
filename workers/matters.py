"""Matters every minute: what time has done, days that a new calendar moves, and once a day whether all is as recorded."""

from typing import Any, Final

import structlog

from domain.actors import SYSTEM
from resolvers import matters, matters_checking
from resolvers.context import Context

log = structlog.get_logger("worker.matters")

ROUNDS: Final = 20
"""Batches in one minute at most; what is left is found by the next."""


def _context(ctx: dict[str, Any]) -> Context:
    return Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)


async def due_acts(ctx: dict[str, Any]) -> None:
    """Record silence, pauses that are over and reminders; after a downtime, everything that fell due in it."""
    context = _context(ctx)
    looked = events = 0
    failed: set[int] = set()
    for job in (matters.sweep, matters.recount):
        for _ in range(ROUNDS):
            done = await job(context)
            looked, events, failed = looked + done.looked, events + done.events, failed | set(done.failed)
            if not done.more:
                break
    if looked:
        tell = log.error if failed else log.info
        tell("matters swept", looked=looked, events=events, failed=sorted(failed))


async def check_matters(ctx: dict[str, Any]) -> None:
    """Rebuild what changed since yesterday's check; does nothing when today's check is recorded."""
    context = _context(ctx)
    if not await matters_checking.check_is_due(context):
        return
    found = await matters.check_matters(context)
    tell = log.info if found.sound else log.error
    tell("matters checked", matters=found.matters, altered=list(found.altered[: matters_checking.NAMED]))
