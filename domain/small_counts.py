"""Counts that are published tell nothing about anybody: small ones are hidden, and none can be found by subtraction.

A count below the threshold is hidden (0 is not: that nothing happened is no news about anybody). Whoever knows the sum of
a table would find a single hidden count, so there are never fewer than two, and together never less than the threshold:
the smallest of the others are hidden too until both hold. Whoever compares two tables that differ by a month or a body
would find the difference, so what is shown is rounded, and tables are of whole months.
"""

from calendar import monthrange
from collections.abc import Hashable, Mapping
from datetime import date
from typing import Final, TypeVar

LEAST: Final = 5
FEWEST_HIDDEN: Final = 2

K = TypeVar("K", bound=Hashable)


def published(counts: Mapping[K, int], least: int = LEAST) -> dict[K, int | None]:
    """Return the counts as they may be published: rounded to multiples of the threshold; None where one is hidden."""
    hidden = {key for key, count in counts.items() if 0 < count < least}
    others = sorted((key for key in counts if key not in hidden and counts[key]), key=lambda key: counts[key])
    while hidden and others and (len(hidden) < FEWEST_HIDDEN or sum(counts[key] for key in hidden) < least):
        hidden.add(others.pop(0))
    return {key: None if key in hidden else _rounded(count, least) for key, count in counts.items()}


def _rounded(count: int, to: int) -> int:
    return (count + to // 2) // to * to


def whole_months(first: date, last: date) -> bool:
    """Say whether two days are the first and the last day of one or several whole months."""
    return first <= last and first.day == 1 and last.day == monthrange(last.year, last.month)[1]
