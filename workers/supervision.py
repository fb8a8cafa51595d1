"""Supervision: the rules of this release are kept, and everything is looked at by the schedule of the rule library (R20)."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import supervision
from resolvers.context import Context

log = structlog.get_logger("worker.supervision")


async def supervise(ctx: dict[str, Any]) -> None:
    """Begin a sweep when one is due and none runs; acts are answered one by one as they are told (`resolvers.outbox`)."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    await supervision.keep_shipped(context)
    if await supervision.sweep_is_due(context):
        ctx["beside"].begin(supervise.__name__, lambda: _sweep(context))


async def _sweep(context: Context) -> None:
    done = await supervision.sweep(context)
    if done.opened or done.risen:
        log.info("supervision swept", matters=done.matters, opened=done.opened, risen=done.risen)
