"""Judging an act: who does it on which post, what the matter runs by, what the engine says, and what is answered.

What acting, opening, joining and transferring share; nothing here locks or writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from domain.engine.acts import ACT, ACT_NAMES, Act
from domain.engine.deciding import decide
from domain.engine.events import Event
from domain.engine.matter import Matter, fold
from domain.engine.parts import Doer
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from domain.procedures import Procedure
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers.context import Context
from resolvers.matters_books import Basis
from resolvers.matters_refusals import ChangedMeanwhile, Happened, refusal_of, wrong_act
from resolvers.matters_store import Held
from resolvers.matters_values import ActDone
from resolvers.reading.fetching import ReadConnection, Reading
from resolvers.shelf import Kept


@dataclass(frozen=True, slots=True)
class Judged:
    """A matter with everything it is judged by, inside a unit of work."""

    held: Held
    basis: Basis
    book: Rulebook


def parse(data: Mapping[str, Any], by: Doer) -> Act:
    """Return an act from plain data and the doer that the server names; raises ``InvalidInput``."""
    try:
        return ACT.validate_python({**data, "by": by})
    except ValidationError as error:
        raise wrong_act(error) from error


def doer(ctx: Context, matter: Matter, procedure: Procedure, visit: Any = None) -> Doer:
    """Return the official of the context on the post by which the matter's open steps can be done, if one fits.

    Otherwise on any post in a body of the matter: the engine then says whose the step is.
    """
    actor = ctx.actor
    if actor.kind != "official":
        return Doer(kind="system", id=actor.name or "system")
    wanted = []
    for one in matter.open_visits:
        step = procedure.by_key.get(one.step)
        if step is not None and visit in (None, one.number):
            wanted.append((one.body or matter.body, step.post))
    dispute = matter.open_dispute
    between = (dispute.other, dispute.superior) if dispute else ()
    bodies = (matter.body, *matter.bodies, *(one.of for one in matter.assistances), *between)
    order = {body: number for number, body in reversed(list(enumerate(bodies)))}

    def fitness(body: str, post: str) -> tuple[bool, bool, int]:
        return (body, post) not in wanted, body not in {one for one, _ in wanted}, order.get(body, len(order))

    held = sorted(actor.postings, key=lambda one: fitness(one.body_code, one.post))
    best = held[0] if held else None
    return Doer(
        kind="official", id=str(actor.account_id), body=best.body_code if best else "", post=best.post if best else ""
    )


async def basis_of(ctx: Context, connection: ReadConnection, held: Held, kept: Kept) -> Basis:
    """Return what a matter runs by: what was pinned, or before the acceptance what is in force today (003-29)."""
    item = await books.item_version(ctx, held.item_version_id) if held.item_version_id is not None else None
    procedure = await books.procedure(ctx, held.procedure_id)
    if held.matter.pins is None and held.matter.phase == "received" and item is not None:
        newest = await books.item_in_force(ctx, kept, held.item_code, item.content.body)
        if newest is not None and newest.id != item.id and newest.content.status == "in_use":
            chosen = procedure.id if procedure.id in books.templates(ctx.profile.id) else ""
            fresh = await books.procedure_for(ctx, kept, newest, chosen)
            if all(visit.step in fresh.by_key for visit in held.matter.open_visits):
                return Basis(await books.keep_procedure(ctx, connection, fresh), fresh, newest)
    return Basis(held.procedure_id, procedure, item)


async def judge(ctx: Context, connection: Reading, judged: Judged, parsed: Act) -> tuple[tuple[Event, ...], Matter]:
    """Let the engine decide; its refusals become ours, and who came too late is told what happened meanwhile."""
    matter = judged.held.matter
    try:
        events = decide(matter, parsed, judged.book, ctx.now)
    except ActRefused as refused:
        found = refusal_of(refused)
        if isinstance(found, ChangedMeanwhile):
            found = found.telling(await since(connection, judged.held.id, parsed.seen or 0))
        raise found from refused
    return events, fold(events, matter)


async def since(connection: Reading, matter_id: int, seen: int) -> tuple[Happened, ...]:
    """Return what happened on a matter after an event."""
    sql = "SELECT seq, kind, actor_name, at FROM event WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT 100"
    rows = await connection.fetch(sql, store.stream_of(matter_id), seen)
    return tuple(
        Happened(row["seq"], kind, ACT_NAMES.get(kind, kind), row["actor_name"], row["at"])
        for row in rows
        for kind in [str(row["kind"]).removeprefix("matter.")]
    )


def done_of(
    matter_id: int, events: Sequence[Event], after: Matter, procedure: Procedure, *, repeated: bool = False
) -> ActDone:
    """Return the answer to an act."""
    steps = tuple(visit.step for visit in after.open_visits)
    names = tuple(step.name for step in (procedure.by_key.get(one) for one in steps) if step is not None)
    return ActDone(
        matter_id=matter_id,
        number=after.id,
        seq=after.seq,
        at=events[-1].at,
        events=tuple(events),
        phase=after.phase,
        ending=after.ending,
        steps=steps,
        step_names=names,
        repeated=repeated,
    )
