"""How values stand in a document: as literals, as variables with and without defaults, null, or not at all."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
)

from tests.schema.arguments import Chooser

UNSENT: Final = object()


@dataclass(frozen=True)
class Spelled:
    """A value whose place in the document is spelled already: a variable."""

    text: str


def literal(value: Any, kind: GraphQLInputType) -> str:
    """Write a plain value of a type as a GraphQL literal."""
    inner = get_nullable_type(kind)
    if value is None:
        return "null"
    if isinstance(value, Spelled):
        return value.text
    if isinstance(inner, GraphQLList):
        if isinstance(value, list):
            return "[" + ", ".join(literal(one, inner.of_type) for one in value) + "]"
        return literal(value, inner.of_type)
    if isinstance(inner, GraphQLInputObjectType) and isinstance(value, dict):
        parts = (f"{name}: {literal(one, inner.fields[name].type)}" for name, one in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(inner, GraphQLEnumType):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


@dataclass
class Variables:
    """The variables of one operation: their definitions by name, and what is sent."""

    choose: Chooser
    definitions: dict[str, str] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)

    def argument(self, value: Any, declared: GraphQLArgument | GraphQLInputField) -> str:
        """Write a value in the place of an argument, sometimes through variables."""
        return literal(self._spelled(value, declared.type), declared.type)

    def omitted(self, declared: GraphQLArgument) -> str:
        """Write an argument that says nothing: null, a variable that is null, or one that is not sent."""
        kind = declared.type
        ways = ["absent"] if isinstance(kind, GraphQLNonNull) else ["absent", "null", "default null", "literal"]
        way = self.choose.one(ways)
        if way == "literal":
            return "null"
        inner = str(get_nullable_type(kind))
        return self._declare(f"{inner} = null" if way == "default null" else inner, None if way == "null" else UNSENT)

    def condition(self) -> str:
        """Write the condition of a directive."""
        value = not self.choose.chance(3)
        if self.choose.chance(2):
            return json.dumps(value)
        if self.choose.chance(2):
            return self._declare(f"Boolean = {json.dumps(value)}", UNSENT)
        return self._declare("Boolean!", value)

    def _spelled(self, value: Any, kind: GraphQLInputType) -> Any:
        inner = get_nullable_type(kind)
        if self.choose.chance(3):
            return Spelled(self._variable(value, kind))
        if isinstance(inner, GraphQLInputObjectType) and isinstance(value, dict):
            return {name: self._spelled(one, inner.fields[name].type) for name, one in value.items()}
        if isinstance(inner, GraphQLList) and isinstance(value, list):
            return [self._spelled(one, inner.of_type) for one in value]
        return value

    def _variable(self, value: Any, kind: GraphQLInputType) -> str:
        inner = str(get_nullable_type(kind))
        if value is None:
            return self._declare(inner, None)
        if self.choose.wrong():
            return self._declare(f"{inner}!", self.choose.one([None, UNSENT, 5.5, {"a": [1]}, "\x00", "\ud800", 2**63]))
        way = self.choose.one(["sent", "required", "default", "required default", "overridden"])
        if way == "sent":
            return self._declare(str(kind), value)
        if way == "required":
            return self._declare(f"{inner}!", value)
        if way == "overridden":
            nothing = isinstance(kind, GraphQLNonNull)
            return self._declare(f"{inner} = {literal(value, kind)}" if nothing else f"{inner} = null", value)
        bang = "!" if way == "required default" else ""
        return self._declare(f"{inner}{bang} = {literal(value, kind)}", UNSENT)

    def _declare(self, kind: str, value: Any) -> str:
        name = f"v{len(self.definitions) + 1}"
        self.definitions[name] = f"${name}: {kind}"
        if value is not UNSENT:
            self.sent[name] = value
        return f"${name}"
