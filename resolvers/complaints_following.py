"""Following: what whoever filed sees and does with the code, and with nothing else (H3, H6; 003-27).

A wrong code and one that was never given are the same answer after the same statement. Messages go both ways within the
file; nothing is ever sent to an address, since sender, text and gateway would tell what this is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from domain.access import Permission
from domain.clock import period_end
from domain.complaints import LONGEST_TEXT, plain_words
from domain.engine.clocks import deadline_of
from domain.engine.days import civil_day
from domain.engine.matter import Matter
from domain.engine.parts import Doer
from domain.engine.rulebook import Rulebook
from resolvers import complaints_files as files
from resolvers import complaints_store as store
from resolvers import receipts
from resolvers.complaints_acting import judge, wrong
from resolvers.complaints_files import Freed, Sent
from resolvers.complaints_filing import LEAST_KEY, SYSTEM_NAME, begin, code_hash
from resolvers.complaints_places import office
from resolvers.complaints_store import ANSWER, Birth, Draft, Held
from resolvers.complaints_values import SEEN_OUTSIDE, Clock, Done, FollowView
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, NotFound
from resolvers.matters_opening import PARTY
from resolvers.permits import permit
from resolvers.retrying import queued, retried
from resolvers.throttles import Client, forgive, take_follow

FIND: Final = "SELECT id FROM complaint WHERE code_hash = $1"
FIRST: Final = "SELECT filed_at, kind, capacity FROM complaint WHERE id = $1"
RATED: Final = "SELECT grade FROM complaint_rating WHERE run_id = $1"
RATE: Final = "INSERT INTO complaint_rating (run_id, grade, bad, given_at) VALUES ($1, $2, $3, $4)"
KINDS: Final[Mapping[str, str]] = {
    "message": "message",
    "withdraw": "withdrawn",
    "rate": "remarks",
    "review": "review_asked",
}
"""What can be done with a code, and the kind of text it writes."""


async def follow(ctx: Context, code: str, client: Client) -> FollowView:
    """Return where a complaint stands, for whoever has its code. Raises ``NotFound``, ``TooMany``."""
    count = await take_follow(ctx, client)
    complaint_id = await _found(ctx, code)
    await forgive(ctx, count)
    return await _view(ctx, complaint_id)


async def follow_again(ctx: Context, code: str) -> FollowView:
    """Return where a complaint stands after an act that was counted; raises ``NotFound``."""
    return await _view(ctx, await _found(ctx, code))


async def _found(ctx: Context, code: str) -> int:
    permit(ctx, Permission.COMPLAINT_FILE)
    found = await ctx.db.reads.fetchval(FIND, code_hash(ctx, code[:60]))
    if found is None:
        raise NotFound("反映")
    return int(found)


async def _view(ctx: Context, complaint_id: int) -> FollowView:
    held = await store.hold(ctx.db.reads, complaint_id, lock=False)
    if held is None:
        raise NotFound("反映")
    (first,) = await ctx.db.reads.fetch(FIRST, complaint_id)
    book = await store.book_of(ctx, ctx.db.reads, held)
    matter, procedure, rules = held.matter, book.procedure, ctx.profile.complaints
    visits = matter.open_visits
    step = procedure.by_key.get(visits[0].step) if visits else None
    grade = await ctx.db.reads.fetchval(RATED, held.id) or ""
    said = await store.texts(ctx, ctx.db.reads, complaint_id, SEEN_OUTSIDE)
    refused = next((one.words.get("ground", "") for one in said if (one.run_id, one.kind) == (held.id, "refusal")), "")
    name = await ctx.db.reads.fetchval("SELECT name FROM body WHERE code = $1", held.body_code)
    return FollowView(
        complaint_id=complaint_id,
        number=held.number,
        kind=held.kind,
        kind_name=rules.kinds[held.kind].name,
        capacity=held.capacity,
        body_name=name or "",
        phase=matter.phase,
        ending=matter.ending,
        step=step.key if step else "",
        stage=step.stage if step else "",
        stages=procedure.stages,
        role=held.role,
        filed_at=first["filed_at"],
        accepted_at=matter.marks.get("accepted"),
        answered_at=matter.marks.get("answered"),
        closed_at=matter.marks.get("closed"),
        result=procedure.results[matter.outcome.result].name if matter.outcome and _told(matter) else "",
        refusal=procedure.refusals[refused].name if refused in procedure.refusals else "",
        answer=clock_of(ctx, matter, book),
        texts=said,
        files=await files.attached(ctx, ctx.db.reads, complaint_id),
        may=tuple(_may(ctx, held, grade)),
        rate_until=_rate_until(ctx, matter),
        grade=_grade_name(ctx, grade),
        grades=tuple((one.code, one.name) for one in rules.satisfaction),
        seq=matter.seq,
    )


def _told(matter: Matter) -> bool:
    """What was found is told with the reply, not before it."""
    return "answered" in matter.marks


def clock_of(ctx: Context, matter: Matter, book: Rulebook, name: str = ANSWER) -> Clock | None:
    """Return a limit of a run with every day of it; None if the procedure has none of that name."""
    found = deadline_of(matter, book, name)
    if found is None:
        return None
    return Clock(name, found.title, found.state(ctx.today), found.receipt, found.ended, found.days_left(ctx.today))


def _grade_name(ctx: Context, code: str) -> str:
    found = ctx.profile.complaints.grade(code) if code else None
    return found.name if found else ""


def _rate_until(ctx: Context, matter: Matter) -> date | None:
    """Return the last day on which an answer may be rated and a review asked for."""
    answered = matter.marks.get("answered")
    if answered is None and matter.ending == "not_accepted":
        answered = matter.marks.get("closed")
    if answered is None:
        return None
    return period_end(civil_day(answered), ctx.profile.limits[ctx.profile.complaints.rate_within])


def _may(ctx: Context, held: Held, grade: str) -> Sequence[str]:
    matter, until = held.matter, _rate_until(ctx, held.matter)
    in_time = until is not None and ctx.today <= until
    may = []
    if matter.phase in ("received", "running") or in_time:
        may.append("message")
    if in_time and not grade:
        may.append("rate")
    if matter.phase in ("received", "running") and "decided" not in matter.marks:
        may.append("withdraw")
    found = ctx.profile.complaints.grade(grade) if grade else None
    closed = matter.phase in ("closed", "archived")
    if in_time and found is not None and found.bad and closed and held.role != "review":
        may.append("review")
    return may


async def say(ctx: Context, code: str, key: str, text: str, client: Client, sent: Sequence[Sent] = ()) -> Done:
    """Send a message, with files; the same key gives the same answer. Raises ``NotFound``, ``InvalidInput``, ``Conflict``."""
    freed = await files.freed(ctx, sent)
    return await _do(ctx, code, "message", key, client, text, freed=freed)


async def rate(ctx: Context, code: str, key: str, grade: str, text: str, client: Client) -> Done:
    """Say how content one is with an answer, once, for good. Raises as ``say`` does."""
    if ctx.profile.complaints.grade(grade) is None:
        raise wrong("grade", "没有选择满意程度。", "请选择。")
    return await _do(ctx, code, "rate", key, client, text, grade=grade)


async def ask_review(ctx: Context, code: str, key: str, text: str, client: Client) -> Done:
    """Ask for a review by somebody else, after a bad rating. Raises as ``say`` does."""
    return await _do(ctx, code, "review", key, client, text)


async def withdraw(ctx: Context, code: str, key: str, text: str, client: Client) -> Done:
    """Take a complaint back, while nothing is decided. Raises as ``say`` does."""
    return await _do(ctx, code, "withdraw", key, client, text)


async def _do(  # noqa: PLR0913 -- what a form sends
    ctx: Context,
    code: str,
    what: str,
    key: str,
    client: Client,
    text: str,
    *,
    freed: tuple[Freed, ...] = (),
    grade: str = "",
) -> Done:
    if len(key) < LEAST_KEY:
        raise wrong("key", "提交编号太短。", "请刷新页面后重新提交。")
    words = plain_words(text, lines=True)
    if not words and what in ("message", "review"):
        raise wrong("text", "没有填写内容。", "请填写。")
    if len(words) > LONGEST_TEXT:
        raise wrong("text", f"内容超过{LONGEST_TEXT}字。", "请缩短。")
    count = await take_follow(ctx, client)
    complaint_id = await _found(ctx, code)
    await forgive(ctx, count)
    draft = Draft(KINDS[what], {"text": words} if words else {"grade": grade}, key)
    async with queued(ctx.db.url, f"complaint:{complaint_id}"):
        done, run_id = await retried(lambda: _once(ctx, complaint_id, what, draft, freed, grade))
    return replace(done, receipt=await receipts.given(ctx, store.stream_of(run_id), done.seq, done.number))


async def _once(
    ctx: Context, complaint_id: int, what: str, draft: Draft, freed: tuple[Freed, ...], grade: str
) -> tuple[Done, int]:
    async with unit_of_work(ctx, unrecorded="something that was said before under its key", serializable=True) as uow:
        connection = await uow.raw()
        held = await store.hold(connection, complaint_id)
        if held is None:
            raise NotFound("反映")
        if await store.written_under(connection, ctx, complaint_id, draft.key) is not None:
            return _done(held, held.matter, repeated=True), held.id
        rated = await connection.fetchval(RATED, held.id) or ""
        if what not in _may(ctx, held, rated):
            raise Conflict("现在不能这样做。", "请重新查询，看看现在可以做什么。")
        written, sealed = store.sealed_as(ctx, complaint_id, await store.next_no(connection, complaint_id), draft.words)
        kind = "withdraw" if what == "withdraw" else "record"
        data: dict[str, Any] = {"kind": kind, "key": f"{what} {written.no}", "materials": [written.material("party")]}
        book = await store.book_of(ctx, connection, held)
        events, after = await judge(ctx, held, book, data, Doer(kind=PARTY, id=held.number))
        held = await store.save(uow, held, events, after, book)
        await store.keep(uow, complaint_id, held.id, draft, written, sealed)
        await files.attach(uow, complaint_id, written.no, freed)
        if what == "rate":
            found = ctx.profile.complaints.grade(grade)
            await connection.execute(RATE, held.id, grade, found is not None and found.bad, ctx.now)
        if what == "review":
            await _reviewed(uow, held)
        return _done(held, after), held.id


# 信访工作条例-35: whoever is above reviews; where nobody is, others of the same body do (R16: the rulebook bars the first).
async def _reviewed(uow: UnitOfWork, held: Held) -> None:
    """Begin the review of an answer: a run of its own, from today on, by people who had no part in the first."""
    ctx = uow.ctx
    above = await office(ctx, "supervision_bureau", held.government_id)
    birth = Birth(held.complaint_id, held.no + 1, "review", f"{held.number}-{held.no + 1}", 0)
    opening = {"body": above or held.body_code, "party": held.number, "origin": held.run_number}
    by = Doer(kind="system", id=SYSTEM_NAME)
    await begin(uow, ctx.profile.complaints.review_procedure, birth, opening, by)


def _done(held: Held, after: Matter, *, repeated: bool = False) -> Done:
    step = after.open_visits[0].step if after.open_visits else ""
    return Done(
        held.complaint_id,
        held.number,
        after.seq,
        after.at or held.received_at,
        after.phase,
        after.ending,
        step,
        repeated,
    )


async def own_file(ctx: Context, code: str, which: str, client: Client) -> Freed:
    """Return a file of a complaint for whoever has its code; a wrong code and a wrong file are one answer."""
    count = await take_follow(ctx, client)
    complaint_id = await _found(ctx, code)
    await forgive(ctx, count)
    return await _file(ctx, complaint_id, which)


async def _file(ctx: Context, complaint_id: int, which: str) -> Freed:
    found = await files.opened(ctx, complaint_id, files.id_of(which))
    if found is None:
        raise NotFound("附件")
    return found
