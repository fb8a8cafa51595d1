"""The inbox 待办: open matters of the actor's bodies, the most urgent first, and the same as CSV (R5, R10)."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from domain.parties import id_of
from portal import asking
from portal.matters_words import ENDINGS, KINDS, PARTIES, PHASES, URGENCY_SIGNS
from portal.navigation import may_load
from portal.rendering import render
from resolvers import matters
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.matters import MatterFilter, MatterRow
from resolvers.parties_reading import masked_names
from resolvers.reading import Page, PageRequest

AREA = "/desk/matters"
SHOWN, CSV_PAGE, CSV_MOST = 30, 100, 10_000
SCOPES = ("open", "all")
ANY_STAY = Decimal(-1)
COLUMNS = (
    "办件编号",
    "名称",
    "种类",
    "承办机关",
    "阶段",
    "当前环节",
    "岗位",
    "期限",
    "到期日",
    "紧急程度",
    "剩余工作日",
    "登记时间",
)
# A spreadsheet reads what begins so as a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The inbox with its filters. ``all`` says that closed matters are listed as well, the newest first."""

    rows: tuple[MatterRow, ...]
    parties: dict[str, str]
    where: MatterFilter
    all: bool
    total: int | None
    exact: bool
    phases: dict[str, str]
    kinds: dict[str, str]
    endings: dict[str, str]
    signs: dict[str, str]
    steps: tuple[tuple[str, str], ...]
    may_open: bool
    may_load: bool
    filtered: bool
    csv: str
    previous: str
    following: str


def read_filter(request: Request) -> MatterFilter:
    """Return the filter that an address asks for; a wrong day raises ``InvalidInput``, unknown values are left out."""
    since = asking.day(request, "from")
    return MatterFilter(
        search=asking.text(request, "q", 100),
        step=asking.text(request, "step", 60),
        item=asking.text(request, "item", 80),
        phase=asking.choices(request, "phase", PHASES),
        kind=asking.choices(request, "kind", KINDS),
        due_before=asking.day(request, "due_before"),
        overdue=asking.text(request, "overdue", 3) == "on",
        mine=asking.text(request, "mine", 3) == "on",
        principal=tuple(one[:100] for one in request.query_params.getlist("principal")[:20] if one),
        opened_from=since,
        # How long matters stayed is unpacked from each of them: it is asked of those of some time alone.
        stayed=asking.text(request, "stay", 100) if since else "",
        stayed_over=_days(request, "over"),
    )


def _days(request: Request, name: str) -> Decimal:
    """Return how many days a stay has to be longer than; less than none where nothing, or no number, is given."""
    try:
        found = Decimal(asking.text(request, name, 8) or ANY_STAY)
    except InvalidOperation:
        return ANY_STAY
    return found if found.is_finite() else ANY_STAY


async def _listed(ctx: Context, where: MatterFilter, page: PageRequest, *, closed: bool) -> Page[MatterRow]:
    if closed:
        return await matters.list_matters(ctx, where, page, "opened")
    return await matters.inbox(ctx, where, page)


def _closed(request: Request) -> bool:
    return asking.text(request, "scope", 5) == "all"


async def inbox(request: Request) -> Response:
    """Show the inbox."""
    ctx, where, closed = request.state.context, read_filter(request), _closed(request)
    found = await _listed(ctx, where, asking.page_request(request, count=not where.stayed, size=SHOWN), closed=closed)
    previous, following = asking.neighbours(request, found)
    here = {step: name for row in found.rows for step, name in zip(row.steps, row.step_names, strict=False)}
    if where.step:
        here.setdefault(where.step, where.step)
    page = InboxPage(
        rows=found.rows,
        parties=await _parties(ctx, found.rows),
        where=where,
        all=closed,
        total=found.total.count if found.total else None,
        exact=not (found.total and found.total.is_lower_bound),
        phases=dict(PHASES),
        kinds=dict(KINDS),
        endings=dict(ENDINGS),
        signs=dict(URGENCY_SIGNS),
        steps=tuple(sorted(here.items())),
        may_open=any(matters.may_open(ctx, one) for one in ctx.actor.body_codes),
        may_load=may_load(ctx.actor),
        filtered=where != MatterFilter(),
        csv=f"{AREA}/inbox.csv?{request.url.query}" if request.url.query else f"{AREA}/inbox.csv",
        previous=previous,
        following=following,
    )
    return render(request, "matters/inbox.html", page)


async def _parties(ctx: Context, rows: Sequence[MatterRow]) -> dict[str, str]:
    """Return what a row says of its party: the name, masked; the kind alone to whoever may not see that."""
    names = await masked_names(ctx, [row.party for row in rows])
    known = {row.party: PARTIES.get(row.party_kind, "") for row in rows if id_of(row.party) is not None}
    return known | names


async def export(request: Request) -> Response:
    """Send the list as CSV, with the filters of the page, at most so many rows."""
    ctx, where, closed = request.state.context, read_filter(request), _closed(request)
    if not ctx.actor.body_codes:
        raise NotFound
    first = await _listed(ctx, where, PageRequest(first=CSV_PAGE), closed=closed)
    headers = {
        "Content-Disposition": f'attachment; filename="matters-{ctx.today}.csv"',
        "Cache-Control": "private, no-store",
    }
    pieces = _pieces(ctx, where, first, closed=closed)
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)


async def _pieces(ctx: Context, where: MatterFilter, page: Page[MatterRow], *, closed: bool) -> AsyncIterator[bytes]:
    yield ("\ufeff" + _lines([COLUMNS])).encode()
    sent = 0
    while page.rows:
        yield _lines([_cells(row) for row in page.rows]).encode()
        sent += len(page.rows)
        if not page.has_next or sent >= CSV_MOST:
            return
        page = await _listed(ctx, where, PageRequest(first=CSV_PAGE, after=page.end_cursor), closed=closed)


def _cells(row: MatterRow) -> tuple[str, ...]:
    urgency = row.urgency
    return (
        row.number,
        row.title,
        KINDS.get(row.kind, row.kind),
        row.body_name,
        ENDINGS.get(row.ending) or PHASES.get(row.phase, row.phase),
        "、".join(row.step_names),
        "、".join(row.posts),
        row.due_name,
        _iso(row.due_on),
        urgency.words if urgency else "",
        "" if urgency is None or urgency.days_left is None else str(urgency.days_left),
        row.opened_at.isoformat(timespec="minutes"),
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _lines(rows: list[tuple[str, ...]]) -> str:
    buffer = io.StringIO()
    numbers = {COLUMNS.index("剩余工作日")}
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow(
            "'" + one if one.startswith(FORMULAS) and place not in numbers else one for place, one in enumerate(row)
        )
    return buffer.getvalue()


ROUTES: list[BaseRoute] = [
    Route(AREA, inbox, methods=["GET"], name="matters"),
    Route(f"{AREA}/inbox.csv", export, methods=["GET"], name="matters_csv"),
]
