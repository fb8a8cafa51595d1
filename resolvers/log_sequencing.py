"""The sequencer: gives each committed event its place in the log, after the commit and outside every request.

What waits stands in `log_pending`, which a trigger fills: asking for ids above the last one would miss whatever commits
late. Two sequencers started by mistake do no harm: one holds a lock of its session, and whoever writes must also find in
the head the epoch under which it took over, in the transaction that locks the head.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
import structlog

from domain.proof.leaf import Leaf
from domain.proof.merkle import Frontier
from resolvers.outages import TROUBLE

LOCK: Final = 0x59_47_4C_4F_47
"""The advisory lock of the one sequencer of a database."""

BATCH: Final = 5_000
PAUSE_SECONDS: Final = 0.1
TROUBLE_SECONDS: Final = 1.0

_TAKE_OVER: Final = "UPDATE log_head SET epoch = epoch + 1 RETURNING epoch"
_HEAD: Final = "SELECT epoch, size, frontier FROM log_head FOR UPDATE"
_NEXT: Final = "SELECT event_id, entry FROM log_pending ORDER BY event_id LIMIT $1"
_TAKEN: Final = "DELETE FROM log_pending WHERE event_id = ANY($1::bigint[])"
_PLACED: Final = """
INSERT INTO log_leaf (place, event_id, entry, leaf, sm3)
SELECT $1 + n.number - 1, n.event_id, n.entry, n.leaf, n.sm3
FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[]) WITH ORDINALITY AS n (event_id, entry, leaf, sm3, number)
"""
# Whoever waits for news of a body is told with the commit (`resolvers.bells`).
_GROWN: Final = """
WITH grown AS (UPDATE log_head SET size = $1, frontier = $2, root = $3, grown_at = $4 RETURNING size)
SELECT pg_notify('log_grown', size::text) FROM grown
"""

log = structlog.get_logger("sequencer")


class Fenced(RuntimeError):
    """Another sequencer has taken over; this one must stop writing."""


@dataclass(frozen=True, slots=True)
class Leader:
    """The right to write, under an epoch."""

    connection: asyncpg.Connection
    epoch: int


async def take_over(connection: asyncpg.Connection) -> Leader:
    """Begin a new epoch; whoever wrote under an earlier one is fenced off from now on."""
    return Leader(connection, int(await connection.fetchval(_TAKE_OVER)))


async def sequence(leader: Leader, now: datetime, *, batch: int = BATCH) -> int:
    """Put what waits into the log, in one transaction; returns how many events that were. Raises ``Fenced``.

    The order within a stream is kept: an event's id is drawn while its stream is locked, and of what is visible the
    lowest ids are taken first.
    """
    connection = leader.connection
    async with connection.transaction():
        head = await connection.fetchrow(_HEAD)
        if head is None or head["epoch"] != leader.epoch:
            raise Fenced(f"epoch {leader.epoch} is over")
        rows = await connection.fetch(_NEXT, batch)
        if not rows:
            return 0
        leaves = [Leaf.of(row["entry"]) for row in rows]
        ids = [row["event_id"] for row in rows]
        grown = Frontier(head["size"], tuple(head["frontier"])).grown(leaf.hash for leaf in leaves)
        await connection.execute(_TAKEN, ids)
        columns = ([leaf.entry for leaf in leaves], [leaf.hash for leaf in leaves], [leaf.sm3 for leaf in leaves])
        await connection.execute(_PLACED, head["size"], ids, *columns)
        await connection.execute(_GROWN, grown.size, list(grown.nodes), grown.root(), now)
    return len(rows)


@contextlib.asynccontextmanager
async def _leading(connect: Callable[[], Awaitable[asyncpg.Connection]], stop: asyncio.Event) -> AsyncIterator[Leader]:
    """Wait until this process is the one sequencer, and be it."""
    connection = await connect()
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            if await _passed(stop, TROUBLE_SECONDS):
                raise Fenced("told to stop before the lock was free")
        yield await take_over(connection)
    finally:
        # A connection that is broken cannot say good-bye; ending it frees the lock.
        connection.terminate()


async def run(
    connect: Callable[[], Awaitable[asyncpg.Connection]], now: Callable[[], datetime], stop: asyncio.Event
) -> None:
    """Sequence until told to stop, whatever happens to the database meanwhile: restarts, a full disk, another sequencer."""
    while not stop.is_set():
        try:
            async with _leading(connect, stop) as leader:
                log.info("sequencing", epoch=leader.epoch)
                while not stop.is_set():
                    if await sequence(leader, now()) < BATCH:
                        await _passed(stop, PAUSE_SECONDS)
        except (*TROUBLE, Fenced) as error:
            log.warning("sequencing interrupted", reason=f"{type(error).__name__}: {error}")
            await _passed(stop, TROUBLE_SECONDS)


async def _passed(stop: asyncio.Event, seconds: float) -> bool:
    """Wait some seconds, or less when told to stop; returns whether to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()
