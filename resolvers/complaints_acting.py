"""What officials do with a complaint: one verb, one act of the engine, its words sealed beside it (003-36(3), S4).

The clerk who inquired gives the first finding and the head who did not the second. Words are sealed before the engine is
asked, so that the act can name them by their digest and never holds them. The same key gives the same answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import asyncpg

from domain.access import Permission, Target, allowed
from domain.complaints import LONGEST_TEXT, plain_words
from domain.engine.deciding import decide
from domain.engine.events import Event
from domain.engine.matter import Matter, fold
from domain.engine.parts import Doer
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from resolvers import complaints_store as store
from resolvers.complaints_filing import SYSTEM_NAME, begin
from resolvers.complaints_notices import tell_asked
from resolvers.complaints_store import Birth, Draft, Held, Written
from resolvers.complaints_values import Deed, Done
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn
from resolvers.matters_counting import recounted
from resolvers.matters_judging import parse
from resolvers.matters_refusals import refusal_of
from resolvers.permits import permit
from resolvers.retrying import queued, retried

BODY: Final = "SELECT code FROM body WHERE code = $1 AND valid @> $2::date"


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing an official does: under which right, as which act, and whether it needs words (``text`` is their kind)."""

    act: str
    text: str
    right: Permission = Permission.COMPLAINT_ACT
    needed: bool = False
    step: str = ""
    """The step it belongs to; empty: the whole run."""


VERBS: Final[Mapping[str, Verb]] = {
    "route": Verb("complete", "route", step="route"),
    "accept": Verb("accept", "", step="accept"),
    "refuse": Verb("refuse_acceptance", "refusal", needed=True, step="accept"),
    "find": Verb("complete", "finding", needed=True, step="inquire"),
    "decide": Verb("decide", "decision", Permission.COMPLAINT_DECIDE, needed=True, step="decide"),
    "return": Verb("return", "returned", Permission.COMPLAINT_DECIDE, needed=True, step="decide"),
    "reply": Verb("complete", "reply", needed=True, step="reply"),
    "close": Verb("close", "", step="close"),
    "message": Verb("record", "answer", needed=True),
    "extract": Verb("request_assistance", "extract", needed=True),
    "extract_answer": Verb("answer_assistance", "extract_answer", needed=True),
    "transfer": Verb("transfer", "transfer", needed=True),
}
NAMES: Final[Mapping[str, str]] = {
    "route": "确定承办",
    "accept": "受理",
    "refuse": "不予受理",
    "find": "经办人认定",
    "decide": "负责人认定",
    "return": "退回调查",
    "reply": "答复",
    "close": "办结",
    "message": "给提出人发消息",
    "extract": "向被反映机关发摘编",
    "extract_answer": "答复摘编",
    "transfer": "移送",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A run with what it is judged by, inside a unit of work, and the text that an act will name."""

    held: Held
    book: Rulebook
    by: Doer
    written: Written | None


async def act(ctx: Context, complaint_id: int, deed: Deed) -> Done:
    """Do something with a complaint; raises ``NotFound`` for whoever may not know of it, the engine's refusals, ``InvalidInput``."""
    verb = VERBS.get(deed.verb)
    if verb is None:
        raise InvalidInput("没有这种操作。", "请刷新页面后重新提交。")
    clean = replace(deed, text=plain_words(deed.text, lines=True))
    _check_words(clean, verb)
    async with queued(ctx.db.url, f"complaint:{complaint_id}"):
        return await retried(lambda: _once(ctx, complaint_id, clean, verb))


def _check_words(deed: Deed, verb: Verb) -> None:
    if verb.needed and not deed.text:
        raise wrong("text", "没有填写内容。", "请填写。")
    if len(deed.text) > LONGEST_TEXT:
        raise wrong("text", f"内容超过{LONGEST_TEXT}字。", "请缩短。")
    if verb.act in ("decide", "complete") and verb.text in ("decision", "finding") and not deed.result:
        raise wrong("result", "没有选择认定结果。", "请选择。")
    if not deed.key.strip():
        raise wrong("key", "没有提交编号。", "请刷新页面后重新提交。")


def wrong(path: str, message: str, remedy: str) -> InvalidInput:
    """Return a refusal about one field."""
    return InvalidInput(message, remedy, (FieldProblem(path, "WRONG", message, remedy),))


async def _once(ctx: Context, complaint_id: int, deed: Deed, verb: Verb) -> Done:
    async with unit_of_work(
        ctx, unrecorded="an act on a complaint that was done before under its key", serializable=True
    ) as uow:
        connection = await uow.raw()
        held = await store.hold(connection, complaint_id)
        if held is None:
            raise NotFound("反映")
        body = await _may(ctx, connection, held, deed, verb)
        if deed.key in held.matter.keys:
            return _done(held, held.matter, repeated=True)
        by = doer(ctx, body)
        if deed.verb == "transfer":
            return await _transferred(uow, held, deed, by)
        written, sealed = await _sealed(uow, held, deed, verb)
        book = await store.book_of(ctx, connection, held, by.id)
        judged = Judged(held, book, by, written)
        data = await _data(ctx, connection, judged, deed, verb)
        events, after = await judge(ctx, held, book, data, by)
        await store.save(uow, held, events, after, book)
        if written is not None:
            await store.keep(
                uow, held.complaint_id, held.id, _draft(deed, verb), written, sealed, by=ctx.actor.account_id
            )
            if deed.verb == "extract":
                await tell_asked(uow, held, deed.to, written.no)
        return _done(held, after)


async def _may(ctx: Context, connection: asyncpg.Connection, held: Held, deed: Deed, verb: Verb) -> str:
    """Return the body the actor acts for. Who may not know of the complaint finds none; who may only watch is told so."""
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    here = Target(held.government_id, held.body_code)
    if deed.verb == "extract_answer":
        asked = {(one.number, one.of) for one in held.matter.assistances}
        extract = next((one for one in await extracts_of(ctx, connection, held) if one.no == deed.about_no), None)
        there = Target(held.government_id, extract.to_body if extract else "")
        if extract is None or not asked or not _answers(ctx, there):
            raise NotFound("摘编")
        return extract.to_body
    if not allowed(ctx.actor, Permission.COMPLAINT_READ, here):
        raise NotFound("反映")
    if not allowed(ctx.actor, verb.right, here):
        told = "由负责人办理" if verb.right is Permission.COMPLAINT_DECIDE else "由承办机关的专办人员办理"
        raise NotPermitted(f"您可以查看，但“{NAMES[deed.verb]}”{told}。", "如有需要，请联系安全管理员授予相应岗位。")
    return held.body_code


def _answers(ctx: Context, there: Target) -> bool:
    return any(allowed(ctx.actor, one, there) for one in (Permission.COMPLAINT_ACT, Permission.COMPLAINT_DECIDE))


async def extracts_of(ctx: Context, connection: asyncpg.Connection, held: Held) -> tuple[store.Text, ...]:
    """Return the extracts of the run, in the order in which other bodies were asked."""
    found = await store.texts(ctx, connection, held.complaint_id, ("extract",))
    return tuple(one for one in found if one.run_id == held.id)


def doer(ctx: Context, body: str) -> Doer:
    """Return the actor on a post of a body: one that carries a right, if there are several."""
    actor = ctx.actor
    if actor.kind != "official":
        return Doer(kind="system", id=actor.name or "system")
    held = sorted((one for one in actor.postings if one.body_code == body), key=lambda one: not one.roles)
    return Doer(kind="official", id=str(actor.account_id), body=body, post=held[0].post if held else "")


async def _sealed(uow: UnitOfWork, held: Held, deed: Deed, verb: Verb) -> tuple[Written | None, bytes]:
    if not verb.text or not deed.text:
        return None, b""
    no = await store.next_no(await uow.raw(), held.complaint_id)
    return store.sealed_as(uow.ctx, held.complaint_id, no, _words(deed))


def _words(deed: Deed) -> dict[str, str]:
    """Return what is written: a refusal with its ground, so that it is told with the words."""
    return {"ground": deed.ground, "text": deed.text} if deed.verb == "refuse" else {"text": deed.text}


def _draft(deed: Deed, verb: Verb) -> Draft:
    return Draft(verb.text, _words(deed), deed.key, deed.to if "extract" in verb.text else "", deed.about_no)


Filler = Callable[[Judged, Deed], Mapping[str, Any]]


def _find(judged: Judged, deed: Deed) -> Mapping[str, Any]:
    said = judged.written.said if judged.written else ""
    return {"opinion": {"verdict": "neutral", "text": said}, "proposal": {"result": deed.result, "reasons": said}}


def _decide(judged: Judged, deed: Deed) -> Mapping[str, Any]:
    said = judged.written.said if judged.written else ""
    return {"opinion": {"verdict": "neutral", "text": said}, "outcome": {"result": deed.result, "reasons": said}}


def _refuse(judged: Judged, deed: Deed) -> Mapping[str, Any]:
    return {"ground": deed.ground, "reasons": judged.written.said if judged.written else ""}


def _return(judged: Judged, _deed: Deed) -> Mapping[str, Any]:
    return {"to": "inquire", "reasons": judged.written.said if judged.written else ""}


def _extract(judged: Judged, deed: Deed) -> Mapping[str, Any]:
    return {"of": deed.to, "what": judged.written.said if judged.written else ""}


def _extract_answer(judged: Judged, deed: Deed) -> Mapping[str, Any]:
    return {"request": deed.about_no, "answer": judged.written.said if judged.written else ""}


FILLERS: Final[Mapping[str, Filler]] = {
    "find": _find,
    "decide": _decide,
    "refuse": _refuse,
    "return": _return,
    "extract": _extract,
    "extract_answer": _extract_answer,
}
BARE: Final = ("return", "request_assistance")
"""Acts that bring nothing: their words are named in their reasons."""


async def _data(ctx: Context, connection: asyncpg.Connection, judged: Judged, deed: Deed, verb: Verb) -> dict[str, Any]:
    """Return the act as plain data."""
    if deed.verb == "extract":
        await _other_body(ctx, connection, judged.held, deed.to)
    if deed.verb == "extract_answer":
        # The request's number within the run is the place of its extract among those of the run.
        found = [one.no for one in await extracts_of(ctx, connection, judged.held)]
        deed = replace(deed, about_no=found.index(deed.about_no) + 1)
    filler = FILLERS.get(deed.verb)
    data: dict[str, Any] = {"kind": verb.act, "key": deed.key, "seen": deed.seen}
    if judged.written is not None and verb.act not in BARE:
        data["materials"] = [judged.written.material("organ")]
    if verb.step and verb.act == "complete":
        _in_step(judged.held, verb.step, deed.verb)
    return {**data, **(filler(judged, deed) if filler else {})}


def _in_step(held: Held, step: str, verb: str) -> None:
    """Refuse what belongs to another step: three verbs are one act of the engine, so it alone cannot tell."""
    if all(one.step != step for one in held.matter.open_visits):
        raise Conflict(f"当前环节不能办理“{NAMES[verb]}”。", "请刷新页面，按流程办理。")


async def _other_body(ctx: Context, connection: asyncpg.Connection, held: Held, code: str) -> None:
    if code == held.body_code or await connection.fetchval(BODY, code, ctx.today) is None:
        raise wrong("to", "没有选择其他机关。", "请选择机关。")


async def judge(
    ctx: Context, held: Held, book: Rulebook, data: Mapping[str, Any], by: Doer
) -> tuple[tuple[Event, ...], Matter]:
    """Let the engine decide; days that a new calendar moved are journalled first."""
    moved = await recounted(ctx, held, book)
    matter = fold(moved, held.matter)
    given = dict(data)
    if moved and given.get("seen") == held.matter.seq:
        given["seen"] = matter.seq
    try:
        events = decide(matter, parse(given, by), book, ctx.now)
    except ActRefused as refused:
        raise refusal_of(refused) from refused
    return (*moved, *events), fold(events, matter)


# 003-52: whoever receives it is answerable from the receipt on, so the run that goes on elsewhere has the same days.
async def _transferred(uow: UnitOfWork, held: Held, deed: Deed, by: Doer) -> Done:
    """End the run here and begin it at the other body, with the receipt of the first, in one transaction."""
    ctx, connection = uow.ctx, await uow.raw()
    await _other_body(ctx, connection, held, deed.to)
    written, sealed = await _sealed(uow, held, deed, VERBS["transfer"])
    said = written.said if written else ""
    data: dict[str, Any] = {
        "kind": "transfer",
        "key": deed.key,
        "seen": deed.seen,
        "ground": deed.ground,
        "to": deed.to,
        "reasons": said,
    }
    if written is not None:
        data["materials"] = [written.material("organ")]
    book = await store.book_of(ctx, connection, held, by.id)
    events, after = await judge(ctx, held, book, data, by)
    await store.save(uow, held, events, after, book)
    if written is not None:
        draft = Draft("transfer", {"text": deed.text}, deed.key)
        await store.keep(uow, held.complaint_id, held.id, draft, written, sealed, by=ctx.actor.account_id)
    number = f"{held.number}-{held.no + 1}"
    birth = Birth(held.complaint_id, held.no + 1, "transferred" if held.role != "review" else "review", number, 0)
    opening = {
        "body": deed.to,
        "party": held.number,
        "received": held.matter.marks["received"],
        "origin": held.run_number,
    }
    begun = await begin(uow, book.procedure.id, birth, opening, Doer(kind="system", id=SYSTEM_NAME))
    return _done(held, begun.after)


def _done(held: Held, after: Matter, *, repeated: bool = False) -> Done:
    visits = after.open_visits
    step = visits[0].step if visits else ""
    at = after.at if after.at is not None else held.received_at
    return Done(held.complaint_id, held.number, after.seq, at, after.phase, after.ending, step, repeated)


async def hold_to_read(ctx: Context, complaint_id: int) -> Held:
    """Return a complaint for somebody who may read it. Raises ``NotFound``, ``NotSignedIn``."""
    held = await store.hold(ctx.db.reads, complaint_id, lock=False)
    if held is None or not allowed(ctx.actor, Permission.COMPLAINT_READ, Target(held.government_id, held.body_code)):
        if ctx.actor.kind == "anonymous":
            permit(ctx, Permission.COMPLAINT_READ)
        raise NotFound("反映")
    return held
