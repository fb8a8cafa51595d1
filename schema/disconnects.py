"""Who has gone waits for nothing: the operation of a client that disconnects is cancelled, and its statement with it.

Watching costs a task, so it begins only when an operation has run for a while; most have answered by then.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from starlette.types import Receive

WATCH_AFTER_SECONDS: Final = 0.05

T = TypeVar("T")


class ClientGone(Exception):
    """The client disconnected before its answer was ready; what ran for it is cancelled."""


class _Watch:
    """Waits for the end of the connection and then cancels the task that works for it."""

    __slots__ = ("_receive", "_waiting", "_working", "gone")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._working = asyncio.current_task()
        self._waiting: asyncio.Task[None] | None = None
        self.gone = False

    def start(self) -> None:
        self._waiting = asyncio.get_running_loop().create_task(self._wait())

    def stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass  # a body that nobody asked for
        self.gone = True
        if self._working is not None:
            self._working.cancel()


async def while_connected(work: Awaitable[T], receive: Receive) -> T:
    """Return what the work returns; raises ``ClientGone`` once the client has gone and the work is cancelled."""
    watch = _Watch(receive)
    timer = asyncio.get_running_loop().call_later(WATCH_AFTER_SECONDS, watch.start)
    try:
        return await work
    except asyncio.CancelledError:
        working = asyncio.current_task()
        if not watch.gone or working is None or working.uncancel():
            raise  # the server is stopping, or somebody else wants this task to end
        raise ClientGone from None
    finally:
        timer.cancel()
        watch.stop()
