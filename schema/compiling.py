"""Compiling: one validated operation made into neutral selections, and what binds their listings for each request.

An operation is compiled once for each choice that `@skip` and `@include` leave and for the types that ids given to
`node` are of; these variants are few, and bounded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import strawberry
from graphql import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, OperationType

from resolvers.context import Context
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.plans import NotCompiled
from resolvers.reading.selection import Operation, PageSelection, Root
from schema.compiling_fields import TYPENAME, Collector, Grouped, asked_conditions
from schema.compiling_selections import Bind, Selections
from schema.compiling_values import Arguments, NotCoerced, Values, Variables
from schema.declarations import Declarations, Declared
from schema.documents import Source
from schema.plan_cache import Interned, Plans

MOST_VARIANTS: Final = 32
EACH_VARIANT: Final = 1_000
"""Bytes that a variant takes besides its selections, roughly."""

QUERY: Final = "Query"
PAGING: Final = ("first", "after", "last", "before")


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """An operation as one choice of conditions and types leaves it, and what binds its listings."""

    operation: Interned
    bindings: tuple[Bind, ...]

    def listings(self, ctx: Context, variables: Values) -> tuple[Listing, ...]:
        """Return the listings of a request. Raises refusals and ``NotCoerced``: the ordinary executor then answers."""
        return tuple([bind(ctx, variables) for bind in self.bindings])


Sources = Callable[[], Source]
"""Gives the operation and the fragments again; asked only when another variant is to be made."""


@dataclass(slots=True)
class _Choice:
    """One choice of the conditions, and the ids given to `node` that it leaves."""

    decided: Mapping[str, bool]
    ids: tuple[tuple[str, Arguments], ...]
    variants: dict[tuple[str, ...], Variant | str] = field(default_factory=dict)
    """The variants by the types of nodes; where there is none, the reason why."""


class Compiled:
    """One operation of one document, without its syntax tree; ``bytes`` is what its variants weigh by now.

    Raises ``NotCompiled`` at construction.
    """

    def __init__(
        self,
        compiler: "Compiler",
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        self._compiler = compiler
        self._conditions = asked_conditions(operation, fragments)
        try:
            self.variables = Variables(compiler.declarations.graph, operation)
        except NotCoerced as error:
            raise NotCompiled("a default that does not fit") from error
        self._choices: dict[tuple[bool, ...], _Choice] = {}
        self.bytes = 0

    def variant(self, variables: Values, sources: Sources) -> Variant:
        """Return the variant that the variables choose. Raises ``NotCompiled`` with the reason, and ``NotCoerced``."""
        chosen = tuple([self._condition(variables.get(name)) for name in self._conditions])
        choice = self._choices.get(chosen)
        if choice is None:
            choice = self._choice(chosen, sources)
        kinds = tuple([self._compiler.kind_of(one.values(variables)) for _, one in choice.ids]) if choice.ids else ()
        variant = choice.variants.get(kinds)
        if variant is None:
            variant = self._variant(choice, kinds, sources)
        if isinstance(variant, str):
            raise NotCompiled(variant)
        return variant

    def _condition(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise NotCoerced("a condition")
        return value

    def _collected(self, decided: Mapping[str, bool], sources: Sources) -> tuple[Collector, Grouped]:
        operation, fragments = sources()
        collector = Collector(fragments, self._compiler.declarations.matches, decided)
        try:
            return collector, collector.fields(QUERY, [operation.selection_set])
        except RecursionError as error:
            raise NotCompiled("nested too deeply") from error

    def _choice(self, chosen: tuple[bool, ...], sources: Sources) -> _Choice:
        if len(self._choices) >= MOST_VARIANTS:
            raise NotCompiled("too many variants")
        decided = dict(zip(self._conditions, chosen, strict=True))
        _, roots = self._collected(decided, sources)
        ids = tuple(
            (key, self._compiler.arguments(declared, nodes[0]))
            for key, nodes in roots.items()
            if (declared := self._compiler.root(nodes[0])) is not None
            and declared.reads is not None
            and declared.reads.what == "node"
        )
        self._choices[chosen] = choice = _Choice(decided, ids)
        return choice

    def _variant(self, choice: _Choice, kinds: tuple[str, ...], sources: Sources) -> Variant | str:
        if sum(len(one.variants) for one in self._choices.values()) >= MOST_VARIANTS:
            return "too many variants"
        chosen = {key: kind for (key, _), kind in zip(choice.ids, kinds, strict=True)}
        variant: Variant | str
        try:
            variant = self._compiler.variant(*self._collected(choice.decided, sources), chosen)
        except NotCoerced:
            variant = "an argument that does not fit"
        except RecursionError:
            variant = "nested too deeply"
        except NotCompiled as reason:
            variant = str(reason)
        choice.variants[kinds] = variant
        self.bytes += EACH_VARIANT + (0 if isinstance(variant, str) else variant.operation.bytes)
        return variant


class Compiler:
    """Compiles operations against one schema."""

    def __init__(self, schema: strawberry.Schema, declarations: Declarations, plans: Plans) -> None:
        self._schema, self.declarations, self._plans = schema, declarations, plans

    def compile(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Compiled:
        """Return a compiled operation. Raises ``NotCompiled`` with the reason."""
        if operation.operation is not OperationType.QUERY:
            raise NotCompiled(operation.operation.value)
        return Compiled(self, operation, fragments)

    def arguments(self, declared: Declared, node: FieldNode) -> Arguments:
        """Return the arguments of a field of a document."""
        return Arguments(self._schema, declared.field, node)

    def root(self, node: FieldNode) -> Declared | None:
        """Return what a root field declares; None for `__typename`. Raises ``NotCompiled`` for what is computed."""
        name = node.name.value
        if name == TYPENAME:
            return None
        if name.startswith("__"):
            raise NotCompiled("introspection")
        declared = self.declarations[QUERY, name]
        if declared.reads is None:
            raise NotCompiled(f"{QUERY}.{name}")
        return declared

    def kind_of(self, arguments: Mapping[str, Any]) -> str:
        """Return the type of a node by its id. Raises ``InvalidInput`` for an id that this server did not make."""
        declared = self.declarations[QUERY, "node"].reads
        kind: str = declared.listing(**arguments)[0] if declared is not None else ""
        return kind

    def variant(self, collector: Collector, roots: Grouped, kinds: Mapping[str, str]) -> Variant:
        """Return the variant of an operation; ``kinds`` are the types of nodes by response key."""
        selections = Selections(self._schema, self.declarations, collector)
        made = tuple(self._root(selections, key, nodes, kinds) for key, nodes in roots.items())
        return Variant(self._plans.interned(Operation(made), selections.size), tuple(selections.bindings))

    def _root(self, selections: Selections, key: str, nodes: list[FieldNode], kinds: Mapping[str, str]) -> Root:
        declared = self.root(nodes[0])
        if declared is None or declared.reads is None:
            return Root(key, "word", word=QUERY)
        reads, arguments = declared.reads, self.arguments(declared, nodes[0])
        if reads.what == "page":
            below = selections.page(declared.kind, nodes)
            number = selections.bound(_page_binding(reads.listing, arguments, below))
            return Root(key, "page", number, below, required=declared.required)
        rows = selections.of(kinds.get(key, declared.kind), nodes, rows=True)
        if reads.what == "node":
            number = selections.bound(lambda _ctx, variables: reads.listing(**arguments.values(variables))[1])
        else:
            number = selections.bound(lambda ctx, variables: reads.listing(ctx, **arguments.values(variables)))
        return Root(key, "all" if reads.what == "all" else "one", number, rows, required=declared.required)


def _page_binding(listing: Any, arguments: Arguments, below: PageSelection) -> Bind:
    count = below.wants("count", "is_lower_bound")

    def bind(ctx: Context, variables: Values) -> Listing:
        given = arguments.values(variables)
        paging = {name: given.pop(name) for name in PAGING if name in given}
        found: Listing = listing(ctx, PageRequest(**paging, count=count).checked(), **given)
        return found

    return bind
