"""What is known of one operation of a prepared document: its kind, its cost for given variables, its compiled form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)

from resolvers.reading.plans import NotCompiled
from schema.compiling import Compiled, Compiler
from schema.cost import Costs
from schema.documents import Prepared
from schema.limits import MAX_PAGE

SLICING: Final = frozenset({"first", "last"})
MOST_COSTS: Final = 128
_ABSENT: Final = object()


@dataclass(slots=True)
class Known:
    """One operation. Without ``compiled``, ``reason`` says why. Raises nothing."""

    name: str | None
    kind: OperationType
    compiled: Compiled | None
    reason: str
    _costs: Costs
    _sizing: tuple[str, ...]
    weighed: int = 0
    _figures: dict[tuple[object, ...], int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """What the compiled form weighs by now."""
        return 0 if self.compiled is None else self.compiled.bytes

    @classmethod
    def of(cls, prepared: Prepared, name: str | None, costs: Costs, compiler: Compiler) -> "Known":
        """Return what is known of an operation. Raises a labelled ``GraphQLError`` if the name does not settle it."""
        node, fragments = prepared.source(name)
        compiled, reason = None, ""
        try:
            compiled = compiler.compile(node, fragments)
        except NotCompiled as error:
            reason = str(error)
        sizing = _sizing(prepared.parsed()) if node.variable_definitions else ()
        return cls(name, node.operation, compiled, reason, costs, sizing)

    def cost(self, prepared: Prepared, variables: Mapping[str, Any]) -> int:
        """Return the cost of the operation with these variables, before their coercion."""
        key = tuple([_sized(variables.get(name, _ABSENT)) for name in self._sizing]) if self._sizing else ()
        cost = self._figures.get(key)
        if cost is None:
            if len(self._figures) >= MOST_COSTS:
                self._figures.clear()
            cost = self._figures[key] = self._costs.of(*prepared.source(self.name), variables)
        return cost


class _Sizing(Visitor):
    """Finds the variables that say how many entries a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """Remember the variable of a slicing argument."""
        if node.name.value in SLICING and isinstance(node.value, VariableNode):
            self.names[node.value.name.value] = None


def _sizing(document: DocumentNode) -> tuple[str, ...]:
    finder = _Sizing()
    visit(document, finder)
    return tuple(finder.names)


def _sized(value: object) -> object:
    """Return what a value means to the cost: numbers beyond a page are all the same, and so is all that is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, 1), MAX_PAGE)
    return _ABSENT if value is _ABSENT else None
