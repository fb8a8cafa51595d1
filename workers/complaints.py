"""Complaints every minute: what time has done, and once a day the figures. Nothing here can read what was written."""

from typing import Any, Final

import structlog

from domain.actors import SYSTEM
from resolvers import complaints
from resolvers.context import Context

log = structlog.get_logger("worker.complaints")

ROUNDS: Final = 20
"""Batches in one minute at most; what is left is found by the next."""


async def keep_complaints(ctx: dict[str, Any]) -> None:
    """Remind, warn, alarm and escalate; publish the figures when they have not been counted today."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    events = 0
    for _ in range(ROUNDS):
        swept = await complaints.sweep(context)
        events += swept.events
        if swept.failed:
            log.error("complaints that time could not be done to", runs=list(swept.failed))
        if not swept.more:
            break
    if events:
        log.info("complaints reminded of", events=events)
    if await complaints.figures_are_due(context):
        log.info("complaint figures published", months=await complaints.publish_figures(context))
