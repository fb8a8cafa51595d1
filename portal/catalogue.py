"""The catalogue of power items: search, facets, a day to look at, and pages (H1, 003-26)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import get_args

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import asking, labels
from portal.highlighting import Highlighter
from portal.publishing import published
from portal.rendering import render
from resolvers.bodies import GovernmentRow, list_governments
from resolvers.laws import law
from resolvers.power_views import AsOf, FacetCount, Facets, PowerFilter, PowerOrder, PowerRow
from resolvers.powers import facets, list_powers
from resolvers.reading import PageRequest, Total

FIRST_VALUES = 8
ORDERS: tuple[PowerOrder, ...] = get_args(PowerOrder)


@dataclass(frozen=True, slots=True)
class FacetLine:
    """One value of a facet: its word, how many items it would show, and the address that chooses or drops it."""

    title: str
    count: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FacetBox:
    """One facet; ``first`` is shown at once, ``rest`` on demand. ``from_library``: the words are library text."""

    name: str
    title: str
    first: tuple[FacetLine, ...]
    rest: tuple[FacetLine, ...]
    from_library: bool = False


@dataclass(frozen=True, slots=True)
class ChosenFilter:
    """A filter in force: what it is, and the address without it."""

    title: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class PowerLine:
    """One line of the result list; ``elsewhere``: the words were found in other parts of the item."""

    row: PowerRow
    name: Markup
    sub_item: Markup
    code: Markup
    body_name: Markup
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """What the catalogue shows. ``kept`` are the parameters that the search form has to carry on."""

    search: str
    lines: tuple[PowerLine, ...]
    total: Total
    boxes: tuple[FacetBox, ...]
    chosen: tuple[ChosenFilter, ...]
    orders: tuple[tuple[str, str, bool], ...]
    governments: tuple[GovernmentRow, ...]
    government: str
    on: date | None
    known: date | None
    at: AsOf
    kept: tuple[tuple[str, str], ...]
    previous: str
    next: str
    export: str


def read_filter(request: Request) -> PowerFilter:
    """Return the filter in an address; values that nobody knows are left out."""
    categories = {one.code for one in request.state.context.profile.categories} | set(labels.CATEGORIES)
    return PowerFilter(
        search=asking.text(request, "q"),
        body=asking.text(request, "body", 100),
        government=asking.text(request, "government", 12),
        category=asking.choices(request, "category", categories),
        status=asking.choices(request, "status", labels.STATUSES),
        level=asking.choices(request, "level", labels.LEVELS),
        law_id=asking.number(request, "law", 1, 2**62),
        article=asking.text(request, "article", 200),
    )


def _box(request: Request, name: str, title: str, counts: Iterable[FacetCount], chosen: tuple[str, ...]) -> FacetBox:
    words = {"category": labels.CATEGORIES, "status": labels.STATUSES, "level": labels.LEVELS}.get(name, {})
    profile = request.state.context.profile
    lines = []
    for one in counts:
        known = profile.category(one.value) if name == "category" else None
        word = one.title or words.get(one.value) or (known.name if known else "") or one.value
        picked = one.value in chosen
        only = name == "body"
        address = (
            asking.without(request, name, one.value) if picked else asking.having(request, name, one.value, only=only)
        )
        if one.value:
            lines.append(FacetLine(word, one.count, address, picked))
    lines.sort(key=lambda line: not line.chosen)
    most = FIRST_VALUES if len(lines) > FIRST_VALUES + 2 else len(lines)
    return FacetBox(name, title, tuple(lines[:most]), tuple(lines[most:]), from_library=name == "body")


def _boxes(request: Request, found: Facets, where: PowerFilter) -> tuple[FacetBox, ...]:
    bodies = (where.body,) if where.body else ()
    return (
        _box(request, "category", labels.mark("权力类别"), found.category, where.category),
        _box(request, "status", labels.mark("权力状态"), found.status, where.status),
        _box(request, "level", labels.mark("行使层级"), found.level, where.level),
        _box(request, "body", labels.mark("行使主体"), found.body, bodies),
    )


async def _chosen(
    request: Request, where: PowerFilter, boxes: tuple[FacetBox, ...], governments: tuple[GovernmentRow, ...]
) -> tuple[ChosenFilter, ...]:
    found = [
        ChosenFilter(box.title, line.title, line.address)
        for box in boxes
        for line in (*box.first, *box.rest)
        if line.chosen
    ]
    if where.body and not any(one.title == labels.mark("行使主体") for one in found):
        found.append(ChosenFilter(labels.mark("行使主体"), where.body, asking.without(request, "body")))
    if where.government:
        name = next((one.name for one in governments if one.division_code == where.government), where.government)
        found.append(ChosenFilter(labels.mark("政府"), name, asking.without(request, "government")))
    if where.law_id is not None:
        known = await law(request.state.context, where.law_id, PageRequest(first=1))
        title = f"《{known.law.title}》{where.article}"
        found.append(ChosenFilter(labels.mark("法律依据"), title, asking.without(request, "law")))
    for name, title in (("on", labels.mark("有效日期")), ("known", labels.mark("记录日期"))):
        if value := asking.text(request, name, 20):
            found.append(ChosenFilter(title, value, asking.without(request, name)))
    return tuple(found)


def _line(row: PowerRow, marker: Highlighter) -> PowerLine:
    return PowerLine(
        row=row,
        name=marker.mark(row.name),
        sub_item=marker.mark(row.sub_item),
        code=marker.mark(row.code),
        body_name=marker.mark(row.body_name),
        elsewhere=not marker.finds(row.name, row.sub_item, row.code, row.body_name),
    )


def _orders(request: Request, where: PowerFilter, order: PowerOrder) -> tuple[tuple[str, str, bool], ...]:
    offered = [one for one in ORDERS if one != "relevance" or where.search]
    return tuple((labels.ORDERS[one], asking.having(request, "order", one, only=True), one == order) for one in offered)


@published
async def catalogue(request: Request) -> Response:
    """Show a page of the catalogue."""
    ctx, where, at = request.state.context, read_filter(request), asking.as_of(request)
    standard: PowerOrder = "relevance" if where.search else "code"
    order = next((one for one in ORDERS if one == asking.text(request, "order", 20)), standard)
    if order == "relevance" and not where.search:
        order = "code"
    found = await list_powers(ctx, where, asking.page_request(request), at, order)
    counts = await facets(ctx, where, at)
    governments = await list_governments(ctx)
    boxes = _boxes(request, counts, where)
    marker = Highlighter.of(where.search)
    previous, following = asking.neighbours(request, found)
    gone = {"q", "on", "known", "government", "after", "before", "lang", "mode"}
    pairs = tuple((key, value) for key, value in request.query_params.multi_items() if key not in gone and value)
    page = CataloguePage(
        search=where.search,
        lines=tuple(_line(row, marker) for row in found.rows),
        total=Total(counts.total, counts.is_lower_bound),
        boxes=boxes,
        chosen=await _chosen(request, where, boxes, governments),
        orders=_orders(request, where, order),
        governments=governments,
        government=where.government,
        on=at.valid_on,
        known=asking.day(request, "known"),
        at=at,
        kept=pairs,
        previous=previous,
        next=following,
        export="" if where.search else request.url.query,
    )
    return render(request, "powers/list.html", page)


ROUTES: list[BaseRoute] = [Route("/powers", catalogue, name="powers")]
