"""Pages: what a caller asks for, and what it gets. Keyset only; there is no offset anywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from resolvers.errors import FieldProblem, InvalidInput

T = TypeVar("T")
U = TypeVar("U")

PAGE_ROWS = 20
"""Rows of a page when nobody says how many."""

MOST_ROWS = 100
"""Largest page anybody may ask for; exports stream instead."""

TOTAL_BOUND = 10_000
"""Totals are exact up to here; beyond, they say that there are at least as many."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page: ``first`` rows after a cursor, or ``last`` rows before one. ``count`` asks for the total as well."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    count: bool = False

    @property
    def backward(self) -> bool:
        """Whether the page is taken from the end."""
        return self.last is not None or (self.before is not None and self.first is None)

    @property
    def limit(self) -> int:
        """How many rows the page may hold."""
        asked = self.last if self.backward else self.first
        return PAGE_ROWS if asked is None else asked

    def checked(self) -> "PageRequest":
        """Return the request itself. Raises ``InvalidInput`` when its parts contradict each other or ask too much."""
        if self.last is None and self.before is None and (self.first is None or 1 <= self.first <= MOST_ROWS):
            return self  # forwards, as most pages are: nothing can contradict
        problems = []
        if self.first is not None and self.last is not None:
            problems.append(FieldProblem("last", "BOTH_ENDS", "first 与 last 不能同时使用。", "请只保留其中一个。"))
        if self.after is not None and self.before is not None:
            problems.append(FieldProblem("before", "BOTH_ENDS", "after 与 before 不能同时使用。", "请只保留其中一个。"))
        for name, asked in (("first", self.first), ("last", self.last)):
            if asked is not None and not 1 <= asked <= MOST_ROWS:
                message = f"{name} 为 {asked}，应在 1 到 {MOST_ROWS} 之间。"
                problems.append(FieldProblem(name, "OUT_OF_RANGE", message, "请减少每页条数，用游标取下一页。"))
        wrong_end = (self.first is not None and self.before is not None) or (
            self.last is not None and self.after is not None
        )
        if wrong_end:
            message = "first 只能与 after 合用，last 只能与 before 合用。"
            problems.append(FieldProblem("first", "WRONG_END", message, "请更换游标参数。"))
        if problems:
            raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))
        return self


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows there are: exactly ``count``, or at least that many."""

    count: int
    is_lower_bound: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in order. ``cursors`` has one cursor for each row; ``total`` is there only when it was asked for."""

    rows: tuple[T, ...]
    cursors: tuple[str, ...] = ()
    has_next: bool = False
    has_previous: bool = False
    total: Total | None = None

    @property
    def start_cursor(self) -> str | None:
        """Cursor of the first row."""
        return self.cursors[0] if self.cursors else None

    @property
    def end_cursor(self) -> str | None:
        """Cursor of the last row."""
        return self.cursors[-1] if self.cursors else None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """Return the same page with every row changed."""
        return Page(tuple(map(change, self.rows)), self.cursors, self.has_next, self.has_previous, self.total)
