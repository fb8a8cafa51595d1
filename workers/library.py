"""The library's daily check: is everything as it was recorded?"""

from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import keeping
from resolvers.context import Context

log = structlog.get_logger("worker.library")


async def keep_library(ctx: dict[str, Any]) -> None:
    """Check the library once a day and sweep old sessions; does nothing when today's check is recorded."""
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    if not await keeping.check_is_due(context):
        return
    found = await keeping.check_library(context)
    swept = await keeping.sweep_sessions(context)
    tell = log.info if found.sound else log.error
    tell("library checked", versions=found.versions, altered=list(found.altered[: keeping.NAMED]), sessions_swept=swept)
