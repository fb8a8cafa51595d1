"""Scoring has a period to itself: nobody else scores it then, and no item is added to it or decided (S7).

The locks are the database's, so they hold over all processes, and end with the connection whatever becomes of its holder. That
of a period comes before the transaction: its one moment is then after everything that was added to the period before.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg

from resolvers.addresses import plain_url
from resolvers.context import Context, UnitOfWork, unit_of_one_moment
from resolvers.database import TIME_ZONE
from resolvers.outages import TROUBLE, connected

ALL_PERIODS: Final = "scoring"
ALONE: Final = "SELECT pg_advisory_lock(hashtextextended($1, 0))"
IF_FREE: Final = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
TOGETHER: Final = "SELECT pg_try_advisory_xact_lock_shared(hashtextextended($1, 0))"
UNLOCK: Final = "SELECT pg_advisory_unlock_all()"
GOODBYE_SECONDS: Final = 5


@asynccontextmanager
async def scoring(ctx: Context, government: int, period: str, seconds: int) -> AsyncIterator[UnitOfWork]:
    """Open the unit of work that scores a period, alone and at one moment; a statement may take so many seconds, 0 any time."""
    async with _apart(ctx, seconds) as connection:
        await connection.execute(ALONE, _name(government, period))
        async with unit_of_one_moment(ctx, connection, unrecorded="a period that was scored before") as uow:
            yield uow


@asynccontextmanager
async def only_scorer(ctx: Context) -> AsyncIterator[bool]:
    """Be the only one who scores whatever is due for as long as the block runs; gives whether that is so."""
    async with _apart(ctx, 0) as connection:
        yield bool(await connection.fetchval(IF_FREE, ALL_PERIODS))


async def is_open(uow: UnitOfWork, government: int, period: str) -> bool:
    """Say whether nobody scores a period now; if so, nobody begins to until the unit of work ends."""
    return bool(await (await uow.raw()).fetchval(TOGETHER, _name(government, period)))


def _name(government: int, period: str) -> str:
    return f"{ALL_PERIODS}:{government}:{period}"


@asynccontextmanager
async def _apart(ctx: Context, seconds: int) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection of its own, which has no place in a pool to keep a lock in or to miss for minutes."""
    settings = {"jit": "off", "timezone": TIME_ZONE, "application_name": "yangguang"}
    connection = await connected(
        plain_url(ctx.db.url), server_settings={**settings, "statement_timeout": str(seconds * 1000)}
    )
    try:
        yield connection
    finally:
        # What is done next finds the locks free; a connection that is broken has lost them already.
        with suppress(*TROUBLE):
            await connection.execute(UNLOCK)
            await connection.close(timeout=GOODBYE_SECONDS)
        connection.terminate()
