"""From a declaration to one parameterised statement. Guards of the row and of every column are always in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Protocol

from resolvers.context import Context
from resolvers.reading.declarations import ALIAS, NAMED, PARAMETERS, Entity, Order
from resolvers.reading.paging import TOTAL_BOUND, PageRequest
from resolvers.reading.shipped import inspection_groups


@dataclass(frozen=True, slots=True)
class Read:
    """What to read of an entity: columns (none: all), filters by name with their values, order and scope."""

    columns: tuple[str, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    order: str = ""
    scope: str = ""
    valid_on: date | None = None
    recorded_at: datetime | None = None


class Rendering(Protocol):
    """What turns declared fragments into text and values into placeholders."""

    def add(self, value: Any, kind: str) -> str:
        """Add a value and return its typed placeholder."""

    def render(self, fragment: str, prefix: str = "", value: str = "") -> str:
        """Return a declared fragment with its aliases prefixed and its parameters numbered."""


NAMED_VALUES: Final[Mapping[str, Callable[[Context], Any]]] = {
    "actor_kind": lambda ctx: ctx.actor.kind,
    "actor_account": lambda ctx: ctx.actor.account_id,
    "actor_roles": lambda ctx: sorted(ctx.actor.roles),
    "actor_bodies": lambda ctx: sorted(ctx.actor.body_codes),
    "actor_offices": lambda ctx: sorted(ctx.actor.offices),
    "actor_scopes": lambda ctx: sorted(ctx.actor.scopes),
    "today": lambda ctx: ctx.today,
    "now": lambda ctx: ctx.now,
    "inspection_groups": lambda _: inspection_groups(),
}
"""What the parameters of fragments are in a request, whatever is read; the two days are the read's own."""


def _value(ctx: Context, read: Read, name: str) -> Any:
    if name == "valid_on":
        return read.valid_on or ctx.today
    return (read.recorded_at or ctx.now) if name == "recorded_at" else NAMED_VALUES[name](ctx)


class Statement:
    """A statement under construction: fragments go in as text, values only as ``$n``."""

    def __init__(self, ctx: Context, read: Read) -> None:
        self._ctx, self._read = ctx, read
        self._numbers: dict[str, str] = {}
        self.values: list[Any] = []

    def add(self, value: Any, kind: str) -> str:
        """Add a value and return its typed placeholder."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}"

    def render(self, fragment: str, prefix: str = "", value: str = "") -> str:
        """Return a declared fragment with its aliases prefixed and its parameters numbered."""

        def numbered(name: str) -> str:
            if name == "value" and value:
                return value
            if name not in self._numbers:
                self._numbers[name] = self.add(_value(self._ctx, self._read, name), PARAMETERS[name])
            return self._numbers[name]

        text = NAMED.sub(lambda found: numbered(found[1]), fragment)
        return ALIAS.sub(lambda found: f"{prefix}{found[1]}", text)


CountSql = Callable[[Rendering], str]
"""Gives a query for one exact number, where somebody has counted already."""


def column_sql(statement: Rendering, entity: Entity, name: str, prefix: str = "") -> str:
    """Return a column's expression; where its guard is not true, it reads as NULL."""
    column = entity.columns[name]
    expression = statement.render(column.sql, prefix)
    if column.guard is None:
        return expression
    return f"(CASE WHEN {statement.render(column.guard, prefix)} THEN {expression} END)"


def where_sql(statement: Rendering, entity: Entity, read: Read, prefix: str = "") -> str:
    """Return the predicate: row guard, scope, and each filter together with the guards of its columns."""
    parts = [entity.guard]
    if entity.scopes:
        if read.scope not in entity.scopes:
            raise KeyError(f"{entity.name} is read in one of the scopes {', '.join(entity.scopes)}")
        parts.append(entity.scopes[read.scope])
    rendered = [statement.render(part, prefix) for part in parts]
    for name in sorted(read.filters):
        declared = entity.filters[name]
        value = statement.add(read.filters[name], declared.type)
        guards = [entity.columns[column].guard for column in declared.columns]
        rendered += [statement.render(guard, prefix) for guard in guards if guard is not None]
        rendered.append(statement.render(declared.sql, prefix, value))
    return " AND ".join(f"({part})" for part in rendered)


def selected(entity: Entity, read: Read, order: Order | None) -> tuple[str, ...]:
    """Return the columns a statement fetches: those asked for and those the order and the key need."""
    wanted = list(read.columns or entity.columns)
    needed = (*(order.columns if order else ()), entity.key)
    return tuple(dict.fromkeys([*wanted, *needed]))


def keyset_sql(
    statement: Rendering, entity: Entity, order: Order, values: Sequence[Any], *, backward: bool, prefix: str = ""
) -> str:
    """Return the predicate for rows behind (or before) the row with these key values."""
    left = ", ".join(column_sql(statement, entity, name, prefix) for name in order.columns)
    right = ", ".join(
        statement.add(value, entity.columns[name].type) for name, value in zip(order.columns, values, strict=True)
    )
    comparison = "<" if order.descending != backward else ">"
    return f"({left}) {comparison} ({right})"


def order_sql(statement: Rendering, entity: Entity, order: Order, *, backward: bool, prefix: str = "") -> str:
    """Return the ORDER BY list, turned round for a page from the end."""
    direction = "DESC" if order.descending != backward else "ASC"
    return ", ".join(f"{column_sql(statement, entity, name, prefix)} {direction}" for name in order.columns)


def page_statement(
    ctx: Context,
    entity: Entity,
    read: Read,
    page: PageRequest,
    position: Sequence[Any] | None,
    counted: CountSql | None = None,
) -> tuple[str, list[Any]]:
    """Return the one statement of a page; when a total is asked for it stands beside, by ``counted`` or bounded."""
    statement = Statement(ctx, read)
    order = entity.orders[read.order]
    names = selected(entity, read, order)
    source = statement.render(entity.source)
    where = where_sql(statement, entity, read)
    total = ""
    if page.count and counted is not None:
        total = f"SELECT ({counted(statement)}) AS total_"
    elif page.count:
        bound = statement.add(min(entity.total_bound, TOTAL_BOUND) + 1, "bigint")
        total = f"SELECT count(*) AS total_ FROM (SELECT 1 FROM {source} WHERE {where} LIMIT {bound}) counted_"
    if position is not None:
        where += f" AND {keyset_sql(statement, entity, order, position, backward=page.backward)}"
    columns = ", ".join(f'{column_sql(statement, entity, name)} AS "{name}"' for name in names)
    sequence = order_sql(statement, entity, order, backward=page.backward)
    limit = statement.add(page.limit + 1, "bigint")
    rows = f"SELECT {columns}, true AS found_ FROM {source} WHERE {where} ORDER BY {sequence} LIMIT {limit}"
    if not page.count:
        return rows, statement.values
    direction = "DESC" if order.descending != page.backward else "ASC"
    outer = ", ".join(f'rows_."{name}" {direction}' for name in order.columns)
    beside = f"SELECT * FROM ({total}) total_ LEFT JOIN LATERAL ({rows}) rows_ ON true ORDER BY {outer}"
    return beside, statement.values


def keys_statement(ctx: Context, entity: Entity, read: Read, column: str, keys: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return the statement for the rows whose ``column`` is one of ``keys``, in the order of the read if it has one."""
    statement = Statement(ctx, read)
    names = selected(entity, read, None)
    source = statement.render(entity.source)
    where = where_sql(statement, entity, read)
    wanted = statement.add(list(keys), f"{entity.columns[column].type}[]")
    names = tuple(dict.fromkeys([*names, column]))
    columns = ", ".join(f'{column_sql(statement, entity, name)} AS "{name}"' for name in names)
    key = column_sql(statement, entity, column)
    sql = f"SELECT {columns} FROM {source} WHERE {where} AND {key} = ANY({wanted})"
    if read.order:
        sql += f" ORDER BY {order_sql(statement, entity, entity.orders[read.order], backward=False)}"
    return sql, statement.values


def children_statement(
    ctx: Context, entity: Entity, read: Read, foreign: str, parents: Sequence[Any], limit: int
) -> tuple[str, list[Any]]:
    """Return one statement for the first ``limit`` children of every parent, in the order asked for."""
    statement = Statement(ctx, read)
    order = entity.orders[read.order]
    names = selected(entity, read, order)
    source = statement.render(entity.source)
    where = where_sql(statement, entity, read)
    kind = entity.columns[foreign].type
    wanted = statement.add(list(parents), f"{kind}[]")
    columns = ", ".join(f'{column_sql(statement, entity, name)} AS "{name}"' for name in names)
    sequence = order_sql(statement, entity, order, backward=False)
    most = statement.add(limit, "bigint")
    direction = "DESC" if order.descending else "ASC"
    outer = ", ".join(f'child_."{name}" {direction}' for name in order.columns)
    sql = (
        f"SELECT parent_.key_ AS parent_, child_.* FROM unnest({wanted}) AS parent_(key_) CROSS JOIN LATERAL "
        f"(SELECT {columns} FROM {source} WHERE {where} AND {column_sql(statement, entity, foreign)} = parent_.key_ "
        f"ORDER BY {sequence} LIMIT {most}) child_ ORDER BY parent_.key_, {outer}"
    )
    return sql, statement.values
