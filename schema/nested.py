"""Nested connections: the pages of all parents of one field are fetched together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from resolvers.context import Context
from resolvers.power_views import NOW
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import Row
from resolvers.reading.nested import fetch_nested
from resolvers.reading.paging import Page, PageRequest
from resolvers.reading.statements import Read
from schema.loading import Info


async def children_page(
    info: Info, entity: Entity, foreign: str, parent: Any, page: PageRequest, read: Read | None = None
) -> Page[Row]:
    """Return a page of an entity's rows that belong to a parent by the column ``foreign``, as in force today.

    ``read`` may name columns and an order; all columns and the entity's first order are the usual ones.
    """
    asked = read or Read()
    by = asked.order or next(iter(entity.orders))
    scoped = replace(asked, order=by, scope=NOW.scope if entity.scopes else "")

    async def batch(ctx: Context, parents: Sequence[Any]) -> list[Page[Row]]:
        found = await fetch_nested(ctx, entity, foreign, parents, scoped, page)
        return [found[one] for one in parents]

    name = ("children", entity.name, foreign, page, asked.columns, by)
    found: Page[Row] = await info.context.loaders.of(name, batch).load(parent)
    return found
