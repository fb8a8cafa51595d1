"""Between bodies (R14; 004-6): what is sent begins at the other body's desk in the same transaction, and is answered.

A transfer ends a matter here and opens one there, with a link, a number and clocks of its own. What the other body does
with it first, accept or not, is told here as a receipt; what it does not accept comes back as a matter of its own.
"""

from collections.abc import Mapping
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.engine.acts import Act, RefuseAcceptance
from domain.engine.acts_between import AnswerTransfer
from domain.engine.between import NOT_OURS, RETURNED
from domain.engine.events import Event, Phased
from domain.engine.lapses import TIME
from domain.engine.matter import Matter
from domain.engine.parts import Doer, Sent
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers.context import Context, UnitOfWork
from resolvers.errors import NotPermitted
from resolvers.matters_books import Basis, ItemVersion
from resolvers.matters_briefing import briefed, judged_by
from resolvers.matters_judging import Judged, judge
from resolvers.matters_opening import Plan, born, governments, series_named
from resolvers.matters_store import Held
from resolvers.matters_values import Opening
from resolvers.reading.fetching import ReadConnection
from resolvers.shelf import Kept

SAID_BY_SERVER: Final = ("superior", "becomes", "came_by")
"""What an act says of other bodies and matters is bound here, and never taken from whoever sends it."""

SCOPE: Final = "transfer"
LETTERS: Final = "YS"
"""Letters of numbers of what came from another body and has no item here yet."""

# 行政处罚法-25(2): the common superior designates; within one government its legal office does so (004-5, 004-6).
SUPERIOR: Final = """
SELECT DISTINCT b.code FROM post t JOIN unit u ON u.id = t.unit_id JOIN body b ON b.id = u.body_id
WHERE b.government_id = $1 AND 'legal_office' = ANY(t.roles) AND b.code <> ALL($2::text[])
  AND t.valid @> $3::date AND u.valid @> $3::date AND b.valid @> $3::date ORDER BY b.code LIMIT 1
"""
ORIGIN: Final = "SELECT id FROM matter WHERE number = $1"


async def bound(ctx: Context, connection: ReadConnection, held: Held, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an act with what only the server says; raises ``NotPermitted`` for whoever may not designate."""
    plain = {name: value for name, value in data.items() if name not in SAID_BY_SERVER}
    kind = data.get("kind")
    if kind == "designate" and not allowed(ctx.actor, Permission.MATTER_DESIGNATE, Target(held.government_id)):
        raise NotPermitted("指定管辖由政府法制机构办理。", "请由有权指定管辖的机关办理。")
    if kind == "raise_dispute":
        between = [held.matter.body, str(data.get("other", ""))]
        plain["superior"] = await connection.fetchval(SUPERIOR, held.government_id, between, ctx.today) or ""
    return plain


async def onward(uow: UnitOfWork, judged: Judged, act: Act, after: Matter, kept: Kept) -> Act:
    """Open a matter where it goes on at another body, and return the act with the number that it has there.

    A body that is not among ours (a court, the police of another city) gets none: what is sent there ends here.
    """
    sent, before = after.sent, judged.held.matter.sent
    if sent is None or sent == before:
        return act
    if sent.to not in await governments(uow.ctx, kept, sent.to):
        return act
    item = getattr(act, "item", "")
    number = await _begun(uow, judged, kept, sent, f"{judged.held.number}|{act.key}", item)
    return act.model_copy(update={"becomes": number})


async def _begun(uow: UnitOfWork, judged: Judged, kept: Kept, sent: Sent, key: str, code: str = "") -> str:
    """Open a matter at a body under its own item if it has one, else by the procedure of the kind; return its number."""
    ctx, held, matter = uow.ctx, judged.held, judged.held.matter
    item = await _item(ctx, kept, sent.to, code or held.item_code)
    opening = Opening(
        item=item.content.code if item else "",
        key=key,
        body=sent.to,
        party_kind=matter.party_kind,
        origin=held.number,
        title=held.title,
        came_by=sent.ground,
    )
    by = Doer(kind="system", id=f"移送：{matter.body}")
    if item is not None:
        procedure = await books.procedure_for(ctx, kept, item)
        category = ctx.profile.category(item.content.category)
        series = series_named(ctx, sent.to, category.letters if category else "")
    else:
        procedure = books.general(ctx.profile.id, judged.basis.procedure, judged.book.category)
        series = series_named(ctx, sent.to, LETTERS)
    return (await born(uow, Plan(opening, item, procedure, by, SCOPE, series))).number


async def _item(ctx: Context, kept: Kept, body: str, code: str) -> ItemVersion | None:
    found = await books.item_in_force(ctx, kept, code, body) if code else None
    return found if found is not None and found.content.status == "in_use" else None


async def answer(uow: UnitOfWork, judged: Judged, events: tuple[Event, ...]) -> None:
    """Tell the body that sent a matter what became of it here, in the transaction in which that happened."""
    matter = judged.held.matter
    if matter.came_by in ("", RETURNED) or matter.phase != "received":
        return
    phases = [one.phase for event in events for one in event.effects if isinstance(one, Phased)]
    refusal = next((event.act for event in events if isinstance(event.act, RefuseAcceptance)), None)
    if refusal is None and "running" not in phases:
        return
    connection = await uow.raw()
    origin = await connection.fetchval(ORIGIN, matter.origin)
    held = await store.hold(connection, origin) if origin is not None else None
    if held is None or held.matter.sent is None or held.matter.sent.answered is not None:
        return
    await _answered(uow, held, judged.held, refusal)


async def _answered(uow: UnitOfWork, held: Held, there: Held, refusal: RefuseAcceptance | None) -> None:
    ctx, connection = uow.ctx, await uow.raw()
    briefing = await briefed(ctx, connection, held)
    item = await books.item_version(ctx, held.item_version_id) if held.item_version_id is not None else None
    basis = Basis(held.procedure_id, await books.procedure(ctx, held.procedure_id), item)
    judged = Judged(held, basis, await judged_by(ctx, held.matter, basis, briefing))
    back = ""
    if refusal is not None and refusal.ground == NOT_OURS:
        to = Sent(to=held.matter.body, at=ctx.now, ground=RETURNED)
        back = await _begun(uow, Judged(there, basis, judged.book), briefing.kept, to, there.number, held.item_code)
    act = AnswerTransfer(
        key=f"answer:{there.number}",
        by=TIME,
        accepted=refusal is None,
        reasons=refusal.reasons if refusal else "",
        becomes=back,
    )
    events, after = await judge(ctx, connection, judged, act)
    await store.save(uow, held, events, after, basis, judged.book)
