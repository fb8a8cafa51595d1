"""Searching the library (H1; 003-26): in Chinese, from one character to long phrases, never missing a substring."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.search_text import query
from resolvers.context import Context
from resolvers.power_views import AsOf, PowerFilter, PowerOrder, PowerRow
from resolvers.reading import Page, PageRequest, Read, fetch_by_keys, fetch_page
from resolvers.reading.cursors import decode, encode
from resolvers.reading.fetching import Fetching, page_of, understood
from resolvers.reading.library import POWER
from resolvers.reading.rows import ROW_COLUMNS, power_row
from resolvers.reading.search import MOST_SORTED, PLACE_TYPES, Finder, Place
from resolvers.reading.search_sql import Asked

GOVERNMENTS = "SELECT id FROM government WHERE division_code = $1 AND valid @> $2::date"


async def asked_for(connection: Fetching, where: PowerFilter, on: date) -> Asked | None:
    """Return the search in a filter; None when its text holds neither letters nor digits and so asks nothing."""
    asked = query(where.search)
    if not asked.terms:
        return None
    dimensions: dict[str, Any] = {"body": [where.body] if where.body else []}
    dimensions |= {"category": where.category, "status": where.status, "level": where.level}
    dimensions["law"] = [] if where.law_id is None else [where.law_id]
    if where.government:
        with understood():
            found = [row["id"] for row in await connection.fetch(GOVERNMENTS, where.government, on)]
        dimensions["government"] = found or [0]
    return Asked(
        asked,
        {name: values for name, values in dimensions.items() if values},
        (where.law_id, where.article) if where.law_id is not None and where.article else None,
        where.updated_since,
    )


async def finder(ctx: Context, where: PowerFilter, at: AsOf) -> Finder | None:
    """Return a search; None when the filter's text asks nothing."""
    asked = await asked_for(ctx.db.searching, where, at.valid_on or ctx.today)
    return None if asked is None else Finder(ctx, ctx.db.searching, asked, at)


@dataclass(frozen=True, slots=True)
class Search:
    """A search for items: what is asked for, on which days, in which order."""

    where: PowerFilter
    at: AsOf
    order: PowerOrder

    async def versions(self, ctx: Context, page: PageRequest, *, marked: bool = True) -> Page[int]:
        """Return a page of the versions found, with cursors if ``marked``. Raises ``InvalidInput`` for a wrong cursor."""
        page.checked()
        if self.order != "relevance":
            return await _in_list_order(ctx, self, page, self.order)
        cursor = page.before if page.backward else page.after
        place = None
        found = await finder(ctx, self.where, self.at)
        if found is None:
            return await _in_list_order(ctx, self, page, "code")
        scope = f"power|relevance|{' '.join(found.terms)}"
        if cursor is not None:
            place = Place.of(decode(scope, cursor, PLACE_TYPES, field="before" if page.backward else "after"))
        answer = await found.find(page.limit + 1, place, backward=page.backward, count=page.count)
        marks = [encode(scope, hit.place.values()) if marked else "" for hit in answer.hits]
        return page_of([hit.version_id for hit in answer.hits], page, marks, answer.total if page.count else None)


async def find_powers(ctx: Context, search: Search, page: PageRequest) -> Page[PowerRow]:
    """Return a page of the items that a search finds. Raises ``InvalidInput`` for a wrong cursor."""
    found, at = await search.versions(ctx, page), search.at
    # Read as every list is, with its guards; a version that ended in between is left out.
    read = Read(ROW_COLUMNS, {}, "code", at.scope, at.valid_on, at.recorded_at)
    rows = await fetch_by_keys(ctx, POWER, read, found.rows, "version_id")
    kept = [place for place, key in enumerate(found.rows) if key in rows]
    listed = tuple(power_row(rows[found.rows[place]][0]) for place in kept)
    cursors = tuple(found.cursors[place] for place in kept)
    return Page(listed, cursors, found.has_next, found.has_previous, found.total)


async def _in_list_order(ctx: Context, search: Search, page: PageRequest, order: PowerOrder) -> Page[int]:
    """Return what is found in the order of a list: rare finds by their ids, common ones row by row."""
    where, at = search.where, search.at
    filters = where.declared()
    finding = await finder(ctx, where, at)
    if finding is not None:
        if await finding.is_common():
            filters["terms"] = list(query(where.search).terms)
        else:
            filters["versions"] = await finding.versions(MOST_SORTED)
    named = "code" if order == "relevance" else order
    read = Read(("version_id",), filters, named, at.scope, at.valid_on, at.recorded_at)
    return (await fetch_page(ctx, POWER, read, page)).map(lambda row: int(row["version_id"]))
