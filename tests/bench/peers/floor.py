"""The floor: an ASGI application that does nothing but run one prepared statement and pass its bytes on.

Run by uvicorn as ``tests.bench.peers.floor:app``. FLOOR_DATABASE is the database; FLOOR_CONSTANT, if set, a file whose
bytes every path answers. ``/list?CODE``, ``/item?CODE`` and ``/search?TEXT`` (percent-encoded) answer what the
GraphQL servers answer; under ``/decoded/list`` and so on Python reads the JSON of each row and writes it again.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import asyncpg

from domain.search_text import query, term_grams
from resolvers.addresses import plain_url
from resolvers.context import LOCAL
from tests.bench.peers.statements import STATEMENTS

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
CONNECTIONS: Final = 8
"""As many as each of our own processes keeps."""

SETTINGS: Final = {"jit": "off", "default_transaction_read_only": "on", "plan_cache_mode": "force_generic_plan"}


class Floor:
    """Prepared statements on a few connections, handed out last in, first out."""

    def __init__(self) -> None:
        self.free: asyncio.LifoQueue[dict[str, Any]] = asyncio.LifoQueue()
        self.today = datetime.now(UTC).astimezone(LOCAL).date()

    async def open(self, url: str) -> None:
        """Connect and prepare."""
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(plain_url(url), server_settings=SETTINGS)
            self.free.put_nowait({name: await connection.prepare(text) for name, text in STATEMENTS.items()})

    async def answer(self, name: str, text: str) -> bytes:
        """Run one statement."""
        values: list[object] = [self.today, text]
        if name == "search":
            terms = query(text).terms
            values = [self.today, " & ".join(f"'{gram}'" for gram in term_grams("n", terms[0])), terms[0]]
        prepared = await self.free.get()
        try:
            found = await prepared[name].fetchval(*values)
        finally:
            self.free.put_nowait(prepared)
        return found if isinstance(found, bytes) else b"null"


HEAD: Final = [(b"content-type", b"application/graphql-response+json; charset=utf-8")]
floor = Floor()
constant = Path(os.environ["FLOOR_CONSTANT"]).read_bytes() if "FLOOR_CONSTANT" in os.environ else b""


@asynccontextmanager
async def _lifespan() -> AsyncIterator[None]:
    if "FLOOR_DATABASE" in os.environ:
        await floor.open(os.environ["FLOOR_DATABASE"])
    yield


async def app(scope: Scope, receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    """Answer a request."""
    if scope["type"] == "lifespan":
        await receive()
        async with _lifespan():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    path: str = scope["path"]
    if constant or path == "/":
        body = constant
    else:
        question = unquote_to_bytes(scope["query_string"]).decode()
        body = await floor.answer(path.rpartition("/")[2], question)
        if path.startswith("/decoded"):
            body = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*HEAD, length]})
    await send({"type": "http.response.body", "body": body})
