"""The tree of RFC 9162: roots, inclusion and consistency proofs, and a frontier that grows in O(log n).

Every proof is first a list of ranges of leaves; whoever has the hashes of complete subtrees (a list, a table, tiles) can
then fill them in. A range of this tree that is not complete falls into complete ones the same way everywhere.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
HASH_BYTES: Final = 32
TILE_HEIGHT: Final = 8
"""Levels of the tree that stand in one tile (C2SP tlog-tiles)."""

Range = tuple[int, int]
ReadNode = Callable[[int, int], bytes]
"""``read(height, index)``: the hash of the complete subtree over ``2**height`` leaves from ``index * 2**height``."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    """Return the largest power of two below ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def range_hash(read: ReadNode, start: int, end: int) -> bytes:
    """Return the hash over the leaves of a range of the tree; of the whole tree when it starts at 0."""
    count = end - start
    if count == 0:
        return EMPTY_ROOT
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return read(height, start >> height)
    middle = start + _split(count)
    return node_hash(range_hash(read, start, middle), range_hash(read, middle, end))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return what an inclusion proof is made of (RFC 9162 §2.1.3.1), from the leaf's neighbour up."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return what a proof is made of that a tree of ``new`` leaves extends one of ``old`` (RFC 9162 §2.1.4.1)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not extend one of {old}")
    if old in (0, new):
        return []
    ranges: list[Range] = []
    start, end, known = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, known = middle, False
    if not known:
        ranges.append((start, end))
    return ranges[::-1]


def filled(read: ReadNode, ranges: Iterable[Range]) -> list[bytes]:
    """Return a proof whose ranges are filled in."""
    return [range_hash(read, start, end) for start, end in ranges]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether a leaf's hash stands at an index of the tree with this root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for neighbour in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(neighbour, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, neighbour)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether the tree of ``new`` leaves extends that of ``old`` (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if old == new:
        return not path and old_root == new_root
    # An old tree that is complete is its own first node and not repeated in the proof.
    rest = list(path) if old & (old - 1) else [old_root, *path]
    if not rest:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = rest[0]
    for node in rest[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(node, before), node_hash(node, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, node)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _evenness(size: int) -> int:
    """Return the height of the largest complete subtree, up to a tile's, that may begin at a place."""
    return min(TILE_HEIGHT, (size & -size).bit_length() - 1) if size else TILE_HEIGHT


def complete_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    level = leaves
    while len(level) > 1:
        pairs = iter(level)
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return level[0]


@dataclass(frozen=True, slots=True)
class Frontier:
    """What a growing tree must remember: the complete subtrees it consists of, the largest first."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves does not have {len(self.nodes)} complete subtrees")

    def grown(self, leaves: Iterable[bytes], tops: list[bytes] | None = None) -> "Frontier":
        """Return the frontier after more leaf hashes; ``tops`` is given the root of every tile that they complete.

        Complete subtrees are made level by level, which costs half of what leaf after leaf does.
        """
        fresh = leaves if isinstance(leaves, list) else list(leaves)
        nodes, size, at = list(self.nodes), self.size, 0
        while at < len(fresh):
            height = min(_evenness(size), (len(fresh) - at).bit_length() - 1)
            node = complete_root(fresh[at : at + (1 << height)])
            at += 1 << height
            size += 1 << height
            if tops is not None and height == TILE_HEIGHT:
                tops.append(node)
            while nodes and not (size >> height) & 1:
                node, height = node_hash(nodes.pop(), node), height + 1
                if tops is not None and height == TILE_HEIGHT:
                    tops.append(node)
            nodes.append(node)
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        """Return the root of the tree."""
        if not self.nodes:
            return EMPTY_ROOT
        found = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            found = node_hash(node, found)
        return found


class Tree:
    """A tree held in memory with all its complete subtrees, for proofs over a list of leaf hashes."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Build the levels at once."""
        self._levels: list[list[bytes]] = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0])

    def read(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        return self._levels[height][index]

    def root(self, size: int | None = None) -> bytes:
        """Return the root, of the first ``size`` leaves if given."""
        return range_hash(self.read, 0, self.size if size is None else size)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the inclusion proof of a leaf."""
        return filled(self.read, inclusion_ranges(index, self.size if size is None else size))

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the proof that the tree of ``new`` leaves extends that of ``old``."""
        return filled(self.read, consistency_ranges(old, self.size if new is None else new))
