"""Assessments: periods that somebody asked for or whose time is over are scored, however long that takes (S7)."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import assessments
from resolvers.context import Context

log = structlog.get_logger("worker.assessments")


async def score_periods(ctx: dict[str, Any]) -> None:
    """Score what somebody waits for and what is due, unless another process does."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    scored = await assessments.freeze_ordered(context, ctx["now"])
    # What somebody asked for may have taken hours.
    if scored := scored + await assessments.freeze_due(context.at(ctx["now"]())):
        log.info("bodies scored", bodies=scored)
