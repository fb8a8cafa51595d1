"""Notifications of the database, heard for as long as somebody wants them, on a new connection whenever one is lost.

They come a moment late and may be lost with their connection, so nothing may depend on one being heard.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg

LISTEN_AGAIN_SECONDS: Final = 5.0
CANCEL_AGAIN_SECONDS: Final = 1.0

Connect = Callable[[], Awaitable[asyncpg.Connection]]


async def hear(
    connect: Connect, channel: str, heard: Callable[[str], None], begun: Callable[[], Awaitable[None]]
) -> None:
    """Call ``heard`` with each notice of a channel, until cancelled.

    ``begun`` is called whenever listening begins: something may have happened while nobody listened.
    """
    while True:
        with suppress(Exception):
            await _once(connect, channel, heard, begun)
        await asyncio.sleep(LISTEN_AGAIN_SECONDS)  # a closing that comes meanwhile cancels it


async def _once(
    connect: Connect, channel: str, heard: Callable[[str], None], begun: Callable[[], Awaitable[None]]
) -> None:
    lost = asyncio.Event()

    def told(*notice: Any) -> None:
        heard(str(notice[-1]))

    def ended(*_connection: Any) -> None:
        lost.set()

    connection = await connect()
    try:
        connection.add_termination_listener(ended)
        await connection.add_listener(channel, told)
        await begun()
        await lost.wait()
    finally:
        connection.terminate()


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it has ended: a driver that is connecting may answer a cancellation with an error of its own."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN_SECONDS)
