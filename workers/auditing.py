"""The audit of the record: what was logged since the last look each minute, everything once a day."""

from typing import Any

import structlog

from domain.actors import SYSTEM
from domain.proof.auditing import Verdict
from resolvers import auditing, auditing_pages
from resolvers.auditing import Outside, Report
from resolvers.context import Context

log = structlog.get_logger("worker.auditing")


async def audit_record(ctx: dict[str, Any]) -> None:
    """Check the log's tail, or all of it when today's full check is due; says aloud whatever is not sound."""
    auditor = ctx["auditor"]()
    if auditor is None:
        return
    context = Context(db=ctx["database"], now=ctx["now"](), profile=ctx["profile"], actor=SYSTEM)
    full = await auditing.full_is_due(context)
    outside = await ctx["outside"]() if full else Outside()
    if (get := ctx.get("portal")) is not None:
        outside = outside.joined(await auditing_pages.served(context, get, full=full))
    _tell(await auditing.audit(context, auditor, outside, full=full))


def _tell(report: Report) -> None:
    told = {"size": report.frontier.size, "findings": len(report.findings), "unchecked": list(report.unchecked[:5])}
    if report.verdict == Verdict.BAD:
        named = [f"{one.kind} {one.place}" for one in (report.fresh or report.findings)[: auditing.NAMED]]
        log.critical("the record contradicts itself", scope=report.scope, found=named, **told)
    elif report.verdict == Verdict.UNCHECKED:
        log.warning("the record could not be checked", scope=report.scope, **told)
    elif report.scope == auditing.FULL:
        log.info("the record was checked", scope=report.scope, **told)
