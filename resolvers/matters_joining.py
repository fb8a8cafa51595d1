"""Several penalty cases made one, and one made several (003-30 多项处罚并案): every side in the same transaction.

What the engine must know of the other cases is read here under their locks, never taken from whoever sends the act.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from domain.engine.acts import Act, BeMerged, Merge, Split
from domain.engine.matter import fold
from domain.engine.parts import Doer, OtherMatter
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.matters_acting import held_for
from resolvers.matters_books import Basis
from resolvers.matters_briefing import briefed, judged_by
from resolvers.matters_judging import Judged, basis_of, doer, done_of, judge, parse
from resolvers.matters_opening import Plan, born, series_of
from resolvers.matters_refusals import KeyReused
from resolvers.matters_store import Held
from resolvers.matters_values import ActDone, Opening
from resolvers.reading.fetching import ReadConnection
from resolvers.retrying import queued, retried

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Parted:
    """What a split did: the act on the case, and the numbers of the cases that began with it."""

    done: ActDone
    numbers: tuple[str, ...]


async def merge(
    ctx: Context, matter_id: int, others: Sequence[int], reasons: str, key: str, seen: int | None = None
) -> ActDone:
    """Take other penalty cases of the same party and body up into one; they end there (并入) in the same transaction.

    The same key with the same cases again gives the same answer. Raises what ``act`` raises.
    """
    wanted = sorted(dict.fromkeys(others))
    _check(wanted, matter_id)
    async with AsyncExitStack() as queues:
        for one in sorted({matter_id, *wanted}):
            await queues.enter_async_context(queued(ctx.db.url, store.stream_of(one)))
        return await retried(lambda: _merged(ctx, matter_id, wanted, {"reasons": reasons, "key": key, "seen": seen}))


def _check(others: Sequence[int], matter_id: int) -> None:
    if not others or len(others) > MOST or matter_id in others:
        problem = FieldProblem("others", "OUT_OF_RANGE", f"请选择1到{MOST}件其他案件。", "请核对案件。")
        raise InvalidInput(problem.message, problem.remedy, (problem,))


async def _merged(ctx: Context, matter_id: int, others: Sequence[int], data: Mapping[str, Any]) -> ActDone:
    async with unit_of_work(
        ctx, unrecorded="cases that were joined before under the same key", serializable=True
    ) as uow:
        connection = await uow.raw()
        held = {one: await held_for(uow, one, None) for one in sorted({matter_id, *others})}
        main = held[matter_id]
        numbers = [held[one].number for one in others]
        if (again := await _before(uow, main, data["key"])) is not None:
            act, done = again
            if not isinstance(act, Merge) or (act.reasons, [one.id for one in act.others]) != (
                data["reasons"],
                numbers,
            ):
                raise _reused()
            return done
        known = [_other(held[one]) for one in others]
        procedure = await books.procedure(ctx, main.procedure_id)
        parsed = parse({**data, "kind": "merge", "others": known}, doer(ctx, main.matter, procedure))
        judged = await _judged(ctx, connection, main, parsed)
        events, after = await judge(ctx, connection, judged, parsed)
        for one in others:
            await _be_merged(uow, held[one], _other(main), data)
        await store.save(uow, main, events, after, judged.basis, judged.book)
    return done_of(matter_id, events, after, judged.basis.procedure)


async def _be_merged(uow: UnitOfWork, held: Held, into: OtherMatter, data: Mapping[str, Any]) -> None:
    connection = await uow.raw()
    by = doer(uow.ctx, held.matter, await books.procedure(uow.ctx, held.procedure_id))
    act = BeMerged(key=data["key"], by=by, into=into, reasons=data["reasons"])
    judged = await _judged(uow.ctx, connection, held, act)
    events, after = await judge(uow.ctx, connection, judged, act)
    await store.save(uow, held, events, after, judged.basis, judged.book)


async def _judged(ctx: Context, connection: ReadConnection, held: Held, act: Act) -> Judged:
    """Return a locked case with all it is judged by; a case that runs has its procedure fixed."""
    briefing = await briefed(ctx, connection, held, act)
    basis = await basis_of(ctx, connection, held, briefing.kept)
    return Judged(held, basis, await judged_by(ctx, held.matter, basis, briefing))


def _other(held: Held) -> OtherMatter:
    matter = held.matter
    return OtherMatter(
        id=held.number,
        kind=matter.kind,
        body=matter.body,
        party=matter.party,
        phase=matter.phase,
        decided="decided" in matter.marks,
    )


async def split(
    ctx: Context, matter_id: int, titles: Sequence[str], reasons: str, key: str, seen: int | None = None
) -> Parted:
    """Let parts of a penalty case go on as cases of their own, each with its title, the same item, body and party.

    The same key with the same titles again gives the same answer. Raises what ``act`` raises.
    """
    if not 1 <= len(titles) <= MOST or not all(title.strip() for title in titles):
        problem = FieldProblem("titles", "MISSING", "请写明分出的每一件案件的名称。", "请补充。")
        raise InvalidInput(problem.message, problem.remedy, (problem,))
    data = {"reasons": reasons, "key": key, "seen": seen}
    async with queued(ctx.db.url, store.stream_of(matter_id)):
        return await retried(lambda: _split(ctx, matter_id, titles, data))


async def _split(ctx: Context, matter_id: int, titles: Sequence[str], data: Mapping[str, Any]) -> Parted:
    async with unit_of_work(
        ctx, unrecorded="a case that was parted before under the same key", serializable=True
    ) as uow:
        connection = await uow.raw()
        held = await held_for(uow, matter_id, None)
        if (again := await _before(uow, held, data["key"])) is not None:
            act, done = again
            if not isinstance(act, Split) or (act.reasons, len(act.off)) != (data["reasons"], len(titles)):
                raise _reused()
            return Parted(done, act.off)
        by = doer(ctx, held.matter, await books.procedure(ctx, held.procedure_id))
        briefing = await briefed(ctx, connection, held)
        basis = await basis_of(ctx, connection, held, briefing.kept)
        opened = [await born(uow, _plan(ctx, held, basis, by, n, title, data)) for n, title in enumerate(titles)]
        parsed = parse({**data, "kind": "split", "off": [one.number for one in opened]}, by)
        judged = await _judged(ctx, connection, held, parsed)
        events, after = await judge(ctx, connection, judged, parsed)
        await store.save(uow, held, events, after, judged.basis, judged.book)
    return Parted(done_of(matter_id, events, after, judged.basis.procedure), tuple(one.number for one in opened))


def _plan(ctx: Context, held: Held, basis: Basis, by: Doer, number: int, title: str, data: Mapping[str, Any]) -> Plan:
    """Return the opening of one part of a case."""
    if basis.item is None:
        raise InvalidInput("没有权力事项的事务不能分案。", "请继续办理。")
    opening = Opening(
        item=held.item_code,
        key=f"{held.number}|{data['key']}|{number}",
        body=held.body_code,
        party=held.party,
        party_kind=held.matter.party_kind,
        origin=held.number,
        title=title.strip(),
    )
    return Plan(opening, basis.item, basis.procedure, by, f"split:{by.id}", series_of(ctx, basis.item, opening))


async def _before(uow: UnitOfWork, held: Held, key: str) -> tuple[Act, ActDone] | None:
    """Return what the key made before, with its answer, if it was the actor's own; raises ``KeyReused``."""
    if key not in held.matter.keys:
        return None
    events = await store.reread(await uow.raw(), held.id)
    first = next(event for event in events if event.act.key == key)
    if first.act.by.id != str(uow.ctx.actor.account_id):
        raise _reused()
    procedure = await books.procedure(uow.ctx, held.procedure_id)
    then = fold(event for event in events if event.seq <= first.seq)
    return first.act, done_of(held.id, (first,), then, procedure, repeated=True)


def _reused() -> KeyReused:
    return KeyReused("同一提交编号已用于另一操作", "003-33", "请刷新后重新提交")
