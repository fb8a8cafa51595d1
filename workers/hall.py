"""The hall every minute: results that are late, and once a day the figures of ratings."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import ratings, results
from resolvers.context import Context

log = structlog.get_logger("worker.hall")


async def keep_hall(ctx: dict[str, Any]) -> None:
    """Record results that are late, and publish the figures when they have not been counted today."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    late = await results.remind(context)
    if late:
        log.info("results late", results=late)
    if await ratings.figures_are_due(context):
        log.info("ratings published", months=await ratings.publish_figures(context))
