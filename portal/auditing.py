"""How the record stands: for everybody in plain words at /log, for the audit administrator with every finding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.proof.auditing import KIND_NAMES, Verdict
from portal import asking
from portal.labels import mark
from portal.rendering import render
from resolvers import auditing_results
from resolvers.auditing_results import FindingRow, LogStatus

VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.SOUND: mark("没有发现异常"),
    Verdict.BAD: mark("发现异常，正在核实"),
    Verdict.UNCHECKED: mark("有内容未能核查"),
}
KINDS: Final[tuple[str, ...]] = (
    mark("记录与日志不符"),
    mark("记录缺失"),
    mark("日志条目被改动"),
    mark("日志条目缺失"),
    mark("日志缺号"),
    mark("顺序有误或缺号"),
    mark("办理时间倒退"),
    mark("逾时未记入日志"),
    mark("与留存的日志头不符"),
    mark("日志比留存的日志头短"),
    mark("已发布的日志文件有误"),
    mark("与当事人凭证不符"),
    mark("权力库内容与登记不符"),
    mark("归档登记与记录不符"),
    mark("公开页面与权力库不符"),
)
"""The names of ``KIND_NAMES``, marked for translation."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """How the record stands."""

    status: LogStatus
    full: str
    latest: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The same with what was found, the latest first."""

    log: LogPage
    lines: tuple[tuple[FindingRow, str], ...]
    previous: str
    following: str


async def _log(request: Request) -> LogPage:
    status = await auditing_results.status(request.state.context)
    words = [VERDICTS[one.verdict] if one else "" for one in (status.full, status.latest)]
    return LogPage(status, *words)


async def log_status(request: Request) -> Response:
    """Show how the record stands."""
    response = render(request, "log/status.html", await _log(request))
    response.headers["Cache-Control"] = "no-store"
    return response


async def audit(request: Request) -> Response:
    """Show what the audits found."""
    found = await auditing_results.list_findings(request.state.context, asking.page_request(request))
    lines = tuple((one, KIND_NAMES[one.kind]) for one in found.rows)
    return render(request, "desk/audit.html", AuditPage(await _log(request), lines, *asking.neighbours(request, found)))


ROUTES: list[BaseRoute] = [
    Route("/log", log_status, methods=["GET"], name="log_status"),
    Route("/desk/record/audit", audit, methods=["GET"], name="desk_audit"),
]
