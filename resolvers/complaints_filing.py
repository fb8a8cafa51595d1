"""Filing: on the portal without an account, at the desk for whoever calls, comes or writes, or by a system with a token.

Number and run are drawn in one transaction with the event. Who files is sealed before anything is written; the follow-up
code is made of the server's secret and the key of the form, of which only keyed hashes are kept, so a form that is sent
again gets the same answer (H3, H5; 003-26, 003-27, 003-52).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.complaints import BY_OFFICERS, BY_OFFICIALS, Filing, plain_words, problems, receiver
from domain.engine.clocks import deadline_of
from domain.engine.deciding import decide
from domain.engine.matter import BLANK, Matter, fold
from domain.engine.parts import Doer
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from resolvers import complaints_store as store
from resolvers import matters_books as books
from resolvers import receipts
from resolvers.calendar import load_calendar
from resolvers.complaints_contacts import PROVED, provable, proved
from resolvers.complaints_files import Freed, Sent, attach, freed
from resolvers.complaints_places import office, receiving_office
from resolvers.complaints_store import ANSWER, Birth, Draft
from resolvers.complaints_values import Coming, Filed
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, NotFound, Unavailable
from resolvers.matters_books import Basis
from resolvers.matters_judging import parse
from resolvers.matters_opening import ALIKE, DRAW, PARTY, TAKEN
from resolvers.matters_refusals import KeyReused, refusal_of
from resolvers.permits import permit
from resolvers.retrying import queued, retried
from resolvers.throttles import Client, take_complaint

KEY: Final = "open"
LEAST_KEY: Final = 22
"""The key of a form is a secret as long as its answer is on its way: 128 bits or more, as our page makes them."""

CODE_BYTES: Final = 10
"""80 bits: sixteen letters and digits."""

SCOPE: Final = "complaints:file"
SYSTEM_NAME: Final = "投诉举报"
FIND: Final = "SELECT id FROM complaint WHERE filing = $1"
AGAIN: Final = "SELECT number, kind, received_at FROM complaint WHERE id = $1"
BODY: Final = "SELECT code, name, government_id FROM body WHERE code = $1 AND valid @> $2::date"
ITEM_BODY: Final = """
SELECT v.body_code FROM power_item i JOIN power_period p ON p.item_id = i.id JOIN power_version v ON v.id = p.version_id
WHERE i.code = $1 AND upper_inf(p.recorded) AND p.valid @> $2::date ORDER BY v.id DESC LIMIT 1
"""
OUTSIDE: Final = Doer(kind=PARTY, id=PARTY)
"""Whoever files, before there is a number to go by."""

GOVERNMENT: Final = "SELECT id FROM government ORDER BY id LIMIT 1"
ADD: Final = """
INSERT INTO complaint (number, filing, code_hash, government_id, kind, capacity, channel, verified, about, about_body,
  item_code, consent, filed_at, received_at, identity_sealed, identity_keys)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """A filing with what it resolves to: which body receives it, in which government, under whose key."""

    filing: Filing
    scope: str
    key: str
    coming: Coming
    body: str
    government: int
    files: tuple[Freed, ...] = ()
    by: Doer = OUTSIDE


async def file(
    ctx: Context, filing: Filing, key: str, client: Client, sent: Sequence[Sent] = (), contact_code: str = ""
) -> Filed:
    """Take what somebody files on the portal; the same key gives the same answer, code included.

    ``contact_code`` proves the address of a real name (`resolvers.complaints_contacts`). Raises ``InvalidInput`` with every problem at its field, ``TooMany``, ``KeyReused``, ``Unavailable`` where a name
    cannot be sealed.
    """
    permit(ctx, Permission.COMPLAINT_FILE)
    _check_key(key)
    checked = check(ctx, filing)
    files = await freed(ctx, sent)
    await take_complaint(ctx, client)
    sure = await proved(ctx, key, checked, contact_code)
    verified = PROVED if sure else "number" if checked.identity.number else ""
    return await _filed(ctx, await _planned(ctx, checked, "portal", key, Coming(verified=verified), files))


async def file_by_token(ctx: Context, filing: Filing, key: str, coming: Coming) -> Filed:
    """Take what another system passes on, such as a hotline; it may say when it came and that it knows who files."""
    permit(ctx, Permission.COMPLAINT_FILE)
    _check_key(key)
    trusted = ctx.actor.kind == "integrator" and SCOPE in ctx.actor.scopes
    checked = check(ctx, filing)
    if not trusted and provable(ctx, checked):
        raise _wrong("capacity", "接口不能核验联系方式，不能提交实名反映。", "请在网页上提交，或者选择署名但不公开。")
    verified = "system" if trusted and coming.verified and filing.named else "number" if checked.identity.number else ""
    came = Coming("token" if trusted else "online", coming.received if trusted else None, verified)
    scope = f"token:{ctx.actor.account_id or ctx.actor.name}" if trusted else "portal"
    plan = await _planned(ctx, checked, scope, key, _not_later(ctx, came))
    if trusted:
        plan = replace(plan, by=Doer(kind="system", id=ctx.actor.name or "接口"))
    return await _filed(ctx, plan)


async def register(ctx: Context, filing: Filing, key: str, coming: Coming, body: str) -> Filed:
    """Register what came by phone, visit or letter, as an official of the body that received it.

    The day on which it came counts, not that of the registration. Raises as ``file`` does, and ``NotPermitted``.
    """
    row = await _body(ctx, body)
    permit(ctx, Permission.COMPLAINT_ACT, Target(row["government_id"], body))
    checked = check(ctx, filing)
    if coming.channel not in BY_OFFICIALS:
        raise _wrong("channel", "没有选择来源。", "请选择电话、来访或者来信。")
    if coming.verified and coming.verified not in BY_OFFICERS:
        raise _wrong("verified", "没有这种核验方式。", "请从列表中选择。")
    came = _not_later(ctx, replace(coming, verified=coming.verified if filing.named else ""))
    posting = next((one for one in ctx.actor.postings if one.body_code == body), None)
    by = Doer(kind="system", id=ctx.actor.name or "system")
    if ctx.actor.kind == "official":
        by = Doer(kind="official", id=str(ctx.actor.account_id), body=body, post=posting.post if posting else "")
    scope = f"official:{ctx.actor.account_id or ctx.actor.name}"
    plan = Plan(await _at_its_item(ctx, checked), scope, key, came, body, row["government_id"], by=by)
    return await _filed(ctx, plan)


def permit_register(ctx: Context) -> None:
    """Let pass whoever may register complaints for at least one body. Raises ``NotSignedIn``, ``NotPermitted``."""
    held = [Target(one.government_id, one.body_code) for one in ctx.actor.postings]
    passed = next((one for one in held if allowed(ctx.actor, Permission.COMPLAINT_ACT, one)), Target())
    permit(ctx, Permission.COMPLAINT_ACT, passed)


def check(ctx: Context, filing: Filing) -> Filing:
    """Return a filing with its words cleaned; raises ``InvalidInput`` with all that is wrong, ``Unavailable`` without keys."""
    clean = replace(
        filing,
        text=plain_words(filing.text, lines=True),
        subject=plain_words(filing.subject),
        detail=plain_words(filing.detail),
    )
    wrong = tuple(
        FieldProblem(one.path, one.code, one.message, one.remedy)
        for one in problems(clean, ctx.profile.complaints, ctx.today)
    )
    if wrong:
        raise InvalidInput(wrong[0].message, wrong[0].remedy, wrong)
    if clean.named and ctx.identity_keys is None:
        raise Unavailable("现在不能封存身份信息，因此不能接受署名的反映。", "可以匿名提交，或者到窗口、来电反映。")
    return clean


def _check_key(key: str) -> None:
    if len(key) < LEAST_KEY:
        raise _wrong("key", "提交编号太短。", "请刷新页面后重新提交。")


def _not_later(ctx: Context, coming: Coming) -> Coming:
    if coming.received is not None and coming.received > ctx.now:
        raise _wrong("received", "收到的时间晚于现在。", "请核对收到的时间。")
    return coming


def _wrong(path: str, message: str, remedy: str) -> InvalidInput:
    return InvalidInput(message, remedy, (FieldProblem(path, "WRONG", message, remedy),))


async def _planned(
    ctx: Context, filing: Filing, scope: str, key: str, coming: Coming, files: tuple[Freed, ...] = ()
) -> Plan:
    located = await _at_its_item(ctx, filing)
    government = await ctx.db.reads.fetchval(GOVERNMENT)
    if located.body:
        government = (await _body(ctx, located.body))["government_id"]
    if government is None:
        raise NotFound("机关")
    supervisor = await office(ctx, "supervision_bureau", government)
    service = await receiving_office(ctx, government)
    rules = ctx.profile.complaints
    body = receiver(located, rules, body=located.body, supervisor=supervisor, service=service)
    if not body:
        raise _wrong("body", "没有写明是哪一个机关。", "请选择机关。")
    return Plan(located, scope, key, coming, body, int(government), files)


async def _at_its_item(ctx: Context, filing: Filing) -> Filing:
    """Return a filing about an item with the item's body; raises ``InvalidInput`` for an item that is not there."""
    if not filing.item:
        return filing
    body = await ctx.db.reads.fetchval(ITEM_BODY, filing.item, ctx.today)
    if body is None:
        raise _wrong("item", "没有这一办理事项。", "请核对权力编码，或者改选机关。")
    return replace(filing, body=filing.body or body)


async def _body(ctx: Context, code: str) -> Any:
    row = await ctx.db.reads.fetchrow(BODY, code, ctx.today)
    if row is None:
        raise _wrong("body", "没有这一机关。", "请重新选择机关。")
    return row


async def _filed(ctx: Context, plan: Plan) -> Filed:
    series = series_of(ctx, plan)
    async with queued(ctx.db.url, f"series:{series}"):
        done = await retried(lambda: _once(ctx, plan, series), also=TAKEN)
    if plan.by.kind != PARTY:
        return done
    run_id = await ctx.db.reads.fetchval("SELECT min(id) FROM complaint_run WHERE complaint_id = $1", done.complaint_id)
    return replace(done, receipt=await receipts.given(ctx, store.stream_of(run_id), 1, done.number))


# 003-31(2): the series is that of the receiving body, the kind and a civil year.
def series_of(ctx: Context, plan: Plan) -> str:
    """Return the series of a number."""
    letters = ctx.profile.complaints.kinds[plan.filing.kind].letters
    return f"{plan.body}{letters}{ctx.now.astimezone(LOCAL).year}"


async def _once(ctx: Context, plan: Plan, series: str) -> Filed:
    async with unit_of_work(
        ctx, unrecorded="a complaint that was filed before under its key", serializable=True
    ) as uow:
        connection = await uow.raw()
        known = await connection.fetchval(FIND, filing_hash(ctx, plan.scope, plan.key))
        if known is not None:
            return await _again(uow, int(known), plan)
        number = f"{series}{await connection.fetchval(DRAW, series):06}"
        return await _born(uow, plan, number)


async def _born(uow: UnitOfWork, plan: Plan, number: str) -> Filed:
    ctx, connection, filing = uow.ctx, await uow.raw(), plan.filing
    code = code_of(ctx, plan.scope, plan.key)
    received = plan.coming.received or ctx.now
    complaint_id = await connection.fetchval(ADD, *_row(ctx, plan, number, code, received))
    draft = Draft("filed", _words(filing), f"filed {plan.key}")
    written, sealed = store.sealed_as(ctx, complaint_id, 1, draft.words)
    kind = ctx.profile.complaints.kinds[filing.kind]
    begun = await begin(
        uow,
        kind.procedure_for(named=filing.named),
        Birth(complaint_id, 1, "first", number, 0),
        {
            "body": plan.body,
            "party": number,
            "received": plan.coming.received if plan.by.kind != PARTY else None,
            "materials": [written.material("party")],
        },
        plan.by if plan.by.kind != PARTY else Doer(kind=PARTY, id=number),
    )
    by = ctx.actor.account_id if plan.by.kind == "official" else None
    await store.keep(uow, complaint_id, begun.run_id, draft, written, sealed, by=by)
    await attach(uow, complaint_id, 1, plan.files)
    return await _answer(uow, complaint_id, number, filing.kind, code, received, begun.after, begun.book)


def _row(ctx: Context, plan: Plan, number: str, code: str, received: datetime) -> tuple[Any, ...]:
    filing, sealed, names = plan.filing, None, ""
    if filing.named and ctx.identity_keys is not None:
        sealed, names = ctx.identity_keys.seal(number, filing.identity), ctx.identity_keys.name
    return (
        number,
        filing_hash(ctx, plan.scope, plan.key),
        code_hash(ctx, code),
        plan.government,
        filing.kind,
        filing.capacity,
        plan.coming.channel,
        plan.coming.verified,
        filing.about,
        filing.body,
        filing.item,
        filing.consent and ctx.profile.complaints.kinds[filing.kind].published,
        ctx.now,
        received,
        sealed,
        names,
    )


def _words(filing: Filing) -> dict[str, str]:
    words = {"subject": filing.subject, "detail": filing.detail, "text": filing.text}
    return {name: text for name, text in words.items() if text}


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that began."""

    run_id: int
    after: Matter
    book: Rulebook


async def begin(uow: UnitOfWork, procedure: str, birth: Birth, opening: dict[str, Any], by: Doer) -> Begun:
    """Begin a run by a procedure inside a unit of work; ``opening`` is what its first act says beside number and key."""
    ctx, connection = uow.ctx, await uow.raw()
    chosen = books.templates(ctx.profile.id)[procedure]
    basis = Basis(await books.keep_procedure(ctx, connection, chosen), chosen)
    book = books.rulebook(basis, await load_calendar(ctx))
    act = parse({**opening, "kind": "open", "key": KEY, "matter": birth.number}, by)
    try:
        events = decide(BLANK, act, book, ctx.now)
    except ActRefused as refused:
        raise refusal_of(refused) from refused
    after = fold(events)
    run_id = await store.bear(uow, replace(birth, procedure_id=basis.procedure_id), events, after, book)
    return Begun(run_id, after, book)


async def _answer(  # noqa: PLR0913, PLR0917 -- the parts of one answer
    uow: UnitOfWork,
    complaint_id: int,
    number: str,
    kind: str,
    code: str,
    received: datetime,
    after: Matter,
    book: Rulebook,
) -> Filed:
    ctx, connection = uow.ctx, await uow.raw()
    name = await connection.fetchval(BODY.replace("code, name,", "name,"), after.body, ctx.today)
    answer = deadline_of(after, book, ANSWER)
    kind_name = ctx.profile.complaints.kinds[kind].name
    return Filed(complaint_id, number, code, kind_name, name or "", received, answer.receipt if answer else None)


async def _again(uow: UnitOfWork, complaint_id: int, plan: Plan) -> Filed:
    """Return the answer that the same key was given the first time; raises ``KeyReused`` for other words under it.

    Who files cannot be compared: it is sealed, and this system cannot open it.
    """
    ctx, connection = uow.ctx, await uow.raw()
    first = (await store.texts(ctx, connection, complaint_id, ("filed",)))[0]
    if first.words != _words(plan.filing):
        raise KeyReused("同一提交编号已用于另一件反映", "003-33", "请刷新后重新提交")
    held = await store.hold(connection, complaint_id, lock=False)
    if held is None:
        raise NotFound("反映")
    code, book = code_of(ctx, plan.scope, plan.key), await store.book_of(ctx, connection, held)
    done = await _answer(uow, complaint_id, held.number, held.kind, code, held.received_at, held.matter, book)
    return replace(done, repeated=True)


def filing_hash(ctx: Context, scope: str, key: str) -> bytes:
    """Return the keyed hash of the key under which something was filed."""
    return ctx.keys.keyed_hash("complaint-filing", f"{scope}|{key}")


def code_of(ctx: Context, scope: str, key: str) -> str:
    """Return the follow-up code that belongs to the key of a filing."""
    drawn = ctx.keys.keyed_hash("complaint-code", f"{scope}|{key}")[:CODE_BYTES]
    return base64.b32encode(drawn).decode().translate(ALIKE)


def code_hash(ctx: Context, code: str) -> bytes:
    """Return the keyed hash by which a complaint is found for whoever has its code; how the code is written does not count."""
    plain = code.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    return ctx.keys.keyed_hash("complaint-look-up", plain)
