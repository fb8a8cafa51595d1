"""Scanning for viruses: none, or a clamd that is given the bytes over its socket (INSTREAM).

A scanner says what it found; it is never told who sent a file or how it is called.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

PIECE: Final = 1 << 16
CLEAN, FOUND = b"stream: OK", b" FOUND"


class ScannerAway(OSError):
    """The scanner does not answer, or not in a way that can be understood."""


class Scanner(Protocol):
    """Whatever looks into files."""

    @property
    def looks(self) -> bool:
        """Whether it looks at all."""
        ...

    async def scan(self, file: IO[bytes]) -> str:
        """Return the name of what was found; empty if nothing was. Raises ``ScannerAway``."""
        ...


@dataclass(frozen=True, slots=True)
class NoScanner:
    """Nobody looks: files are marked as not scanned, and that is said to whoever opens them."""

    looks: bool = False

    async def scan(self, file: IO[bytes]) -> str:  # noqa: ARG002 -- one signature for all scanners
        """Return that nothing was found."""
        return ""


@dataclass(frozen=True, slots=True)
class Clamd:
    """A clamd at ``host:port`` or at the path of its Unix socket."""

    address: str
    seconds: float = 120
    looks: bool = True

    async def scan(self, file: IO[bytes]) -> str:
        """Send the file in pieces, each with its length, and read the verdict."""
        try:
            async with asyncio.timeout(self.seconds):
                return await self._asked(file)
        except (TimeoutError, OSError, ValueError) as error:
            raise ScannerAway(self.address) from error

    async def _asked(self, file: IO[bytes]) -> str:
        reader, writer = await self._opened()
        try:
            writer.write(b"zINSTREAM\0")
            await asyncio.to_thread(file.seek, 0)
            while piece := await asyncio.to_thread(file.read, PIECE):
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            answer = (await reader.read(4096)).rstrip(b"\0\n")
        finally:
            writer.close()
        if answer == CLEAN:
            return ""
        if answer.startswith(b"stream: ") and answer.endswith(FOUND):
            return answer.removeprefix(b"stream: ").removesuffix(FOUND).decode("utf-8", "replace")[:200] or "?"
        raise ValueError(answer[:200])

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.startswith("/"):
            return await asyncio.open_unix_connection(Path(self.address))
        host, _, port = self.address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))
