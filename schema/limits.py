"""What one request may ask for: size, tokens, depth, aliases, repeated fields, cost.

Everything here is measured before validation and before anything runs. Fragments are measured once each, so that a
chain of fragments which doubles at every step costs nothing to refuse.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from schema.errors import INVALID, PARSE, labelled_error
from schema.merging import Merging

MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a deployment; each can be set, none can be switched off."""

    document_bytes: int = 65_536
    body_bytes: int = 262_144
    tokens: int = 5_000
    depth: int = 20
    aliases: int = 60
    selections: int = 3_000
    repeats: int = 12
    meetings: int = 48
    spreads: int = 40
    fragments: int = 200
    cost: int = 20_000
    introspection: bool = True


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is once its fragments are expanded."""

    depth: int = 0
    aliases: int = 0
    selections: int = 0
    repeats: int = 0

    def beside(self, other: "Size") -> "Size":
        """Return the size of two selections that stand in one selection set."""
        return Size(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.selections + other.selections,
            max(self.repeats, other.repeats),
        )


class Measure:
    """Measures one document; every fragment once."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments: Mapping[str, FragmentDefinitionNode] = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._done: dict[str, Size] = {}
        self._open: set[str] = set()
        self.circle = ""

    def part(self, part: OperationDefinitionNode | FragmentDefinitionNode) -> Size:
        """Return the size of an operation or a fragment."""
        if isinstance(part, FragmentDefinitionNode):
            return self._fragment(part.name.value)
        return self._set(part.selection_set)

    def _set(self, selections: SelectionSetNode | None) -> Size:
        if selections is None:
            return Size()
        parts = [self._one(selection) for selection in selections.selections]
        # Validation compares every pair of fields with one response name: n of them cost n² comparisons.
        names = Counter(_response_names(selections.selections))
        repeats = max(names.values(), default=0)
        return reduce(Size.beside, parts, Size(repeats=repeats))

    def _one(self, node: SelectionNode) -> Size:
        if isinstance(node, FieldNode):
            inner = self._set(node.selection_set)
            # Introspection nests deeply by nature; validation has its own rule against its circles.
            depth = 0 if node.name.value.startswith("__") else inner.depth + 1
            return Size(depth, inner.aliases + bool(node.alias), inner.selections + 1, inner.repeats)
        if isinstance(node, InlineFragmentNode):
            return self._set(node.selection_set)
        return self._fragment(cast(FragmentSpreadNode, node).name.value)

    def _fragment(self, name: str) -> Size:
        if name not in self._done:
            if name in self._open or name not in self.fragments:
                self.circle = self.circle or (name if name in self._open else "")
                return Size()  # a circle is refused here, an unknown name by validation
            self._open.add(name)
            self._done[name] = self._set(self.fragments[name].selection_set)
            self._open.discard(name)
        return self._done[name]


def _response_names(selections: tuple[SelectionNode, ...]) -> Iterator[str]:
    """Yield the response names of one selection set, inline fragments opened, and the names of spread fragments."""
    for node in selections:
        if isinstance(node, FieldNode):
            yield (node.alias or node.name).value
        elif isinstance(node, InlineFragmentNode):
            yield from _response_names(node.selection_set.selections)
        elif isinstance(node, FragmentSpreadNode):
            yield f"...{node.name.value}"


def too_large_a_text(text: str, limits: Limits) -> GraphQLError | None:
    """Return the refusal of a document that is too long, or None."""
    if len(text) > limits.document_bytes or len(text.encode("utf-8", "surrogatepass")) > limits.document_bytes:
        return labelled_error(
            f"查询文本超过 {limits.document_bytes} 字节的上限，请精简查询。", PARSE, reason="DOCUMENT"
        )
    return None


def too_large(document: DocumentNode, limits: Limits) -> GraphQLError | None:
    """Return the refusal of a document that goes beyond a limit, naming the limit and the figure, or None."""
    measure = Measure(document)
    if len(measure.fragments) > limits.fragments:
        return _beyond("FRAGMENTS", "片段个数", len(measure.fragments), limits.fragments)
    # Validation looks at every fragment, whether an operation uses it or not.
    parts = [one for one in document.definitions if isinstance(one, OperationDefinitionNode | FragmentDefinitionNode)]
    for node in parts:
        size = measure.part(node)
        for reason, title, found, allowed in (
            ("DEPTH", "查询层数", size.depth, limits.depth),
            ("ALIASES", "别名个数", size.aliases, limits.aliases),
            ("SELECTIONS", "字段个数", size.selections, limits.selections),
            ("REPEATS", "同一字段的重复次数", size.repeats, limits.repeats),
        ):
            if found > allowed:
                return _beyond(reason, title, found, allowed)
    if measure.circle:
        return labelled_error(f"片段 {measure.circle} 引用了自身，请去掉循环。", INVALID, reason="CIRCLE")
    for node in parts:
        merging = Merging(node.selection_set, measure.fragments, limits.spreads)
        if merging.spreads > limits.spreads:
            return _beyond("SPREADS", "同一层的片段个数", merging.spreads, limits.spreads)
        if merging.met > limits.meetings:
            return _beyond("REPEATS", "逐层重复同一字段的次数", merging.met, limits.meetings)
    return None


def _beyond(reason: str, title: str, found: int, allowed: int) -> GraphQLError:
    shown = min(found, 2**31 - 1)
    return labelled_error(f"{title}为 {shown}，超过上限 {allowed}，请拆分查询。", INVALID, reason=reason)
