"""Subscriptions over server-sent events, in the way of graphql-sse: one request, one stream, `next` and `complete`.

A stream belongs to a session: it ends when the session does, or the last post of its account. How many there may be, of
an account and in a process, is bounded; a comment now and then keeps what lies in between from closing the connection.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import UUID

from starlette.types import Receive, Scope, Send

from resolvers.context import Context
from resolvers.errors import NotSignedIn, TooMany
from schema.answers import encode
from schema.requests import media_for

STREAM: Final = b"text/event-stream"
HEARTBEAT_SECONDS: Final = 15.0
ACCOUNT_STREAMS: Final = 4
PROCESS_STREAMS: Final = 200
HEAD: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

Frames = AsyncIterator[tuple[str, dict[str, Any]]]
"""Answers with the position after each."""


def wants_stream(scope: Scope) -> bool:
    """Say whether a request asks for a stream and nothing else: clients name it beside JSON also when they query.

    Only a POST can ask, since no other site can send one with a session.
    """
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return scope["method"] == "POST" and STREAM in accept.lower() and media_for(accept) is None


class Streams:
    """The open streams of a process."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def place(self, ctx: Context) -> Iterator[None]:
        """Hold a place for a stream. Raises ``NotSignedIn`` and ``TooMany``."""
        account = ctx.actor.account_id
        if ctx.actor.kind != "official" or account is None:
            raise NotSignedIn("订阅需要登录。", "请先登录。")
        if self._open[account] >= ACCOUNT_STREAMS or self._open.total() >= PROCESS_STREAMS:
            raise TooMany("同时打开的订阅过多。", "请关闭不用的订阅后重试。", 30)
        self._open[account] += 1
        try:
            yield
        finally:
            self._open[account] -= 1
            if not self._open[account]:
                del self._open[account]


async def send_stream(frames: Frames, receive: Receive, send: Send, more: Sequence[tuple[bytes, bytes]]) -> None:
    """Send a stream until it ends or its reader goes away."""
    await send({"type": "http.response.start", "status": 200, "headers": [*HEAD, *more]})
    reader = asyncio.ensure_future(_gone(receive))
    upcoming: asyncio.Future[Any] = asyncio.ensure_future(anext(frames))
    try:
        await _send(send, b":\n\n")
        while True:
            await asyncio.wait({reader, upcoming}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if reader.done():
                return
            if not upcoming.done():
                await _send(send, b":\n\n")
                continue
            try:
                position, body = upcoming.result()
            except StopAsyncIteration:
                break
            await _send(send, _frame("next", position, encode(body)))
            upcoming = asyncio.ensure_future(anext(frames))
        await _send(send, _frame("complete", "", b""))
        await send({"type": "http.response.body", "body": b""})
    finally:
        for task in (reader, upcoming):
            task.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await task


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _frame(event: str, position: str, data: bytes) -> bytes:
    lead = f"id: {position}\n".encode() if position else b""
    return lead + f"event: {event}\ndata: ".encode() + data + b"\n\n"
