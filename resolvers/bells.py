"""The bell: rings for a body as soon as events of its matters have their places in the log (003-33).

The sequencer tells how far the log has grown; the process then asks once, for all its streams, whose matters that was
about. A ring only wakes: what somebody may see is read afterwards, under the guard of that moment. What is not heard
is found by the look that everybody takes now and then.
"""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
from typing import Final

import asyncpg

from resolvers.channels import Connect, end, hear

CHANNEL: Final = "log_grown"
FALLBACK_SECONDS: Final = 3.0
"""How long a waiting stream goes without a look although nothing was heard."""

WIDEST: Final = 2_000
"""Places of which the bodies are looked up; after more, everybody who waits takes a look."""

SIZE: Final = "SELECT size FROM log_head"
TOUCHED: Final = """
SELECT DISTINCT unnest(m.bodies) AS body FROM log_leaf l JOIN event e ON e.id = l.event_id
JOIN matter m ON m.id = CASE WHEN starts_with(e.stream, 'matter:') THEN substr(e.stream, 8)::bigint END
WHERE l.place >= $1 AND l.place < $2
"""


class Bell:
    """Rings for those who wait for news of a body; begins to listen with the first who asks. Close it with ``close``."""

    def __init__(self, connect: Connect, reads: asyncpg.Pool) -> None:
        self._connect, self._reads = connect, reads
        self._rings: Counter[str] = Counter()
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._everybody = self._known = self._grown = 0
        self._told = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def rings(self, body: str) -> int:
        """Return how often the bell has rung for a body; ask before looking, so that no ring is missed between."""
        if not self._tasks:
            listening = hear(self._connect, CHANNEL, self._heard, self._begun)
            self._tasks = (asyncio.create_task(listening), asyncio.create_task(self._ring_on()))
        return self._everybody + self._rings[body]

    async def rung(self, body: str, before: int) -> None:
        """Wait until the bell has rung for a body since it had so many rings, or until it is time for a look anyway."""
        if self._everybody + self._rings[body] != before:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[body].add(waiter)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(waiter, FALLBACK_SECONDS)
        finally:
            self._waiting[body].discard(waiter)
            if not self._waiting[body]:
                del self._waiting[body]

    async def close(self) -> None:
        """Stop listening; whoever waits goes on by its own looks."""
        for task in self._tasks:
            await end(task)

    def _heard(self, size: str) -> None:
        self._grown = int(size)
        self._told.set()

    async def _begun(self) -> None:
        """Begin where the log ends now; what came before is found by a look of everybody."""
        self._known = int(await self._reads.fetchval(SIZE))
        self._ring(None)

    async def _ring_on(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            first, last = self._known, self._grown
            self._known = last
            self._ring(await self._touched(first, last))

    async def _touched(self, first: int, last: int) -> list[str] | None:
        """Return the bodies whose matters these places are about; None where that is not known, as in a log begun anew."""
        if not first <= last <= first + WIDEST:
            return None
        try:
            return [row["body"] for row in await self._reads.fetch(TOUCHED, first, last)]
        except Exception:  # noqa: BLE001 -- whatever it is: who cannot be told apart is woken
            return None

    def _ring(self, bodies: list[str] | None) -> None:
        """Wake those who wait for these bodies, or everybody."""
        if bodies is None:
            self._everybody += 1
        for body in list(self._waiting) if bodies is None else bodies:
            self._rings[body] += bodies is not None
            for waiter in self._waiting.get(body, ()):
                if not waiter.done():
                    waiter.set_result(None)
