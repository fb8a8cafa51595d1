"""Declarations: where the data of an entity lives, and who may see which row and which column.

All identifiers of a statement come from declarations, all values are parameters. A fragment of SQL is written with
``{alias}`` for the tables of the entity's source and ``:name`` for a parameter; nothing else is put into it.

* ``:value`` is the value of a filter.
* :data:`PARAMETERS` are known to every statement: the actor, the time, the two times of a bitemporal read, and what
  the program itself says of inspections.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from resolvers.reading.cursors import READERS
from resolvers.reading.paging import TOTAL_BOUND

PARAMETERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "actor_kind": "text",
        "actor_account": "uuid",
        "actor_roles": "text[]",
        "actor_bodies": "text[]",
        "actor_offices": "text[]",
        "actor_scopes": "text[]",
        "today": "date",
        "now": "timestamptz",
        "valid_on": "date",
        "recorded_at": "timestamptz",
        "inspection_groups": "jsonb",
    }
)
"""Parameters every fragment may use, with their SQL types."""

ALIAS: Final = re.compile(r"\{([a-z]+)\}")
NAMED: Final = re.compile(r"(?<![:\w]):([a-z_]+)\b")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_FORBIDDEN: Final = re.compile(r";|--|/\*|\$")

EVERYBODY: Final = "true"
"""The row guard of what is public; it is written out so that nobody forgets to think about it."""


class WrongDeclaration(ValueError):
    """A declaration that cannot work; raised at start with entity, field and reason."""

    def __init__(self, entity: str, place: str, reason: str) -> None:
        super().__init__(f"{entity}.{place}: {reason}" if place else f"{entity}: {reason}")
        self.entity = entity
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its expression and SQL type. With a ``guard`` it reads as NULL for whom the guard is not true."""

    sql: str
    type: str = "text"
    guard: str | None = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A predicate over ``:value`` of an SQL type.

    ``columns`` names the columns it looks at: their guards are added to it, so that a filter never tells what a
    column hides. ``skewed`` says that how many rows it leaves depends on the value; the statement is then planned
    for the value instead of once for all.
    """

    sql: str
    type: str = "text"
    columns: tuple[str, ...] = ()
    skewed: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """An order over columns, all in one direction, that together tell every row from every other."""

    columns: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to another entity: rows whose column ``foreign`` equals this row's column ``local``.

    ``belongs_to`` gives one row or none, ``has_many`` a short list wholly, ``connection`` a page.
    """

    kind: Literal["belongs_to", "has_many", "connection"]
    target: str
    local: str
    foreign: str
    order: str = ""
    most: int = 1000


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: ``source`` is a FROM clause over aliases, ``key`` the column that identifies a row.

    ``unique`` are further sets of columns of which each identifies a row within every scope.
    ``scopes`` are predicates of which a read must choose one (such as the state now, or as known at a time); those
    in ``skewed_scopes`` are planned for their values, as skewed filters are.
    ``guard`` says who may see a row; it stands in every statement.
    ``stamp`` is an expression that is another whenever the row is, ``passing`` names the columns it does not speak for;
    rows of an ``unchanging`` entity never change. ``pieces_by`` is the column by which rows of a page are fetched again, if not by the key.
    ``dispensable`` names, by alias, joins of the source that find exactly one row: a compiled statement that looks at
    nothing of it leaves the join out.
    """

    name: str
    source: str
    key: str
    guard: str
    columns: Mapping[str, Column]
    orders: Mapping[str, Order]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    skewed_scopes: frozenset[str] = frozenset()
    unique: tuple[tuple[str, ...], ...] = ()
    total_bound: int = TOTAL_BOUND
    stamp: str = ""
    passing: frozenset[str] = frozenset()
    unchanging: bool = False
    pieces_by: str = ""
    dispensable: Mapping[str, str] = field(default_factory=dict)

    @property
    def piece_key(self) -> str:
        """The column by which the rows of a page are fetched again."""
        return self.pieces_by or self.key

    @property
    def aliases(self) -> frozenset[str]:
        """The aliases that the source brings."""
        return frozenset(ALIAS.findall(self.source))


class Registry:
    """All entities of the program, checked against each other. Raises ``WrongDeclaration`` at construction."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._entities: dict[str, Entity] = {}
        for entity in entities:
            if entity.name in self._entities:
                raise WrongDeclaration(entity.name, "", "declared twice")
            self._entities[entity.name] = entity
        for entity in self._entities.values():
            _check_entity(entity)
            _check_relations(entity, self._entities)

    def __getitem__(self, name: str) -> Entity:
        return self._entities[name]

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._entities.values())


def _check_fragment(entity: Entity, place: str, sql: str, extra: frozenset[str] = frozenset()) -> None:
    if not sql.strip():
        raise WrongDeclaration(entity.name, place, "the SQL is empty")
    if _FORBIDDEN.search(sql):
        raise WrongDeclaration(entity.name, place, "the SQL holds ';', '$' or a comment")
    unknown = set(ALIAS.findall(sql)) - entity.aliases
    if unknown:
        raise WrongDeclaration(entity.name, place, f"unknown alias {', '.join(sorted(unknown))}")
    if "{" in ALIAS.sub("", sql):
        raise WrongDeclaration(entity.name, place, "a brace that is no alias")
    missing = set(NAMED.findall(sql)) - PARAMETERS.keys() - extra
    if missing:
        raise WrongDeclaration(entity.name, place, f"unknown parameter {', '.join(sorted(missing))}")


def _check_entity(entity: Entity) -> None:
    names = (entity.name, *entity.columns, *entity.filters, *entity.orders, *entity.relations, *entity.scopes)
    for name in names:
        if not _NAME.fullmatch(name):
            raise WrongDeclaration(entity.name, name, "not a plain lower-case name")
    fragments = {"source": entity.source, "guard": entity.guard, **entity.scopes}
    fragments |= {"stamp": entity.stamp} if entity.stamp else {}
    fragments |= {name: column.sql for name, column in entity.columns.items()}
    fragments |= {f"{name} guard": one.guard for name, one in entity.columns.items() if one.guard is not None}
    for place, sql in fragments.items():
        _check_fragment(entity, place, sql)
    for column_name in (
        entity.key,
        entity.piece_key,
        *entity.passing,
        *(column for columns in entity.unique for column in columns),
    ):
        if column_name not in entity.columns:
            raise WrongDeclaration(entity.name, "key", f"there is no column {column_name}")
    for name, one in entity.filters.items():
        _check_filter(entity, name, one)
    if not entity.orders:
        raise WrongDeclaration(entity.name, "orders", "a list needs an order")
    for name, order in entity.orders.items():
        _check_order(entity, name, order)


def _check_filter(entity: Entity, name: str, one: Filter) -> None:
    _check_fragment(entity, name, one.sql, frozenset({"value"}))
    if "value" not in NAMED.findall(one.sql):
        raise WrongDeclaration(entity.name, name, "a filter that does not use its value")
    for column_name in one.columns:
        if column_name not in entity.columns:
            raise WrongDeclaration(entity.name, name, f"there is no column {column_name}")


def _check_order(entity: Entity, name: str, order: Order) -> None:
    if not order.columns:
        raise WrongDeclaration(entity.name, name, "an order needs columns")
    for column_name in order.columns:
        column = entity.columns.get(column_name)
        if column is None:
            raise WrongDeclaration(entity.name, name, f"there is no column {column_name}")
        if column.guard is not None:
            raise WrongDeclaration(entity.name, name, f"orders by {column_name}, which is guarded: order tells values")
        if column.nullable:
            raise WrongDeclaration(entity.name, name, f"orders by {column_name}, which can be NULL")
        if column.type not in READERS:
            raise WrongDeclaration(entity.name, name, f"no cursor can hold the type {column.type} of {column_name}")
    if not any(set(columns) <= set(order.columns) for columns in ((entity.key,), *entity.unique)):
        raise WrongDeclaration(entity.name, name, f"holds neither the key {entity.key} nor another unique set")


def _check_relations(entity: Entity, entities: Mapping[str, Entity]) -> None:
    for name, relation in entity.relations.items():
        target = entities.get(relation.target)
        if target is None:
            raise WrongDeclaration(entity.name, name, f"there is no entity {relation.target}")
        for owner, column in ((entity, relation.local), (target, relation.foreign)):
            if column not in owner.columns:
                raise WrongDeclaration(entity.name, name, f"{owner.name} has no column {column}")
        if entity.columns[relation.local].type != target.columns[relation.foreign].type:
            raise WrongDeclaration(entity.name, name, f"{relation.local} and {relation.foreign} differ in type")
        if relation.kind != "belongs_to" and relation.order not in target.orders:
            raise WrongDeclaration(entity.name, name, f"{relation.target} has no order {relation.order!r}")
