"""A listing: which rows of an entity, in which order, which page of them, on which days. Values apart from shape.

Every list of the program is described by one listing, whether its rows are fetched for a page, or an operation over
it is compiled. Its shape decides what the statement looks like; its values are parameters of that statement.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from resolvers.reading.cursors import decode
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import cursor_scope, is_skewed
from resolvers.reading.paging import PageRequest
from resolvers.reading.statements import CountSql, Read


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of ``entity`` by ``read`` (filters, order, scope, days), and which ``page`` of them.

    ``counted`` gives the total where somebody has counted already. ``searched`` says that a search finds the rows and
    their order; it is what the search is given, opaque here.
    """

    entity: Entity
    read: Read = field(default_factory=Read)
    page: PageRequest = field(default_factory=PageRequest)
    counted: CountSql | None = None
    searched: Any = None

    @property
    def shape(self) -> Hashable:
        """What the statement's text depends on."""
        page = self.page
        marked = (page.after is not None, page.before is not None)
        named = tuple(sorted(self.read.filters))
        days = (self.read.valid_on is not None, self.read.recorded_at is not None)
        counted = None if self.counted is None else getattr(self.counted, "shape", True)
        return (self.entity.name, named, self.read.order, self.read.scope, days, page.backward, marked, page.count,
                counted, self.searched is not None)  # fmt: skip

    @property
    def is_skewed(self) -> bool:
        """Whether the statement is to be planned for its values."""
        return (self.page.count and self.counted is None) or is_skewed(self.entity, self.read)

    def position(self) -> Sequence[Any]:
        """Return the key values of the cursor, none without one. Raises ``InvalidInput`` for a wrong one."""
        cursor = self.page.before if self.page.backward else self.page.after
        if cursor is None:
            return ()
        order = self.entity.orders[self.read.order]
        types = [self.entity.columns[name].type for name in order.columns]
        name = "before" if self.page.backward else "after"
        return decode(cursor_scope(self.entity, self.read.order), cursor, types, field=name)


class Collected:
    """Stands in for a statement where only the values that a count adds are wanted."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def add(self, value: Any, _kind: str) -> str:
        """Keep a value; what is returned goes nowhere."""
        self.values.append(value)
        return "0"

    def render(self, _fragment: str, prefix: str = "", value: str = "") -> str:
        """Render nothing."""
        return prefix + value
