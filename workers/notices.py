"""Notices every minute: what falls due by itself is carried out; cron only wakes the planner."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import planner
from resolvers.calendar import CalendarMissing
from resolvers.context import Context

log = structlog.get_logger("worker.notices")


async def plan_notices(ctx: dict[str, Any]) -> None:
    """Carry out what has fallen due; after a downtime, everything that fell due in it."""
    context = Context(
        db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM, gateways=ctx["gateways"]
    )
    try:
        done = await planner.plan(context)
    except CalendarMissing:
        log.warning("nothing planned: no calendar is loaded")
        return
    if done:
        log.info("planned", occurrences=done)
