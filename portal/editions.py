"""What the pages of yearly reports and of bulletins share: an edition with its charts, its figures, and what it changed.

Every drawing stands beside its numbers, every number beside its definition; CSV and PDF say the same as the page.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from domain.bar_charts import BarChart, svg_of
from domain.metrics import BY_ID, GROUP_NAMES
from domain.report_sheets import BY_BODY, charts_of
from domain.reports import Edition, Told
from portal import asking
from portal.identity import absolute, site_of
from portal.labels import mark
from portal.publishing import asked_by, headers_of, published
from portal.rendering import LOCAL, link, render, render_text
from portal.view import view_of
from resolvers import reports
from resolvers.reading import PageRequest
from resolvers.reports import EditionView, PublicReport

SHOWN: Final = 30
FEED_ENTRIES: Final = 50
HOMES: Final = {"annual_report": "reports", "bulletin": "bulletins"}
TITLES: Final[dict[str, str]] = {"annual_report": mark("年度报告"), "bulletin": mark("季度通报")}
LEADS: Final[dict[str, str]] = {
    "annual_report": mark("各机关每年向主管部门报告上一年度行政权力网上公开透明运行的情况，接收以后在这里公布。"),
    "bulletin": mark("每个季度通报一次行政权力网上公开透明运行的情况，由两人编写、审核后公布。"),
}
GROUPS: Final[dict[str, str]] = {
    "running": mark("行政权力运行"),
    "complaints": mark("咨询、投诉、求助和举报"),
    "ratings": mark("办理评价"),
    "library": mark("行政权力库"),
    "results": mark("结果公示"),
    "supervision": mark("行政监察"),
}
CHANGES: Final[dict[str, tuple[str, str]]] = {
    "better": ("▲", mark("好于上期")),
    "worse": ("▼", mark("差于上期")),
    "same": ("＝", mark("与上期持平")),
    "other": ("△", mark("与上期不同")),
}
COLUMNS: Final = ("指标", "名称", "单位", "机关代码", "机关", "类别", "本期", "上期", "现值（重述）")
# A spreadsheet reads what begins so as a formula.
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure on the page: its value, that of the period before, and what it is by now where it was restated."""

    told: Told
    sign: str
    change: str
    restated: bool
    now: int | None


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """The figures of one subject."""

    name: str
    lines: tuple[FigureLine, ...]


@dataclass(frozen=True, slots=True)
class BodyLine:
    """A body in the table of all bodies."""

    code: str
    name: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with its drawing."""

    chart: BarChart
    svg: Markup


@dataclass(frozen=True, slots=True)
class EditionPage:
    """One edition."""

    view: EditionView
    title: str
    home: str
    groups: tuple[FigureGroup, ...]
    drawings: tuple[Drawing, ...]
    bodies: tuple[BodyLine, ...]
    columns: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str, int | None, int | None], ...]
    pdf: str
    csv: str


@dataclass(frozen=True, slots=True)
class EditionsPage:
    """The current editions of a kind."""

    title: str
    lead: str
    home: str
    kind: str
    rows: tuple[PublicReport, ...]
    year: str
    body: str
    body_name: str
    feed: str
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class EditionEntry:
    """An entry of the feed."""

    row: PublicReport
    address: str
    updated: str


@dataclass(frozen=True, slots=True)
class EditionsFeed:
    """The feed of a kind: every current edition, with what it corrects."""

    address: str
    page_address: str
    updated: str
    title: str
    author: str
    entries: tuple[EditionEntry, ...]


async def list_page(request: Request, kind: str) -> Response:
    """Show the current editions of a kind, the latest period first."""
    ctx, home = request.state.context, HOMES[kind]
    year = "".join(letter for letter in asking.text(request, "year", 4) if letter.isdigit())
    body = asking.text(request, "body", 100)
    found = await reports.list_published(ctx, kind, asking.page_request(request, size=SHOWN), year=year, body=body)
    previous, following = asking.neighbours(request, found)
    page = EditionsPage(
        title=TITLES[kind],
        lead=LEADS[kind],
        home=home,
        kind=kind,
        rows=found.rows,
        year=year,
        body=body,
        body_name=next((one.body_name for one in found.rows if body), ""),
        feed=link(f"{home}.atom"),
        previous=previous,
        next=following,
    )
    return render(request, "reports/list.html", page)


async def one_page(request: Request, kind: str) -> Response:
    """Show one edition."""
    view = await reports.published(request.state.context, kind, int(request.path_params["number"]))
    home, row = HOMES[kind], view.row
    about = row.body_code if kind == "annual_report" else ""
    page = EditionPage(
        view=view,
        title=TITLES[kind],
        home=home,
        groups=tuple(_groups(view, about)),
        drawings=tuple(Drawing(one, Markup(svg_of(one))) for one in charts_of(row.content)),  # noqa: S704 -- escaped there
        bodies=tuple(_bodies(row.content)) if not about else (),
        columns=tuple((BY_ID[one].name, BY_ID[one].unit) for one in BY_BODY),
        changed=tuple(_changed(view)),
        pdf=f"/{home}/{row.id}.pdf",
        csv=f"/{home}/{row.id}.csv",
    )
    return render(request, "reports/edition.html", page)


def _groups(view: EditionView, about: str) -> Iterator[FigureGroup]:
    mine = [one for one in view.row.content.figures if one.body == about and not one.category]
    for code in GROUP_NAMES:
        lines = tuple(_line(view, one) for one in mine if one.about.group == code)
        if lines:
            yield FigureGroup(GROUPS[code], lines)


def _line(view: EditionView, one: Told) -> FigureLine:
    sign, words = CHANGES.get(one.change, ("", ""))
    return FigureLine(one, sign, words, one.place in view.restated, view.restated.get(one.place))


def _bodies(edition: Edition) -> Iterator[BodyLine]:
    values = {one.place: one.value for one in edition.figures}
    for code, name in edition.bodies.items():
        if code and any((metric, code, "") in values for metric in ("received", "closed")):
            yield BodyLine(code, name, tuple(values.get((metric, code, "")) for metric in BY_BODY))


def _changed(view: EditionView) -> Iterator[tuple[str, str, int | None, int | None]]:
    names = view.row.content.bodies | view.row.content.categories
    for one in view.changed:
        of = names.get(one.body or one.category, one.body or one.category)
        yield (one.part or BY_ID[one.metric].name, of, one.before, one.after)


async def pdf(request: Request, kind: str) -> Response:
    """Send the PDF of an edition, as it was set when it was published."""
    row, pieces = await reports.pdf(request.state.context, kind, int(request.path_params["number"]))
    headers = _headers(request, f"{row.title}.pdf", f"{HOMES[kind]}-{row.id}.pdf", "inline")
    headers["Content-Length"] = str(row.pdf_size)
    return StreamingResponse(pieces, headers=headers, media_type="application/pdf")


async def data(request: Request, kind: str) -> Response:
    """Send every figure of an edition as CSV, with what it is by now where it was restated."""
    view = await reports.published(request.state.context, kind, int(request.path_params["number"]))
    text = "\ufeff" + "".join(_csv_lines(view))
    headers = _headers(request, f"{view.row.title}.csv", f"{HOMES[kind]}-{view.row.id}.csv", "attachment")
    return Response(text, headers=headers, media_type="text/csv; charset=utf-8")


def _csv_lines(view: EditionView) -> Iterator[str]:
    yield csv_line(COLUMNS)
    edition = view.row.content
    for one in edition.figures:
        now = view.restated.get(one.place, one.value)
        cells: Sequence[object] = (
            one.metric,
            one.about.name,
            one.about.unit,
            one.body,
            edition.bodies.get(one.body, ""),
        )
        numbers = (one.value, one.before, now if one.place in view.restated else None)
        category = edition.categories.get(one.category, one.category)
        yield csv_line([*map(str, cells), category, *("" if number is None else str(number) for number in numbers)])


def csv_line(cells: Sequence[str]) -> str:
    """Return a line of CSV in which no cell is a formula."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([f"'{one}" if one.startswith(FORMULAS) else one for one in cells])
    return buffer.getvalue()


def _headers(request: Request, name: str, plain: str, how: str) -> dict[str, str]:
    asked = asked_by(request)
    headers = headers_of(asked.tag) if asked else {"Cache-Control": "private, no-store"}
    headers["Content-Disposition"] = f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return headers


async def feed(request: Request, kind: str) -> Response:
    """Send the current editions of a kind as an Atom feed."""
    ctx, home = request.state.context, HOMES[kind]
    rows = (await reports.list_published(ctx, kind, PageRequest(first=FEED_ENTRIES))).rows
    entries = tuple(EditionEntry(one, absolute(request, link(home, one.id)), _stamp(one.published_at)) for one in rows)
    page = EditionsFeed(
        address=absolute(request, f"/{home}.atom"),
        page_address=absolute(request, f"/{home}"),
        updated=max((one.updated for one in entries), default=_stamp(ctx.now)),
        title=TITLES[kind],
        author=site_of(request).office,
        entries=entries,
    )
    view = view_of(request)
    return Response(render_text(view, "reports/feed.xml", page=page, view=view), media_type="application/atom+xml")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


def routes_of(kind: str) -> list[BaseRoute]:
    """Return the public addresses of a kind: its list, its feed, and each edition as page, PDF and CSV."""
    home = HOMES[kind]
    one = home.removesuffix("s")

    @published
    async def listed(request: Request) -> Response:
        return await list_page(request, kind)

    @published
    async def shown(request: Request) -> Response:
        return await one_page(request, kind)

    @published
    async def fed(request: Request) -> Response:
        return await feed(request, kind)

    async def printed(request: Request) -> Response:
        return await pdf(request, kind)

    async def told(request: Request) -> Response:
        return await data(request, kind)

    return [
        Route(f"/{home}", listed, methods=["GET"], name=home),
        Route(f"/{home}.atom", fed, methods=["GET"], name=f"{home}_feed"),
        Route(f"/{home}/{{number:int}}", shown, methods=["GET"], name=one),
        Route(f"/{home}/{{number:int}}.pdf", printed, methods=["GET"], name=f"{one}_pdf"),
        Route(f"/{home}/{{number:int}}.csv", told, methods=["GET"], name=f"{one}_csv"),
    ]
