"""The front page: search first, then ways in by category and body, and what changed lately (H1)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import known
from portal.labels import mark
from portal.publishing import published
from portal.rendering import render
from resolvers.changes import ChangeRow, list_changes
from resolvers.overview import Overview
from resolvers.power_views import FacetCount
from resolvers.reading import PageRequest

# 003-3(3): one library and four platforms; the profile gives the local names. What is not there yet is said plainly.
PLATFORMS: tuple[tuple[str, str, str], ...] = (
    ("library", mark("行政权力库"), "/powers"),
    ("hall", mark("网上政务大厅"), ""),
    ("running", mark("行政权力运行平台"), ""),
    ("supervision", mark("行政监察平台"), ""),
    ("legal_supervision", mark("政府法制监督平台"), ""),
)
SHOWN_CHANGES, SHOWN_BODIES = 6, 12


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """One of the platforms: its local name and, when it can be used here, its address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What the front page shows."""

    overview: Overview
    categories: tuple[FacetCount, ...]
    bodies: tuple[FacetCount, ...]
    changes: tuple[ChangeRow, ...]
    platforms: tuple[PlatformLine, ...]


@published
async def front(request: Request) -> Response:
    """Show the front page."""
    ctx = request.state.context
    counts = await known.facets(request)
    found = {one.value: one for one in counts.category}
    own = tuple(found.get(one.code, FacetCount(one.code, 0)) for one in ctx.profile.categories)
    further = tuple(one for code, one in found.items() if ctx.profile.category(code) is None)
    names = {code: platform.name for code, platform in ctx.profile.platforms.items()}
    page = FrontPage(
        overview=await known.overview(request),
        categories=own + further,
        bodies=counts.body[:SHOWN_BODIES],
        changes=(await list_changes(ctx, PageRequest(first=SHOWN_CHANGES))).rows,
        platforms=tuple(PlatformLine(names.get(code, name), address) for code, name, address in PLATFORMS),
    )
    return render(request, "front.html", page)


ROUTES: list[BaseRoute] = [Route("/", front, name="front")]
