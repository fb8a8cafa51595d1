"""Looking at a file that came in: read once, from its beginning to its end, never held as a whole."""

import asyncio
import codecs
import hashlib
from typing import IO, Final

import puremagic

from domain.materials_judging import HEAD, LONGEST_MARK, MARKS, Look
from domain.materials_zips import FIRST, TAIL, BadZip, Entry, check, directory_place, entries_of
from resolvers.file_store import PIECE, FileTooLarge, Measured, megabytes

CONTROLS: Final = bytes({*range(32), 127} - {*b"\t\n\r\f"})
"""What no text holds; a form feed is what printers were sent between pages."""


async def look(file: IO[bytes], most: int) -> tuple[Measured, Look]:
    """Return the digest and size of a file and what was seen of it; raises ``FileTooLarge`` beyond ``most`` bytes."""
    return await asyncio.to_thread(_looked, file, most)


def _looked(file: IO[bytes], most: int) -> tuple[Measured, Look]:
    seen = _Seen()
    file.seek(0)
    while piece := file.read(PIECE):
        seen.take(piece)
        if seen.size > most:
            raise FileTooLarge(f"文件超过 {megabytes(most)} MB。", "请压缩或者拆分后重新上传。")
    measured = Measured(seen.hashed.hexdigest(), seen.size)
    entries, problem = _zip(file, seen) if seen.head.startswith(FIRST) else (None, "")
    found = Look(
        head=seen.head,
        tail=seen.tail,
        size=seen.size,
        text=seen.is_text(),
        marks=frozenset(seen.marks),
        entries=entries,
        zip_problem=problem,
        seems=_seems(seen.head),
    )
    return measured, found


class _Seen:
    """What is remembered of a file while it passes by."""

    def __init__(self) -> None:
        self.hashed, self.size = hashlib.sha256(), 0
        self.head, self.tail = b"", b""
        self.marks: set[str] = set()
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._readable = True

    def take(self, piece: bytes) -> None:
        self.hashed.update(piece)
        self.size += len(piece)
        if len(self.head) < HEAD:
            self.head += piece[: HEAD - len(self.head)]
        # A mark may lie across two pieces: the end of the last one is looked at again.
        across = self.tail[-LONGEST_MARK:] + piece
        self.marks |= {name for name, mark in MARKS.items() if name not in self.marks and mark in across}
        self.tail = (self.tail + piece)[-TAIL:]
        if self._readable:
            self._readable = self._reads(piece)

    def _reads(self, piece: bytes) -> bool:
        if len(piece.translate(None, CONTROLS)) != len(piece):
            return False
        try:
            self._text.decode(piece)
        except UnicodeDecodeError:
            return False
        return True

    def is_text(self) -> bool:
        """Say whether all of it was UTF-8 without control characters, its end included."""
        try:
            self._text.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return self._readable


def _zip(file: IO[bytes], seen: _Seen) -> tuple[tuple[Entry, ...] | None, str]:
    """Read the directory of a zip, and nothing else of it."""
    try:
        place = directory_place(seen.tail, seen.size)
        if place is None:
            return None, "文件不完整"
        start, length, count = place
        file.seek(start)
        entries = entries_of(file.read(length), count)
        check(entries, seen.size)
    except BadZip as bad:
        return None, str(bad)
    return entries, ""


def _seems(head: bytes) -> str:
    """Return what a file that nobody recognised may be, for the message only: it decides nothing."""
    try:
        guesses = puremagic.magic_string(head[:4096])
    except (puremagic.PureError, ValueError, IndexError):
        return ""
    best = max(guesses, key=lambda one: one.confidence, default=None)
    return best.name[:80] if best is not None and best.confidence >= 0.4 else ""
