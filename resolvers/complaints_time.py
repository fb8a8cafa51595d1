"""What time does to complaints: reminder, warning, alarm; an alarm goes up to whoever supervises (H4; 003-32(4), 003-36(2)).

As for matters: what is due is found by an index, each run in a transaction of its own, and what time does has keys made of
what it is about. Downtime is caught up by the next look, and nobody can reset a clock.
"""

from typing import Final

from domain.access import Permission
from domain.engine.acts import Act, Remind
from domain.engine.deciding import decide
from domain.engine.events import Event
from domain.engine.lapses import due_acts, due_reminders
from domain.engine.matter import Matter, fold
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from domain.matter_summary import wake_at
from resolvers import complaints_store as store
from resolvers import record
from resolvers.complaints_notices import tell_of_time, tell_supervisor
from resolvers.complaints_places import office
from resolvers.complaints_store import Held
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.matters_counting import recounted
from resolvers.matters_time import MOST, ROUNDS, Swept
from resolvers.permits import permit
from resolvers.retrying import queued, retried

# A new calendar may move days that were provisional: whoever was counted by an older one is looked at again.
DUE: Final = """
SELECT id, complaint_id FROM complaint_run WHERE wake_at <= $1
UNION
SELECT id, complaint_id FROM complaint_run WHERE due_provisional AND phase IN ('received', 'running')
  AND calendar_at < (SELECT max(loaded_at) FROM calendar_notice WHERE loaded_at <= $1)
ORDER BY id LIMIT $2
"""
LATER: Final = "UPDATE complaint_run SET wake_at = $2, calendar_at = $3 WHERE id = $1"
ALARM: Final = "alarm"


async def sweep(ctx: Context, most: int = MOST) -> Swept:
    """Do what time has done to complaints by now; only for the system."""
    permit(ctx, Permission.COMPLAINT_COUNT)
    rows, events, failed = await ctx.db.reads.fetch(DUE, ctx.now, most), 0, []
    for row in rows:
        run_id = int(row["id"])
        try:
            async with queued(ctx.db.url, f"complaint:{row['complaint_id']}"):
                events += await retried(lambda run_id=run_id: _lapsed(ctx, run_id))  # type: ignore[misc]
        except ActRefused:
            failed.append(run_id)
    return Swept(len(rows), events, tuple(failed))


async def _lapsed(ctx: Context, run_id: int) -> int:
    async with unit_of_work(
        ctx, unrecorded="a look at a complaint on which time has nothing to do", serializable=True
    ) as uow:
        connection = await uow.raw()
        held = await store.hold_run(connection, run_id)
        if held is None:
            return 0
        book = await store.book_of(ctx, connection, held)
        events = [*await recounted(ctx, held, book)]
        matter = fold(events, held.matter)
        for _ in range(ROUNDS):
            made = _next(matter, book, ctx)
            if not made:
                break
            events += made
            matter = fold(made, matter)
        if not events:
            await _look_again(uow, held, book)
            return 0
        missed = _missed(events) - _alarmed(held.matter)
        await store.save(uow, held, events, matter, book, escalated=ctx.now if missed else None)
        await tell_of_time(uow, held, events, matter, book)
        if missed:
            await _escalate(uow, held, sorted(missed))
            for act in (one for one in _alarms(events) if one.limit in missed):
                await tell_supervisor(uow, held, act, matter, book)
        return len(events)


def _next(matter: Matter, book: Rulebook, ctx: Context) -> tuple[Event, ...]:
    at = ctx.now if matter.at is None else max(ctx.now, matter.at)
    acts: list[Act] = [*due_acts(matter, book, at), *(one.act() for one in due_reminders(matter, book, at))]
    return decide(matter, acts[0], book, ctx.now) if acts else ()


def _missed(events: list[Event]) -> set[str]:
    """Return the limits of which an alarm was given now."""
    return {one.limit for one in _alarms(events)}


def _alarms(events: list[Event]) -> list[Remind]:
    return [one.act for one in events if isinstance(one.act, Remind) and one.act.level == ALARM]


def _alarmed(matter: Matter) -> set[str]:
    """Return the limits of which an alarm was given before: an alarm belongs to a visit, going up to a limit."""
    return {one.limit for one in matter.reminded if one.level == ALARM}


async def _escalate(uow: UnitOfWork, held: Held, missed: list[str]) -> None:
    """Tell whoever supervises, as an event of its own: which limits were missed, and to whom it goes up."""
    above = await office(uow.ctx, "supervision_bureau", held.government_id)
    told = {"limits": missed, "run": held.run_number, "to": above}
    stream = store.case_stream(held.complaint_id)
    await record.append(uow, stream, "complaint.escalated", told, body_code=above or held.body_code)


async def _look_again(uow: UnitOfWork, held: Held, book: Rulebook) -> None:
    """Note when to look next, where nothing was due after all."""
    wakes = wake_at(held.matter, book, uow.ctx.now)
    await (await uow.raw()).execute(LATER, held.id, wakes, uow.ctx.now)
