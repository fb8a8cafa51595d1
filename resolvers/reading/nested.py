"""Nested lists: the same page of the children of many parents, by one statement, and their totals by another."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from resolvers.context import Context
from resolvers.reading.cursors import decode, encode
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import Row, cursor_scope, page_of, run
from resolvers.reading.paging import Page, PageRequest, Total
from resolvers.reading.statements import Read, Statement, column_sql, keyset_sql, order_sql, selected, where_sql


async def fetch_nested(
    ctx: Context, entity: Entity, foreign: str, parents: Sequence[Any], read: Read, page: PageRequest
) -> dict[Any, Page[Row]]:
    """Return a page of the rows whose column ``foreign`` is the parent, for every parent.

    A cursor means the same place of the order in every parent's list. Guards are the entity's own. Raises
    ``InvalidInput`` for a wrong cursor or page size.
    """
    page.checked()
    wanted = list(dict.fromkeys(parents))
    order = entity.orders[read.order]
    sql, values = _rows_statement(ctx, entity, foreign, wanted, read, page)
    grouped: dict[Any, list[Row]] = {parent: [] for parent in wanted}
    for row in await run(ctx, sql, values):
        grouped[row["parent_"]].append(row)
    totals = await _totals(ctx, entity, foreign, wanted, read) if page.count else {}
    scope = cursor_scope(entity, read.order)
    return {
        parent: page_of(
            rows, page, [encode(scope, [row[name] for name in order.columns]) for row in rows], totals.get(parent)
        )
        for parent, rows in grouped.items()
    }


def _rows_statement(
    ctx: Context, entity: Entity, foreign: str, parents: Sequence[Any], read: Read, page: PageRequest
) -> tuple[str, list[Any]]:
    statement = Statement(ctx, read)
    order = entity.orders[read.order]
    where = f"{where_sql(statement, entity, read)} AND {column_sql(statement, entity, foreign)} = parent_.key_"
    cursor = page.before if page.backward else page.after
    if cursor is not None:
        types = [entity.columns[name].type for name in order.columns]
        scope, field = cursor_scope(entity, read.order), "before" if page.backward else "after"
        position = decode(scope, cursor, types, field=field)
        where += f" AND {keyset_sql(statement, entity, order, position, backward=page.backward)}"
    columns = ", ".join(f'{column_sql(statement, entity, name)} AS "{name}"' for name in selected(entity, read, order))
    sequence = order_sql(statement, entity, order, backward=page.backward)
    keys = statement.add(list(parents), f"{entity.columns[foreign].type}[]")
    limit = statement.add(page.limit + 1, "bigint")
    direction = "DESC" if order.descending != page.backward else "ASC"
    outer = ", ".join(f'child_."{name}" {direction}' for name in order.columns)
    sql = (
        f"SELECT parent_.key_ AS parent_, child_.* FROM unnest({keys}) AS parent_(key_) CROSS JOIN LATERAL"
        f" (SELECT {columns} FROM {statement.render(entity.source)} WHERE {where} ORDER BY {sequence} LIMIT {limit})"
        f" child_ ORDER BY parent_.key_, {outer}"
    )
    return sql, statement.values


async def _totals(ctx: Context, entity: Entity, foreign: str, parents: Sequence[Any], read: Read) -> dict[Any, Total]:
    """Return how many children every parent has, up to the entity's bound."""
    statement = Statement(ctx, replace(read, columns=()))
    where = f"{where_sql(statement, entity, read)} AND {column_sql(statement, entity, foreign)} = parent_.key_"
    keys = statement.add(list(parents), f"{entity.columns[foreign].type}[]")
    bound = statement.add(entity.total_bound + 1, "bigint")
    sql = (
        f"SELECT parent_.key_ AS parent_, (SELECT count(*) FROM (SELECT 1 FROM {statement.render(entity.source)}"
        f" WHERE {where} LIMIT {bound}) counted_) AS total_ FROM unnest({keys}) AS parent_(key_)"
    )
    most = entity.total_bound
    return {
        row["parent_"]: Total(min(row["total_"], most), row["total_"] > most)
        for row in await run(ctx, sql, statement.values)
    }
