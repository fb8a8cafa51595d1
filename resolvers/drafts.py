"""Drafts of acts: what somebody has typed and not done yet, for that account alone (issue 4, section 2).

A draft may hold what a party is called, so it is sealed for its place, opens for the account that saved it and ends
after some days. It is no act: nothing of it stands in the record until it is done.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.access import Permission, Target, allowed
from resolvers.context import Context, unit_of_work
from resolvers.errors import InvalidInput, NotFound, NotSignedIn
from resolvers.keys import CannotOpen
from resolvers.sealing import provider_of

TABLE, COLUMN = "draft", "sealed"
LONGEST: Final = 400_000
"""Bytes of a draft; a form itself may hold more, of which only what is typed is kept."""

OF_MATTER: Final = "SELECT government_id, bodies FROM matter WHERE id = $1"
KEEP: Final = """
INSERT INTO draft (account_id, matter_id, kind, visit, sealed, saved_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account_id, matter_id, kind, visit) DO UPDATE SET sealed = $5, saved_at = $6, ends_at = $7
"""
FIND: Final = """
SELECT sealed, saved_at FROM draft
WHERE account_id = $1 AND matter_id = $2 AND kind = $3 AND visit = $4 AND ends_at > $5
"""
ALL: Final = "SELECT kind, visit, saved_at FROM draft WHERE account_id = $1 AND matter_id = $2 AND ends_at > $3"
DROP: Final = "DELETE FROM draft WHERE account_id = $1 AND matter_id = $2 AND kind = $3 AND visit = $4"
SWEEP: Final = "DELETE FROM draft WHERE ends_at <= $1"


@dataclass(frozen=True, slots=True)
class Place:
    """Which draft: of which act on which matter; ``visit`` is the visit that the form names, 0 for none."""

    matter_id: int
    kind: str
    visit: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it was saved."""

    values: Mapping[str, str] = field(repr=False)
    saved_at: datetime


async def keep(ctx: Context, place: Place, values: Mapping[str, str], days: int) -> None:
    """Save a draft for the actor, in the place of the one before. Raises ``NotFound``, ``InvalidInput``."""
    row = await ctx.db.reads.fetchrow(OF_MATTER, place.matter_id)
    may = row is not None and any(
        allowed(ctx.actor, Permission.MATTER_ACT, Target(row["government_id"], body)) for body in row["bodies"]
    )
    if not may:
        raise NotFound("办件")
    plain = json.dumps(dict(values), ensure_ascii=False).encode()
    if len(plain) > LONGEST:
        raise InvalidInput("草稿太长，没有保存。", "请减少内容，或者直接办理。")
    sealed = provider_of(ctx.keys).seal(TABLE, COLUMN, _row(ctx, place), plain)
    async with unit_of_work(ctx, unrecorded="a draft is no act; what it says is recorded when it is done") as uow:
        ends = ctx.now + timedelta(days=days)
        connection = await uow.raw()
        await connection.execute(
            KEEP, ctx.actor.account_id, place.matter_id, place.kind, place.visit, sealed, ctx.now, ends
        )


async def kept(ctx: Context, place: Place) -> Kept | None:
    """Return the actor's own draft, or None; one whose key is gone is none."""
    if ctx.actor.account_id is None:
        return None
    found = await ctx.db.reads.fetchrow(FIND, ctx.actor.account_id, place.matter_id, place.kind, place.visit, ctx.now)
    if found is None:
        return None
    try:
        plain = provider_of(ctx.keys).open(TABLE, COLUMN, _row(ctx, place), found["sealed"])
    except CannotOpen:
        return None
    return Kept(json.loads(plain), found["saved_at"])


async def of_matter(ctx: Context, matter_id: int) -> tuple[tuple[Place, datetime], ...]:
    """Return which drafts the actor has on a matter, and since when."""
    if ctx.actor.account_id is None:
        return ()
    rows = await ctx.db.reads.fetch(ALL, ctx.actor.account_id, matter_id, ctx.now)
    return tuple((Place(matter_id, row["kind"], row["visit"]), row["saved_at"]) for row in rows)


async def drop(ctx: Context, place: Place) -> None:
    """Forget the actor's draft of an act that was done or is not wanted any more."""
    async with unit_of_work(ctx, unrecorded="a draft that is done with") as uow:
        connection = await uow.raw()
        await connection.execute(DROP, ctx.actor.account_id, place.matter_id, place.kind, place.visit)


async def sweep(ctx: Context) -> int:
    """Remove drafts whose days are over, and return how many they were."""
    async with unit_of_work(ctx, unrecorded="drafts whose days are over") as uow:
        status: str = await (await uow.raw()).execute(SWEEP, ctx.now)
    return int(status.rsplit(" ", 1)[1])


def _row(ctx: Context, place: Place) -> str:
    """Name the row that a draft is sealed for: nobody can put it into another's place."""
    if ctx.actor.account_id is None:
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    return f"{ctx.actor.account_id}/{place.matter_id}/{place.kind}/{place.visit}"
