"""The outbox: whatever must reach somebody is written with its cause, and told by a worker until it is done (trust 4.3).

A relay claims rows that are due, pushes their next try away and hands them on; the handler, never the relay, sets
``done_at``, in the unit of work in which it tells. So a queue may forget and a process may die at any moment: a row that
is not done comes back. What a handler writes to this database is written once; one that tells somebody outside passes the
row's key, by which a second telling is known. Order across rows is not promised: payloads carry the ``seq`` of their act.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from resolvers import hall, inbox, notices, notices_sending, supervision
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.retrying import retried

MOST: Final = 100
FIRST_PAUSE: Final = timedelta(seconds=10)
"""When a row that was handed on and is still not done is handed on again; each time it doubles."""

LONGEST_PAUSE: Final = timedelta(hours=1)
DOUBLINGS: Final = 8
PRUNED: Final = 1000

CLAIM: Final = """
UPDATE outbox o SET attempts = o.attempts + 1,
  next_try = $1 + least($2::interval * power(2, least(o.attempts, $3)), $4::interval)
WHERE o.id IN (SELECT id FROM outbox WHERE done_at IS NULL AND next_try <= $1 ORDER BY next_try, id LIMIT $5
               FOR UPDATE SKIP LOCKED)
RETURNING o.id, o.topic, o.key, o.attempts
"""
TAKE: Final = """
UPDATE outbox SET done_at = $2 WHERE id = $1 AND done_at IS NULL RETURNING id, topic, key, payload::text AS payload, due_at
"""
OLDEST: Final = "SELECT min(due_at) FROM outbox WHERE done_at IS NULL AND due_at <= $1"
PRUNE: Final = """
DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at < $1 ORDER BY done_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is to be told now; ``attempts`` counts this one."""

    id: int
    topic: str
    key: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What a handler is given: the key by which a second telling is known, and ids to look up what to tell."""

    id: int
    key: str
    payload: Mapping[str, Any]
    due_at: datetime


Handler = Callable[[UnitOfWork, Letter], Awaitable[None]]


async def _tell_of_matter(uow: UnitOfWork, letter: Letter) -> None:
    """Tell whoever a matter waits for, and let supervision look at it (003-36(1))."""
    await inbox.tell(uow, letter.payload)
    await supervision.attend(uow, letter.payload)


HANDLERS: Final[Mapping[str, Handler]] = {
    "matter": _tell_of_matter,
    "hall": lambda uow, letter: hall.tell(uow, letter.payload),
    "notice": lambda uow, letter: notices.tell(uow, letter.payload),
    **dict.fromkeys(
        ("mail", "sms", "webhook"), lambda uow, letter: notices_sending.send(uow, letter.key, letter.payload)
    ),
}
"""Who tells what, by topic. A row of a topic that nobody tells stays, and the alarm on the oldest row says so."""


async def claim(ctx: Context, most: int = MOST) -> tuple[Claimed, ...]:
    """Claim rows that are due and push their next try away; two relays never claim the same row at once."""
    async with unit_of_work(ctx, unrecorded="a letter that is on its way; its cause is recorded") as uow:
        connection = await uow.raw()
        rows = await connection.fetch(CLAIM, ctx.now, FIRST_PAUSE, DOUBLINGS, LONGEST_PAUSE, most)
    return tuple(Claimed(row["id"], row["topic"], row["key"], row["attempts"]) for row in rows)


async def deliver(ctx: Context, letter_id: int, handlers: Mapping[str, Handler] = HANDLERS) -> bool:
    """Tell one row and note that it is done, in one unit of work; returns whether it was done now.

    A row that is done is done once: of two that tell it at the same time the second waits, and finds it done.
    """
    return await retried(lambda: _delivered(ctx, letter_id, handlers))


async def _delivered(ctx: Context, letter_id: int, handlers: Mapping[str, Handler]) -> bool:
    async with unit_of_work(ctx, unrecorded="a letter that was told; its cause is recorded") as uow:
        connection = await uow.raw()
        row = await connection.fetchrow(TAKE, letter_id, ctx.now)
        if row is None:
            return False
        handler = handlers.get(row["topic"])
        if handler is None:
            raise NobodyTells(row["topic"])
        await handler(uow, Letter(row["id"], row["key"], json.loads(row["payload"]), row["due_at"]))
    return True


class NobodyTells(LookupError):
    """There is no handler for a topic: the row stays until a release that knows it."""


async def oldest(ctx: Context) -> timedelta | None:
    """Return how long the oldest row that is due has been waiting; None when nothing waits."""
    since: datetime | None = await ctx.db.reads.fetchval(OLDEST, ctx.now)
    return None if since is None else ctx.now - since


async def prune(ctx: Context, days: int) -> int:
    """Remove rows that were done more than so many days ago; return how many. What is not done is never removed."""
    before, removed = ctx.now - timedelta(days=days), 0
    while True:
        async with unit_of_work(ctx, unrecorded="letters that were told long ago; their causes stay") as uow:
            done = await (await uow.raw()).execute(PRUNE, before, PRUNED)
        count = int(done.rpartition(" ")[2])
        removed += count
        if count < PRUNED:
            return removed
