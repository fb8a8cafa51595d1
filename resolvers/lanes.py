"""Lanes: a few connections kept for compiled reads, handed from one request to the next without ceremony.

asyncpg's pool shields, wraps and resets every loan, which costs as much as a point read itself. A lane runs one
statement on a free connection and puts it back: nothing is ever set on a session, so nothing has to be reset.
A cancelled request cancels its statement, and the connection is free again when the server has said so.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class Lane:
    """Up to ``size`` connections, opened when first needed. Requests wait in the order they came."""

    def __init__(self, connect: Connect, size: int) -> None:
        self._connect, self._size = connect, size
        self._open = 0
        self._free: list[asyncpg.Connection] = []
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._ending: set[asyncio.Task[None]] = set()

    async def value(self, sql: str, values: Sequence[Any]) -> Any:
        """Run a statement and return the first column of its first row."""
        connection = await self._take()
        try:
            return await connection.fetchval(sql, *values)
        finally:
            self._give_back(connection)

    async def rows(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        """Run a statement and return its rows."""
        connection = await self._take()
        try:
            return await connection.fetch(sql, *values)
        finally:
            self._give_back(connection)

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """Run a statement as a connection would."""
        return await self.rows(sql, values)

    async def close(self) -> None:
        """Close what is open; who still waits is told that the database is away."""
        for waiting in self._waiting:
            waiting.cancel()
        for connection in self._free:
            await connection.close()
        self._free.clear()

    async def _take(self) -> asyncpg.Connection:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        if self._open >= self._size:
            waiting: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                handed = await waiting
            except asyncio.CancelledError:
                self._pass_on(waiting)
                raise
            if handed is not None:
                return handed
        self._open += 1
        try:
            return await self._connect()
        except BaseException:
            self._open -= 1
            self._hand(None)
            raise

    def _pass_on(self, waiting: asyncio.Future[asyncpg.Connection | None]) -> None:
        """Leave the queue; what was handed over at the same moment goes to the next in line."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)
        if waiting.done() and not waiting.cancelled():
            handed = waiting.result()
            if handed is None:
                self._hand(None)
            else:
                self._give_back(handed)

    def _give_back(self, connection: asyncpg.Connection) -> None:
        if not connection.is_closed() and _protocol(connection)._is_cancelling():  # noqa: SLF001 - as the pool asks
            task = asyncio.get_running_loop().create_task(self._after_cancelling(connection))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        else:
            self._release(connection)

    async def _after_cancelling(self, connection: asyncpg.Connection) -> None:
        try:
            await _protocol(connection)._wait_for_cancellation()  # noqa: SLF001
        finally:
            self._release(connection)

    def _release(self, connection: asyncpg.Connection) -> None:
        if connection.is_closed():
            self._open -= 1
            self._hand(None)
        elif not self._hand(connection):
            self._free.append(connection)

    def _hand(self, connection: asyncpg.Connection | None) -> bool:
        """Give a connection, or the right to open one, to whoever waits longest; say whether somebody did."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return True
        return False


def _protocol(connection: asyncpg.Connection) -> Any:
    """Return what speaks with the server; it alone knows of a statement that is being cancelled."""
    return connection._protocol  # type: ignore[attr-defined]  # noqa: SLF001
