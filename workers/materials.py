"""Materials every minute: what waits for the scanner, and what no act took up; once a day contents that nobody refers to."""

from typing import Any, Final

import structlog

from domain.actors import SYSTEM
from resolvers import keeping, materials
from resolvers.context import Context

log = structlog.get_logger("worker.materials")

ROUNDS: Final = 20
"""Batches in one minute at most; what is left is found by the next."""


async def keep_materials(ctx: dict[str, Any]) -> None:
    """Scan what waits, remove what no act took up, and once a day what nothing refers to."""
    context = Context(
        db=ctx["database"],
        now=ctx["now"](),
        profile=ctx["profile"],
        actor=SYSTEM,
        files=ctx["files"],
        intake=ctx["intake"],
    )
    scanned = await materials.scan_waiting(context)
    removed = contents = 0
    for _ in range(ROUNDS):
        swept = await materials.sweep(context)
        removed, contents = removed + swept.materials, contents + swept.contents
        if not swept.more:
            break
    if await keeping.files_are_due(context):
        contents += await keeping.sweep_files(context)
    if scanned or removed or contents:
        log.info("materials kept", scanned=scanned, removed=removed, contents=contents)
