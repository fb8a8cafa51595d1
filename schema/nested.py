"""Nested connections: the pages of all parents of one field are fetched together."""

from collections.abc import Sequence
from typing import Any

from resolvers.context import Context
from resolvers.power_views import NOW, AsOf
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import Row
from resolvers.reading.nested import fetch_nested
from resolvers.reading.paging import Page, PageRequest
from resolvers.reading.statements import Read
from schema.loading import Info


async def children_page(
    info: Info,
    entity: Entity,
    foreign: str,
    parent: Any,
    page: PageRequest,
    *,
    columns: tuple[str, ...] = (),
    order: str = "",
    at: AsOf = NOW,
) -> Page[Row]:
    """Return a page of an entity's rows that belong to a parent by the column ``foreign``."""
    by = order or next(iter(entity.orders))
    read = Read(columns, {}, by, at.scope if entity.scopes else "", at.valid_on, at.recorded_at)

    async def batch(ctx: Context, parents: Sequence[Any]) -> list[Page[Row]]:
        found = await fetch_nested(ctx, entity, foreign, parents, read, page)
        return [found[one] for one in parents]

    name = ("children", entity.name, foreign, page, columns, by, at)
    found: Page[Row] = await info.context.loaders.of(name, batch).load(parent)
    return found
