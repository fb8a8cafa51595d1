"""Variables and arguments of a compiled operation: read once from the document, evaluated fast for each request.

Everything is coerced exactly as the ordinary executor does it; what does not coerce raises ``NotCoerced``, and the
ordinary executor then says why.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import strawberry
from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    is_required_argument,
    parse_value,
    print_ast,
    type_from_ast,
)
from graphql.execution.values import VariableValues, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal, coerce_input_value

from schema.compiling_inputs import Convert, converter

Values = Mapping[str, Any]
"""Coerced variables by name; one that was left out and has no default is absent."""

Reader = Callable[[Values], Any]
"""Gives an argument's value; ``Undefined`` when it is left out."""

BIGGEST: Final = 2**31


class NotCoerced(Exception):
    """A variable or an argument that does not fit its type."""


class Variables:
    """The variables of one operation."""

    def __init__(self, graph: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._parts = tuple(_part(graph, one) for one in operation.variable_definitions or ())

    def coerced(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the coerced variables. Raises ``NotCoerced``."""
        values: dict[str, Any] = {}
        for name, plain, required, kind, default in self._parts:
            value: Any = given.get(name, Undefined)
            # bool is an int in Python and none in the contract: hence the exact type.
            if type(value) is plain and (plain is not int or fits(value)):
                values[name] = value
            elif value is Undefined:
                if default is not Undefined:
                    values[name] = default
                elif required:
                    raise NotCoerced(name)
            elif value is None and not required:
                values[name] = None
            else:
                values[name] = _coerced(name, value, kind)
        return values


def fits(value: Any) -> bool:
    """Say whether a number is an integer of the contract, which has 32 bits."""
    return bool(-BIGGEST <= value < BIGGEST)


def _part(graph: GraphQLSchema, node: VariableDefinitionNode) -> tuple[str, type | None, bool, GraphQLInputType, Any]:
    """Return name, the Python type that needs no coercion, whether it is required, type and default of a variable."""
    kind: Any = type_from_ast(graph, node.type)
    required = isinstance(kind, GraphQLNonNull)
    named = str(kind.of_type) if required else str(kind)
    default: Any = Undefined
    if node.default_value is not None:
        default = coerce_input_literal(node.default_value, kind)
        if default is Undefined:
            raise NotCoerced(node.variable.name.value)
    plain = {"String": str, "ID": str, "Boolean": bool, "Int": int}.get(named)
    return node.variable.name.value, plain, required, kind, default


def _coerced(name: str, value: Any, kind: GraphQLInputType) -> Any:
    if input_is_nested_too_deeply(value, kind):
        raise NotCoerced(name)
    found = coerce_input_value(value, kind)
    if found is Undefined:
        raise NotCoerced(name)
    return found


class Arguments:
    """The arguments of one field of one document: constants, and readers for what depends on variables."""

    def __init__(self, schema: strawberry.Schema, field: GraphQLField, node: FieldNode) -> None:
        self._constant: dict[str, Any] = {}
        self._readers: list[tuple[str, Reader]] = []
        given = {one.name.value: one.value for one in node.arguments or ()}
        told = {one.python_name: one for one in field.extensions["strawberry-definition"].arguments}
        names = {schema.config.name_converter.from_argument(one): name for name, one in told.items()}
        for name, argument in field.args.items():
            convert = converter(schema, told[names[name]].type_annotation.resolve())
            reader = _reader(argument, given.get(name), convert)
            if isinstance(given.get(name), VariableNode) or _has_variables(given.get(name)):
                self._readers.append((names[name], reader))
            elif (value := reader({})) is not Undefined:
                self._constant[names[name]] = value

    def values(self, variables: Values) -> dict[str, Any]:
        """Return the arguments by their names in Python, those left out being absent. Raises ``NotCoerced``."""
        found = dict(self._constant)
        for name, reader in self._readers:
            value = reader(variables)
            if value is not Undefined:
                found[name] = value
        return found


def _reader(argument: GraphQLArgument, node: ValueNode | None, convert: Convert | None) -> Reader:
    kind, required = argument.type, is_required_argument(argument)
    default = coerce_default_value(argument)
    non_null = isinstance(kind, GraphQLNonNull)

    def done(value: Any) -> Any:
        return value if convert is None or value is None or value is Undefined else convert(value)

    fallback = done(default)
    if node is None:
        return lambda _variables: fallback
    if isinstance(node, VariableNode):
        name = node.name.value

        def of_variable(variables: Values) -> Any:
            value = variables.get(name, Undefined)
            if value is Undefined and not required:
                return fallback
            if (value is None and non_null) or value is Undefined:
                raise NotCoerced(name)
            return done(value)

        return of_variable
    # Without its place in the document the node does not keep the whole document in memory.
    literal = parse_value(print_ast(node), no_location=True)

    def of_literal(variables: Values) -> Any:
        value = coerce_input_literal(literal, kind, VariableValues({}, dict(variables)))
        if value is Undefined:
            raise NotCoerced(str(kind))
        return done(value)

    return of_literal


def _has_variables(node: ValueNode | None) -> bool:
    """Say whether a literal holds variables anywhere."""
    waiting: list[Any] = [node] if node is not None else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, VariableNode):
            return True
        waiting += getattr(one, "values", ()) or ()
        waiting += [field.value for field in getattr(one, "fields", ()) or ()]
    return False
