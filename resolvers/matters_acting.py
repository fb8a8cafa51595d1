"""Acting on a matter: one act, one transaction, one answer however often it is sent (issue 4, sections 1, 4).

Who acts is bound by the server from the session, never by what was sent. The engine decides; this module brings it what
it needs and writes what it says. First the matter's row is locked, then everything else is read by one statement
(`resolvers.matters_briefing`), then row, events and outbox are written by one: whoever waits for the lock decides by
what is there when the lock is his, so acts have one order and nobody's is undone (DECISIONS §28).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

import asyncpg

from domain.access import Permission
from domain.engine.acts import Act, Assign, known_by
from domain.engine.acts_base import Bringing
from domain.engine.events import Event
from domain.engine.matter import fold
from domain.engine.parts import Document, Doer
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers.context import Context, UnitOfWork, plain_unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn
from resolvers.materials_taking import take_up, wanted
from resolvers.matters_books import Basis
from resolvers.matters_briefing import Briefing, briefed, judged_by, named_by
from resolvers.matters_counting import recounted
from resolvers.matters_judging import Judged, basis_of, doer, done_of, judge, parse, since
from resolvers.matters_refusals import KeyReused, MatterRefused
from resolvers.matters_store import Held
from resolvers.matters_transferring import SAID_BY_SERVER, answer, bound, onward
from resolvers.matters_values import ActDone
from resolvers.reading.fetching import ReadConnection
from resolvers.retrying import queued, retried
from resolvers.shelf import Kept

BY_TIME: Final = ("deem", "remind", "recount", "answer_transfer")
ELSEWHERE: Final = ("open", "merge", "be_merged", "split")
"""Acts with doors of their own: what they need to know of other matters is never taken from whoever sends them."""


DECIDE: Final = "decide"
"""What is final: nothing of it while nobody outside has seen the log for too long (003-33)."""


class Maker(Protocol):
    """What makes documents that an act brings, inside the act's own transaction (`resolvers.papers_making`)."""

    def promised(self) -> tuple[Document, ...]:
        """Return the documents as far as they are known before anything is made."""

    async def make(self, uow: UnitOfWork, judged: Judged, act: Act) -> tuple[Document, ...]:
        """Make the documents for an act that may be done."""

    async def keep(self, uow: UnitOfWork, held: Held, key: str) -> None:
        """Keep what was made."""

    async def again(self, connection: asyncpg.Connection, held: Held, key: str) -> tuple[Document, ...]:
        """Return what the same submission made before."""


async def act(ctx: Context, matter_id: int, data: Mapping[str, Any]) -> ActDone:
    """Do an act as the signed-in official and return what it did.

    ``data`` is the act as plain data: ``kind``, ``key`` (idempotency), ``seen`` (the last event the doer knew of),
    ``visit`` (where several steps are open), and the fields of its kind (`domain.engine.acts`); never ``by``.
    The same key with the same data gives the same answer; other data under it raise ``KeyReused``. Raises
    ``NotFound`` (also for what the actor may not see), ``NotPermitted``, ``InvalidInput``, ``ChangedMeanwhile`` and
    the other refusals of `resolvers.matters_refusals`.
    """
    return await acting(ctx, matter_id, data, None)


async def act_on(ctx: Context, number: str, data: Mapping[str, Any]) -> ActDone:
    """Do an act on the matter with a number, as ``act`` does; what the actor may not see is not found."""
    if ctx.actor.kind == "anonymous":
        raise NotFound("办件")
    return await act(ctx, await store.id_of(ctx, number), data)


async def acting(
    ctx: Context, matter_id: int, data: Mapping[str, Any], party: Doer | None, maker: Maker | None = None
) -> ActDone:
    """Do an act as the official of the context, or for a party that has shown its code; ``maker`` makes its documents."""
    if data.get("kind") in (*BY_TIME, *ELSEWHERE):
        raise InvalidInput("这一操作不能直接提交。", "请通过相应的办理入口提交。")
    async with queued(ctx.db.url, store.stream_of(matter_id)):
        return await retried(lambda: _once(ctx, matter_id, data, party, maker))


async def _once(
    ctx: Context, matter_id: int, data: Mapping[str, Any], party: Doer | None, maker: Maker | None
) -> ActDone:
    async with plain_unit_of_work(ctx, unrecorded="an act that was done before under its key") as uow:
        connection = await uow.raw()
        held = await held_for(uow, matter_id, party)
        key = str(data.get("key", ""))
        if key in held.matter.keys:
            made = await maker.again(connection, held, key) if maker is not None else ()
            return await repeated(ctx, connection, held, data, party, made)
        await _seen(ctx, data)
        data = await bound(ctx, connection, held, data)
        judged, parsed, kept = await _judged(ctx, connection, held, data, party)
        taken = await wanted(uow, parsed, matter_id=held.id)
        moved = await recounted(ctx, held, judged.book, kept)
        if moved:
            judged, parsed = _after(judged, parsed, moved)
        events, after = await judge(
            ctx, connection, judged, parsed if maker is None else bringing(parsed, maker.promised())
        )
        final = await onward(uow, judged, parsed, after, kept)
        if maker is not None:
            final = bringing(final, await maker.make(uow, judged, final))
            await maker.keep(uow, held, key)
        if final is not parsed:
            events, after = await judge(ctx, connection, judged, final)
        await store.save(uow, held, (*moved, *events), after, judged.basis, judged.book)
        await answer(uow, judged, events)
        await take_up(uow, taken, held.id, next(one.seq for one in events if one.act.key == parsed.key))
    return done_of(held.id, (*moved, *events), after, judged.basis.procedure)


async def _judged(
    ctx: Context, connection: asyncpg.Connection, held: Held, data: Mapping[str, Any], party: Doer | None
) -> tuple[Judged, Act, Kept]:
    """Return a locked matter with all it is judged by, the act as data say it, and the shelf of the moment."""
    # Whose act it is does not depend on the rulebook; on which post it is done may, so that is bound once it is known.
    by = party or doer(ctx, held.matter, await books.procedure(ctx, held.procedure_id), data.get("visit"))
    parsed = parse(data, by)
    briefing = await briefed(ctx, connection, held, parsed)
    basis = await basis_of(ctx, connection, held, briefing.kept)
    if party is None and (post := doer(ctx, held.matter, basis.procedure, data.get("visit"))) != by:
        parsed = parsed.model_copy(update={"by": post})
    parsed = await _unhindered(connection, held, parsed)
    _known(parsed, briefing)
    book = await judged_by(ctx, held.matter, basis, briefing)
    return Judged(held, basis, book), parsed, briefing.kept


def bringing(parsed: Act, made: tuple[Document, ...]) -> Act:
    """Return an act with documents that were made for it; raises ``InvalidInput`` for an act that brings none."""
    if not made:
        return parsed
    if not isinstance(parsed, Bringing):
        raise InvalidInput("这一操作不能同时制作文书。", "请先用“登记材料”制作文书。")
    return parsed.model_copy(update={"documents": (*parsed.documents, *made)})


def _after(judged: Judged, parsed: Act, moved: tuple[Event, ...]) -> tuple[Judged, Act]:
    """Return a matter after days that a new calendar moved; whoever had seen all before it has missed nothing."""
    held = replace(judged.held, matter=fold(moved, judged.held.matter))
    if parsed.seen is not None and parsed.seen == judged.held.matter.seq:
        parsed = parsed.model_copy(update={"seen": held.matter.seq})
    return replace(judged, held=held), parsed


async def probe(ctx: Context, matter_id: int, data: Mapping[str, Any]) -> MatterRefused | None:
    """Return why an act would be refused now, or None if it would be done; nothing is done, and nothing is locked.

    Raises ``NotFound`` for what the actor may not act upon, and ``InvalidInput``.
    """
    return await retried(lambda: _probed(ctx, matter_id, data))


async def _probed(ctx: Context, matter_id: int, data: Mapping[str, Any]) -> MatterRefused | None:
    # Each statement borrows a connection and gives it back: whoever holds one and waits for a second may wait for ever.
    held = await store.hold(ctx.db.reads, matter_id, lock=False)
    if held is None or not store.may(ctx, Permission.MATTER_ACT, held.government_id, held.bodies):
        raise NotFound("办件")
    item = await books.item_version(ctx, held.item_version_id) if held.item_version_id is not None else None
    basis = Basis(held.procedure_id, await books.procedure(ctx, held.procedure_id), item)
    parsed = parse(data, doer(ctx, held.matter, basis.procedure, data.get("visit")))
    book = await judged_by(ctx, held.matter, basis, await briefed(ctx, ctx.db.reads, held, parsed))
    try:
        await _seen(ctx, data)
        await judge(ctx, ctx.db.reads, Judged(held, basis, book), parsed)
    except MatterRefused as refused:
        return refused
    return None


async def _seen(ctx: Context, data: Mapping[str, Any]) -> None:
    """Raise ``RecordNotWitnessed`` for a final decision while nobody outside sees the log."""
    if ctx.watch is not None and data.get("kind") == DECIDE:
        await ctx.watch.must_see(ctx.db, ctx.now)


async def held_for(uow: UnitOfWork, matter_id: int, party: Doer | None) -> Held:
    """Lock a matter for an act; raises ``NotFound`` where there is none for this actor, ``NotPermitted`` for watchers."""
    ctx = uow.ctx
    if party is None and ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    held = await store.hold(await uow.raw(), matter_id)
    if held is None:
        raise NotFound("办件")
    if party is None and not store.may(ctx, Permission.MATTER_ACT, held.government_id, held.bodies):
        if store.may(ctx, Permission.MATTER_READ, held.government_id, held.bodies):
            raise NotPermitted("您可以查看这一办件，但不能办理。", "请由承办机关的工作人员办理。")
        raise NotFound("办件")
    return held


def _known(parsed: Act, briefing: Briefing) -> None:
    """Whoever an act names as its officer holds a post in a body of the matter today; raises ``InvalidInput``."""
    if strangers := sorted(named_by(parsed) - briefing.in_office):
        field = "to" if isinstance(parsed, Assign) else "officers"
        problem = FieldProblem(field, "NOT_IN_OFFICE", f"{strangers[0]}不是承办机关的在岗人员。", "请重新选择人员。")
        raise InvalidInput(problem.message, problem.remedy, (problem,))


async def _unhindered(connection: ReadConnection, held: Held, parsed: Act) -> Act:
    """Reminders change nothing that a doer looks at: whoever has missed only those is not held up by them."""
    if parsed.seen is None or parsed.seen >= held.matter.seq:
        return parsed
    missed = await since(connection, held.id, parsed.seen)
    if any(one.kind != "remind" for one in missed):
        return parsed
    return parsed.model_copy(update={"seen": held.matter.seq})


async def repeated(
    ctx: Context,
    connection: ReadConnection,
    held: Held,
    data: Mapping[str, Any],
    party: Doer | None,
    papers: tuple[Document, ...] = (),
) -> ActDone:
    """Return the answer that an act was given the first time; raises ``KeyReused`` if it was another act, or another's.

    ``papers`` are the documents that the first submission made.
    """
    key = str(data["key"])
    events = await store.reread(connection, held.id)
    first = next(event for event in events if event.act.key == key)
    mine = party.id if party else str(ctx.actor.account_id or ctx.actor.name or "system")
    again = bringing(parse(data, first.act.by), papers) if first.act.by.id == mine else None
    # What the sender had seen is no part of what was to be done, nor what the server bound.
    told = {name: value for name in ("seen", *SAID_BY_SERVER) if (value := getattr(first.act, name, None)) is not None}
    if again is None or known_by(again.model_copy(update=told)) != known_by(first.act):
        raise KeyReused("同一提交编号已用于另一操作", "003-33", "请刷新后重新提交")
    until = [event for event in events if event.seq <= first.seq]
    made = tuple(event for event in until if event.seq > first.seq - _made_with(until))
    procedure = await books.procedure(ctx, held.procedure_id)
    return done_of(held.id, made, fold(until), procedure, repeated=True)


def _made_with(events: Sequence[Event]) -> int:
    """Count the last event together with what was recorded in the same transaction before it: deemed acts, moved days."""
    last, count = events[-1], 1
    for event in reversed(events[:-1]):
        if event.act.kind not in ("deem", "recount") or event.at != last.at:
            break
        count += 1
    return count
