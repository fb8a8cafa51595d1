"""Searching the library (H1; 003-26): in Chinese, from one character to long phrases, never missing a substring."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from domain.search_text import query
from resolvers.context import Context
from resolvers.power_views import AsOf, PowerFilter, PowerOrder, PowerRow
from resolvers.reading import Page, PageRequest, Read, fetch_by_keys, fetch_page
from resolvers.reading.cursors import decode, encode
from resolvers.reading.fetching import ReadConnection, page_of, understood
from resolvers.reading.library import POWER
from resolvers.reading.rows import ROW_COLUMNS, power_row
from resolvers.reading.search import MOST_SORTED, PLACE_TYPES, SETTINGS, Finder, Found, Place
from resolvers.reading.search_sql import Asked

GOVERNMENTS = "SELECT id FROM government WHERE division_code = $1 AND valid @> $2::date"


async def asked_for(connection: ReadConnection, where: PowerFilter, on: date) -> Asked | None:
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


@asynccontextmanager
async def finder(ctx: Context, where: PowerFilter, at: AsOf) -> AsyncIterator[Finder | None]:
    """Open a search in a transaction of its own; None when the filter's text asks nothing."""
    async with ctx.db.reads.acquire() as connection, connection.transaction(readonly=True):
        asked = await asked_for(connection, where, at.valid_on or ctx.today)
        yield None if asked is None else Finder(ctx, connection, asked, at)


async def find_powers(
    ctx: Context, where: PowerFilter, page: PageRequest, at: AsOf, order: PowerOrder
) -> Page[PowerRow]:
    """Return a page of the items that a filter's search finds. Raises ``InvalidInput`` for a wrong cursor."""
    page.checked()
    if order != "relevance":
        return await _in_list_order(ctx, where, page, at, order)
    scope = f"power|relevance|{' '.join(query(where.search).terms)}"
    cursor = page.before if page.backward else page.after
    place = None
    async with finder(ctx, where, at) as found:
        if found is None:
            return await _in_list_order(ctx, where, page, at, "code")
        if cursor is not None:
            place = Place.of(decode(scope, cursor, PLACE_TYPES, field="before" if page.backward else "after"))
        answer = await found.find(page.limit + 1, place, backward=page.backward, count=page.count)
    rows = await _rows(ctx, answer, at)
    marks = [encode(scope, hit.place.values()) for hit in answer.hits if hit.version_id in rows]
    listed = [rows[hit.version_id] for hit in answer.hits if hit.version_id in rows]
    return page_of(listed, page, marks, answer.total if page.count else None)


async def _rows(ctx: Context, answer: Found, at: AsOf) -> dict[int, PowerRow]:
    """Return the rows of the hits by version; read as every list is, with its guards."""
    read = Read(ROW_COLUMNS, {}, "code", at.scope, at.valid_on, at.recorded_at)
    found = await fetch_by_keys(ctx, POWER, read, [hit.version_id for hit in answer.hits], "version_id")
    return {key: power_row(rows[0]) for key, rows in found.items()}


async def _in_list_order(
    ctx: Context, where: PowerFilter, page: PageRequest, at: AsOf, order: PowerOrder
) -> Page[PowerRow]:
    """Return what is found in the order of a list: rare finds by their ids, common ones row by row."""
    filters = where.declared()
    async with ctx.db.reads.acquire() as connection, connection.transaction(readonly=True):
        asked = await asked_for(connection, where, at.valid_on or ctx.today)
        if asked is not None:
            await connection.execute(SETTINGS)
            search = Finder(ctx, connection, asked, at)
            if await search.is_common():
                filters["terms"] = list(asked.query.terms)
            else:
                filters["versions"] = await search.versions(MOST_SORTED)
    read = Read(ROW_COLUMNS, filters, "code" if order == "relevance" else order, at.scope, at.valid_on, at.recorded_at)
    return (await fetch_page(ctx, POWER, read, page)).map(power_row)
