"""Closing the public side for the time being, when it was intruded on, altered or behaves abnormally (H9; 001-15).

Whether it is closed is what the last act of the stream ``portal`` says, so that closing and opening are in the record like
every other act, and nobody can close or open unseen. The desk and the worker go on.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from domain.access import Permission
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.permits import permit

STREAM: Final = "portal"
CLOSED, OPENED = "portal.closed", "portal.opened"
LONGEST_REASON: Final = 200

_LAST: Final = "SELECT kind, at, body FROM event WHERE stream = $1 ORDER BY seq DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Closure:
    """The public side is closed, since when and why. The reason is shown to everybody."""

    since: datetime
    reason: str


def _closure(row: asyncpg.Record | None) -> Closure | None:
    if row is None or row["kind"] != CLOSED:
        return None
    return Closure(row["at"], str(json.loads(row["body"]).get("reason", "")))


async def closure(database: Database) -> Closure | None:
    """Return why the public side is closed, None while it is open."""
    return _closure(await database.reads.fetchrow(_LAST, STREAM))


async def close(ctx: Context, reason: str) -> bool:
    """Close the public side; False if it is closed already. Raises ``InvalidInput`` without a reason."""
    permit(ctx, Permission.PORTAL_CLOSE)
    wanted = _reason(reason)
    async with unit_of_work(ctx, unrecorded="closed already") as uow:
        return await close_within(uow, wanted)


async def close_within(uow: UnitOfWork, reason: str) -> bool:
    """Close in the caller's unit of work; False if it is closed already."""
    connection = await uow.raw()
    if _closure(await connection.fetchrow(_LAST, STREAM)) is not None:
        return False
    await record.append(uow, STREAM, CLOSED, {"reason": reason})
    return True


async def reopen(ctx: Context, reason: str) -> bool:
    """Open the public side again; False if it is open."""
    permit(ctx, Permission.PORTAL_CLOSE)
    wanted = _reason(reason)
    async with unit_of_work(ctx, unrecorded="open already") as uow:
        connection = await uow.raw()
        if _closure(await connection.fetchrow(_LAST, STREAM)) is None:
            return False
        await record.append(uow, STREAM, OPENED, {"reason": wanted})
        return True


def _reason(given: str) -> str:
    reason = " ".join(given.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise InvalidInput("请写明理由，不超过二百个字。", "理由会显示给公众，并记入操作记录。")
    return reason
