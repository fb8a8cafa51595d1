"""Bodies: who exercises which powers, with duties, units and contact (003-7, 003-13)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import asking, known
from portal.publishing import published
from portal.rendering import render
from resolvers import ratings
from resolvers.bodies import BodyPage, BodyRow, GovernmentRow, body, list_bodies
from resolvers.power_views import FacetCount, PowerFilter, PowerRow
from resolvers.powers import list_powers
from resolvers.ratings import MonthFigure
from resolvers.reading import PageRequest

SHOWN_BODIES, SHOWN_ITEMS = 60, 20


@dataclass(frozen=True, slots=True)
class BodiesPage:
    """A page of the list of bodies."""

    search: str
    government: str
    governments: tuple[GovernmentRow, ...]
    bodies: tuple[BodyRow, ...]
    total: int
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class OneBodyPage:
    """A body: what it is for, and the first of its items with the way to all."""

    found: BodyPage
    categories: tuple[FacetCount, ...]
    statuses: tuple[FacetCount, ...]
    items: tuple[PowerRow, ...]
    total: int
    rated: MonthFigure | None


@published
async def bodies(request: Request) -> Response:
    """Show the bodies by name, or those that a search finds."""
    ctx = request.state.context
    search, government = asking.text(request, "q"), asking.text(request, "government", 12)
    asked = asking.page_request(request, count=True, size=SHOWN_BODIES)
    found = await list_bodies(ctx, asked, search=search, government=government)
    previous, following = asking.neighbours(request, found)
    page = BodiesPage(
        search=search,
        government=government,
        governments=await known.governments(request),
        bodies=found.rows,
        total=found.total.count if found.total else len(found.rows),
        previous=previous,
        next=following,
    )
    return render(request, "bodies/list.html", page)


@published
async def one_body(request: Request) -> Response:
    """Show one body."""
    ctx, code = request.state.context, asking.code_of(request)
    found = await body(ctx, code)
    counts = await known.facets(request, PowerFilter(body=code))
    items = await list_powers(ctx, PowerFilter(body=code), PageRequest(first=SHOWN_ITEMS))
    rated = await ratings.monthly(ctx, code, most=1)
    return render(
        request,
        "bodies/body.html",
        OneBodyPage(found, counts.category, counts.status, items.rows, counts.total, rated[0] if rated else None),
    )


ROUTES: list[BaseRoute] = [
    Route("/bodies", bodies, name="bodies"),
    Route("/bodies/{code:path}", one_body, name="body"),
]
