"""One kept connection that posts JSON and reads whole answers: as little client as possible."""

import asyncio
import json
import time
from typing import Any, Final

OPEN: Final = "matterOpen"


class Refused(RuntimeError):
    """The server answered something else than what was asked for."""


class Talk:
    """A connection to a server, under an official's session."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.seconds: list[float] = []

    async def mutation(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Send one mutation and return what was done. Raises ``Refused``."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = (
            f"mutation($input:{kind}!){{{name}(input:$input){{__typename ...on UserError{{code message}}"
            f" ...on {'MatterOpened{acted{number seq}}' if name == OPEN else 'MatterActed{number seq}'}}}}}"
        )
        answer = json.loads(await self.send("POST", "/graphql", {"query": query, "variables": {"input": fields}}))
        found = (answer.get("data") or {}).get(name) or {}
        if "code" in found or not found:
            raise Refused(json.dumps(answer, ensure_ascii=False)[:400])
        return dict(found.get("acted", found))

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """Send a request, wait for the whole answer and return its body; a status above 399 raises ``Refused``."""
        started = time.perf_counter()
        reader, writer = self._streams or await self._open()
        sent = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        kind = "Content-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n" if body is not None else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self._cookie}\r\n{kind}"
        writer.write(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        got = await _body(reader, answer)
        self.seconds.append(time.perf_counter() - started)
        if int(answer[9:12]) >= 400:
            raise Refused(f"{answer[9:12].decode()} {got[:300].decode(errors='replace')}")
        return got

    def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return self._streams


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" not in head:
        return await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0))
    found = b""
    while size := int(await reader.readline(), 16):
        found += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return found
