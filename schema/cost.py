"""The cost of an operation, known before it runs and reported in `extensions.cost`.

A scalar costs 0 and an object 1 with all its fields added; a list costs what one entry costs times their number, which
is an assumed size. A page passes the `first` or `last` that is asked for on to its `edges` and `nodes`. The figures
stand in the SDL as `@cost` and `@listSize`, so that clients can compute the same cost themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from strawberry import UNSET
from strawberry.schema_directive import Location

from schema.limits import DEFAULT_PAGE, MAX_PAGE

ASSUMED_SIZE: Final = 3


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], description="What resolving the field costs by itself; 1 for an object."
)
class Cost:
    """The weight of a field."""

    weight: int = strawberry.field(description="Points for each resolved field.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], description="How many entries a list is taken to have when it is costed."
)
class ListSize:
    """The size of a list: assumed, or taken from paging arguments and passed on to the fields of a page."""

    assumed_size: int = strawberry.field(description="Entries assumed where no argument says how many.")
    slicing_arguments: list[str] | None = strawberry.field(
        description="Arguments that say how many entries are asked for.", default=UNSET
    )
    sized_fields: list[str] | None = strawberry.field(
        description="Fields of the page that have so many entries.", default=UNSET
    )


PAGED: Final = ListSize(assumed_size=DEFAULT_PAGE, slicing_arguments=["first", "last"], sized_fields=["edges", "nodes"])


@dataclass(frozen=True, slots=True)
class Weight:
    """What a field costs: its own points, how many entries it is taken to have, and how a page sizes its fields."""

    own: int
    size: int
    sliced_by: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()


def _is_list(kind: GraphQLOutputType) -> bool:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLList)


def weigh(field: GraphQLField) -> Weight:
    """Return a field's weight from its directives, or the usual one for its type."""
    definition = field.extensions.get("strawberry-definition")
    directives = getattr(definition, "directives", ())
    composite = isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    own = next((one.weight for one in directives if isinstance(one, Cost)), int(composite))
    sized = next((one for one in directives if isinstance(one, ListSize)), None)
    if sized is not None:
        return Weight(own, sized.assumed_size, tuple(sized.slicing_arguments or ()), tuple(sized.sized_fields or ()))
    return Weight(own, ASSUMED_SIZE if composite and _is_list(field.type) else 1)


class Costs:
    """Computes costs against one schema; weights are read once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._weights: dict[tuple[str, str], Weight] = {}

    def of(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> int:
        """Return the cost of a valid operation with its variables (before coercion, so of any type)."""
        root = self._schema.get_root_type(operation.operation)
        defaults = {one.variable.name.value: one.default_value for one in operation.variable_definitions or ()}
        given = {name: variables.get(name, _literal(node)) for name, node in defaults.items()}
        return _Walk(self, fragments, given).selections(operation.selection_set, root)

    def weight(self, parent: GraphQLNamedType, name: str, field: GraphQLField) -> Weight:
        """Return the weight of a field of a type."""
        key = (parent.name, name)
        if key not in self._weights:
            self._weights[key] = weigh(field)
        return self._weights[key]

    def named(self, name: str) -> GraphQLNamedType | None:
        """Return a type of the schema by name."""
        return self._schema.get_type(name)


class _Walk:
    """One walk through one operation; a fragment is costed once for all its spreads."""

    def __init__(
        self, costs: Costs, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self.costs, self.fragments, self.variables = costs, fragments, variables
        self._done: dict[tuple[str, Page | None], int] = {}

    def selections(
        self, selected: SelectionSetNode | None, parent: GraphQLNamedType | None, page: "Page | None" = None
    ) -> int:
        """Return what a selection set costs on one object. All branches of a union are counted: an upper bound."""
        total = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                total += self._field(node, parent, page)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                on = self.costs.named(condition.name.value) if condition else parent
                total += self.selections(node.selection_set, on, page)
            elif isinstance(node, FragmentSpreadNode):
                total += self._spread(node.name.value, page)
        return total

    def _spread(self, name: str, page: "Page | None") -> int:
        if (name, page) not in self._done:
            fragment = self.fragments[name]
            on = self.costs.named(fragment.type_condition.name.value)
            self._done[name, page] = self.selections(fragment.selection_set, on, page)
        return self._done[name, page]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: "Page | None") -> int:
        name = node.name.value
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or name.startswith("__"):
            return 0
        field = parent.fields.get(name)
        if field is None:
            return 0
        weight = self.costs.weight(parent, name, field)
        size = self._size(node, weight)
        passed_on = Page(size, weight.sizes) if weight.sizes else None
        one = weight.own + self.selections(node.selection_set, get_named_type(field.type), passed_on)
        if passed_on is not None:
            return one
        return one * (page.size if page is not None and name in page.fields else size)

    def _size(self, node: FieldNode, weight: Weight) -> int:
        for argument in node.arguments or ():
            if argument.name.value not in weight.sliced_by:
                continue
            value = argument.value
            # null means: not given
            asked = self.variables.get(value.name.value) if isinstance(value, VariableNode) else _literal(value)
            if isinstance(asked, int) and not isinstance(asked, bool):
                # More than a page is refused by the field itself; a negative number too.
                return min(max(asked, 1), MAX_PAGE)
        return weight.size


class Page(NamedTuple):
    """How many entries the named fields of a page have."""

    size: int
    fields: tuple[str, ...]


def _literal(node: object) -> int | None:
    return int(node.value) if isinstance(node, IntValueNode) else None
