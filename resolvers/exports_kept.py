"""Finished exports, kept as files for as long as nothing public changes: made once, sent from disk to everybody else.

A file appears only when it is whole, and its name tells what it is: the database, the public revision, what was asked
on which day, and the SHA-256 of what it holds. Every process of this machine may share the folder. What is open stays
readable when its name goes.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from resolvers.context import Context
from resolvers.exports import ExportFormat, stream
from resolvers.power_views import AsOf, PowerFilter

FOLDER: Final = "exports"
"""Name of the folder below the state folder."""

MOST_BYTES: Final = 2_000_000_000
MOST_FILES: Final = 500
PART: Final = ".part"
PART_SECONDS: Final = 24 * 3600
"""Age after which a file that was never finished is nobody's any more."""

PIECE_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class KeptExport:
    """A finished export, open for reading; :meth:`pieces` closes it."""

    file: IO[bytes]
    size: int
    sha256: str

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the file's bytes."""
        with self.file:
            while piece := await asyncio.to_thread(self.file.read, PIECE_BYTES):
                yield piece


@dataclass(slots=True)
class Copy:
    """The file that an export is copied to while it is sent; without one, nothing is kept."""

    file: IO[bytes] | None
    size: int = 0

    def add(self, piece: bytes, most: int) -> None:
        """Write a piece; a copy that is too large, or for which the disk has no room, is given up."""
        self.size += len(piece)
        if self.file is None:
            return
        try:
            if self.size <= most:
                self.file.write(piece)
                return
        except OSError:
            pass
        self.drop()

    def drop(self) -> None:
        """Close and remove the file; one that was finished has another name by now and stays."""
        file, self.file = self.file, None
        if file is not None:
            with suppress(OSError):
                file.close()
            with suppress(OSError):
                Path(file.name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One export under one public revision, by the beginning of its file's name."""

    prefix: str
    form: ExportFormat

    @classmethod
    def of(cls, ctx: Context, where: PowerFilter, at: AsOf, form: ExportFormat, revision: int) -> "Wanted":
        """Return what a context asks for; without a day it is today's."""
        day = at.valid_on or ctx.today
        asked = hashlib.sha256(repr((ctx.profile.id, where, day, at.recorded_at)).encode()).hexdigest()[:32]
        return cls(f"{_database(ctx)}-{revision}-{asked}-", form)


def _database(ctx: Context) -> str:
    return hashlib.sha256(ctx.db.url.encode()).hexdigest()[:12]


class KeptExports:
    """The folder of finished exports. Nothing is kept where the state folder does not exist or cannot be written."""

    def __init__(self, state: Path, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES) -> None:
        self.state, self.folder = state, state / FOLDER
        self.most_bytes, self.most_files = most_bytes, most_files
        self._making: set[Wanted] = set()

    async def find(self, wanted: Wanted) -> KeptExport | None:
        """Return the finished export, opened; None when it has to be made."""
        return await asyncio.to_thread(self._find, wanted)

    async def make(
        self, ctx: Context, where: PowerFilter, at: AsOf, form: ExportFormat, wanted: Wanted
    ) -> AsyncGenerator[bytes]:
        """Yield an export as it is made, and keep a copy once it is whole. Raises what the export itself raises.

        Only one copy of the same export is written at a time; a disk that is full keeps nobody from reading.
        """
        copy = Copy(None) if wanted in self._making else self._begin()
        mine = wanted not in self._making
        self._making.add(wanted)
        digest = hashlib.sha256()
        try:
            async with aclosing(stream(ctx, where, at, form)) as pieces:
                async for piece in pieces:
                    digest.update(piece)
                    await asyncio.to_thread(copy.add, piece, self.most_bytes)
                    yield piece
            await asyncio.to_thread(self._finish, copy, f"{wanted.prefix}{digest.hexdigest()}.{form}")
        finally:
            copy.drop()
            if mine:
                self._making.discard(wanted)

    async def sha256(self, ctx: Context, where: PowerFilter, at: AsOf, form: ExportFormat, wanted: Wanted) -> str:
        """Return the SHA-256 of an export in hexadecimal, made for it if need be."""
        found = await self.find(wanted)
        if found is not None:
            found.file.close()
            return found.sha256
        digest = hashlib.sha256()
        async with aclosing(self.make(ctx, where, at, form, wanted)) as pieces:
            async for piece in pieces:
                digest.update(piece)
        return digest.hexdigest()

    def _find(self, wanted: Wanted) -> KeptExport | None:
        for path in self.folder.glob(f"{wanted.prefix}*.{wanted.form}"):
            with suppress(OSError):
                file = path.open("rb")
                os.utime(path)
                return KeptExport(file, os.fstat(file.fileno()).st_size, path.stem.rpartition("-")[2])
        return None

    def _begin(self) -> Copy:
        """Open the file of a copy; an idle copy where nothing can be kept."""
        if not self.state.is_dir():
            return Copy(None)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            return Copy((self.folder / f"{os.getpid()}-{time.monotonic_ns()}{PART}").open("xb"))
        return Copy(None)

    def _finish(self, copy: Copy, name: str) -> None:
        """Give a whole file its name, and drop what is of another revision, unfinished, or too much."""
        if copy.file is None:
            return
        with suppress(OSError):
            copy.file.close()
            Path(copy.file.name).replace(self.folder / name)
            self._tidy(name)

    def _tidy(self, newest: str) -> None:
        database, revision = newest.split("-", 2)[:2]
        total = count = 0
        for path, size, changed in self._newest_first():
            own, of = (*path.name.split("-", 2), "")[:2]
            unfinished = path.suffix == PART
            total, count = total + size, count + 1
            gone = changed < time.time() - PART_SECONDS if unfinished else own == database and of != revision
            if gone or (not unfinished and (total > self.most_bytes or count > self.most_files)):
                path.unlink(missing_ok=True)
                total, count = total - size, count - 1

    def _newest_first(self) -> Iterator[tuple[Path, int, float]]:
        found = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                facts = path.stat()
                found.append((path, facts.st_size, facts.st_mtime))
        yield from sorted(found, key=lambda one: one[2], reverse=True)
