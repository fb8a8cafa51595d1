"""Reading governments and bodies: who exercises powers, and how many (003-7, 003-13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.search_text import query
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.power_views import BodyRow, GovernmentRow
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_children, fetch_page
from resolvers.reading.library import BODY, GOVERNMENT, LIBRARY
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.rows import body_row, government_row

__all__ = ["BodyPage", "BodyRow", "GovernmentRow", "UnitRow", "body", "list_bodies", "list_governments"]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit 内设机构 of a body."""

    id: int
    name: str
    contact_phone: str
    place: str


@dataclass(frozen=True, slots=True)
class BodyPage:
    """A body with its government, its units, and the bodies below it."""

    body: BodyRow
    government: GovernmentRow | None
    units: tuple[UnitRow, ...]
    subordinate: tuple[BodyRow, ...]


async def list_bodies(
    ctx: Context,
    page: PageRequest = PageRequest(),
    *,
    search: str = "",
    government: str = "",
    kind: str = "",
    order: Literal["name", "code"] = "name",
) -> Page[BodyRow]:
    """Return a page of bodies by ``name`` (pinyin) or ``code``; ``government`` is a division code."""
    asked = listing(page, search=search, government=government, kind=kind, order=order)
    return (await fetch_listing(ctx, asked)).map(body_row)


def listing(
    page: PageRequest,
    *,
    search: str = "",
    government: str = "",
    kind: str = "",
    order: Literal["name", "code"] = "name",
) -> Listing:
    """Return the listing of bodies that ``list_bodies`` reads."""
    filters = {"search": list(query(search).terms) if search else [], "government": government, "kind": kind}
    return Listing(BODY, Read((), {name: value for name, value in filters.items() if value}, order), page)


def body_listing(code: str) -> Listing:
    """Return the listing whose one row is the body with a code."""
    return Listing(BODY, Read((), {"code": code}, "code"), PageRequest(first=1))


def governments_listing() -> Listing:
    """Return the listing of the library's governments by division code, at most 100."""
    return Listing(GOVERNMENT, Read((), {}, "code"), PageRequest(first=100))


async def list_governments(ctx: Context) -> tuple[GovernmentRow, ...]:
    """Return the governments of the library by division code, at most 100."""
    return (await fetch_listing(ctx, governments_listing())).map(government_row).rows


async def body(ctx: Context, code: str) -> BodyPage:
    """Return a body by its code. Raises ``NotFound``."""
    one = await body_by_code(ctx, code)
    if one is None:
        raise NotFound("责任主体")
    units = (await fetch_children(ctx, LIBRARY, BODY, "units", [one.id]))[one.id].rows
    below = await fetch_page(ctx, BODY, Read((), {"parent": one.id}, "name"), PageRequest(first=100))
    return BodyPage(
        body=one,
        government=await government_by_id(ctx, one.government_id),
        units=tuple(map(_unit, units)),
        subordinate=tuple(map(body_row, below.rows)),
    )


def _unit(row: Mapping[str, Any]) -> UnitRow:
    return UnitRow(row["id"], row["name"], row["contact_phone"], row["place"])


async def body_by_code(ctx: Context, code: str) -> BodyRow | None:
    """Return the body with a code, if there is one."""
    found: dict[str, tuple[Row, ...]] = await fetch_by_keys(ctx, BODY, Read(), [code], "code")
    return body_row(found[code][0]) if code in found else None


async def government_by_id(ctx: Context, key: int) -> GovernmentRow | None:
    """Return the government with an id, if there is one."""
    found: dict[int, tuple[Row, ...]] = await fetch_by_keys(ctx, GOVERNMENT, Read(), [key])
    return government_row(found[key][0]) if key in found else None
