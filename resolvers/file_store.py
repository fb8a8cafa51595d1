"""The file store: contents under the SHA-256 of their bytes, in a local folder or in an S3 bucket (house §4).

A content is written whole or not at all, and before the row that refers to it is committed: a crash in between leaves
a content that nothing refers to, which housekeeping removes. Nothing is ever held in memory as a whole, and an address
is never handed to anybody: whoever may read a file is decided by the use-case that knows what it is.
"""

import asyncio
import hashlib
import io
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore

from resolvers.errors import InvalidInput, Unavailable

PIECE: Final = 1 << 20
"""Bytes at a time, wherever contents pass through."""

PART: Final = 5 << 20
"""Bytes of a part of an upload to S3, which takes none that is smaller; two parts are on their way at most."""


class FileTooLarge(InvalidInput):
    """A file has more bytes than it may have."""

    code = "FILE_TOO_LARGE"
    status = 413


@dataclass(frozen=True, slots=True)
class Measured:
    """What a content is known by: the SHA-256 of its bytes in hexadecimal, and how many they are."""

    digest: str
    size: int


class FileStore:
    """Where contents lie. ``folder`` is set for a local one, so that what was written is also on the disk."""

    def __init__(self, make: Callable[[], ObjectStore] | None, folder: Path | None = None) -> None:
        self._make, self._folder = make, folder

    @classmethod
    def nowhere(cls) -> "FileStore":
        """Return a store that refuses everything: for whoever has nothing to do with files."""
        return cls(None)

    @classmethod
    def in_memory(cls) -> "FileStore":
        """Return a store that is gone with the process, for tests."""
        return cls(MemoryStore)

    @classmethod
    def in_folder(cls, folder: Path) -> "FileStore":
        """Return a store in a folder that only this user may enter; it is made when it is first used."""

        def make() -> ObjectStore:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(folder)

        return cls(make, folder)

    async def put(self, file: IO[bytes], measured: Measured) -> None:
        """Keep a content whole under its digest; what is there already is not written again. Raises ``Unavailable``."""
        if await self.size(measured.digest) == measured.size:
            return
        file.seek(0)
        place = _place(measured.digest)
        try:
            await obstore.put_async(self._given, place, file, chunk_size=PART, max_concurrency=2)
        except (BaseError, OSError) as error:
            raise _away() from error
        if self._folder is not None:
            await asyncio.to_thread(_settle, self._folder / place)

    async def size(self, digest: str) -> int | None:
        """Return how many bytes a content has; None if it is not there. Raises ``Unavailable``."""
        try:
            return (await obstore.head_async(self._given, _place(digest)))["size"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _away() from error

    async def read(self, digest: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes of a content from ``start`` to before ``end``, piece by piece.

        The content is looked for before the first piece is asked for: raises ``FileNotFoundError``, ``Unavailable``.
        """
        size = await self.size(digest)
        if size is None:
            raise FileNotFoundError(digest)
        last = size if end is None else min(end, size)
        return self._pieces(digest, start, last)

    async def _pieces(self, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Fetch range by range: the store's own streams run ahead of whoever reads slowly."""
        for at in range(start, end, PIECE):
            try:
                yield bytes(
                    await obstore.get_range_async(self._given, _place(digest), start=at, end=min(at + PIECE, end))
                )
            except (BaseError, OSError) as error:
                raise _away() from error

    async def remove(self, digest: str) -> None:
        """Remove a content; one that is not there is none. Raises ``Unavailable``."""
        try:
            await obstore.delete_async(self._given, _place(digest))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _away() from error

    @cached_property
    def _given(self) -> ObjectStore:
        if self._make is None:
            raise _away()
        try:
            return self._make()
        except (BaseError, OSError) as error:
            raise _away() from error


async def measure(file: IO[bytes], most: int) -> Measured:
    """Read a file once and return its digest and size; raises ``FileTooLarge`` as soon as it has more than ``most``."""
    return await asyncio.to_thread(_measured, file, most)


def held_in_memory(content: bytes) -> IO[bytes]:
    """Return a small content that was made here as a file."""
    return io.BytesIO(content)


def _measured(file: IO[bytes], most: int) -> Measured:
    file.seek(0)
    hashed, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        size += len(piece)
        if size > most:
            raise FileTooLarge(f"文件超过 {megabytes(most)} MB。", "请压缩或者拆分后重新上传。")
        hashed.update(piece)
    return Measured(hashed.hexdigest(), size)


def megabytes(size: int) -> str:
    """Return a limit in megabytes for a message, without a fraction where there is none."""
    return f"{size / 1_000_000:.1f}".removesuffix(".0")


def _settle(path: Path) -> None:
    """Have a written file and its name on the disk: what is acknowledged outlives a power cut."""
    for place in (path, path.parent, path.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _place(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _away() -> Unavailable:
    return Unavailable("文件存储暂时无法使用。", "您填写的内容没有丢失，请稍后重试。")
