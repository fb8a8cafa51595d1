"""The open data once a day: a dump of every public table (H7)."""

from contextlib import suppress
from typing import Any

import structlog

from domain.actors import SYSTEM
from resolvers.context import Context
from resolvers.open_data_dumps import Dumps
from resolvers.open_data_making import DumpRunning, make, take_back

log = structlog.get_logger("worker.open_data")


async def dump_open_data(ctx: dict[str, Any]) -> None:
    """Make today's dump, if there is none, or none without what was withdrawn since; does nothing while another makes one."""
    dumps: Dumps | None = ctx.get("dumps")
    if dumps is None:
        return
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    if gone := await take_back(context, dumps):
        log.info("dumps of open data taken back", dumps=gone)
    if not dumps.is_due(context.today):
        return
    with suppress(DumpRunning):
        made = await make(context, dumps)
        log.info("open data dumped", dump=made.name, rows=sum(one.rows for one in made.tables))
