"""Watching: every act is answered within seconds, and a sweep finds what the day and the library have made (S1, R20).

Both ask the same statements, so they agree: an act asks for its own matter, the sweep for all. What was found before is
not found again, however often and by however many watchmen it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from domain.access import Permission
from domain.supervision.alerts import due
from domain.supervision.conditions import CONDITIONS
from domain.supervision.rule_files import load_rules
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.permits import permit
from resolvers.supervision_conditions import BY_SWEEP, OF_MATTERS
from resolvers.supervision_expressing import express_all, express_matters
from resolvers.supervision_finding import find, running, write
from resolvers.supervision_looking import look, moment, write_all
from resolvers.supervision_rules import keep_shipped, newest
from resolvers.supervision_watching import stale, watch

ROUNDS: Final = 10_000
LAST: Final = "SELECT ended_at FROM supervision_sweep ORDER BY ended_at DESC LIMIT 1"
NOTE: Final = """
INSERT INTO supervision_sweep (started_at, ended_at, matters, opened, risen) VALUES ($1, $2, $3, $4, $5)
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: matters looked at anew, alerts opened, alerts risen."""

    matters: int
    opened: int
    risen: int


async def sweep_is_due(ctx: Context) -> bool:
    """Say whether everything has to be looked at again by the schedule of the rule library."""
    last: datetime | None = await ctx.db.reads.fetchval(LAST)
    local, before = ctx.now.astimezone(LOCAL), last.astimezone(LOCAL) if last else None
    same_day = before is not None and before.date() == local.date()
    moment: time | None = before.time() if before is not None and same_day else None
    return due(load_rules().schedule, moment, local.time())


async def sweep(ctx: Context) -> Swept:
    """Look at every matter that went on and let every rule look at everything. Only for the system."""
    permit(ctx, Permission.SUPERVISION_SWEEP)
    rules = running(await keep_shipped(ctx))
    last: datetime | None = await ctx.db.reads.fetchval(LAST)
    matters = await _watch_all(ctx)
    opened, risen = await express_all(ctx, rules, last)
    # First what matters tell, then what is counted of it.
    for names in (OF_MATTERS, BY_SWEEP):
        made = await write_all(ctx, look(ctx, [one for one in rules if one.rule.condition in names]))
        opened, risen = opened + made[0], risen + made[1]
    async with unit_of_work(ctx, unrecorded="a sweep that found nothing new") as uow:
        await (await uow.raw()).execute(NOTE, ctx.now, ctx.now, matters, opened, risen)
    return Swept(matters, opened, risen)


async def _watch_all(ctx: Context) -> int:
    looked = last = 0
    for _ in range(ROUNDS):
        # Each look begins where the last one ended: what went on behind it meanwhile is the next sweep's.
        async with moment(ctx) as connection:
            ids = await stale(connection, last)
        if not ids:
            break
        async with unit_of_work(ctx, unrecorded="what is seen of a matter; its own events stay") as uow:
            await watch(await uow.raw(), ids)
        looked, last = looked + len(ids), ids[-1]
    return looked


async def attend(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Answer an act upon a matter, inside the unit of work in which its letter is told."""
    connection, ids = await uow.raw(), [int(payload["matter"])]
    await watch(connection, ids)
    rules = running(await newest(connection))
    await write(uow, await find(uow.ctx, connection, rules, ids))
    await express_matters(uow, rules, ids)


def by_events(name: str) -> bool:
    """Say whether a condition is found at every act."""
    return CONDITIONS[name].by_events
