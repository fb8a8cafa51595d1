"""What time does to matters: silence, pauses that are over, reminders; and the days that a new calendar moves.

Whatever is due is found by an index on ``wake_at``, in bounded batches, each matter in a transaction of its own: a stop
at any moment loses nothing, and downtime is caught up by the next look. Keys of time's acts are made of what they are
about, so that two watchmen do each once (house §2, trust 4.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.access import Permission
from domain.engine.acts import Act
from domain.engine.deciding import decide
from domain.engine.events import Event
from domain.engine.lapses import due_acts, due_reminders
from domain.engine.matter import Matter, fold
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from domain.matter_summary import summary
from resolvers import matters_store as store
from resolvers.context import Context, UnitOfWork, plain_unit_of_work
from resolvers.matters_briefing import briefed, judged_by
from resolvers.matters_counting import recounted
from resolvers.matters_judging import Judged, basis_of
from resolvers.matters_store import Held
from resolvers.matters_transferring import answer
from resolvers.permits import permit
from resolvers.retrying import queued, retried

MOST: Final = 200
ROUNDS: Final = 50
"""Acts of time on one matter in one transaction; what is left is found by the next look."""

DUE: Final = "SELECT id FROM matter WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2"
MOVED: Final = """
SELECT id FROM matter WHERE phase IN ('received', 'running') AND due_provisional
  AND calendar_at < (SELECT max(loaded_at) FROM calendar_notice WHERE loaded_at <= $1) ORDER BY id LIMIT $2
"""
LATER: Final = """
UPDATE matter SET wake_at = $2, calendar_at = $3, due_on = $4, due_rank = $5, due_name = $6, due_provisional = $7
WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: how many matters it looked at, how many events it recorded, which matters it could not do."""

    looked: int
    events: int
    failed: tuple[int, ...] = ()

    @property
    def more(self) -> bool:
        """Whether there may be more to do at once."""
        return self.looked >= MOST and len(self.failed) < self.looked


async def sweep(ctx: Context, most: int = MOST) -> Swept:
    """Do what time has done to matters by now, at most so many of them; only for the system."""
    permit(ctx, Permission.MATTER_ACT)
    due = [row["id"] for row in await ctx.db.reads.fetch(DUE, ctx.now, most)]
    return await _each(ctx, due)


async def recount(ctx: Context, most: int = MOST) -> Swept:
    """Count provisional days anew where a notice has come since, each move an event; only for the system."""
    permit(ctx, Permission.MATTER_ACT)
    moved = [row["id"] for row in await ctx.db.reads.fetch(MOVED, ctx.now, most)]
    return await _each(ctx, moved)


async def _each(ctx: Context, ids: Sequence[int]) -> Swept:
    events, failed = 0, []
    for one in ids:
        try:
            async with queued(ctx.db.url, store.stream_of(one)):
                events += await retried(lambda one=one: _lapsed(ctx, one))  # type: ignore[misc]
        except ActRefused:
            failed.append(one)
    return Swept(len(ids), events, tuple(failed))


async def _lapsed(ctx: Context, matter_id: int) -> int:
    """Record what time has done to one matter; returns how many events that made."""
    async with plain_unit_of_work(ctx, unrecorded="a look at a matter on which time has nothing to do") as uow:
        connection = await uow.raw()
        held = await store.hold(connection, matter_id)
        if held is None:
            return 0
        briefing = await briefed(ctx, connection, held)
        basis = await basis_of(ctx, connection, held, briefing.kept)
        book = await judged_by(ctx, held.matter, basis, briefing)
        events = [*await recounted(ctx, held, book, briefing.kept)]
        matter = fold(events, held.matter)
        for _ in range(ROUNDS):
            made = _next(matter, book, ctx.now)
            if not made:
                break
            events += made
            matter = fold(made, matter)
        if events:
            await store.save(uow, held, events, matter, basis, book)
            await answer(uow, Judged(held, basis, book), tuple(events))
        else:
            await _look_again(uow, held, matter, book)
        return len(events)


def _next(matter: Matter, book: Rulebook, now: datetime) -> tuple[Event, ...]:
    """Return the events of the next act of time that is due, or none."""
    at = now if matter.at is None else max(now, matter.at)
    acts: list[Act] = [*due_acts(matter, book, at), *(one.act() for one in due_reminders(matter, book, at))]
    return decide(matter, acts[0], book, now) if acts else ()


async def _look_again(uow: UnitOfWork, held: Held, matter: Matter, book: Rulebook) -> None:
    """Note when to look next, where nothing was due after all."""
    shown = summary(matter, book, uow.ctx.now)
    connection = await uow.raw()
    await connection.execute(
        LATER,
        held.id,
        shown.wake_at,
        uow.ctx.now,
        shown.due_on,
        shown.due_rank,
        shown.due_name,
        shown.due_provisional,
    )
