"""Drawing lots so that everybody can draw them again: a sealed seed, a number nobody chose, and the order of hashes (000-15).

The hash of the seed is recorded before the draw, so the seed cannot be changed afterwards; the beacon comes into being with that
record, so whoever chose the seed could not know what it would draw. Whoever has both draws the same lots.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

LABEL: Final = b"yangguang-draw-1\n"


def commitment(seed: bytes) -> bytes:
    """Return what is recorded of a seed before the draw."""
    return hashlib.sha256(LABEL + seed).digest()


def frame_digest(names: Sequence[str]) -> bytes:
    """Return the digest of everything that could be drawn, in whatever order it is given."""
    return hashlib.sha256(LABEL + "\n".join(sorted(names)).encode()).digest()


def ticket(seed: bytes, beacon: bytes, name: str) -> bytes:
    """Return the lot of one name."""
    return hashlib.sha256(LABEL + seed + beacon + name.encode()).digest()


def drawn(seed: bytes, beacon: bytes, names: Sequence[str], size: int) -> tuple[str, ...]:
    """Return so many of the names (all of them where there are fewer), in the order of their lots."""
    return tuple(sorted(set(names), key=lambda one: ticket(seed, beacon, one))[:size])
