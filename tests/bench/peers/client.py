"""A small load generator for machines without ``wrk``: kept connections, one request at a time on each.

``python -m tests.bench.peers.client PORT SECONDS SEED FILE HEADERS``; prints one line as :mod:`.loading` reads it.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path

from tests.bench.peers.loading import CONNECTIONS

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"\r\n0\r\n\r\n"


class Asking(asyncio.Protocol):
    """One connection: sends a request, reads the whole answer, sends the next."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.held = bytearray()
        self.started = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
            self._ask()

    def _ask(self) -> None:
        if self.transport is not None:
            self.started = time.perf_counter()
            self.transport.write(self.run.chance.choice(self.run.asks))

    def data_received(self, data: bytes) -> None:
        """Read on; once the answer is whole, note it and ask again."""
        self.held += data
        end = self.held.find(HEAD_END)
        if end < 0:
            return
        head = bytes(self.held[:end]).lower()
        status = int(head[9:12])
        if not _whole(head, self.held, end + len(HEAD_END), status):
            return
        self.run.note(time.perf_counter() - self.started, len(self.held), failed=status >= 400)
        self.held.clear()
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a connection that the server closed."""
        self.run.lost += 1


def _whole(head: bytes, held: bytearray, start: int, status: int) -> bool:
    """Say whether the body that starts there is all here, told by its length or by its last chunk."""
    if b"transfer-encoding: chunked" in head:
        return held.endswith(LAST_CHUNK)
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return status == 304 or len(held) >= start + int(length or 0)


class Run:
    """What all connections share."""

    def __init__(self, asks: list[bytes], seed: int) -> None:
        self.asks, self.chance = asks, random.Random(seed)
        self.times: list[float] = []
        self.bytes = self.failed = self.lost = 0

    def note(self, seconds: float, size: int, *, failed: bool) -> None:
        """Note one answer."""
        self.times.append(seconds)
        self.bytes += size
        self.failed += failed


def requests(file: Path, port: int, headers: dict[str, str]) -> list[bytes]:
    """Return the requests in a file, ready to be sent."""
    lines = file.read_text(encoding="utf-8").split("\n")
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    found = []
    for path, body in zip(lines[0::2], lines[1::2], strict=False):
        sent = body.encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n" if body else ""
        method = "POST" if body else "GET"
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}{kind}\r\n"
        found.append(head.encode() + sent)
    return found


async def measure(port: int, seconds: float, run: Run) -> float:
    """Ask over all connections; returns how long it took."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    opened = [await loop.create_connection(lambda: Asking(run), "127.0.0.1", port) for _ in range(CONNECTIONS)]
    await asyncio.sleep(seconds)
    took = time.perf_counter() - started
    failed = run.failed + run.lost
    for transport, _ in opened:
        transport.abort()
    run.failed = failed
    return took


def main() -> None:
    """Run and print one line."""
    port, seconds, seed, file, headers = sys.argv[1:6]
    run = Run(requests(Path(file), int(port), json.loads(headers)), int(seed))
    took = asyncio.run(measure(int(port), float(seconds), run))
    times = sorted(run.times) or [float("nan")]
    count = len(run.times)
    said = {
        "requests": count,
        "seconds": took,
        "bytes": run.bytes,
        "errors": run.failed,
        "p50": times[count // 2] * 1000,
        "p99": times[min(len(times) - 1, int(count * 0.99))] * 1000,
    }
    print(f"RESULT {json.dumps(said)}")


if __name__ == "__main__":
    main()
