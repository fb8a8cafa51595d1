"""Collecting the fields of a selection set, as execution does: fragments opened, equal response keys merged.

What `@skip` and `@include` decide is known here: an operation is compiled for one choice of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from sys import intern
from typing import Final

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from resolvers.reading.plans import NotCompiled

TYPENAME: Final = "__typename"

Grouped = dict[str, list[FieldNode]]
"""Response keys in the order of the answer, each with the fields that ask for it."""


class Collector:
    """Collects fields for one choice of the variables that `@skip` and `@include` look at."""

    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        matches: Callable[[str, str], bool],
        chosen: Mapping[str, bool],
    ) -> None:
        self._fragments, self._matches, self._chosen = fragments, matches, chosen

    def fields(self, kind: str, sets: Iterable[SelectionSetNode | None]) -> Grouped:
        """Return the fields that selection sets ask of an object of a type."""
        grouped: Grouped = {}
        visited: set[str] = set()
        for selected in sets:
            if selected is not None:
                self._collect(kind, selected, grouped, visited)
        return grouped

    def below(self, kind: str, nodes: Iterable[FieldNode]) -> Grouped:
        """Return the fields asked for below fields that are one response key."""
        return self.fields(kind, (node.selection_set for node in nodes))

    def _collect(self, kind: str, selected: SelectionSetNode, grouped: Grouped, visited: set[str]) -> None:
        for node in selected.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                # Few names are used in many documents: they are kept once.
                grouped.setdefault(intern((node.alias or node.name).value), []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._matches(kind, condition.name.value):
                    self._collect(kind, node.selection_set, grouped, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._matches(kind, fragment.type_condition.name.value):
                    self._collect(kind, fragment.selection_set, grouped, visited)

    def _is_included(self, node: SelectionNode) -> bool:
        for name, condition in conditions(node):
            holds = self._value(condition)
            if holds is (name == "skip"):
                return False
        return True

    def _value(self, condition: ValueNode) -> bool:
        if isinstance(condition, VariableNode):
            return self._chosen[condition.name.value]
        if isinstance(condition, BooleanValueNode):
            return condition.value
        raise NotCompiled("a condition that is no boolean")


def conditions(node: SelectionNode) -> Iterator[tuple[str, ValueNode]]:
    """Yield the name and the condition of every `@skip` and `@include`. Raises ``NotCompiled`` for other directives."""
    directives: tuple[DirectiveNode, ...] = node.directives or ()
    for one in directives:
        if one.name.value not in {"skip", "include"} or not one.arguments:
            raise NotCompiled(f"@{one.name.value}")
        yield one.name.value, one.arguments[0].value


def asked_conditions(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """Return the variables that `@skip` and `@include` look at anywhere in an operation."""
    found: dict[str, None] = {}
    opened: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            found |= {one.name.value: None for _, one in conditions(node) if isinstance(one, VariableNode)}
            if isinstance(node, FragmentSpreadNode):
                if node.name.value not in opened:
                    opened.add(node.name.value)
                    waiting.append(fragments[node.name.value].selection_set)
            elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
                waiting.append(node.selection_set)
    return tuple(found)
