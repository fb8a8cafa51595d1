"""Discretion benchmarks of all bodies in one list (003-15, L7)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import asking
from portal.highlighting import Highlighter
from portal.publishing import published
from portal.rendering import render
from resolvers.benchmarks import BenchmarkFilter, BenchmarkRow, list_benchmarks
from resolvers.bodies import body


@dataclass(frozen=True, slots=True)
class BenchmarksPage:
    """A page of the list of benchmarks."""

    search: str
    body: str
    body_name: str
    benchmarks: tuple[BenchmarkRow, ...]
    marker: Highlighter
    total: int
    total_is_lower_bound: bool
    previous: str
    next: str


@published
async def benchmarks(request: Request) -> Response:
    """Show benchmarks by code of their items, or those that a search finds."""
    ctx = request.state.context
    search, code = asking.text(request, "q"), asking.text(request, "body", 100)
    found = await list_benchmarks(ctx, BenchmarkFilter(search, code), asking.page_request(request, count=True))
    previous, following = asking.neighbours(request, found)
    page = BenchmarksPage(
        search=search,
        body=code,
        body_name=(await body(ctx, code)).body.name if code else "",
        benchmarks=found.rows,
        marker=Highlighter.of(search),
        total=found.total.count if found.total else len(found.rows),
        total_is_lower_bound=bool(found.total and found.total.is_lower_bound),
        previous=previous,
        next=following,
    )
    return render(request, "benchmarks/list.html", page)


ROUTES: list[BaseRoute] = [Route("/benchmarks", benchmarks, name="benchmarks")]
