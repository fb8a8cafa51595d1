"""What types declare, made into one table at start: how every field of the contract is read, if it can be compiled.

A wrong declaration stops the program here, with type, field and reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.types.base import StrawberryObjectDefinition

from resolvers.reading.declarations import Entity, WrongDeclaration
from resolvers.reading.interface import INTERFACE
from resolvers.reading.selection import Form, Names
from resolvers.reading.shows import (
    METADATA,
    OfKey,
    OfMany,
    OfOne,
    OfPage,
    OfRow,
    Shown,
    check_shown,
)
from schema.fields import READS
from schema.paging import Connection
from schema.reads import Reads
from schema.scalars import SCALARS

LEAVES: Final[Mapping[str, Form]] = {
    "String": "text",
    "ID": "id",
    "Int": "integer",
    "Boolean": "boolean",
    str(SCALARS[date].name): "date",
    str(SCALARS[datetime].name): "moment",
    str(SCALARS[Decimal].name): "decimal",
}
"""How a leaf of each scalar is written."""
LISTS: Final[Mapping[Form | None, Form]] = {"text": "texts", "integer": "integers"}
"""How a list of leaves is written."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A field of the contract. Without ``shown`` and ``reads`` it is computed, and nothing compiles it.

    ``kind`` is the named type of what it shows; ``form`` says how a leaf is written.
    """

    field: GraphQLField
    kind: str
    shown: Shown | None
    reads: Reads | None
    form: Form | None
    required: bool
    many: bool


class Declarations:
    """How every field of every type is read. Raises ``WrongDeclaration`` at construction."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.graph = schema._schema  # noqa: SLF001  # strawberry offers no public way to it
        self._fields: dict[tuple[str, str], Declared] = {}
        self.pages: dict[str, str] = {}
        for kind in self.graph.type_map.values():
            definition = kind.extensions.get("strawberry-definition") if isinstance(kind, GraphQLObjectType) else None
            if isinstance(kind, GraphQLObjectType) and isinstance(definition, StrawberryObjectDefinition):
                self._add(kind, definition)

    def __getitem__(self, place: tuple[str, str]) -> Declared:
        """Return the field of a type, both by their names in the contract."""
        return self._fields[place]

    def __len__(self) -> int:
        return sum(1 for one in self._fields.values() if one.shown is not None)

    def items(self) -> Mapping[tuple[str, str], Declared]:
        """Return all fields by type and name."""
        return self._fields

    def matches(self, kind: str, condition: str) -> bool:
        """Say whether objects of a type are of the type, interface or union that a fragment is on."""
        if kind == condition:
            return True
        above, below = self.graph.type_map[condition], self.graph.type_map[kind]
        return isinstance(below, GraphQLObjectType) and self.graph.is_sub_type(above, below)  # type: ignore[arg-type]

    def tags(self, kind: str) -> Mapping[str, str]:
        """Return the types that objects in a place of this type may be of, each with its tag; none: it is one type."""
        above = self.graph.type_map[kind]
        if not isinstance(above, GraphQLUnionType | GraphQLInterfaceType):
            return {}
        types = self.graph.get_possible_types(above)
        tags = {one.name: getattr(one.extensions["strawberry-definition"].origin, "tag", "") for one in types}
        return tags if all(tags.values()) else {}

    def _add(self, kind: GraphQLObjectType, definition: StrawberryObjectDefinition) -> None:
        if definition.concrete_of is not None and definition.concrete_of.origin is Connection:
            self.pages[kind.name] = get_named_type(kind.fields["nodes"].type).name
        entity = entity_of(kind)
        for name, field in kind.fields.items():
            told = field.extensions.get("strawberry-definition")
            metadata: Mapping[str, Any] = getattr(told, "metadata", {})
            shown = metadata.get(METADATA)
            if shown is not None:
                check_shown(kind.name, name, shown, entity, INTERFACE)
                _check_target(kind, name, shown, field, self.graph.type_map)
            self._fields[kind.name, name] = _declared(kind.name, name, field, metadata)


def entity_of(kind: object) -> Entity | None:
    """Return the entity that a type of the contract stands on."""
    definition = getattr(kind, "extensions", {}).get("strawberry-definition")
    entity = getattr(getattr(definition, "origin", None), "entity", None)
    return entity if isinstance(entity, Entity) else None


def _declared(kind: str, name: str, field: GraphQLField, metadata: Mapping[str, Any]) -> Declared:
    named = get_named_type(field.type)
    required, many = isinstance(field.type, GraphQLNonNull), _is_list(field.type)
    form = _form(named)
    if many and form is not None:
        if form not in LISTS and METADATA in metadata:
            raise WrongDeclaration(kind, name, "of leaves only texts and numbers stand in lists")
        form, many = LISTS.get(form, "texts"), False
    return Declared(field, named.name, metadata.get(METADATA), metadata.get(READS), form, required, many)


def _form(named: object) -> Form | None:
    if isinstance(named, GraphQLEnumType):
        return Names(tuple((str(one.value), name) for name, one in named.values.items()))
    return LEAVES.get(str(named))


def _is_list(kind: GraphQLOutputType) -> bool:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLList)


def _check_target(
    kind: GraphQLObjectType, name: str, shown: Shown, field: GraphQLField, types: Mapping[str, Any]
) -> None:
    """Check that a relation leads to rows of the type that the field has, and an id to its own type.

    Rows of another entity will do if they have every column of the type's own, such as matters that were drawn.
    """
    if isinstance(shown, OfKey) and shown.kind != kind.name:
        raise WrongDeclaration(kind.name, name, f"the id is one of {shown.kind}")
    if not isinstance(shown, OfOne | OfMany | OfPage | OfRow):
        return
    target = get_named_type(field.type)
    if isinstance(shown, OfPage):
        target = get_named_type(types[target.name].fields["nodes"].type)
    entity = entity_of(target)
    found = entity_of(kind) if isinstance(shown, OfRow) else INTERFACE[shown.entity]
    if entity is None or found is None or not entity.columns.items() <= found.columns.items():
        raise WrongDeclaration(
            kind.name, name, f"{target.name} does not stand on the entity {found.name if found else 'of its row'}"
        )
