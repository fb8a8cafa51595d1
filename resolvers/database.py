"""The database: an asyncpg pool for reads, COPY and LISTEN, and SQLAlchemy sessions for commands.

Lists are read without entities (measured: 3–9 times faster); commands use SQLModel. Both speak to the same
PostgreSQL, and neither keeps session state between uses.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from resolvers.addresses import plain_url, sqlalchemy_url
from resolvers.bells import Bell
from resolvers.fragments import Fragments
from resolvers.lanes import Lane
from resolvers.outages import connected
from resolvers.publicity import Publicity
from resolvers.search_sample import Sample
from resolvers.shelf import Shelf

TIME_ZONE = "Asia/Shanghai"
FRAGMENTS_BYTES = 32 * 2**20
"""Room for written nodes of the library; they take part of a web process's memory."""

SEARCHING = {
    "max_parallel_workers_per_gather": "0",
    **{f"enable_{way}": "off" for way in ("seqscan", "hashjoin", "mergejoin")},
}
"""Settings of searches: grams use their index, hits look up their periods. So tied, a plan for any value is the right
one, and making one for each search would cost as much as the search."""

PREPARED = 100
"""Statements that a connection of a lane keeps prepared; the server keeps a plan for each."""


class JsonText(str):
    """A value for a json parameter that is written already."""

    __slots__ = ()


def _json_text(value: object) -> str:
    return value if type(value) is JsonText else json.dumps(value)


async def _prepare(connection: asyncpg.Connection) -> None:
    """Decode json and jsonb to plain data on every new connection."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_json_text, decoder=json.loads, schema="pg_catalog")


async def _leave(_connection: asyncpg.Connection) -> None:
    """Skip asyncpg's reset round trip: reads set nothing on a session, and a test proves it."""


def _still_open(connection: Any, _record: Any, _proxy: Any) -> None:
    """Replace a connection whose socket has ended; the driver knows without the three round trips of a ping."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _engine(url: str, pool_size: int, settings: dict[str, str]) -> AsyncEngine:
    """Return the pool of connections for units of work."""

    async def connect() -> asyncpg.Connection:
        return await connected(plain_url(url), server_settings=settings)

    engine = create_async_engine(
        sqlalchemy_url(url), pool_size=pool_size, max_overflow=pool_size, async_creator=connect
    )
    event.listen(engine.sync_engine, "checkout", _still_open)
    return engine


def _lane(url: str, settings: dict[str, str], size: int) -> Lane:
    """Return a lane of connections with these settings."""

    async def connect() -> asyncpg.Connection:
        connection = await connected(
            plain_url(url),
            server_settings=settings,
            # Every statement of a lane comes from a bounded cache of plans and is worth keeping, however long it is.
            statement_cache_size=PREPARED,
            max_cacheable_statement_size=0,
            max_cached_statement_lifetime=0,
        )
        await _prepare(connection)
        return connection

    return Lane(connect, size)


@dataclass(frozen=True, slots=True)
class Database:
    """The doors to PostgreSQL. Build with :meth:`connect`, close with :meth:`close`.

    ``reads`` only read; ``sessions`` are for commands; ``acts`` are connections for the few units of work that run all
    day long and speak SQL alone: without a session they cost half.

    ``exports`` has a place for every export that may run at a time: each holds a connection for as long as its reader
    takes, and half of the pool stays for everybody else. ``publicity`` reads the public revision, shared by all who ask;
    the ``bell`` rings when a body has news.
    Compiled reads take the ``quick`` lane, or the ``planned`` one where a statement is planned for its values; searches
    take the ``searching`` one, and look at the ``sample`` first;
    ``fragments`` keeps what they wrote of rows that do not change, the ``shelf`` what acts are judged by.
    """

    reads: asyncpg.Pool
    acts: asyncpg.Pool
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    url: str
    exports: asyncio.Semaphore
    publicity: Publicity
    bell: Bell
    fragments: Fragments
    quick: Lane
    planned: Lane
    searching: Lane
    sample: Sample = field(default_factory=Sample)
    shelf: Shelf = field(default_factory=Shelf)

    @classmethod
    async def connect(
        cls, url: str, *, pool_size: int = 8, statement_timeout_ms: int = 15_000, fragments_bytes: int = FRAGMENTS_BYTES
    ) -> "Database":
        """Connect to PostgreSQL ≥ 15. Raises what asyncpg raises when the server cannot be reached."""
        settings = {"jit": "off", "timezone": TIME_ZONE, "application_name": "yangguang"}
        reading = {
            **settings,
            "default_transaction_read_only": "on",
            # A plan made once for any value (planning a compiled list costs more than running it); what depends on
            # its values asks for a plan of its own.
            "plan_cache_mode": "force_generic_plan",
            # A plan for any limit takes a tenth of the table for likely and starts two workers for twenty rows: 2.7 ms
            # where one process takes 0.1 (200,000 items). A read of the public never needs more than one core.
            "max_parallel_workers_per_gather": "0",
            "statement_timeout": str(statement_timeout_ms),
        }
        reads = await asyncpg.create_pool(
            plain_url(url),
            min_size=1,
            max_size=pool_size,
            init=_prepare,
            reset=_leave,
            connect=connected,
            server_settings=reading,
        )
        # What acts ask is the same few statements with other keys; the plan made once is the right one.
        acting = {**settings, "plan_cache_mode": "force_generic_plan"}
        acts = await asyncpg.create_pool(
            plain_url(url), min_size=0, max_size=pool_size, reset=_leave, server_settings=acting
        )
        engine = _engine(url, pool_size, settings)
        sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)

        async def listen() -> asyncpg.Connection:
            return await connected(plain_url(url), server_settings=reading)

        return cls(
            reads,
            acts,
            engine,
            sessions,
            url,
            exports=asyncio.Semaphore(max(1, pool_size // 2)),
            publicity=Publicity(plain_url(url), reading),
            bell=Bell(listen, reads),
            fragments=Fragments(fragments_bytes),
            quick=_lane(url, reading, pool_size),
            searching=_lane(url, {**reading, **SEARCHING}, max(1, pool_size // 2)),
            planned=_lane(url, {**reading, "plan_cache_mode": "force_custom_plan"}, max(1, pool_size // 2)),
        )

    async def close(self) -> None:
        """Close all doors, and the window."""
        await self.publicity.close()
        await self.bell.close()
        await self.quick.close()
        await self.planned.close()
        await self.searching.close()
        await self.reads.close()
        await self.acts.close()
        await self.engine.dispose()
