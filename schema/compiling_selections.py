"""From collected fields to selections: what the types declare, put together as a document asks for it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import strawberry
from graphql import FieldNode

from resolvers.context import Context
from resolvers.reading.listed import children_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.plans import NotCompiled
from resolvers.reading.selection import (
    Asked,
    Choice,
    EdgePart,
    InfoPart,
    PagePart,
    PageSelection,
    Selection,
)
from resolvers.reading.shows import OfAttribute, OfDocument, OfLaw, OfMany, OfOne, OfOwner, OfPage, OfRow, OfWord, Shown
from schema.compiling_fields import TYPENAME, Collector
from schema.compiling_values import Arguments, Values
from schema.declarations import Declarations, Declared

Bind = Callable[[Context, Values], Listing]
"""Makes a listing from the coerced variables of a request. Raises refusals, and ``NotCoerced``."""

POSITION: Final[Mapping[str, Literal["has_next", "has_previous", "start_cursor", "end_cursor"]]] = {
    "hasNextPage": "has_next",
    "hasPreviousPage": "has_previous",
    "startCursor": "start_cursor",
    "endCursor": "end_cursor",
}
TOTAL: Final[Mapping[str, Literal["count", "is_lower_bound"]]] = {
    "count": "count",
    "isLowerBound": "is_lower_bound",
}
TAG: Final = "kind"
"""The attribute of a value, or the column of a row, that tells the types of a union or an interface apart."""

ROWS: Final = (OfOne, OfMany, OfLaw, OfOwner, OfRow)
"""What leads from a row or a value to rows; everything else leads to values."""


class Selections:
    """Makes the selections of one operation, and keeps what binds the listings they are read by."""

    def __init__(self, schema: strawberry.Schema, declarations: Declarations, collector: Collector) -> None:
        self._schema, self._declarations, self._collector = schema, declarations, collector
        self.bindings: list[Bind] = []
        self.size = 0

    def bound(self, bind: Bind) -> int:
        """Keep one more listing and return its number."""
        self.bindings.append(bind)
        return len(self.bindings) - 1

    def of(self, kind: str, nodes: list[FieldNode], *, rows: bool) -> Selection | Choice:
        """Return what is asked of objects of a type, or of the types it may be: of rows, or of values in a document."""
        tags = self._declarations.tags(kind)
        if tags:
            return Choice(TAG, tuple((tag, self._of(one, nodes, rows=rows)) for one, tag in tags.items()))
        return self._of(kind, nodes, rows=rows)

    def _of(self, kind: str, nodes: list[FieldNode], *, rows: bool) -> Selection:
        grouped = self._collector.below(kind, nodes)
        return Selection(tuple(self._asked(key, kind, found, rows=rows) for key, found in grouped.items()))

    def page(self, kind: str, nodes: list[FieldNode]) -> PageSelection:
        """Return what is asked of a page."""
        parts = self._collector.below(kind, nodes)
        return PageSelection(tuple(self._part(key, kind, found) for key, found in parts.items()))

    def _asked(self, key: str, kind: str, nodes: list[FieldNode], *, rows: bool) -> Asked:
        self.size += 1
        name = nodes[0].name.value
        if name == TYPENAME:
            return Asked(key, OfWord(kind), "text")
        declared = self._declarations[kind, name]
        if declared.shown is None:
            raise NotCompiled(f"{kind}.{name}")
        shown = declared.shown if rows else _inside(declared.shown)
        if declared.form is not None:
            return Asked(key, shown, declared.form, required=declared.required)
        if isinstance(shown, OfPage):
            number = self.bound(self._children(declared, shown, nodes[0]))
            below: Any = self.page(declared.kind, nodes)
            return Asked(key, shown, below=below, required=declared.required, listing=number)
        below = self.of(declared.kind, nodes, rows=isinstance(shown, ROWS))
        return Asked(key, shown, below=below, required=declared.required, many=declared.many)

    def _children(self, declared: Declared, shown: OfPage, node: FieldNode) -> Bind:
        arguments = Arguments(self._schema, declared.field, node)

        def bind(_ctx: Context, variables: Values) -> Listing:
            return children_listing(shown, PageRequest(**arguments.values(variables)).checked())

        return bind

    def _part(self, key: str, kind: str, nodes: list[FieldNode]) -> PagePart:
        self.size += 1
        name = nodes[0].name.value
        if name == TYPENAME:
            return PagePart(key, "word", word=kind)
        if name == "nodes":
            return PagePart(key, "nodes", below=self.of(self._declarations.pages[kind], nodes, rows=True))
        below = self._declarations[kind, name].kind
        grouped = self._collector.below(below, nodes)
        if name == "edges":
            edge = tuple(self._edge(key, below, kind, found) for key, found in grouped.items())
            return PagePart(key, "edges", edge=edge)
        known: Mapping[str, Any] = POSITION if name == "pageInfo" else TOTAL
        return PagePart(key, "info", info=tuple(_info(key, below, found[0], known) for key, found in grouped.items()))

    def _edge(self, key: str, kind: str, page: str, nodes: list[FieldNode]) -> EdgePart:
        name = nodes[0].name.value
        if name == TYPENAME:
            return EdgePart(key, "word", word=kind)
        if name == "cursor":
            return EdgePart(key, "cursor")
        return EdgePart(key, "node", self.of(self._declarations.pages[page], nodes, rows=True))


def _info(key: str, kind: str, node: FieldNode, known: Mapping[str, Any]) -> InfoPart:
    name = node.name.value
    return InfoPart(key, "word", kind) if name == TYPENAME else InfoPart(key, known[name])


def _inside(shown: Shown) -> Shown:
    """Return what a field shows where its type is reached inside a document instead of as a row."""
    return OfAttribute(shown.name, shown.default) if isinstance(shown, OfDocument) else shown
