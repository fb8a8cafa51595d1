"""Inviting parties to rate, and noting the end of a review: both follow from a matter's milestones (003-27)."""

from datetime import date
from typing import Final

from domain import ratings as rules
from domain.clock import period_end
from domain.engine.days import civil_day
from resolvers import ratings_store as store
from resolvers import record
from resolvers.context import UnitOfWork
from resolvers.matters_books import REVIEW
from resolvers.matters_store import Held

INVITE: Final = """
INSERT INTO rating_invitation (matter_id, round, government_id, body_code, item_code, month, invited_at, expires_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (matter_id, round) DO NOTHING RETURNING id
"""
ENDED: Final = """
UPDATE rating_review SET closed_at = $2, in_time = coalesce($3 <= due_on, true)
WHERE matter_id = $1 AND closed_at IS NULL RETURNING rating_id
"""
RATED: Final = "SELECT government_id, body_code, item_code FROM rating_invitation WHERE id = $1"
FIRST: Final = 1
"""The round in which everybody is invited; further ones follow a review."""


async def attend(uow: UnitOfWork, held: Held) -> bool:
    """Invite the party of a matter that has come so far, or note that a review has ended; returns whether it did."""
    if held.kind == REVIEW:
        return await _ended(uow, held)
    at = rules.invited_at(uow.ctx.profile.ratings, held.matter)
    if at is None or not held.item_code:
        return False
    row = (held.government_id, held.body_code, held.item_code)
    return await _invite(uow, held.id, FIRST, row, rules.month_of(uow.ctx.now))


async def _invite(uow: UnitOfWork, matter_id: int, number: int, whose: tuple[int, str, str], month: date) -> bool:
    ctx = uow.ctx
    limit = ctx.profile.limits[ctx.profile.ratings.answer_within]
    expires = period_end(ctx.today, limit)
    connection = await uow.raw()
    made = await connection.fetchval(INVITE, matter_id, number, *whose, month, ctx.now, expires)
    if made is None:
        return False
    told = {"expires_on": expires.isoformat(), "round": number}
    await record.append(uow, f"rating:{matter_id}", "rating.invited", told, body_code=whose[1])
    return True


# GB/T 39734: after the review the party may rate anew, as often as the profile says.
async def _ended(uow: UnitOfWork, held: Held) -> bool:
    closed = held.matter.marks.get("closed")
    if closed is None:
        return False
    connection = await uow.raw()
    rating_id = await connection.fetchval(ENDED, held.id, closed, civil_day(closed))
    if rating_id is None:
        return False
    told = {"rating": int(rating_id), "review": held.number}
    await record.append(uow, f"rating_review:{held.id}", "rating.reviewed", told, body_code=held.body_code)
    before = await store.of_review(connection, held.id)
    if before is not None and before.round <= uow.ctx.profile.ratings.again:
        (row,) = await connection.fetch(RATED, before.id)
        whose = (row["government_id"], row["body_code"], row["item_code"])
        await _invite(uow, before.matter_id, before.round + 1, whose, before.month)
    return True
