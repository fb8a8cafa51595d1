"""Drafts every minute: those whose days are over go."""

from datetime import UTC, datetime
from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers import drafts
from resolvers.context import Context

log = structlog.get_logger("worker.drafts")


async def sweep_drafts(ctx: dict[str, Any]) -> None:
    """Remove drafts that nobody came back to."""
    swept = await drafts.sweep(Context(db=ctx["database"], now=datetime.now(UTC), profile=ctx["profile"], actor=SYSTEM))
    if swept:
        log.info("drafts swept", drafts=swept)
