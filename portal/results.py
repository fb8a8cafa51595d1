"""Published results 结果公示 (H7): the list with its filters, one result, an Atom feed, and downloads as CSV and JSON."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from portal import asking
from portal.identity import absolute, site_of
from portal.labels import mark
from portal.publishing import asked_by, headers_of, published
from portal.ratings import FORMULAS
from portal.rendering import LOCAL, link, render, render_text
from portal.view import view_of
from resolvers import results
from resolvers.bodies import body
from resolvers.context import Context
from resolvers.reading import PageRequest
from resolvers.results import PublicResult, ResultFilter

SHOWN, FEED_ENTRIES, EXPORT_PAGE = 20, 50, 100
KINDS: Final[dict[str, str]] = {"licence": mark("行政许可"), "penalty": mark("行政处罚")}
COLUMNS: Final[dict[str, str]] = {
    "kind": "类别",
    "decision_number": "决定书文号",
    "party": "行政相对人",
    "item_code": "权力编码",
    "item_name": "事项名称",
    "result": "决定结果",
    "content": "决定内容",
    "basis": "依据",
    "body_code": "机关代码",
    "body_name": "决定机关",
    "decided_on": "决定日期",
    "valid_from": "有效期自",
    "valid_until": "有效期至",
    "published_at": "公示时间",
    "shown_until": "公示截止期",
    "digest_hex": "摘要",
}


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """A page of published results with its filters."""

    where: ResultFilter
    body_name: str
    kinds: dict[str, str]
    rows: tuple[PublicResult, ...]
    filtered: bool
    downloads: tuple[tuple[str, str], ...]
    feed: str
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class OneResultPage:
    """One result; of one that was withdrawn or is over the page tells that, when and why."""

    found: PublicResult
    kind: str


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """An entry of the feed."""

    result: PublicResult
    address: str
    updated: str


@dataclass(frozen=True, slots=True)
class ResultsFeed:
    """The Atom feed of results, with those that were withdrawn, so that whoever copied one learns of it."""

    address: str
    page_address: str
    updated: str
    title: str
    author: str
    entries: tuple[ResultEntry, ...]


def read_filter(request: Request) -> ResultFilter:
    """Return the filter that an address asks for; a wrong day raises ``InvalidInput``."""
    return ResultFilter(
        search=asking.text(request, "q"),
        kind="".join(asking.choices(request, "kind", KINDS)[:1]),
        body=asking.text(request, "body", 100),
        item=asking.text(request, "item", 200),
        decided_from=asking.day(request, "from"),
        decided_until=asking.day(request, "until"),
    )


def _query(where: ResultFilter) -> dict[str, str]:
    given = {"q": where.search, "kind": where.kind, "body": where.body, "item": where.item}
    days = {"from": where.decided_from, "until": where.decided_until}
    return given | {name: day.isoformat() for name, day in days.items() if day}


@published
async def listed(request: Request) -> Response:
    """Show the results, the latest first."""
    ctx, where = request.state.context, read_filter(request)
    found = await results.list_published(ctx, where, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    query = _query(where)
    page = ResultsPage(
        where=where,
        body_name=(await body(ctx, where.body)).body.name if where.body else "",
        kinds=KINDS,
        rows=found.rows,
        filtered=where != ResultFilter(),
        downloads=(("CSV", link("results.csv", **query)), ("JSON", link("results.json", **query))),
        feed=link("results.atom", body=where.body),
        previous=previous,
        next=following,
    )
    return render(request, "results/list.html", page)


@published
async def one(request: Request) -> Response:
    """Show one result."""
    found = await results.published(request.state.context, int(request.path_params["result"]))
    return render(request, "results/one.html", OneResultPage(found, KINDS.get(found.kind, found.kind)))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


@published
async def feed(request: Request) -> Response:
    """Send the latest results as an Atom feed, also those of one body, and what was withdrawn among them."""
    ctx, code = request.state.context, asking.text(request, "body", 100)
    rows = (
        await results.list_published(ctx, ResultFilter(body=code, shown=False), PageRequest(first=FEED_ENTRIES))
    ).rows
    entries = tuple(
        ResultEntry(row, absolute(request, link("results", row.id)), _stamp(row.changed_at)) for row in rows
    )
    page = ResultsFeed(
        address=absolute(request, link("results.atom", body=code)),
        page_address=absolute(request, link("results", body=code)),
        updated=max((one.updated for one in entries), default=_stamp(ctx.now)),
        title=(await body(ctx, code)).body.name if code else site_of(request).name,
        author=site_of(request).office,
        entries=entries,
    )
    view = view_of(request)
    text = render_text(view, "results/feed.xml", page=page, view=view)
    return Response(text, media_type="application/atom+xml")


async def _all(ctx: Context, where: ResultFilter) -> AsyncIterator[PublicResult]:
    asked = PageRequest(first=EXPORT_PAGE)
    while True:
        found = await results.list_published(ctx, where, asked)
        for row in found.rows:
            yield row
        if not found.has_next or found.end_cursor is None:
            return
        asked = PageRequest(first=EXPORT_PAGE, after=found.end_cursor)


def _cells(row: PublicResult) -> list[str]:
    found = []
    for name in COLUMNS:
        value = getattr(row, name)
        text = KINDS[value] if name == "kind" else _stamp(value) if isinstance(value, datetime) else str(value or "")
        found.append(f"'{text}" if text.startswith(FORMULAS) else text)
    return found


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


async def export(request: Request) -> Response:
    """Send the results that are shown, with the filters of the page, as CSV or as JSON."""
    ctx, where = request.state.context, read_filter(request)
    asked = asked_by(request)
    headers = headers_of(asked.tag) if asked else {"Cache-Control": "private, no-store"}
    form = request.url.path.rpartition(".")[2]
    headers["Content-Disposition"] = f'attachment; filename="results-{ctx.today}.{form}"'

    async def as_csv() -> AsyncIterator[str]:
        yield "\ufeff" + _line(list(COLUMNS.values()))
        async for row in _all(ctx, where):
            yield _line(_cells(row))

    async def as_json() -> AsyncIterator[str]:
        yield "["
        comma = ""
        async for row in _all(ctx, where):
            yield comma + json.dumps(asdict(row), ensure_ascii=False, default=_plain)
            comma = ",\n"
        yield "]\n"

    if form == "csv":
        return StreamingResponse(as_csv(), headers=headers, media_type="text/csv; charset=utf-8")
    return StreamingResponse(as_json(), headers=headers, media_type="application/json")


def _plain(value: object) -> str:
    return _stamp(value) if isinstance(value, datetime) else str(value)


ROUTES: list[BaseRoute] = [
    Route("/results", listed, methods=["GET"], name="results"),
    Route("/results.atom", feed, methods=["GET"], name="results_feed"),
    Route("/results.csv", export, methods=["GET"], name="results_csv"),
    Route("/results.json", export, methods=["GET"], name="results_json"),
    Route("/results/{result:int}", one, methods=["GET"], name="result"),
]
