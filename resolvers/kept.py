"""Ready answers kept in memory under the library's revision: bounded in bytes, never older than what asks for them.

Whoever keeps an answer reads the revision first and gives it to :meth:`KeptBodies.get` and :meth:`KeptBodies.put`: an
answer made under another revision is never given back. Everything else that shapes an answer belongs into its key.
"""

import gzip
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import brotli  # type: ignore[import-untyped]

Head = tuple[tuple[bytes, bytes], ...]
"""Headers as ASGI sends them: lower-case names and values."""

IDENTITY: Final = ""
CODINGS: Final = ("br", "gzip")
"""Content codings that are offered, the better one first."""

LEAST_PACKED: Final = 512
"""Bytes below which packing a body does not pay."""

OVERHEAD: Final = 512
"""Bytes that an entry takes beside its bodies and its head, roughly."""

LARGEST_PART: Final = 8
"""One body may take an eighth of the room at most, so that no single one drives out all others."""

MOST_WANTED: Final = 20_000
"""How many keys are remembered whose bodies found no room."""


@dataclass(slots=True, eq=False)
class Kept:
    """One answer: its body, the head it is sent with, and the packed forms somebody asked for so far.

    ``note`` is whatever its maker wants to find with it.
    """

    body: bytes
    head: Head = ()
    note: Any = None
    packed: dict[str, bytes] = field(default_factory=dict)
    size: int = 0

    def encoded(self, accepted: str) -> tuple[str, bytes]:
        """Return the coding to name (empty: none) and the body in it, for the value of an Accept-Encoding header."""
        if len(self.body) < LEAST_PACKED:
            return IDENTITY, self.body
        coding = coding_for(accepted)
        if coding == IDENTITY:
            return IDENTITY, self.body
        if coding not in self.packed:
            self.packed[coding] = _pack(coding, self.body)
        return coding, self.packed[coding]


class KeptBodies:
    """Ready bodies under one revision, the longest unused ones dropped first. One event loop uses it, no threads.

    When all room is taken, a body enters only if its key was wanted before: one reader of everything (a crawler)
    does not drive out what many ask for again and again.

    ``hits``, ``misses`` and ``size`` (bytes) are for whoever watches. A limit of 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.revision: int | None = None
        self.hits = self.misses = self.size = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._wanted: set[int] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept.values())

    def get(self, key: Hashable, revision: int) -> Kept | None:
        """Return what is kept under a key; another revision than the last one drops everything first."""
        if revision != self.revision:
            self.clear()
            self.revision = revision
        found = self._kept.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, revision: int, body: bytes, head: Head = (), note: Any = None) -> Kept:
        """Keep a body that was made after ``revision`` was read, and return it; it is kept only if that still holds."""
        made = Kept(body, head, note)
        fits = revision == self.revision and len(body) <= self.limit_bytes // LARGEST_PART
        if fits and self._may_enter(key, len(body)):
            self._forget(key)
            self._kept[key] = made
            self._weigh(key, made)
        return made

    def encoded(self, key: Hashable, kept: Kept, accepted: str) -> tuple[str, bytes]:
        """Return :meth:`Kept.encoded` of an entry; a packed form made just now counts for the bound."""
        before = len(kept.packed)
        answer = kept.encoded(accepted)
        if len(kept.packed) != before and self._kept.get(key) is kept:
            self._weigh(key, kept)
        return answer

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self._wanted.clear()
        self.size = 0

    def _may_enter(self, key: Hashable, length: int) -> bool:
        """Say whether a body may drive out others: only if it was wanted before, so that a crawl empties nothing."""
        if key in self._kept or self.size + length + OVERHEAD <= self.limit_bytes:
            return True
        mark = hash(key)
        if mark in self._wanted:
            self._wanted.discard(mark)
            return True
        if len(self._wanted) >= MOST_WANTED:
            self._wanted.clear()
        self._wanted.add(mark)
        return False

    def _weigh(self, key: Hashable, kept: Kept) -> None:
        """Bring the size of an entry up to date and drop the longest unused ones until all fit."""
        self.size -= kept.size
        head = sum(len(name) + len(value) for name, value in kept.head)
        kept.size = OVERHEAD + 4 * len(str(key)) + head + len(kept.body) + sum(map(len, kept.packed.values()))
        self.size += kept.size
        while self.size > self.limit_bytes and self._kept:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Hashable) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self.size -= gone.size
            gone.size = 0


def _pack(coding: str, body: bytes) -> bytes:
    """Return a body in a content coding; the same body gives the same bytes."""
    if coding == "br":
        packed: bytes = brotli.compress(body, quality=5, mode=brotli.MODE_TEXT)
        return packed
    return gzip.compress(body, 6, mtime=0)


def _weight(parameters: str) -> float:
    """Return the weight that an element of Accept-Encoding gives; one that cannot be read refuses."""
    for one in parameters.split(";"):
        name, _, value = one.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0.0 <= weight <= 1.0 else 0.0
    return 1.0


@lru_cache(maxsize=512)
def coding_for(accepted: str) -> str:
    """Return the coding to answer with for an Accept-Encoding header (RFC 9110 §12.5.3); empty: the body as it is.

    The better one of ours wins among equal weights. Who refuses even the plain body gets it all the same.
    """
    weights: dict[str, float] = {}
    for one in accepted.lower().split(","):
        name, _, parameters = one.strip().partition(";")
        if name:
            weights[name.strip()] = _weight(parameters)
    weights.setdefault("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    weights.setdefault("br", weights.get("*", 0.0))
    best = max(CODINGS, key=lambda coding: weights[coding])
    plain = weights.get("identity", 0.0)
    return best if weights[best] > 0 and weights[best] >= plain else IDENTITY
