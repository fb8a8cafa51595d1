"""The log as a folder of static files: tiles, bundles of entries, and the head (C2SP tlog-tiles).

Files are written whole or not at all and reach the disk before the head does, so that a head never points at what is
missing. A partial tile is kept until its full one is published.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.proof.merkle import Frontier, ReadNode, leaf_hash, range_hash
from domain.proof.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    TileBroken,
    TileReader,
    bundle,
    split_tile,
    tiles_between,
    unbundle,
)


class TileMissing(TileBroken):
    """A file that is not there: something that could not be read, not something that was read and is wrong."""


@dataclass(frozen=True, slots=True)
class LogFolder:
    """Where a log's files lie."""

    path: Path

    def read(self, name: str) -> bytes | None:
        """Return a file's content, None if there is none."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole, and have it on the disk before returning."""
        place = self.path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            with half.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.replace(place)
        finally:
            half.unlink(missing_ok=True)
        handle = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def fetch(self, tile: Tile) -> bytes:
        """Return a tile or bundle; of a partial one that is gone, the beginning of the full one. Raises ``TileBroken``."""
        found = self.read(tile.path)
        if found is not None:
            return found
        full = Tile(tile.level, tile.index)
        whole = self.read(full.path) if tile.width < WIDTH else None
        if whole is None:
            raise TileMissing(f"{tile.path} is missing")
        if tile.level == ENTRIES:
            return bundle(unbundle(full, whole)[: tile.width])
        return whole[: tile.bytes]

    def reader(self, size: int) -> TileReader:
        """Return a reader of the tree of a size, out of these files."""
        return TileReader(self.fetch, size)

    def root(self, size: int) -> bytes:
        """Compute the root of a size out of the files. Raises ``TileBroken``."""
        return range_hash(self.reader(size).read, 0, size)

    def grow(self, old: int, entries: Sequence[bytes]) -> None:
        """Write the files of a tree that has more entries than the one of ``old`` leaves. Written twice they are the same."""
        self._row(ENTRIES, old, list(entries))
        nodes, start, level = [leaf_hash(entry) for entry in entries], old, 0
        while nodes:
            row = self._row(level, start, nodes)
            nodes = [Frontier().grown(row[at : at + WIDTH]).root() for at in range(0, len(row) - WIDTH + 1, WIDTH)]
            start, level = start >> HEIGHT, level + 1

    def _row(self, level: int, start: int, fresh: list[bytes]) -> list[bytes]:
        """Write what is new of one level; returns it from the beginning of the tile that was the edge."""
        first, kept = start // WIDTH, start % WIDTH
        row = [*(self._contents(Tile(level, first, kept)) if kept else ()), *fresh]
        for at in range(0, len(row), WIDTH):
            part = row[at : at + WIDTH]
            content = bundle(part) if level == ENTRIES else b"".join(part)
            self.write(Tile(level, first + at // WIDTH, len(part)).path, content)
        return row

    def _contents(self, tile: Tile) -> list[bytes]:
        content = self.fetch(tile)
        return unbundle(tile, content) if tile.level == ENTRIES else split_tile(tile, content)

    def check(self, old: int, new: int) -> None:
        """Read back every file that growing wrote and compare each with its neighbour. Raises ``TileBroken``."""
        read = self.reader(new).read
        for tile in tiles_between(old, new):
            self.check_tile(tile, read)

    def check_tile(self, tile: Tile, read: ReadNode) -> None:
        """Compare one file with its neighbour, which ``read`` brings out of the same tree. Raises ``TileBroken``."""
        contents = self._contents(tile)
        if tile.level == ENTRIES:
            wrong = [leaf_hash(one) for one in contents] != self._contents(Tile(0, tile.index, tile.width))
        else:
            full = tile.width == WIDTH
            above = read(HEIGHT * (tile.level + 1), tile.index) if full else b""
            wrong = full and Frontier().grown(contents).root() != above
        if wrong:
            raise TileBroken(f"{tile.path} is not what its neighbours say")

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Yield entries by their place, out of the bundles of a published size ``end``."""
        for index in range(start // WIDTH, -(-end // WIDTH)):
            tile = Tile(ENTRIES, index, min(WIDTH, end - index * WIDTH))
            yield from self._contents(tile)[max(0, start - index * WIDTH) :]

    def tidy(self, old: int, new: int) -> None:
        """Remove partial tiles whose full ones are published."""
        for tile in tiles_between(old, new):
            if tile.width == WIDTH:
                shutil.rmtree(self.path / f"{tile.path}.p", ignore_errors=True)
