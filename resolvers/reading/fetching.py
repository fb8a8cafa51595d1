"""Fetching: one statement for a page, for rows by key, or for the children of many parents."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from resolvers.context import Context
from resolvers.errors import InvalidInput, Refusal, Unavailable
from resolvers.lanes import Lane
from resolvers.outages import away, database_away
from resolvers.reading.cursors import decode, encode
from resolvers.reading.declarations import Entity, Registry
from resolvers.reading.paging import Page, PageRequest, Total
from resolvers.reading.statements import CountSql, Read, children_statement, keys_statement, page_statement

Row = Mapping[str, Any]
"""A row by column name."""

ReadConnection = asyncpg.Connection | PoolConnectionProxy
"""A connection of the pool for reads."""

Reading = ReadConnection | asyncpg.Pool
"""Where reads that need no common snapshot go: a connection, or the pool that lends one for each."""

Fetching = ReadConnection | Lane
"""What runs a statement: one connection, or a lane of them."""

PLAN_FOR_THE_VALUES: Final = "SET LOCAL plan_cache_mode = force_custom_plan"
"""Plan each time for the values given. Only where it pays: it costs as much as a short read itself."""

MOST_COUNTED: Final = 2**63
"""No bound at all."""


def cursor_scope(entity: Entity, order: str) -> str:
    """Return what cursors of a list are bound to."""
    return f"{entity.name}|{order}"


def rows_of(records: list[asyncpg.Record]) -> list[Row]:
    """Return asyncpg's records as what they are used as: mappings by column name."""
    return cast(list[Row], records)


@contextmanager
def understood() -> Iterator[None]:
    """Turn what a caller can understand into a labelled refusal.

    A value that the database cannot hold (too large a number, half a character, NUL) is ``InvalidInput``; a statement
    that took too long, and a database that is away, are ``Unavailable``.
    """
    try:
        yield
    except Exception as error:
        if (refusal := refusal_for(error)) is None:
            raise
        raise refusal from error


def refusal_for(error: Exception) -> Refusal | None:
    """Return the refusal that an error of the database means to a caller; None where it is none of his."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return Unavailable("查询用时过长，已经停止。", "请缩小查询范围，或稍后再试。")
    if isinstance(error, OSError) or away(error):
        return database_away()
    # Its further kinds are errors of the statement itself, such as a division by zero: a bug, not the caller's value.
    if type(error) in (asyncpg.DataError, asyncpg.CharacterNotInRepertoireError):
        message = "查询条件中有无法识别的值：数字过大，或文字含有无效字符。"
        return InvalidInput(message, "请检查查询条件后重试。")
    return None


async def run(ctx: Context, sql: str, values: Sequence[Any], *, custom: bool = False) -> list[Row]:
    """Run one reading statement; ``custom`` plans it for its values, in a transaction of its own."""
    with understood():
        return await _run(ctx, sql, values, custom=custom)


async def _run(ctx: Context, sql: str, values: Sequence[Any], *, custom: bool) -> list[Row]:
    async with ctx.db.reads.acquire() as connection:
        if not custom:
            return rows_of(await connection.fetch(sql, *values))
        async with connection.transaction(readonly=True):
            await connection.execute(PLAN_FOR_THE_VALUES)
            return rows_of(await connection.fetch(sql, *values))


async def run_value(ctx: Context, sql: str, values: Sequence[Any], *, custom: bool = False) -> bytes:
    """Run a compiled statement that gives one value: bytes, passed on as they are."""
    # Not through `understood`: a context manager costs a tenth of what is around a point read.
    try:
        return cast(bytes, await (ctx.db.planned if custom else ctx.db.quick).value(sql, values))
    except Exception as error:
        if (refusal := refusal_for(error)) is None:
            raise
        raise refusal from error


async def run_rows(ctx: Context, sql: str, values: Sequence[Any], *, custom: bool = False) -> list[asyncpg.Record]:
    """Run a compiled statement that gives rows."""
    with understood():
        return await (ctx.db.planned if custom else ctx.db.quick).rows(sql, values)


def is_skewed(entity: Entity, read: Read) -> bool:
    """Say whether a read is to be planned for its values."""
    return read.scope in entity.skewed_scopes or any(entity.filters[name].skewed for name in read.filters)


async def fetch_page(
    ctx: Context, entity: Entity, read: Read, page: PageRequest, counted: CountSql | None = None
) -> Page[Row]:
    """Return one page of an entity in one statement. Raises ``InvalidInput`` for a wrong cursor or page size.

    The total is exact where ``counted`` knows it, else up to the entity's bound.
    """
    page.checked()
    order = entity.orders[read.order]
    scope = cursor_scope(entity, read.order)
    cursor = page.before if page.backward else page.after
    position = None
    if cursor is not None:
        types = [entity.columns[name].type for name in order.columns]
        position = decode(scope, cursor, types, field="before" if page.backward else "after")
    sql, values = page_statement(ctx, entity, read, page, position, counted)
    found = await run(ctx, sql, values, custom=(page.count and counted is None) or is_skewed(entity, read))
    total = None
    if page.count:
        bound = entity.total_bound if counted is None else MOST_COUNTED
        total = Total(min(found[0]["total_"], bound), found[0]["total_"] > bound)
    rows = [row for row in found if row["found_"]]
    return page_of(rows, page, [encode(scope, [row[name] for name in order.columns]) for row in rows], total)


def page_of(rows: Sequence[Any], page: PageRequest, cursors: Sequence[str], total: Total | None) -> Page[Any]:
    """Make a page of up to ``limit + 1`` rows in reading direction; the surplus row tells that there are more."""
    more = len(rows) > page.limit
    kept, marks = list(rows[: page.limit]), list(cursors[: page.limit])
    if page.backward:
        kept.reverse()
        marks.reverse()
        return Page(tuple(kept), tuple(marks), page.before is not None, more, total)
    return Page(tuple(kept), tuple(marks), more, page.after is not None, total)


async def fetch_by_keys(
    ctx: Context, entity: Entity, read: Read, keys: Sequence[Any], column: str = ""
) -> dict[Any, tuple[Row, ...]]:
    """Return the rows for each key, in one statement; a key nobody has, or may see, is missing from the answer."""
    name = column or entity.key
    found: dict[Any, list[Row]] = {}
    if keys:
        sql, values = keys_statement(ctx, entity, read, name, list(dict.fromkeys(keys)))
        for row in await run(ctx, sql, values, custom=is_skewed(entity, read)):
            found.setdefault(row[name], []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


async def fetch_children(
    ctx: Context,
    registry: Registry,
    entity: Entity,
    relation: str,
    parents: Sequence[Any],
    read: Read | None = None,
    first: int | None = None,
) -> dict[Any, Page[Row]]:
    """Return the first children of every parent by one statement; ``parents`` are values of the local column.

    Guards are the child's own. Every parent has a page, perhaps an empty one.
    """
    declared = entity.relations[relation]
    target = registry[declared.target]
    asked = read or Read()
    order = asked.order or declared.order or next(iter(target.orders))
    asked = Read(asked.columns, asked.filters, order, asked.scope, asked.valid_on, asked.recorded_at)
    limit = {"belongs_to": 1, "has_many": declared.most}.get(declared.kind, first or PageRequest().limit)
    page = PageRequest(first=limit)
    grouped: dict[Any, list[Row]] = {parent: [] for parent in parents}
    if grouped:
        sql, values = children_statement(ctx, target, asked, declared.foreign, list(grouped), limit + 1)
        for row in await run(ctx, sql, values, custom=is_skewed(target, asked)):
            grouped[row["parent_"]].append(row)
    scope, columns = cursor_scope(target, order), target.orders[order].columns
    return {
        parent: page_of(rows, page, [encode(scope, [row[name] for name in columns]) for row in rows], None)
        for parent, rows in grouped.items()
    }


async def run_quick(ctx: Context, sql: str, values: Sequence[Any]) -> list[Row]:
    """Run a short statement that many requests ask, on the lane of the compiled ones."""
    try:
        return rows_of(await ctx.db.quick.rows(sql, values))
    except Exception as error:
        if (refusal := refusal_for(error)) is None:
            raise
        raise refusal from error
