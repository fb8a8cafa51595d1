"""The public revision: a number that rises with every committed change of anything public, read for next to nothing.

A request waits for a read of the number that began after the request arrived, and all requests that arrive while one
read is under way share the next one: a hundred requests cost one or two statements. So whoever compares what it
kept with this number misses no change that was committed before it was asked, in this process or in any other.
Notifications play no part in that; they only let memory go early.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from resolvers.channels import end, hear
from resolvers.errors import Unavailable
from resolvers.outages import database_away

READ: Final = "SELECT revision, changed_at FROM public_head WHERE id = 1"
CHANNEL: Final = "public_revision"
READ_SECONDS: Final = 5.0
"""How long a read may take, connecting included, before the database counts as away."""


class PublicState(NamedTuple):
    """The revision, and the time after which nothing in the library is recorded (None: nothing is)."""

    revision: int
    changed_at: datetime | None


Outcome = PublicState | Exception


class Publicity:
    """Reads the public revision of one database on a connection of its own, opened with the first question.

    Belongs to one event loop; close it with :meth:`close`.
    """

    def __init__(self, url: str, server_settings: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._settings = dict(server_settings or {})
        self._waiting: list[asyncio.Future[Outcome]] = []
        self._reader: asyncio.Task[None] | None = None
        self._statement: PreparedStatement | None = None
        self._connection: asyncpg.Connection | None = None
        self._listener: asyncio.Task[None] | None = None
        self._closed = False
        self.reads = 0

    async def revision(self) -> int:
        """Return the public revision, read after this call began. Raises ``Unavailable`` when the database is away."""
        return (await self.state()).revision

    async def state(self) -> PublicState:
        """Return revision and time of the last change, read after this call began. Raises ``Unavailable``."""
        if self._closed:
            raise database_away()
        # The reader takes everybody who waits and only then begins to read; who comes later waits for its next turn.
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_for_all(), name="public revision")
        found = await waiter
        if isinstance(found, Exception):
            raise database_away() from found
        return found

    def listen(self, changed: Callable[[int], None]) -> None:
        """Call back with the new revision soon after each change, until the end; nothing may depend on being called."""
        if self._listener is None and not self._closed:

            async def begun() -> None:
                changed(await self.revision())  # something may have changed while nobody listened

            listening = hear(self._connect, CHANNEL, lambda notice: changed(int(notice)), begun)
            self._listener = asyncio.create_task(listening, name="public revision notices")

    async def close(self) -> None:
        """End both connections; whoever still waits gets ``Unavailable``."""
        self._closed = True
        for task in (self._reader, self._listener):
            if task is not None:
                await end(task)
        self._answer(self._waiting, Unavailable("closed"))
        await self._drop()

    async def _read_for_all(self) -> None:
        """Read for those who wait, again and again until nobody does."""
        waiting: list[asyncio.Future[Outcome]] = []
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                self._answer(waiting, await self._outcome())
        finally:
            # Whatever ended this, nobody may be left waiting who was taken.
            self._answer(waiting, Unavailable("not read"))
            self._reader = None

    @staticmethod
    def _answer(waiting: list[asyncio.Future[Outcome]], outcome: Outcome) -> None:
        for waiter in waiting:
            if not waiter.done():  # a request that was cancelled waits no longer
                waiter.set_result(outcome)

    async def _outcome(self) -> Outcome:
        """Read once; a connection that has ended since the last time is replaced and the read tried again."""
        opened = self._statement is None
        try:
            return await self._read()
        except Exception as error:  # noqa: BLE001 - asyncpg answers a question on a dying connection with any error
            await self._drop()
            if opened:
                return error
        try:
            return await self._read()
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
            await self._drop()
            return error

    async def _read(self) -> PublicState:
        statement = self._statement or await self._open()
        self.reads += 1
        row = await statement.fetchrow(timeout=READ_SECONDS)
        if row is None:
            raise asyncpg.InterfaceError("public_head has no row")
        return PublicState(row[0], row[1])

    async def _open(self) -> PreparedStatement:
        self._connection = await self._connect()
        self._statement = await self._connection.prepare(READ, timeout=READ_SECONDS)
        return self._statement

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self._url, timeout=READ_SECONDS, server_settings=self._settings)

    async def _drop(self) -> None:
        connection, self._connection, self._statement = self._connection, None, None
        if connection is not None and not connection.is_closed():
            connection.terminate()
