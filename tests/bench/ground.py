"""The ground a measurement stands on: a throwaway PostgreSQL with a migrated database and a filled library."""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from deploy import migrating, roles
from deploy.embedded import Postgres, Valkey
from domain.actors import ANONYMOUS
from domain.profiles import load_profiles
from domain.tables.bodies import Government
from domain.values import canonical_json, document
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.library import Change
from resolvers.organisation import NewBody, NewGovernment, add_body, add_government
from tests import factories
from tests.bench import city
from tests.bench.measuring import table

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
    """A filled library, and how long lists of several sizes took on their way into it."""

    ctx: Context
    first: Loaded
    large: Loaded
    middle: Loaded
    small: Loaded
    copied: Loaded


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
            await roles.create(connection)
            await roles.hand_over(connection, "bench")
        await connection.close()
        yield server.url("bench"), server.url("bench", user=roles.APPLICATION)
    finally:
        server.stop()


@asynccontextmanager
async def valkey(folder: Path) -> AsyncIterator[str]:
    """Run a throwaway Valkey; gives its address."""
    server = Valkey(folder / "valkey", folder, log=folder / "valkey-log", throwaway=True)
    server.start()
    try:
        yield server.url()
    finally:
        server.stop()


def migrated(owner_url: str) -> None:
    """Migrate and create the application's role; must run outside an event loop."""
    migrating.upgrade(owner_url)
    roles.prepare(owner_url)


async def _confirmed(ctx: Context, government_id: int, changes: Iterable[Change]) -> Loaded:
    """Record changes through a confirmed batch. Making up the contents is part of it only where it must be."""
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
    """Fill an empty library with items, then confirm lists of changes of several sizes."""
    profile = load_profiles()["xuzhou-2016"]
    ctx = Context(db=database, now=NOW - timedelta(days=400), profile=profile, actor=factories.SYSTEM)
    ids = await _organised(ctx)
    first = await _confirmed(ctx, ids[0], city.changes(items, ids))
    await settle(owner_url)
    sizes: list[Loaded] = []
    for days, every in ((100, AMENDED_EVERY), (50, 200), (1, max(items // 20, 1))):
        changes = list(city.amendments(items, ids, every))
        sizes.append(await _confirmed(ctx.at(NOW - timedelta(days=days)), ids[0], changes))
        await settle(owner_url)
    copied = await _copied(owner_url, ids, min(items, 20_000))
    large, middle, small = sizes
    return Ground(ctx.at(NOW).acting_as(ANONYMOUS), first, large, middle, small, copied)


async def _copied(owner_url: str, ids: list[int], rows: int) -> Loaded:
    """Copy the same contents into a bare table: the floor under every import."""
    changes = list(city.changes(rows, ids))
    connection = await asyncpg.connect(owner_url)
    await connection.execute("CREATE TEMPORARY TABLE bare (code text, content text)")
    started = time.perf_counter()
    records = ((one.content.code, canonical_json(document(one.content)).decode()) for one in changes)
    await connection.copy_records_to_table("bare", records=records)
    seconds = time.perf_counter() - started
    await connection.close()
    return Loaded(rows, seconds)


def import_table(made: Ground) -> str:
    """Return the table of import rates."""
    named = {
        "first load, contents made up on the way": made.first,
        "a list of changes to a tenth of the library": made.large,
        "a list of changes to every 200th item": made.middle,
        "a list of about 20 changes": made.small,
    }
    rows = [(name, one.rows, one.seconds, one.rate, made.copied.rate / one.rate) for name, one in named.items()]
    floor = (
        "COPY of the same contents into a bare table",
        made.copied.rows,
        made.copied.seconds,
        made.copied.rate,
        1.0,
    )
    head = ("", "rows", "seconds", "rows a second", "times the floor")
    return table(
        "Import: confirmed into the library, with versions, periods, bases, events, search", head, [*rows, floor]
    )


async def settle(owner_url: str) -> None:
    """Do what autovacuum does on a live server."""
    connection = await asyncpg.connect(owner_url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
