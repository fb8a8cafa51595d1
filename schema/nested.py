"""Nested connections: the pages of all parents of one field are fetched together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from resolvers.context import Context
from resolvers.reading.fetching import Row
from resolvers.reading.library import POWER
from resolvers.reading.listed import children_listing
from resolvers.reading.nested import fetch_nested
from resolvers.reading.paging import Page, PageRequest
from resolvers.reading.rows import ROW_COLUMNS
from resolvers.reading.shows import OfPage
from schema.loading import Info
from schema.sources import rows_of


async def children_page(
    info: Info, shown: OfPage, parent: Any, page: PageRequest, columns: tuple[str, ...] = ()
) -> Page[Row]:
    """Return a page of the rows that belong to a parent; without ``columns`` all plain ones are read."""
    listing = children_listing(shown, page)
    plain = ROW_COLUMNS if listing.entity is POWER else rows_of(listing.entity).columns
    read = replace(listing.read, columns=columns or plain)

    async def batch(ctx: Context, parents: Sequence[Any]) -> list[Page[Row]]:
        found = await fetch_nested(ctx, listing.entity, shown.foreign, parents, read, page)
        return [found[one] for one in parents]

    name = ("children", shown, page)
    found: Page[Row] = await info.context.loaders.of(name, batch).load(parent)
    return found
