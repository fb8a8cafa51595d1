"""Reading the power library: lists, one item on a day as known at a time, its versions and what changed between them."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.difference import FieldDifference
from domain.difference import difference as compare
from domain.powers import Chart, PowerContent
from resolvers.bodies import body_by_code, government_by_id
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.facets import facets, is_tallied, total
from resolvers.power_search import Search, find_powers
from resolvers.power_views import (
    NOW,
    AsOf,
    ChartView,
    FacetCount,
    Facets,
    Period,
    Power,
    PowerFilter,
    PowerOrder,
    PowerRow,
    VersionRow,
)
from resolvers.reading import Page, PageRequest, Read, fetch_by_keys, fetch_children, fetch_page
from resolvers.reading.declarations import EVERYBODY
from resolvers.reading.library import CHART, LIBRARY, POWER, POWER_OF_GOVERNMENT, VERSION
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.rows import ROW_COLUMNS, period_of, power_row

__all__ = [
    "AsOf",
    "FacetCount",
    "Facets",
    "FieldDifference",
    "Period",
    "Power",
    "PowerFilter",
    "PowerOrder",
    "PowerRow",
    "VersionRow",
    "difference",
    "facets",
    "fetch_powers",
    "item_listing",
    "list_powers",
    "listing",
    "power",
    "version",
    "versions",
    "versions_listing",
]

FULL = (*ROW_COLUMNS, "reason", "digest", "batch_id", "content", "law_ids", "law_positions")
CHARTS = {"external": "external_chart", "internal": "internal_chart", "risk": "risk_chart"}
"""Kinds of charts and the fields that name a generic one."""


async def list_powers(
    ctx: Context,
    where: PowerFilter = PowerFilter(),
    page: PageRequest = PageRequest(),
    at: AsOf = NOW,
    order: PowerOrder | None = None,
) -> Page[PowerRow]:
    """Return a page of items in the state ``at``; ordered by relevance when something is searched, else by code.

    Raises ``InvalidInput`` for a wrong cursor or page size. Cancelled items are listed under their status.
    """
    return await fetch_powers(ctx, listing(where, page, at, order))


def listing(where: PowerFilter, page: PageRequest, at: AsOf = NOW, order: PowerOrder | None = None) -> Listing:
    """Return the listing of the items in the state ``at``; ordered as ``list_powers`` says."""
    known = "code" if order in (None, "relevance") else str(order)
    if where.search:
        read = Read(ROW_COLUMNS, {}, known, at.scope, at.valid_on, at.recorded_at)
        return Listing(POWER, read, page, searched=Search(where, at, order or "relevance"))
    filters = where.declared()
    if len(where.category) == 1:
        filters["one_category"] = filters.pop("category")[0]
    read = Read(ROW_COLUMNS, filters, known, at.scope, at.valid_on, at.recorded_at)
    entity = POWER_OF_GOVERNMENT if where.government else POWER
    # What everybody may see is counted already, wholly and at once.
    counted = total(where, at) if is_tallied(where) and POWER.guard == EVERYBODY else None
    return Listing(entity, read, page, counted)


async def fetch_powers(ctx: Context, asked: Listing) -> Page[PowerRow]:
    """Return the page of a listing of items, whether a search finds them or not."""
    if asked.searched is not None:
        return await find_powers(ctx, asked.searched, asked.page)
    return (await fetch_listing(ctx, asked)).map(power_row)


def item_listing(code: str = "", item_id: int | None = None, at: AsOf = NOW) -> Listing:
    """Return the listing whose first row is an item by code or row number in the state ``at``.

    A code that several governments or schemes use names the item that was entered first.
    """
    filters: dict[str, Any] = {"code": code} if item_id is None else {"item": item_id}
    read = Read(ROW_COLUMNS, filters, "code", at.scope, at.valid_on, at.recorded_at)
    return Listing(POWER, read, PageRequest(first=1))


def versions_listing(code: str = "", item_id: int | None = None) -> Listing:
    """Return the listing of all versions of an item, the newest first; of a code, of the item entered first."""
    filters: dict[str, Any] = {"item_of_code": code} if item_id is None else {"item": item_id}
    return Listing(VERSION, Read((), filters, "number"))


async def power(ctx: Context, code: str = "", *, item_id: int | None = None, at: AsOf = NOW) -> Power:
    """Return an item by code or id in the state ``at``. Raises ``NotFound`` when it did not exist then.

    A code that several governments or schemes use names the item that was entered first.
    """
    filters: dict[str, Any] = {"code": code} if item_id is None else {"item": item_id}
    read = Read((*FULL, "known_from", "known_until"), filters, "code", at.scope, at.valid_on, at.recorded_at)
    found = (await fetch_page(ctx, POWER, read, PageRequest(first=1))).rows
    if not found:
        raise NotFound("权力事项")
    return await _whole(ctx, found[0], (period_of(found[0]),), at)


async def version(ctx: Context, code: str, no: int) -> Power:
    """Return one version of an item by its permanent number. Raises ``NotFound``."""
    read = Read(tuple(name for name in FULL if name in VERSION.columns), {"code": code, "no": no}, "number")
    found = (await fetch_page(ctx, VERSION, read, PageRequest(last=1))).rows
    if not found:
        raise NotFound("事项版本")
    periods = await _periods(ctx, [found[0]["version_id"]])
    held = periods[found[0]["version_id"]]
    days = {"valid_from": held[-1].valid_from, "valid_until": held[-1].valid_until}
    row = dict(found[0]) | days
    return await _whole(ctx, row, held, NOW)


async def versions(ctx: Context, code: str) -> tuple[VersionRow, ...]:
    """Return the history of an item, the newest version first. Raises ``NotFound`` for an unknown code."""
    columns = ("item_id", "version_id", "no", "code", "name", "status", "change", "reason", "recorded_at")
    item = (await fetch_page(ctx, VERSION, Read(("item_id",), {"code": code}, "number"), PageRequest(last=1))).rows
    if not item:
        raise NotFound("权力事项")
    one = item[0]["item_id"]
    read = Read((*columns, "batch_id", "digest"))
    found = (await fetch_children(ctx, LIBRARY, POWER, "versions", [one], read))[one].rows
    periods = await _periods(ctx, [row["version_id"] for row in found])
    return tuple(
        VersionRow(**{name: row[name] for name in (*columns, "batch_id", "digest")}, periods=periods[row["version_id"]])
        for row in found
    )


async def difference(ctx: Context, code: str, from_no: int, to_no: int) -> tuple[FieldDifference, ...]:
    """Return what changed between two versions of an item, field by field. Raises ``NotFound``."""
    before, after = await version(ctx, code, from_no), await version(ctx, code, to_no)
    return compare(before.content, after.content)


async def _periods(ctx: Context, version_ids: Sequence[int]) -> dict[int, tuple[Period, ...]]:
    """Return the periods of versions, the oldest first."""
    pages = await fetch_children(ctx, LIBRARY, VERSION, "periods", version_ids)
    return {key: tuple(map(period_of, page.rows)) for key, page in pages.items()}


async def _whole(ctx: Context, row: Mapping[str, Any], periods: tuple[Period, ...], at: AsOf) -> Power:
    """Add to a version's row what it refers to: body, government, laws, charts."""
    content = PowerContent.model_validate(row["content"])
    laws = dict(zip(row["law_positions"], row["law_ids"], strict=True))
    return Power(
        row=power_row(row),
        reason=row["reason"],
        digest=row["digest"],
        batch_id=row["batch_id"],
        content=content,
        body=await body_by_code(ctx, row["body_code"]),
        government=await government_by_id(ctx, row["government_id"]),
        periods=periods,
        law_ids=tuple(laws.get(number) for number in range(1, len(content.bases) + 1)),
        charts=await _charts(ctx, content, row["government_id"], at),
    )


async def _charts(ctx: Context, content: PowerContent, government_id: int, at: AsOf) -> dict[str, ChartView]:
    """Return the generic charts that the content names, by kind; no statement when it names none."""
    named = {kind: code for kind, field in CHARTS.items() if (code := getattr(content, field))}
    if not named:
        return {}
    filters = {"government_id": government_id, "known": at.recorded_at or ctx.now}
    found = await fetch_by_keys(ctx, CHART, Read(filters=filters), list(named.values()), "code")
    newest = {code: max(rows, key=lambda row: int(row["no"])) for code, rows in found.items()}
    return {
        kind: ChartView(code, row["no"], row["recorded_at"], Chart.model_validate(row["content"]))
        for kind, code in named.items()
        if (row := newest.get(code))
    }
