"""Supervision: the rules of this release are kept, and everything is looked at by the schedule of the rule library (R20)."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import supervision
from resolvers.context import Context

log = structlog.get_logger("worker.supervision")


async def supervise(ctx: dict[str, Any]) -> None:
    """Sweep when a sweep is due; acts are answered one by one as they are told (`resolvers.outbox`)."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    await supervision.keep_shipped(context)
    if not await supervision.sweep_is_due(context):
        return
    done = await supervision.sweep(context)
    if done.opened or done.risen:
        log.info("supervision swept", matters=done.matters, opened=done.opened, risen=done.risen)
