"""Assessments: periods whose time is over are scored, however long that takes (S7)."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import assessments
from resolvers.context import Context

log = structlog.get_logger("worker.assessments")


async def score_periods(ctx: dict[str, Any]) -> None:
    """Score what is due, unless another process does."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    if scored := await assessments.freeze_due(context):
        log.info("bodies scored", bodies=scored)
