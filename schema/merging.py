"""How often fields of one answer meet: validation compares all that share a response key, level by level.

Of n alike in one selection set it compares n² pairs, and what stands below each pair again: the numbers multiply on
the way down. They are measured before validation, on documents whose other measures are within their limits.
"""

from collections.abc import Iterable, Mapping

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode


class Merging:
    """Measures one selection: ``met`` fields on the worst way down, ``spreads`` of fragments in the fullest set."""

    def __init__(
        self, selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], most_spreads: int
    ) -> None:
        self._fragments, self._most_spreads = fragments, most_spreads
        self.spreads = 0
        self.met = self._alike(selected)

    def _alike(self, selected: SelectionSetNode | None) -> int:
        if selected is None:
            return 1
        found: dict[str, list[FieldNode]] = {}
        for node in self._fields(selected):
            found.setdefault((node.alias or node.name).value, []).append(node)
        return max(
            (len(nodes) * max(self._alike(one.selection_set) for one in nodes) for nodes in found.values()), default=1
        )

    def _fields(self, selected: SelectionSetNode) -> Iterable[FieldNode]:
        """Return the fields of a set, fragments opened once; of more fragments than are allowed none are opened."""
        fields: list[FieldNode] = []
        opened: dict[str, None] = {}
        waiting = [selected]
        while waiting and len(opened) <= self._most_spreads:
            for node in waiting.pop().selections:
                if isinstance(node, FieldNode):
                    fields.append(node)
                elif not isinstance(node, FragmentSpreadNode):
                    waiting.append(node.selection_set)  # type: ignore[attr-defined]  # an inline fragment
                elif node.name.value not in opened and node.name.value in self._fragments:
                    opened[node.name.value] = None
                    waiting.append(self._fragments[node.name.value].selection_set)
        self.spreads = max(self.spreads, len(opened))
        return fields
