"""What matters bring about in the hall: invitations to rate, and drafts of what is to be published.

Each milestone leaves a row of the topic ``hall`` in the outbox, in the transaction of its cause; the outbox's relay has
it taken up here, in the transaction that notes it as done. Done twice it does nothing the second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.access import Permission
from resolvers import matters_store as matters
from resolvers import ratings_inviting, results_drafting
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.permits import permit

MOST: Final = 200
WAITING: Final = """
SELECT id, (payload ->> 'matter')::bigint AS matter, (payload ->> 'seq')::int AS seq FROM outbox
WHERE done_at IS NULL AND topic = 'hall' AND due_at <= $1 ORDER BY id LIMIT $2
"""
TAKE: Final = "UPDATE outbox SET done_at = $2, attempts = attempts + 1 WHERE id = $1 AND done_at IS NULL RETURNING 1"


@dataclass(frozen=True, slots=True)
class Attended:
    """How many milestones were looked at, and how many led to something."""

    looked: int
    done: int

    @property
    def more(self) -> bool:
        """Whether there may be more to do at once."""
        return self.looked >= MOST


async def attend(ctx: Context) -> Attended:
    """Take up at once what milestones bring about, for whoever runs no relay (the demonstration city); for the system."""
    permit(ctx, Permission.RATING_PUBLISH)
    rows = await ctx.db.reads.fetch(WAITING, ctx.now, MOST)
    done = 0
    for row in rows:
        done += await _one(ctx, row["id"], row["matter"], row["seq"])
    return Attended(len(rows), done)


async def _one(ctx: Context, row_id: int, matter_id: int, seq: int) -> bool:
    async with unit_of_work(ctx, unrecorded="a milestone that asks for nothing in the hall") as uow:
        if await (await uow.raw()).fetchval(TAKE, row_id, ctx.now) is None:
            return False
        return await _taken_up(uow, matter_id, seq)


async def tell(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Take up one milestone for the outbox, in the unit of work that notes it as done (`resolvers.outbox`)."""
    await _taken_up(uow, int(payload["matter"]), int(payload["seq"]))


async def _taken_up(uow: UnitOfWork, matter_id: int, seq: int) -> bool:
    held = await matters.hold(await uow.raw(), matter_id, lock=False)
    if held is None:
        return False
    invited = await ratings_inviting.attend(uow, held)
    drafted = await results_drafting.attend(uow, held, seq)
    return invited or drafted
