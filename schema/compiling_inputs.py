"""From coerced input to what resolvers take, as strawberry converts it: decided once for a type, then only done."""

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any

import strawberry
from strawberry.types.arguments import convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

Convert = Callable[[Any], Any]


def converter(schema: strawberry.Schema, kind: Any) -> Convert | None:
    """Return what converts a value of a type that is neither null nor left out; None where it stays as it is."""
    if isinstance(kind, LazyType):
        return converter(schema, kind.resolve_type())
    if isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe):
        return converter(schema, kind.of_type)
    registry = schema.schema_converter.scalar_registry
    if kind in registry or kind in {str, int, bool, float} or isinstance(kind, StrawberryEnumDefinition):
        return None
    if has_enum_definition(kind):
        return None
    if isinstance(kind, StrawberryList):
        return _list(converter(schema, kind.of_type))
    definition = get_object_definition(kind)
    if definition is not None and definition.is_input and definition.from_input is None:
        return _input(schema, kind, definition)
    return lambda value: convert_argument(value, kind, registry, schema.config)


def _list(inner: Convert | None) -> Convert:
    if inner is None:
        return list
    return lambda values: [None if one is None else inner(one) for one in values]


def _input(schema: strawberry.Schema, kind: Any, definition: StrawberryObjectDefinition) -> Convert:
    """Return what makes an input object of a dictionary by the names of the contract."""
    # A field without a default of its own is None where it is left out.
    empty = [
        one.python_name for one in definition.fields if one.default_value is MISSING and one.default_factory is MISSING
    ]
    names = schema.config.name_converter
    parts = [
        (names.from_field(one), one.python_name, converter(schema, one.resolve_type(type_definition=definition)))
        for one in definition.fields
    ]

    def make(value: Any) -> Any:
        given: dict[str, Any] = dict.fromkeys(empty)
        for name, python_name, convert in parts:
            if name in value:
                one = value[name]
                given[python_name] = one if convert is None or one is None else convert(one)
        return kind(**given)

    return make
