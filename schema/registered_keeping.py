"""Which answers may be kept for everybody: those of root fields that show published data and nothing else.

A field that is not named here is answered anew each time, so that a new one is safe before anybody thinks of it. To name
it, every table that it reads must raise the public revision (a test walks over the types that can be reached), and the
day must be the finest measure of time that it knows.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

PUBLISHED_FIELDS: Final = frozenset(
    {
        *("benchmarks", "bodies", "body", "calendar", "categories", "changes", "deadline", "diff", "governments"),
        *("laws", "legalBases", "levels", "library", "node", "nodes", "powerItem", "powerItemFacets", "powerItems"),
        *("versions", "__typename", "__schema", "__type"),
    }
)


@lru_cache(maxsize=128)
def may_be_kept(text: str, operation: str | None) -> bool:
    """Say whether an operation of a valid document asks for published fields only."""
    document = parse(text, no_location=True)
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    chosen = _operation(document, operation)
    return chosen is not None and set(_names(chosen.selection_set, fragments, set())) <= PUBLISHED_FIELDS


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name:
        found = [one for one in found if one.name is not None and one.name.value == name]
    return found[0] if len(found) == 1 else None


def _names(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]) -> Iterator[str]:
    """Yield the fields of the root that are selected, fragments opened, whatever their directives say."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _names(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            yield from _names(fragments[node.name.value].selection_set, fragments, seen)
