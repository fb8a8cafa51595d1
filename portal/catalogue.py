"""The catalogue of power items: search, facets, a day to look at, and pages (H1, 003-26)."""

from dataclasses import dataclass
from datetime import date
from typing import get_args
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import asking, known, labels
from portal.facet_boxes import ChosenFilter, Sidebar, sidebar
from portal.highlighting import Highlighter
from portal.publishing import published
from portal.rendering import link, render
from resolvers.bodies import GovernmentRow
from resolvers.laws import law
from resolvers.power_views import AsOf, PowerFilter, PowerOrder, PowerRow
from resolvers.powers import list_powers
from resolvers.reading import PageRequest, Total

ORDERS: tuple[PowerOrder, ...] = get_args(PowerOrder)


@dataclass(frozen=True, slots=True)
class PowerLine:
    """One line of the result list; ``elsewhere``: the words were found in other parts of the item."""

    row: PowerRow
    address: str
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


async def _chosen(
    request: Request, where: PowerFilter, side: Sidebar, governments: tuple[GovernmentRow, ...]
) -> tuple[ChosenFilter, ...]:
    found = list(side.chosen)
    if where.body and not any(one.title == labels.mark("行使主体") for one in found):
        found.append(ChosenFilter(labels.mark("行使主体"), where.body, asking.without(request, "body")))
    if where.government:
        name = next((one.name for one in governments if one.division_code == where.government), where.government)
        found.append(ChosenFilter(labels.mark("政府"), name, asking.without(request, "government")))
    if where.law_id is not None:
        named = await law(request.state.context, where.law_id, PageRequest(first=1))
        title = f"《{named.law.title}》{where.article}"
        found.append(ChosenFilter(labels.mark("法律依据"), title, asking.without(request, "law")))
    for name, title in (("on", labels.mark("有效日期")), ("known", labels.mark("记录日期"))):
        if value := asking.text(request, name, 20):
            found.append(ChosenFilter(title, value, asking.without(request, name)))
    return tuple(found)


def _line(row: PowerRow, marker: Highlighter, state: str) -> PowerLine:
    return PowerLine(
        row=row,
        address=f"/powers/{quote(row.code, safe='')}{state}",
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
    side = await sidebar(request, where, at)
    governments = await known.governments(request)
    marker, day = Highlighter.of(where.search), asking.day(request, "known")
    state = link(on=at.valid_on, known=day)[1:]
    previous, following = asking.neighbours(request, found)
    gone = {"q", "on", "known", "government", "after", "before", "lang", "mode"}
    pairs = tuple((key, value) for key, value in request.query_params.multi_items() if key not in gone and value)
    page = CataloguePage(
        search=where.search,
        lines=tuple(_line(row, marker, state) for row in found.rows),
        total=side.total,
        chosen=await _chosen(request, where, side, governments),
        orders=_orders(request, where, order),
        governments=governments,
        government=where.government,
        on=at.valid_on,
        known=day,
        at=at,
        kept=pairs,
        previous=previous,
        next=following,
        export="" if where.search else request.url.query,
    )
    return render(request, "powers/list.html", page, parts={"facets": side.markup})


ROUTES: list[BaseRoute] = [Route("/powers", catalogue, name="powers")]
