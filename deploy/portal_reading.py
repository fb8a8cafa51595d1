"""How the auditor reads the portal: over HTTP, without a session, like anybody who passes by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2

from resolvers.auditing_pages import Get

SECONDS: Final = 20.0


def reader(site: str) -> Get:
    """Return what asks a portal at an address; raises ``OSError`` where nobody answers."""

    @asynccontextmanager
    async def get(path: str) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        try:
            async with (
                httpx2.AsyncClient(timeout=SECONDS, trust_env=False) as client,
                client.stream("GET", f"{site.rstrip('/')}{path}", headers={"Accept-Language": "zh-CN"}) as answer,
            ):
                yield answer.status_code, answer.aiter_bytes()
        except httpx2.HTTPError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error

    return get
