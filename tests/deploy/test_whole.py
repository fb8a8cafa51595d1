"""Whole answers: the same bytes as the server's own, by one write; the ordinary way where it must decide."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from deploy.heads import BoundedHttp
from deploy.whole import whole_of
from schema.http import joined

BODY = "阳光".encode()
LINES = [(b"content-length", b"%d" % len(BODY)), (b"x-test", b"yes")]


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as a whole if the path asks for it and it may be; how it went is told by the request's own way back."""
    await receive()
    whole = whole_of(scope)
    assert whole is not None
    if scope["path"] == "/whole" and whole.send(200, joined(LINES), BODY):
        WAYS.append("whole")
        return
    WAYS.append("ordinary")
    await send({"type": "http.response.start", "status": 200, "headers": LINES})
    await send({"type": "http.response.body", "body": BODY})


WAYS: list[str] = []


@pytest.fixture
async def port() -> AsyncIterator[int]:
    WAYS.clear()
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(answering, http=BoundedHttp, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
        await asyncio.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = server.force_exit = True
    await task


async def told(port: int, sent: bytes) -> bytes:
    """Send bytes, whose last request asks to close, and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    found = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return b"\r\n".join(line for line in found.split(b"\r\n") if not line.startswith(b"date:"))


def request(path: str, *lines: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


LAST = request("/", "Connection: close")


async def test_a_whole_answer_has_the_bytes_of_an_ordinary_one_and_the_connection_goes_on(port: int) -> None:
    ordinary = await told(port, request("/") * 2 + LAST)
    assert WAYS == ["ordinary"] * 3
    assert await told(port, request("/whole") * 2 + LAST) == ordinary
    assert WAYS[3:] == ["whole", "whole", "ordinary"]


@pytest.mark.parametrize(
    "sent",
    [
        request("/whole", "Connection: close"),
        b"GET /whole HTTP/1.0\r\nHost: localhost\r\n\r\n",
        request("/whole", method="HEAD") + LAST,
    ],
    ids=["the last one", "an old protocol", "a head without body"],
)
async def test_the_server_decides_about_whatever_is_unusual(port: int, sent: bytes) -> None:
    found = await told(port, sent)
    assert await told(port, sent.replace(b"/whole", b"/")) == found
    assert set(WAYS) == {"ordinary"}
