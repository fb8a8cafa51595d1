"""The desk's side of reports: writing one, handing it in, accepting it or sending it back; and who is missing (N1, N2)."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.metrics import GROUP_NAMES
from domain.reports import Told
from portal import asking
from portal.editions import GROUPS, TITLES
from portal.forms import FormView, read_form, text_value
from portal.labels import mark
from portal.navigation import may_anywhere
from portal.receipts import Block, block
from portal.rendering import render
from resolvers import reports
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.reports import ReportDone, ReportRow, ReportView, YearOverview
from resolvers.reports_store import RIGHTS

AREA: Final = "/desk/reports"
BULLETINS: Final = "/desk/bulletins"
SHOWN: Final = 30
LONGEST: Final = 40_000
STATES: Final[dict[str, str]] = {
    "open": mark("编写中"),
    "submitted": mark("已提交，待审核"),
    "returned": mark("已退回，待修改"),
    "accepted": mark("已接收并公布"),
}
ACTS: Final[dict[str, str]] = {
    "submit": mark("提交"),
    "return": mark("退回"),
    "accept": mark("接收并公布"),
    "correct": mark("开始更正"),
}


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """The desk's list of reports of a kind."""

    kind: str
    title: str
    rows: tuple[ReportRow, ...]
    states: dict[str, str]
    overview: bool
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """A year at a glance."""

    found: YearOverview
    states: dict[str, str]


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """Figures of one subject beside a report that is being written; exact, for those who write."""

    name: str
    rows: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class DeskReportPage:
    """A report at the desk."""

    view: ReportView
    form: FormView
    title: str
    home: str
    state: str
    groups: tuple[DeskFigures, ...]
    acts: dict[str, str]
    act: str
    receipt: Block | None


async def _listed(request: Request, kind: str) -> Response:
    ctx = request.state.context
    found = await reports.list_reports(ctx, kind, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    receives = kind == "annual_report" and may_anywhere(ctx.actor, RIGHTS[kind].accept)
    page = ReportsPage(kind, TITLES[kind], found.rows, STATES, receives, previous, following)
    return render(request, "reports_desk/list.html", page)


async def listed(request: Request) -> Response:
    """Show the yearly reports of the actor's bodies, or of all that the actor receives or watches."""
    return await _listed(request, "annual_report")


async def bulletins(request: Request) -> Response:
    """Show the bulletins that are written or were published."""
    return await _listed(request, "bulletin")


async def overview(request: Request) -> Response:
    """Show who has reported on a year and who has not."""
    found = await reports.overview(request.state.context, asking.text(request, "year", 4))
    return render(request, "reports_desk/overview.html", OverviewPage(found, STATES))


def _groups(row: ReportRow) -> Iterator[DeskFigures]:
    about = row.body_code if row.kind == "annual_report" else ""
    mine = [one for one in row.content.figures if one.body == about and not one.category]
    for code in GROUP_NAMES:
        rows = tuple(one for one in mine if one.about.group == code)
        if rows:
            yield DeskFigures(GROUPS[code], rows)


def _begun(view: ReportView) -> FormView:
    values = {one.code: view.row.content.sections.get(one.code, "") for one in view.sections}
    return FormView(values | {"note": view.row.note, "seen": str(view.row.no), "reason": ""})


def _page(
    request: Request, view: ReportView, form: FormView, act: str = "", receipt: str = "", status: int = 200
) -> Response:
    kind = view.row.kind
    page = DeskReportPage(
        view=view,
        form=form,
        title=TITLES[kind],
        home=AREA if kind == "annual_report" else BULLETINS,
        state=STATES[view.row.state],
        groups=tuple(_groups(view.row)),
        acts=ACTS,
        act=act,
        receipt=block(receipt),
    )
    return render(request, "reports_desk/one.html", page, status=status)


async def one(request: Request) -> Response:
    """Show one report."""
    view = await reports.report(request.state.context, int(request.path_params["report"]))
    return _page(request, view, _begun(view))


def _seen(values: dict[str, str]) -> int:
    return int(values["seen"]) if values["seen"].isascii() and values["seen"].isdigit() else -1


async def _save(request: Request, number: int, values: dict[str, str]) -> ReportDone:
    return await reports.save(request.state.context, number, values, values["note"], _seen(values))


async def _recount(request: Request, number: int, values: dict[str, str]) -> ReportDone:
    return await reports.recount(request.state.context, number, _seen(values))


async def _submit(request: Request, number: int, values: dict[str, str]) -> ReportDone:
    """Hand in what the form shows: what was typed is saved first, so that nothing else is handed in."""
    ctx = request.state.context
    seen = _seen(values)
    if "typed" in values:
        seen = (await reports.save(ctx, number, values, values["note"], seen)).no
    return await reports.submit(ctx, number, seen)


async def _accept(request: Request, number: int, values: dict[str, str]) -> ReportDone:
    return await reports.accept(request.state.context, number, _seen(values))


async def _return(request: Request, number: int, values: dict[str, str]) -> ReportDone:
    return await reports.send_back(request.state.context, number, values["reason"], _seen(values))


async def _correct(request: Request, number: int, values: dict[str, str]) -> ReportDone:
    return await reports.correct(request.state.context, number, values["reason"], _seen(values))


Do = Callable[[Request, int, dict[str, str]], Awaitable[ReportDone]]


def _values(form: FormData) -> dict[str, str]:
    return {name: text_value(form, name, LONGEST) for name in form if name != "csrf_token"} | {
        name: text_value(form, name, LONGEST) for name in ("note", "seen", "reason")
    }


def _acting(act: str, do: Do) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of an act: done once, or the page again with what was typed and what is wrong."""

    async def endpoint(request: Request) -> Response:
        values = _values(await read_form(request))
        number = int(request.path_params["report"])
        try:
            done = await do(request, number, values)
        except (NotFound, NotPermitted, NotSignedIn):
            raise
        except Refusal as refused:
            problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
            view = await reports.report(request.state.context, number)
            shown = {**_begun(view).values, **values, "seen": str(view.row.no)}
            return _page(request, view, FormView(shown, problems), act, status=refused.status)
        if done.receipt:
            view = await reports.report(request.state.context, number)
            return _page(request, view, _begun(view), receipt=done.receipt)
        return RedirectResponse(f"{AREA}/{number}", 303, {"Cache-Control": "no-store"})

    return endpoint


ONE: Final = f"{AREA}/{{report:int}}"
ROUTES: list[BaseRoute] = [
    Route(AREA, listed, methods=["GET"], name="reports_desk"),
    Route(f"{AREA}/overview", overview, methods=["GET"], name="reports_overview"),
    Route(BULLETINS, bulletins, methods=["GET"], name="bulletins_desk"),
    Route(ONE, one, methods=["GET"], name="report_desk"),
    Route(f"{ONE}/save", _acting("save", _save), methods=["POST"], name="report_save"),
    Route(f"{ONE}/count", _acting("count", _recount), methods=["POST"], name="report_count"),
    Route(f"{ONE}/submit", _acting("submit", _submit), methods=["POST"], name="report_submit"),
    Route(f"{ONE}/accept", _acting("accept", _accept), methods=["POST"], name="report_accept"),
    Route(f"{ONE}/return", _acting("return", _return), methods=["POST"], name="report_return"),
    Route(f"{ONE}/correct", _acting("correct", _correct), methods=["POST"], name="report_correct"),
]
