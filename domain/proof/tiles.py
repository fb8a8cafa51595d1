"""The tree as static files: tiles of height 8 and bundles of entries (C2SP tlog-tiles)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from domain.proof.leaf import LONGEST_ENTRY
from domain.proof.merkle import HASH_BYTES, TILE_HEIGHT, node_hash

HEIGHT: Final = TILE_HEIGHT
WIDTH: Final = 1 << HEIGHT
HIGHEST_LEVEL: Final = 63
ENTRIES: Final = -1
"""The level that stands for bundles of entries in a ``Tile``."""


class TileBroken(ValueError):
    """A file that is not the tile or the bundle that its name says."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One file: a tile of the tree, or with ``level`` ENTRIES a bundle of entries; narrower than WIDTH at the edge."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The file's place below the log's address; thousands of the index are folders."""
        digits = f"{self.index:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level == ENTRIES else f"{self.level:d}"
        return f"tile/{level}/{name}" + ("" if self.width == WIDTH else f".p/{self.width:d}")

    @property
    def bytes(self) -> int:
        """The length of a tile of hashes."""
        return self.width * HASH_BYTES


def tile_of(path: str) -> Tile | None:
    """Return the tile that a path below the log's address names, None if it names none: one name for each tile only."""
    words = path.split("/")
    if len(words) < 3 or words[0] != "tile":
        return None
    width = WIDTH
    if len(words) > 3 and words[-2].endswith(".p"):
        width = _decimal(words.pop(), WIDTH - 1)
        words[-1] = words[-1].removesuffix(".p")
    level = ENTRIES if words[1] == "entries" else _decimal(words[1], HIGHEST_LEVEL)
    digits = "".join([*(word.removeprefix("x") for word in words[2:-1]), words[-1]])
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18 or width < 1 or level < ENTRIES:
        return None
    found = Tile(level, int(digits), width)
    return found if found.path == path else None


def _decimal(word: str, highest: int) -> int:
    """Return a decimal without leading zeros; -2 for anything else, which no level and no width is."""
    if not (word.isascii() and word.isdigit()) or len(word) > 4 or str(int(word)) != word or int(word) > highest:
        return -2
    return int(word)


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """Return the files that a tree of ``new`` leaves has and one of ``old`` leaves has not, bundles first.

    A partial tile is made for each published size; the full one comes when it is full.
    """
    if new > old:
        yield from _level(ENTRIES, old, new)
    level = 0
    while new > old:
        yield from _level(level, old, new)
        old, new, level = old >> HEIGHT, new >> HEIGHT, level + 1


def _level(level: int, old: int, new: int) -> Iterator[Tile]:
    for index in range(old // WIDTH, -(-new // WIDTH)):
        yield Tile(level, index, min(WIDTH, new - index * WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Return every file of a tree, without the partial ones of earlier sizes."""
    return tiles_between(0, size)


class TileReader:
    """Reads hashes of complete subtrees out of tiles; ``fetch`` brings the bytes of a tile by its place."""

    def __init__(self, fetch: Callable[[Tile], bytes], size: int) -> None:
        """``size`` says which tiles at the edge are partial, and how wide."""
        self._fetch, self._size = fetch, size
        self._kept: dict[Tile, list[list[bytes]]] = {}

    def read(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree. Raises ``TileBroken`` when the tile has not the length it must have."""
        level, inner = divmod(height, HEIGHT)
        number, place = divmod(index << inner, WIDTH)
        return self._levels(level, number)[inner][place >> inner]

    def _levels(self, level: int, number: int) -> list[list[bytes]]:
        tile = Tile(level, number, min(WIDTH, (self._size >> (level * HEIGHT)) - number * WIDTH))
        if tile not in self._kept:
            hashes = split_tile(tile, self._fetch(tile))
            levels = [hashes]
            while len(levels) < HEIGHT:
                below = levels[-1]
                levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
            if len(self._kept) > 1024:
                self._kept.clear()
            self._kept[tile] = levels
        return self._kept[tile]


def split_tile(tile: Tile, content: bytes) -> list[bytes]:
    """Return the hashes in a tile. Raises ``TileBroken``."""
    if len(content) != tile.bytes:
        raise TileBroken(f"{tile.path} has {len(content)} bytes instead of {tile.bytes}")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries as one bundle: each behind its length in two bytes."""
    if any(len(entry) > LONGEST_ENTRY for entry in entries):
        raise TileBroken(f"an entry of more than {LONGEST_ENTRY} bytes fits no bundle")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(tile: Tile, content: bytes) -> list[bytes]:
    """Return the entries of a bundle. Raises ``TileBroken`` unless they are exactly as many as the file must hold."""
    entries: list[bytes] = []
    at = 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if end > len(content) or at + 2 > len(content):
            raise TileBroken(f"{tile.path} ends inside an entry")
        entries.append(content[at + 2 : end])
        at = end
    if len(entries) != tile.width:
        raise TileBroken(f"{tile.path} holds {len(entries)} entries instead of {tile.width}")
    return entries
