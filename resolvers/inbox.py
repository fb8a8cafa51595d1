"""Notices to officials on their desk: what happened on a matter that waits for them (003-30, R5).

A notice is made by the outbox of the act it tells of, once for a person and an act, whatever is delivered twice. Whom it
concerns is asked when it is told: the officials named for the open steps, else whoever holds their posts in a body of the
matter that day; never whoever did the act. It holds ids only: what it says is read with the reader's own rights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.engine.acts import ACT_NAMES
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.errors import NotSignedIn

FRESH: Final = timedelta(days=30)
"""An act older than this is no news when it is told at last."""

SHOWN: Final = 50
MOST_COUNTED: Final = 99

TELL: Final = """
INSERT INTO desk_notice (account_id, matter_id, seq, kind, at)
SELECT DISTINCT p.account_id, m.id, e.seq, e.kind, e.at
FROM matter m
JOIN event e ON e.stream = 'matter:' || m.id AND e.seq = $2
JOIN body b ON b.code = ANY(m.bodies) JOIN unit u ON u.body_id = b.id JOIN post t ON t.unit_id = u.id
JOIN posting p ON p.post_id = t.id AND p.valid @> $3::date JOIN account a ON a.id = p.account_id AND a.state = 'active'
WHERE m.id = $1 AND e.at > $4 AND m.phase IN ('received', 'running') AND p.account_id IS DISTINCT FROM e.actor_id
  AND (a.id::text = ANY(m.assignees) OR cardinality(m.assignees) = 0 AND t.name = ANY(m.posts))
ON CONFLICT (account_id, matter_id, seq) DO NOTHING
"""
# Counted is what the list shows: notices of matters that the actor's bodies still work on, and those that fell due.
UNREAD: Final = """
SELECT count(*) FROM (SELECT FROM desk_notice n JOIN matter m ON m.id = n.matter_id AND m.bodies && $2::text[]
  WHERE n.account_id = $1 AND n.read_at IS NULL
  UNION ALL SELECT FROM notice_copy c WHERE c.account_id = $1 AND c.channel = 'desk' AND c.read_at IS NULL LIMIT $3) u
"""
LIST: Final = """
SELECT n.id, n.matter_id, n.seq, n.kind, n.at, n.read_at, m.number, m.title FROM desk_notice n
JOIN matter m ON m.id = n.matter_id
WHERE n.account_id = $1 AND m.bodies && $2::text[] AND n.id < coalesce($3, 9223372036854775807)
ORDER BY n.id DESC LIMIT $4
"""
READ: Final = "UPDATE desk_notice SET read_at = $2 WHERE account_id = $1 AND read_at IS NULL AND id <= $3"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as its reader sees it."""

    id: int
    matter_id: int
    number: str
    title: str
    seq: int
    act_name: str
    at: datetime
    unread: bool


async def tell(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Write the notices of one act to whom it concerns; telling it again writes nothing."""
    ctx = uow.ctx
    today = ctx.now.astimezone(LOCAL).date()
    await (await uow.raw()).execute(TELL, payload["matter"], payload["seq"], today, ctx.now - FRESH)


async def unread(ctx: Context) -> int:
    """Return how many notices the actor has not read, at most 99; nobody who is not signed in has any."""
    if ctx.actor.account_id is None or ctx.actor.kind != "official":
        return 0
    return int(await ctx.db.reads.fetchval(UNREAD, ctx.actor.account_id, sorted(ctx.actor.body_codes), MOST_COUNTED))


async def notices(ctx: Context, before: int | None = None, most: int = SHOWN) -> tuple[Notice, ...]:
    """Return the actor's notices, the newest first; of matters that the actor's bodies still work on. Raises ``NotSignedIn``."""
    account = _account(ctx)
    rows = await ctx.db.reads.fetch(LIST, account, sorted(ctx.actor.body_codes), before, most)
    return tuple(
        Notice(
            row["id"],
            row["matter_id"],
            row["number"],
            row["title"],
            row["seq"],
            ACT_NAMES.get(kind, kind),
            row["at"],
            row["read_at"] is None,
        )
        for row in rows
        for kind in [str(row["kind"]).removeprefix("matter.")]
    )


async def mark_read(ctx: Context, newest: int) -> None:
    """Note that the actor has read the notices up to one. Raises ``NotSignedIn``."""
    account = _account(ctx)
    async with unit_of_work(ctx, unrecorded="a notice that its reader has seen") as uow:
        await (await uow.raw()).execute(READ, account, ctx.now, newest)


def _account(ctx: Context) -> Any:
    if ctx.actor.kind != "official" or ctx.actor.account_id is None:
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    return ctx.actor.account_id
