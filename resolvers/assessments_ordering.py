"""Scoring that takes longer than a page may wait: ordered by a supervisor, done by the worker, told on the desk (S7; 003-36(5)).

An order stands in the database until it ends, so a worker that dies leaves it to the next one; the period itself is scored in
one transaction, and once. There is one open order for a period, whoever asks for it how often.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import structlog

from domain.access import Permission, Target
from domain.assessments.orders import ATTEMPTS, OrderState
from resolvers import record
from resolvers.assessments_freezing import NotScoredAtOnce, check_over, freeze, freeze_unhurried
from resolvers.assessments_locking import only_scorer
from resolvers.context import Context, unit_of_work
from resolvers.errors import Refusal
from resolvers.permits import permit

STEPS: Final = 50
"""How often progress is told in the whole of a period."""
SHOWN: Final = 5
NOT_DONE: Final = "连续多次没有完成，请联系系统管理员查看运行日志。"

log = structlog.get_logger("assessments")

OPEN_ONE: Final = """
SELECT id FROM scoring_order WHERE government_id = $1 AND period = $2 AND state IN ('waiting', 'running')
"""
ADD: Final = """
INSERT INTO scoring_order (government_id, period, asked_at, asker, asked_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (government_id, period) WHERE state IN ('waiting', 'running') DO NOTHING RETURNING id
"""
LATEST: Final = """
SELECT id, period, asked_at, asked_by, state, begun_at, done, total, ended_at, reason FROM scoring_order
WHERE government_id = $1 ORDER BY (state IN ('waiting', 'running')) DESC, id DESC LIMIT $2
"""
# An order that was begun and has not ended is one whose worker died: whoever asks this holds the lock of scoring.
NEXT: Final = """
SELECT id, government_id, period, asker, attempts FROM scoring_order WHERE state IN ('waiting', 'running') AND id > $1
ORDER BY id LIMIT 1
"""
BEGIN: Final = """
UPDATE scoring_order SET state = 'running', attempts = attempts + 1, begun_at = $2, done = 0, total = 0 WHERE id = $1
"""
GO_ON: Final = "UPDATE scoring_order SET done = $2, total = $3 WHERE id = $1"
END: Final = """
UPDATE scoring_order SET state = $2, ended_at = $3, reason = $4, done = CASE $2 WHEN 'scored' THEN total ELSE done END
WHERE id = $1
"""
# What the system itself ended, to stop, was no failure.
WAIT: Final = "UPDATE scoring_order SET state = 'waiting', attempts = attempts - $2 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Frozen:
    """What came of asking for scores: of how many bodies, or the order that the worker is about to do."""

    bodies: int
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the desk shows it: ``done`` of ``total`` bodies, which is 0 while evidence is gathered."""

    id: int
    period: str
    asked_at: datetime
    asked_by: str
    state: OrderState
    begun_at: datetime | None
    done: int
    total: int
    ended_at: datetime | None
    reason: str


async def freeze_or_order(ctx: Context, government: int, code: str) -> Frozen:
    """Score a period at once, or have the worker do it where that takes long. Raises as :func:`freeze` does, but for that."""
    permit(ctx, Permission.SCORE_FREEZE, Target(government))
    check_over(ctx, code)
    if (known := await ctx.db.reads.fetchval(OPEN_ONE, government, code)) is not None:
        return Frozen(0, int(known))
    try:
        return Frozen(await freeze(ctx, government, code))
    except NotScoredAtOnce:
        return Frozen(0, await _order(ctx, government, code))


async def _order(ctx: Context, government: int, code: str) -> int:
    async with unit_of_work(ctx, unrecorded="an order to score that stood already") as uow:
        connection = await uow.raw()
        values = (government, code, ctx.now, str(ctx.actor.account_id or ""), ctx.actor.name)
        made: int | None = await connection.fetchval(ADD, *values)
        if made is None:
            return int(await connection.fetchval(OPEN_ONE, government, code))
        await record.append(uow, f"scoring_order:{made}", "scoring_order.asked", {"period": code})
        return made


async def orders(ctx: Context, government: int) -> tuple[Order, ...]:
    """Return the latest orders of a government, the open ones first. Raises ``NotPermitted``."""
    permit(ctx, Permission.SCORE_FREEZE, Target(government))
    rows = await ctx.db.reads.fetch(LATEST, government, SHOWN)
    return tuple(Order(**{one.name: row[one.name] for one in fields(Order)}) for row in rows)


async def freeze_ordered(ctx: Context, clock: Callable[[], datetime]) -> int:
    """Do every order that is open, one after the other, unless another process does; only for the system.

    ``clock``: since it may take hours, each begins and ends at a time of its own. One that fails holds up no other: it is begun
    again by a later minute, and told to have failed after some times. Returns how many bodies were scored.
    """
    permit(ctx, Permission.SCORE_FREEZE)
    scored = last = 0
    async with only_scorer(ctx) as mine:
        while mine and (row := await ctx.db.reads.fetchrow(NEXT, last)) is not None:
            last = row["id"]
            scored += await _Doing(ctx, clock, last, row["government_id"], row["period"]).do(
                row["attempts"], row["asker"]
            )
    return scored


@dataclass(frozen=True, slots=True)
class _Doing:
    """An order that is being done."""

    ctx: Context
    clock: Callable[[], datetime]
    order: int
    government: int
    period: str

    async def do(self, attempts: int, asker: str) -> int:
        """Score its period for whoever asked, or give it up; returns how many bodies were scored."""
        if attempts >= ATTEMPTS:
            await self._end("failed", NOT_DONE)
            return 0
        at = self.ctx.at(self.clock())
        await self._move(BEGIN, at.now)
        try:
            scored = await freeze_unhurried(at, self.government, self.period, asker=asker, progress=self._tell)
        except Refusal as refused:
            await self._end("failed", f"{refused.message}{refused.remedy}")
            return 0
        except asyncio.CancelledError:
            await self._move(WAIT, 1)
            raise
        except Exception as error:  # noqa: BLE001 - whatever happens, the other orders are done, and this one is tried again
            log.error("period not scored", government=self.government, period=self.period, reason=repr(error))  # noqa: TRY400
            await self._move(WAIT, 0)
            return 0
        await self._end("scored")
        return scored

    async def _tell(self, done: int, total: int) -> None:
        """Tell how far it is, in a transaction of its own: that of the scores is seen by nobody yet."""
        if done % max(1, total // STEPS) == 0:
            await self._move(GO_ON, done, total)

    async def _move(self, sql: str, *values: object) -> None:
        async with unit_of_work(self.ctx, unrecorded="how far an order to score is") as uow:
            await (await uow.raw()).execute(sql, self.order, *values)

    async def _end(self, state: OrderState, reason: str = "") -> None:
        async with unit_of_work(self.ctx.at(self.clock())) as uow:
            await (await uow.raw()).execute(END, self.order, state, uow.ctx.now, reason)
            told = {"period": self.period, "reason": reason}
            await record.append(uow, f"scoring_order:{self.order}", f"scoring_order.{state}", told)
