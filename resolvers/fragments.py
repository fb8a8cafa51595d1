"""Fragments: the written nodes of rows whose version is known, kept between requests.

A version of the library never changes once recorded, so what one selection writes of it may be kept under the
selection and the version's stamp. The stamps of a page are asked of the database at every request, those of related
rows too, so a fragment is never stale: what changed has another stamp. Only what everybody may see is kept.
"""

from collections import OrderedDict
from typing import Final

Key = tuple[bytes, tuple[str, ...]]
"""The digest of a selection; the profile, the stamps of a row and of what is related to it."""

OVERHEAD: Final = 300
"""Bytes that an entry takes beside what is written, roughly."""

WORTH: Final = 0.6
"""Share of a page's nodes that must be there for asking by stamps to pay."""

PROBE: Final = 32
"""While it does not pay, every so-many-th page is still asked by stamps: to learn, and to fill."""


class Fragments:
    """Written nodes, bounded in bytes, the longest unused ones dropped first. One event loop uses it, no threads.

    ``hits``, ``misses`` (nodes), ``size`` (bytes) and ``dropped`` are for whoever watches. A limit of 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.hits = self.misses = self.size = self.dropped = 0
        self._kept: OrderedDict[Key, tuple[bytes, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> tuple[bytes, ...] | None:
        """Return the written node under a key."""
        found = self._kept.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        return found

    def put(self, key: Key, node: tuple[bytes, ...]) -> None:
        """Keep a written node; one that takes more than a hundredth of the room is not kept."""
        size = _size(node)
        if size * 100 > self.limit_bytes or key in self._kept:
            return
        self._kept[key] = node
        self.size += size
        while self.size > self.limit_bytes:
            _, gone = self._kept.popitem(last=False)
            self.size -= _size(gone)
            self.dropped += 1

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self.size = 0


def _size(node: tuple[bytes, ...]) -> int:
    return OVERHEAD + sum(map(len, node))


class Worth:
    """Whether asking by stamps pays for one plan: learned from the pages seen."""

    def __init__(self) -> None:
        self.share = 1.0
        self._asked = 0

    def pays(self) -> bool:
        """Say whether the next page is to be asked by stamps."""
        self._asked += 1
        return self.share >= WORTH or self._asked % PROBE == 0

    def seen(self, found: int, rows: int) -> None:
        """Learn from a page of so many rows of which so many were there."""
        if rows:
            self.share += (found / rows - self.share) * 0.05
