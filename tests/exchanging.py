"""A city whose log is published when the test says so, and platforms above that ask it over HTTP."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
from starlette.applications import Starlette

from deploy import log_keys
from domain.exchange import Entry
from domain.proof.checkpoints import Checkpoint
from domain.proof.merkle import Frontier
from domain.proof.notes import Note
from resolvers import exchange_platforms, record
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from tests import desks, factories
from tests.published import PublicLog

PROVINCE: Final = "示范省平台"
DAY: Final = timedelta(days=1)


def root_of(entries: list[Entry]) -> str:
    """Return the root of what a platform holds, as it tells it."""
    return base64.b64encode(Frontier().grown([one.leaf for one in entries]).root()).decode()


@dataclass
class Upper:
    """A platform above with its token; it keeps what it was given."""

    client: httpx2.AsyncClient

    async def page(self, after: int, first: int = 100, known: str = "") -> httpx2.Response:
        """Ask for a page, perhaps with the tag of one that is known."""
        headers = {"If-None-Match": known} if known else {}
        return await self.client.get(f"/exchange/entries?after={after}&first={first}", headers=headers)

    async def entries(self, after: int = 0, first: int = 100) -> list[Entry]:
        """Ask for a page and read it."""
        answer = await self.page(after, first)
        assert answer.status_code == 200, answer.text
        return [Entry.of(one) for one in answer.json()["entries"]]

    async def has(self, size: object, root: object) -> httpx2.Response:
        """Tell what it has."""
        return await self.client.post("/exchange/received", content=json.dumps({"size": size, "root": root}))


@dataclass
class City:
    """The city: its operator, its application and its log."""

    ctx: Context
    app: Starlette
    log: PublicLog

    def client(self, token: str = "") -> httpx2.AsyncClient:
        """Return a client of the application, with a token or none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx2.ASGITransport(app=self.app, client=("127.0.0.1", 1234))
        return httpx2.AsyncClient(transport=transport, base_url=desks.SITE, headers=headers)

    async def upper(self, name: str = PROVINCE, ago: timedelta = timedelta()) -> Upper:
        """Add a platform above, some time ago."""
        return Upper(self.client(await exchange_platforms.add(self.ctx.at(self.ctx.now - ago), name)))

    async def acts(self, count: int, ago: timedelta = timedelta(), body: dict[str, Any] | None = None) -> None:
        """Do some acts, some time ago."""
        for number in range(count):
            async with unit_of_work(self.ctx.at(self.ctx.now - ago)) as uow:
                await record.append(uow, f"test:{number}", "test.done", {"text": "申请材料已收到", **(body or {})})

    @property
    def head(self) -> Checkpoint:
        """The published head."""
        content = log_keys.folder(self.log.settings).read("checkpoint")
        assert content is not None
        return Checkpoint.parse(Note.parse(content.decode()).text)

    async def events(self, kind: str = "%") -> int:
        """Count what is recorded."""
        return int(await self.ctx.db.reads.fetchval("SELECT count(*) FROM event WHERE kind LIKE $1", kind))


@asynccontextmanager
async def city(database: Database, urls: tuple[str, str], folder: Path) -> AsyncIterator[City]:
    """Give the city on an open database and its addresses for the application and the owner."""
    log = await PublicLog.of(*urls, folder)
    ctx = factories.context(database, now=datetime.now(UTC), profile=factories.profile("demo-city"))
    async with desks.running(log.settings) as app:
        yield City(replace(ctx, issuer=log_keys.issuer(log.settings)), app, log)
    await log.owner.close()
