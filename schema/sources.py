"""Sources: what the fields of a type read from. A type only declares; its data are a row, and content on demand.

Every field that shows a column, a relation or a part of the content says so in its metadata, by a value of
`resolvers.reading.shows`. Reads are compiled from that, and a wrong name stops the program at start.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import strawberry

from domain.values import Value
from resolvers.power_views import NOW, AsOf
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import Row
from resolvers.reading.interface import INTERFACE
from resolvers.reading.library import POWER, VERSION
from resolvers.reading.published import PUBLISHED
from resolvers.reading.rows import ROW_COLUMNS
from resolvers.reading.shows import METADATA, OfColumn, OfDocument, OfKey, OfMany, OfOne, OfRow, Shown
from resolvers.reading.statements import Read
from schema.contents import Loaded, load_content
from schema.fields import default_of, words
from schema.loading import Info
from schema.node import ID_WORDS, global_id


class Source:
    """A row of a type: ``kind`` is the GraphQL type, ``at`` the two days an item was read at."""

    __slots__ = ("at", "kind", "loaded", "row")

    def __init__(self, kind: str, row: Any, at: AsOf = NOW) -> None:
        self.kind, self.row, self.at = kind, row, at
        self.loaded: Loaded | None = None

    def __getitem__(self, name: str) -> Any:
        """Return a column, whether the row is a value of a use-case or a plain row."""
        return self.row[name] if hasattr(self.row, "keys") else getattr(self.row, name)


Root = strawberry.Parent[Source]


class FromSource:
    """What every type over sources has: it knows its own sources. ``entity`` is where its rows come from."""

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Recognise a source of this type."""
        return isinstance(obj, Source) and obj.kind == cls.__name__


def column(name: str, description: str, *directives: object) -> Any:
    """Return a field that shows a column of the row."""

    def resolve(root: Root) -> Any:
        return root[name]

    return strawberry.field(
        resolver=resolve, description=description, directives=directives, metadata={METADATA: OfColumn(name)}
    )


def late_column(entity: Entity, name: str, description: str, *directives: object) -> Any:
    """Return a field that shows a column which is fetched only when asked for, one statement for all rows."""

    async def resolve(root: Root, info: Info) -> Any:
        row = await info.context.loaders.one(entity, Read((entity.key, name))).load(root[entity.key])
        return row[name] if row is not None else None

    return strawberry.field(
        resolver=resolve, description=description, directives=directives, metadata={METADATA: OfColumn(name)}
    )


def late_document(
    entity: Entity,
    shown: OfDocument,
    description: str,
    *directives: object,
    read: Callable[[Any], Any],
    scope: str = "",
) -> Any:
    """Return a field that shows a part of a document which is fetched only when asked for, once for all rows.

    ``read`` makes of its JSON what the field's type wants.
    """

    async def resolve(root: Root, info: Info) -> Any:
        loader = info.context.loaders.one(entity, Read((entity.key, shown.column), scope=scope))
        row = await loader.load(root[entity.key])
        return read(((row or {}).get(shown.column) or {}).get(shown.name, shown.default))

    return strawberry.field(
        resolver=resolve, description=description, directives=directives, metadata={METADATA: shown}
    )


def has_many(
    shown: OfMany,
    source: Callable[[Row], Source],
    description: str,
    *directives: object,
    columns: tuple[str, ...] = (),
) -> Any:
    """Return a field that shows all rows of a relation; one statement for all rows of the operation."""
    target = INTERFACE[shown.entity]
    read = Read(columns or rows_of(target).columns, order=shown.order)

    async def resolve(root: Root, info: Info) -> Any:
        rows = await info.context.loaders.many(target, shown.foreign, read).load(root[shown.local])
        found = [source(row) for row in rows if not shown.only or row[shown.only]]
        return found[::-1] if shown.backward else found

    return strawberry.field(
        resolver=resolve, description=description, directives=directives, metadata={METADATA: shown}
    )


def same_row(kind: str, description: str) -> Any:
    """Return a field that shows the row once more, as another type of the same entity."""

    def resolve(root: Root) -> Any:
        return Source(kind, root.row)

    return strawberry.field(resolver=resolve, description=description, metadata={METADATA: OfRow()})


def belongs_to(entity: Entity, relation: str, kind: str, description: str) -> Any:
    """Return a field that shows the one row of a relation; one statement for all rows of the operation."""
    declared = entity.relations[relation]
    target, local, foreign = PUBLISHED[declared.target], declared.local, declared.foreign

    async def resolve(root: Root, info: Info) -> Any:
        key = root[local]
        if key is None or key == "":
            return None
        row = await info.context.loaders.one(target, rows_of(target), foreign).load(key)
        return None if row is None else Source(kind, row)

    shown = OfOne(target.name, local, foreign)
    return strawberry.field(resolver=resolve, description=description, metadata={METADATA: shown})


def reference(target: Entity, local: str, kind: str, description: str, foreign: str = "") -> Any:
    """Return a field that shows the row of an entity whose key (or ``foreign``) stands in the column ``local``."""

    async def resolve(root: Root, info: Info) -> Any:
        row = (
            await info.context.loaders.one(target, rows_of(target), foreign).load(root[local]) if root[local] else None
        )
        return None if row is None else Source(kind, row)

    shown = OfOne(target.name, local, foreign or target.key)
    return strawberry.field(resolver=resolve, description=description, metadata={METADATA: shown})


def identified(kind: str, key: str = "id") -> Any:
    """Return the field of the global id of a type whose key is one column."""

    def resolve(root: Root) -> strawberry.ID:
        return global_id(kind, root[key])

    return strawberry.field(resolver=resolve, description=ID_WORDS, metadata={METADATA: OfKey(kind, key)})


LATE: Final = {"body": ("items",), "law": ("uses",), "inspection": ("group", "entry", "numbers")}
"""Columns that cost a subquery for each row; they are fetched by `late_column` and `late_document` only."""


def rows_of(entity: Entity) -> Read:
    """Return the read of an entity's plain columns."""
    return Read(tuple(name for name in entity.columns if name not in LATE.get(entity.name, ())))


def of_content(description: str, show: Callable[[Source, Loaded], Any], shown: Shown) -> Any:
    """Return a field shown from an item's content: at once if it is there, else when its batch has come."""

    def resolve(root: Root, info: Info) -> Any:
        return show(root, root.loaded) if root.loaded is not None else _later(root, info, show)

    return strawberry.field(resolver=resolve, description=description, metadata={METADATA: shown})


async def _later(root: Source, info: Info, show: Callable[[Source, Loaded], Any]) -> Any:
    return show(root, await loaded(root, info))


async def loaded(root: Source, info: Info) -> Loaded:
    """Return the content of a state, fetched together with that of all others of the operation."""
    if root.loaded is None:
        root.loaded = await info.context.loaders.of("content", load_content).load(root["version_id"])
    return root.loaded


async def load_contents(sources: Sequence[Source], info: Info) -> None:
    """Fetch the content of many states ahead of their fields, which then answer without a detour."""
    loader = info.context.loaders.of("content", load_content)
    for source, found in zip(sources, await loader.load_many([one["version_id"] for one in sources]), strict=True):
        source.loaded = found


@dataclass(frozen=True, slots=True)
class Placed:
    """A part of an item's content that is shown on its own: the value, whose it is, its place from 1, its law."""

    value: Any
    owner: Source
    position: int = 0
    law_id: int | None = None


def of_value(model: type[Value], name: str, column: str, clause: str = "") -> Any:
    """Return a field that shows an attribute of a placed value; as a row of its own it stands in ``column``."""

    def resolve(root: strawberry.Parent[Placed]) -> Any:
        return getattr(root.value, name)

    shown = OfDocument(column, name, default_of(model, name))
    return strawberry.field(resolver=resolve, description=words(model, name, clause), metadata={METADATA: shown})


STATE: Final = tuple(name for name in ROW_COLUMNS if name in VERSION.columns)
"""Columns of a version that an item as of a day has as well."""


async def load_item(info: Info, item_id: int, at: AsOf) -> Source | None:
    """Return an item as of two days, or None if it did not exist then; one statement for all of the operation."""
    read = Read(ROW_COLUMNS, {}, "", at.scope, at.valid_on, at.recorded_at)
    row = await info.context.loaders.one(POWER, read).load(item_id)
    return None if row is None else Source("PowerItem", row, at)


async def load_version(info: Info, version_id: int) -> Source | None:
    """Return a version by its row number."""
    row = await info.context.loaders.one(VERSION, VERSION_READ).load(version_id)
    return None if row is None else Source("PowerVersion", row)


VERSION_READ: Final = Read((*STATE, "reason", "digest", "batch_id"))


async def item_of(placed: Placed, info: Info) -> Source | None:
    """Return the item that a placed value belongs to: its owner, or the item on the owner's day."""
    owner = placed.owner
    return owner if owner.kind == "PowerItem" else await load_item(info, owner["item_id"], owner.at)
