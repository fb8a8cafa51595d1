"""Requests without end: addresses, header fields and trailers are bounded, and nothing else is in the way."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from deploy.heads import HEAD_BYTES, BoundedHttp

MEGABYTES = 40
LAST = b"Host: localhost\r\nConnection: close\r\n"
CHUNKED = b"POST / HTTP/1.1\r\n" + LAST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"


async def lengths(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the lengths of a request's parts: its address, its fields, its body."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = f"{len(scope['query_string'])} {len(scope['headers'])} {size};".encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(lengths, http=BoundedHttp, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
        await asyncio.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = server.force_exit = True
    await task


async def told(port: int, *parts: bytes) -> bytes:
    """Send parts until the server closes or all is said; return what it answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
    except OSError:
        pass  # it has had enough
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""  # closed while more was coming
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET /", b"a" * 1_000_000),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"a" * 1_000_000),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"a" * 1_000_000),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"a: b\r\n" * 160_000),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"a: b\r\n" * 250 + b"\r\n"),
        (CHUNKED, b"a: b\r\n" * 160_000),
        (CHUNKED + b"X: ", b"a" * 1_000_000),
    ],
    ids=["address", "field", "name of a field", "fields", "many fields", "trailers", "trailer"],
)
async def test_what_has_no_end_ends_the_connection_and_fills_no_memory(port: int, start: bytes, more: bytes) -> None:
    grown = []
    for _ in range(2):  # what other tests left running may grow as well, but not twice
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = await told(port, start, *(more for _ in range(MEGABYTES)))
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
        grown.append((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
    assert min(grown) < MEGABYTES / 2


@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        (b"GET /?abc HTTP/1.1\r\n" + LAST + b"\r\n", b"3 2 0;"),
        (b"GET /?" + b"a" * 60_000 + b" HTTP/1.1\r\n" + LAST + b"\r\n", b"60000 2 0;"),
        (b"GET / HTTP/1.1\r\n" + LAST + b"Cookie: " + b"a" * 30_000 + b"\r\n\r\n", b"0 3 0;"),
        (b"POST / HTTP/1.1\r\n" + LAST + b"Content-Length: 2000000\r\n\r\n" + b"a" * 2_000_000, b"0 3 2000000;"),
        (CHUNKED[:-3] + b"ffff\r\n" + b"a" * 65_535 + b"\r\n0\r\nX: y\r\n\r\n", b" 65535;"),
    ],
    ids=["plain", "long address", "long cookie", "long body", "chunks and a trailer"],
)
async def test_what_is_sensible_goes_through(port: int, request_bytes: bytes, answer: bytes) -> None:
    assert (await told(port, request_bytes)).endswith(answer)


async def test_one_connection_may_carry_many_requests(port: int) -> None:
    one = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nCookie: "
        + b"a" * 2_000
        + b"\r\nContent-Length: 500\r\n\r\n"
        + b"b" * 500
    )
    total = 3 * HEAD_BYTES // len(one)
    last = one.replace(b"Cookie", b"Connection: close\r\nCookie")
    answer = await told(port, *(one for _ in range(total)), last)
    assert (answer.count(b"0 3 500;"), answer.count(b"0 4 500;")) == (total, 1)
