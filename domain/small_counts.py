"""Counts that are published tell nothing about anybody: small ones are hidden, and what would give them away with them.

A count below the threshold is hidden (0 is not: that nothing happened is no news about anybody). Whoever knows the sum of
a table would find a single hidden count by subtraction, so there are never fewer than two, and together never less than
the threshold: the smallest of the others are hidden too until both hold.
"""

from collections.abc import Hashable, Mapping
from typing import Final, TypeVar

LEAST: Final = 5
FEWEST_HIDDEN: Final = 2

K = TypeVar("K", bound=Hashable)


def suppressed(counts: Mapping[K, int], least: int = LEAST) -> dict[K, int | None]:
    """Return the counts as they may be published; None where one is hidden."""
    hidden = {key for key, count in counts.items() if 0 < count < least}
    others = sorted((key for key in counts if key not in hidden and counts[key]), key=lambda key: counts[key])
    while hidden and others and (len(hidden) < FEWEST_HIDDEN or sum(counts[key] for key in hidden) < least):
        hidden.add(others.pop(0))
    return {key: None if key in hidden else count for key, count in counts.items()}
