"""The facets beside the catalogue: how many items each further choice would show, and the address that chooses it.

A library has hundreds of bodies, so most of a page are these lines. They are the same on every page of one list, and
change only with the library: they are rendered once and put into each page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote_plus

from starlette.requests import Request

from portal import asking, known, labels
from portal.rendering import render_text
from portal.view import view_of
from resolvers.kept_values import kept_value
from resolvers.power_views import AsOf, FacetCount, Facets, PowerFilter
from resolvers.reading import Total

FIRST_VALUES = 8
TEMPLATE = "powers/facets.html"


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
class Sidebar:
    """The facets as finished markup in the visitor's language, what of them is chosen, and how many items are left."""

    markup: str
    chosen: tuple[ChosenFilter, ...]
    total: Total


def _addresses(request: Request, name: str, values: Iterable[str], *, only: bool) -> dict[str, str]:
    """Return the address that chooses each of the values, as :func:`portal.asking.having` gives it for one."""
    base = asking.without(request, name) if only else asking.first_page(request)
    start = f"{base}{'&' if '?' in base else '?'}{quote_plus(name)}="
    already = set() if only else set(request.query_params.getlist(name))
    return {
        value: asking.having(request, name, value) if value in already else start + quote_plus(value)
        for value in values
    }


def _box(request: Request, name: str, title: str, counts: Iterable[FacetCount], chosen: tuple[str, ...]) -> FacetBox:
    words = {"category": labels.CATEGORIES, "status": labels.STATUSES, "level": labels.LEVELS}.get(name, {})
    profile = request.state.context.profile
    offered = [one for one in counts if one.value]
    choosing = _addresses(request, name, (one.value for one in offered if one.value not in chosen), only=name == "body")
    lines = []
    for one in offered:
        own = profile.category(one.value) if name == "category" else None
        word = one.title or words.get(one.value) or (own.name if own else "") or one.value
        picked = one.value in chosen
        address = asking.without(request, name, one.value) if picked else choosing[one.value]
        lines.append(FacetLine(word, one.count, address, picked))
    lines.sort(key=lambda line: not line.chosen)
    most = FIRST_VALUES if len(lines) > FIRST_VALUES + 2 else len(lines)
    return FacetBox(name, title, tuple(lines[:most]), tuple(lines[most:]), from_library=name == "body")


def boxes_of(request: Request, found: Facets, where: PowerFilter) -> tuple[FacetBox, ...]:
    """Return the boxes of all facets, each with its values as links."""
    bodies = (where.body,) if where.body else ()
    return (
        _box(request, "category", labels.mark("权力类别"), found.category, where.category),
        _box(request, "status", labels.mark("权力状态"), found.status, where.status),
        _box(request, "level", labels.mark("行使层级"), found.level, where.level),
        _box(request, "body", labels.mark("行使主体"), found.body, bodies),
    )


async def sidebar(request: Request, where: PowerFilter, at: AsOf) -> Sidebar:
    """Return the sidebar of a list; for a page further on in the same list it is there already."""
    view = view_of(request)

    async def make() -> Sidebar:
        counts = await known.facets(request, where, at)
        boxes = boxes_of(request, counts, where)
        markup = render_text(view, TEMPLATE, boxes=boxes)
        lines = ((box.title, line) for box in boxes for line in (*box.first, *box.rest) if line.chosen)
        chosen = tuple(ChosenFilter(title, line.title, line.address) for title, line in lines)
        return Sidebar(markup, chosen, Total(counts.total, counts.is_lower_bound))

    # The address without its cursor says everything that the boxes and their links depend on.
    key = ("sidebar", view.language, where, at, asking.first_page(request))
    return await kept_value(request.state.context, key, make, known.revision_of(request))
