"""Reports once a day: published figures are counted again, and what differs is restated."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import metrics
from resolvers.context import Context

log = structlog.get_logger("worker.reports")


async def keep_reports(ctx: dict[str, Any]) -> None:
    """Restate what was published and differs by now; does nothing when today's count is recorded."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    if await metrics.restating_is_due(context):
        log.info("figures counted again", restated=await metrics.restate(context))
