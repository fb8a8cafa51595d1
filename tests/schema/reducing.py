"""The smallest request that still shows something: pieces of the document are taken away as long as it does."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    print_ast,
    visit,
)
from graphql.language import REMOVE, Visitor

from tests.schema.equal_answers import Asker, Asking

Shows = Callable[[Asking], Awaitable[bool]]
"""Says whether an asking still shows what is looked for."""

MOST_TRIES = 600


class _Without(Visitor):
    """Takes away the piece with a number, counted in reading order."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number
        self.taken = False

    def _counted(self) -> bool:
        self.left -= 1
        self.taken = self.taken or self.left == -1
        return self.left == -1

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> Any:
        for selection in node.selections:
            if self._counted():
                left = tuple(one for one in node.selections if one is not selection)
                return SelectionSetNode(selections=left or (FieldNode(name=NameNode(value="__typename")),))
            if isinstance(selection, InlineFragmentNode) and self._counted():
                at, inner = node.selections.index(selection), selection.selection_set.selections
                return SelectionSetNode(selections=(*node.selections[:at], *inner, *node.selections[at + 1 :]))
        return None

    def enter_argument(self, *_: Any) -> Any:
        return REMOVE if self._counted() else None

    def enter_directive(self, *_: Any) -> Any:
        return REMOVE if self._counted() else None

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        if node.alias is not None and self._counted():
            return FieldNode(name=node.name, arguments=node.arguments, directives=node.directives,
                             selection_set=node.selection_set, alias=None)  # fmt: skip
        return None


def _used(node: Node, kind: type) -> set[str]:
    found: set[str] = set()

    class Finds(Visitor):
        def enter(self, one: Node, *_: Any) -> None:
            if isinstance(one, kind):
                found.add(one.name.value)  # type: ignore[attr-defined]

    visit(node, Finds())
    return found


def _tidied(document: DocumentNode) -> DocumentNode:
    """Drop fragments that nothing spreads, and variables that nothing uses."""
    definitions = list(document.definitions)
    while True:
        spread = {name for one in definitions for name in _used(one, FragmentSpreadNode)}
        kept = [one for one in definitions if not isinstance(one, FragmentDefinitionNode) or one.name.value in spread]
        if len(kept) == len(definitions):
            break
        definitions = kept
    bodies = [one.selection_set for one in definitions if hasattr(one, "selection_set")]
    used = {name for one in bodies for name in _used(one, VariableNode)}
    return DocumentNode(definitions=tuple(_with_variables(one, used) for one in definitions))


def _with_variables(definition: Any, used: set[str]) -> Any:
    if not isinstance(definition, OperationDefinitionNode):
        return definition
    kept = tuple(one for one in definition.variable_definitions or () if one.variable.name.value in used)
    return OperationDefinitionNode(
        operation=definition.operation, name=definition.name, variable_definitions=kept,
        directives=definition.directives, selection_set=definition.selection_set,
    )  # fmt: skip


def _smaller(asking: Asking) -> Iterator[Asking]:
    """Yield askings that are smaller by one piece."""
    if asking.earlier != Asker():
        yield replace(asking, earlier=Asker())
    if asking.asker != Asker():
        yield replace(asking, asker=Asker())
    if asking.again != asking.request.variables:
        yield replace(asking, again=asking.request.variables)
    document = parse(asking.request.query)
    number = 0
    while True:
        without = _Without(number)
        changed = visit(document, without)
        if not without.taken:
            return
        try:
            text = print_ast(_tidied(changed))
        except GraphQLError:
            text = asking.request.query
        if text != asking.request.query:
            yield _with_text(asking, text)
        number += 1


def _with_text(asking: Asking, text: str) -> Asking:
    """Return the asking with another document, and without the variables that it no longer has."""
    sent, again = (
        {name: value for name, value in values.items() if f"${name}" in text}
        for values in (asking.request.variables, asking.again)
    )
    return replace(asking, request=replace(asking.request, query=text, variables=sent), again=again)


async def reduced(asking: Asking, shows: Shows) -> Asking:
    """Return the smallest asking found that still shows it."""
    tries = MOST_TRIES
    found = True
    while found and tries > 0:
        found = False
        for candidate in _smaller(asking):
            tries -= 1
            if tries <= 0:
                break
            if await shows(candidate):
                asking, found = candidate, True
                break
    return asking
