"""The ground a measurement stands on: a throwaway PostgreSQL with a migrated database and a filled library."""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from deploy import migrating, roles
from deploy.embedded import Postgres
from domain.actors import ANONYMOUS
from domain.profiles import load_profiles
from domain.tables.bodies import Government
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.library import Change
from resolvers.organisation import NewBody, NewGovernment, add_body, add_government
from tests import factories
from tests.bench import city

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
AMENDED_EVERY = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading took, in seconds for so many rows."""

    rows: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows in a second."""
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class Ground:
    """A running database with a library, and how long filling it took."""

    ctx: Context
    owner_url: str
    items: int
    first: Loaded
    amended: Loaded
    small: Loaded


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Run a throwaway cluster; gives the owner's and the application's address of a migrated database."""
    server = Postgres(folder / "data", folder, log=folder / "log", throwaway=True)
    server.start()
    try:
        owner = server.url("postgres")
        connection = await asyncpg.connect(owner)
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'bench'"):
            await connection.execute("CREATE DATABASE bench")
        await connection.close()
        yield server.url("bench"), server.url("bench", user=roles.APPLICATION)
    finally:
        server.stop()


def migrated(owner_url: str) -> None:
    """Migrate and create the application's role; must run outside an event loop."""
    migrating.upgrade(owner_url)
    roles.prepare(owner_url)


async def _confirmed(ctx: Context, government_id: int, changes: Iterable[Change]) -> Loaded:
    started = time.perf_counter()
    made = await factories.confirmed(ctx, Government(id=government_id), changes)
    return Loaded(made.versions, time.perf_counter() - started)


async def _organised(ctx: Context) -> list[int]:
    """Enter governments and bodies; returns the governments' ids."""
    async with unit_of_work(ctx) as uow:
        governments = [
            await add_government(uow, NewGovernment(division, name, "prefecture" if at == 0 else "county"))
            for at, (division, name) in enumerate(city.PLACES)
        ]
        ids = [one.id or 0 for one in governments]
        for office in city.offices():
            await add_body(uow, NewBody(ids[office.place], office.code, office.number, office.name))
    return ids


async def fill(database: Database, owner_url: str, items: int) -> Ground:
    """Fill an empty library with items, a tenth of them amended, and a last small list of 1,000."""
    ctx = Context(
        db=database, now=NOW - timedelta(days=400), profile=load_profiles()["xuzhou-2016"], actor=factories.SYSTEM
    )
    ids = await _organised(ctx)
    first = await _confirmed(ctx, ids[0], city.changes(items, ids))
    await _settle(owner_url)
    later = ctx.at(NOW - timedelta(days=100))
    amended = await _confirmed(later, ids[0], city.amendments(items, ids, AMENDED_EVERY))
    latest = ctx.at(NOW - timedelta(days=1))
    few = max(items // 1000, 10)
    small = await _confirmed(latest, ids[0], city.amendments(items, ids, few))
    await _settle(owner_url)
    return Ground(ctx.at(NOW).acting_as(ANONYMOUS), owner_url, items, first, amended, small)


async def _settle(owner_url: str) -> None:
    """Do what autovacuum does on a live server."""
    connection = await asyncpg.connect(owner_url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
