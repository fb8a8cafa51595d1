"""Laws and documents, and which items rest on which of their articles (001-7, 004-6)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import asking, labels
from portal.publishing import published
from portal.rendering import render
from resolvers.laws import Law, LawRow, law, list_laws

SHOWN = 50


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind of document to choose or drop."""

    title: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class LawsPage:
    """A page of the list of laws."""

    search: str
    kinds: tuple[KindLine, ...]
    kept: tuple[tuple[str, str], ...]
    laws: tuple[LawRow, ...]
    total: int
    total_is_lower_bound: bool
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class LawPage:
    """A law, its articles, and a page of the items that rest on it."""

    found: Law
    article: str
    previous: str
    next: str


@published
async def laws(request: Request) -> Response:
    """Show the laws by title, or those that a search finds."""
    search, kinds = asking.text(request, "q"), asking.choices(request, "kind", labels.BASIS_KINDS)
    asked = asking.page_request(request, count=True, size=SHOWN)
    found = await list_laws(request.state.context, asked, search=search, kind=kinds)
    previous, following = asking.neighbours(request, found)
    lines = tuple(
        KindLine(
            title,
            asking.without(request, "kind", code) if code in kinds else asking.having(request, "kind", code),
            code in kinds,
        )
        for code, title in labels.BASIS_KINDS.items()
    )
    page = LawsPage(
        search=search,
        kinds=lines,
        kept=tuple(("kind", code) for code in kinds),
        laws=found.rows,
        total=found.total.count if found.total else len(found.rows),
        total_is_lower_bound=bool(found.total and found.total.is_lower_bound),
        previous=previous,
        next=following,
    )
    return render(request, "laws/list.html", page)


@published
async def one_law(request: Request) -> Response:
    """Show one law and what rests on it."""
    article = asking.text(request, "article")
    asked = asking.page_request(request)
    found = await law(request.state.context, request.path_params["law"], asked, article=article)
    previous, following = asking.neighbours(request, found.items)
    return render(request, "laws/law.html", LawPage(found, article, previous, following))


ROUTES: list[BaseRoute] = [Route("/laws", laws, name="laws"), Route("/laws/{law:int}", one_law, name="law")]
