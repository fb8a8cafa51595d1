"""Complaints on the desk: the list by urgency, one with everything that was said, and what other bodies were asked.

Each look at a complaint by somebody is an event of its own, once an hour: who read what must be known (000-16).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.calendar import Calendar
from domain.engine.acts import ACT_NAMES
from domain.engine.clocks import deadlines
from domain.engine.matter import Matter
from domain.procedures import Procedure
from resolvers import complaints_files as files
from resolvers import complaints_store as store
from resolvers import record
from resolvers.calendar import load_calendar
from resolvers.complaints_acting import VERBS, act, hold_to_read
from resolvers.complaints_files import Freed
from resolvers.complaints_opening import openings
from resolvers.complaints_store import Held, Text
from resolvers.complaints_values import Clock, ComplaintRow, ComplaintView, Deed, Done, Happening
from resolvers.context import Context, unit_of_work
from resolvers.errors import NotFound, NotSignedIn
from resolvers.matters_reading import graded
from resolvers.matters_values import Urgency
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.complaints import COMPLAINT
from resolvers.reading.fetching import fetch_by_keys
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing

COLUMNS: Final = tuple(one.name for one in fields(ComplaintRow) if one.name != "urgency")
ALL: Final = (
    *("filed", "message", "answer", "reply", "refusal", "remarks", "review_asked", "withdrawn"),
    *("route", "finding", "decision", "returned", "transfer", "extract", "extract_answer", "published"),
)
EVENTS: Final = """
SELECT e.kind, e.at, e.actor_name, e.body::jsonb -> 'act' ->> 'level' AS level,
  e.body::jsonb -> 'act' -> 'by' ->> 'kind' AS by_kind
FROM event e JOIN complaint_run r ON e.stream = 'complaint:' || r.id::text WHERE r.complaint_id = $1
UNION ALL
SELECT e.kind, e.at, e.actor_name, NULL, NULL FROM event e WHERE e.stream = 'complaint_case:' || $1::text
  AND e.kind <> 'complaint.read'
ORDER BY 2, 1 LIMIT 500
"""
FACTS: Final = "SELECT verified, consent, identity_sealed IS NOT NULL AS named FROM complaint WHERE id = $1"
LAST_LOOK: Final = "SELECT max(at) FROM event WHERE stream = $1 AND kind = 'complaint.read' AND actor_id = $2"
AGAIN: Final = timedelta(hours=1)
EXTRACTS: Final = """
SELECT t.id, t.complaint_id, t.no, t.to_body, t.at, b.name AS from_name, c.government_id, EXISTS (
  SELECT FROM complaint_text a WHERE a.complaint_id = t.complaint_id AND a.kind = 'extract_answer' AND a.about_no = t.no
) AS answered
FROM complaint_text t JOIN complaint_run r ON r.id = t.run_id JOIN complaint c ON c.id = t.complaint_id
JOIN body b ON b.code = r.body_code
WHERE t.kind = 'extract' AND t.to_body = ANY($1::text[]) ORDER BY t.id DESC LIMIT 100
"""
BESIDE: Final[Mapping[str, str]] = {
    "complaint.escalated": "升级报监察机构",
    "complaint.opening_asked": "申请开启身份",
    "complaint.opening_countersigned": "会签开启身份",
    "complaint.opened": "开启身份",
    "complaint.many_openings": "开启身份次数异常",
    "complaint.published": "公开问答",
}
LEVELS: Final[Mapping[str, str]] = {"reminder": "提醒", "warning": "预警", "alarm": "报警"}


@dataclass(frozen=True, slots=True)
class ComplaintFilter:
    """Which complaints: everything given must hold. Open ones, the most urgent first, unless ``everything`` is wanted."""

    kind: str = ""
    body: str = ""
    number: str = ""
    overdue: bool = False
    escalated: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """What a body was asked to explain: words made for it. Nothing here leads to what was filed."""

    id: int
    from_name: str
    to_body: str
    text: str
    at: datetime
    answered: bool


def listing(where: ComplaintFilter = ComplaintFilter(), page: PageRequest = PageRequest()) -> Listing:
    """Return the listing of complaints."""
    asked: dict[str, Any] = {
        "kind": where.kind or None,
        "body": where.body or None,
        "number": where.number.strip() or None,
        "overdue": where.overdue or None,
        "escalated": where.escalated or None,
        "open": None if where.everything else True,
    }
    filters = {name: value for name, value in asked.items() if value is not None}
    return Listing(COMPLAINT, Read(COLUMNS, filters, "latest" if where.everything else "due"), page)


async def list_complaints(
    ctx: Context, where: ComplaintFilter = ComplaintFilter(), page: PageRequest = PageRequest()
) -> Page[ComplaintRow]:
    """Return a page of the complaints that the actor may read. Raises ``NotSignedIn``."""
    if ctx.actor.kind == "official" and not _reads_any(ctx):
        permit(ctx, Permission.COMPLAINT_READ)
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    calendar = await load_calendar(ctx)
    return (await fetch_listing(ctx, listing(where, page))).map(lambda row: row_of(row, ctx, calendar))


async def visible(ctx: Context, where: ComplaintFilter, page: PageRequest) -> Page[ComplaintRow]:
    """Return a page of what the actor may know of: for everybody else there is none, and no word about rights."""
    calendar = await load_calendar(ctx)
    return (await fetch_listing(ctx, listing(where, page))).map(lambda row: row_of(row, ctx, calendar))


async def id_of(ctx: Context, number: str) -> int:
    """Return the id of a complaint by its number; whether the actor may know of it, the act says. Raises ``NotFound``."""
    found = await ctx.db.reads.fetchval("SELECT id FROM complaint WHERE number = $1", number)
    if found is None:
        raise NotFound("反映")
    return int(found)


def _reads_any(ctx: Context) -> bool:
    """Say whether the actor may read complaints anywhere at all."""
    here = (Target(one.government_id, one.body_code) for one in ctx.actor.postings)
    return any(allowed(ctx.actor, Permission.COMPLAINT_READ, one) for one in here)


def row_of(row: Row, ctx: Context, calendar: Calendar) -> ComplaintRow:
    """Return a row of the list with its urgency."""
    due: date | None = row["due_on"]
    open_ = row["phase"] in ("received", "running")
    urgency: Urgency | None = None
    if due is not None and open_:
        urgency = graded(ctx.profile, due, ctx.today, calendar, provisional=row["due_provisional"])
    return ComplaintRow(**{name: row[name] for name in COLUMNS}, urgency=urgency)


async def complaint(ctx: Context, complaint_id: int) -> ComplaintView:
    """Return a complaint with its texts; the look is recorded. Raises ``NotFound``, ``NotSignedIn``."""
    held = await hold_to_read(ctx, complaint_id)
    found = await fetch_by_keys(ctx, COMPLAINT, Read(COLUMNS), [complaint_id])
    if complaint_id not in found:
        raise NotFound("反映")
    await _looked_at(ctx, held)
    row = row_of(found[complaint_id][0], ctx, await load_calendar(ctx))
    connection = ctx.db.reads
    book = await store.book_of(ctx, connection, held, str(ctx.actor.account_id or ""))
    texts = await store.texts(ctx, connection, complaint_id, ALL)
    (facts,) = await connection.fetch(FACTS, complaint_id)
    grade = await connection.fetchval("SELECT grade FROM complaint_rating WHERE run_id = $1", held.id) or ""
    rated = ctx.profile.complaints.grade(grade) if grade else None
    procedure = book.procedure
    return ComplaintView(
        row=row,
        kind_name=ctx.profile.complaints.kinds[row.kind].name,
        verified=facts["verified"],
        consent=facts["consent"],
        texts=texts,
        files=await files.attached(ctx, connection, complaint_id),
        clocks=tuple(
            Clock(one.name, one.title, one.state(ctx.today), one.receipt, one.ended, one.days_left(ctx.today))
            for one in deadlines(held.matter, book)
            if one.of == "matter"
        ),
        happened=await _happened(ctx, complaint_id),
        openings=await openings(ctx, complaint_id),
        verbs=tuple(_verbs(ctx, held, texts, str(ctx.actor.account_id or "") in book.barred)),
        results={code: one.name for code, one in procedure.results.items()},
        refusals={code: one.name for code, one in procedure.refusals.items()},
        transfers={code: one.name for code, one in procedure.transfers.items()},
        waiting=_waiting(held.matter, procedure),
        seq=held.matter.seq,
        named=facts["named"],
        published=any(one.kind == "published" for one in texts),
        rating=rated.name if rated else "",
    )


def _waiting(matter: Matter, procedure: Procedure) -> dict[int, str]:
    """Return the names of the steps that are open, by visit."""
    return {one.number: procedure.by_key[one.step].name for one in matter.open_visits if one.step in procedure.by_key}


def _verbs(ctx: Context, held: Held, texts: tuple[Text, ...], barred: bool) -> list[str]:  # noqa: FBT001 -- a fact
    """Return what the actor can do now, in the order of the course."""
    here, matter = Target(held.government_id, held.body_code), held.matter
    steps = {one.step for one in matter.open_visits}
    open_, me = matter.phase in ("received", "running"), str(ctx.actor.account_id or "")
    inquired = any(one.step == "inquire" and me in one.doers for one in matter.visits)
    found = []
    for name, verb in VERBS.items():
        if barred or name == "extract_answer" or not allowed(ctx.actor, verb.right, here):
            continue
        if verb.step and verb.step not in steps:
            continue
        if not verb.step and not open_ and name != "message":
            continue
        if name == "transfer" and "decided" in matter.marks:
            continue
        if name == "extract" and matter.phase != "running":
            continue
        if name == "decide" and inquired:
            continue
        found.append(name)
    answered = any(one.kind == "reply" for one in texts)
    published = any(one.kind == "published" for one in texts)
    may_act = allowed(ctx.actor, Permission.COMPLAINT_ACT, here) and not barred
    if held.consent and answered and not published and may_act:
        found.append("publish")
    if published and may_act:
        found.append("take_down")
    return found


async def _looked_at(ctx: Context, held: Held) -> None:
    """Record that somebody looked, once an hour for each person and complaint."""
    if ctx.actor.kind != "official":
        return
    stream = store.case_stream(held.complaint_id)
    last = await ctx.db.reads.fetchval(LAST_LOOK, stream, ctx.actor.account_id)
    if last is not None and ctx.now - last < AGAIN:
        return
    async with unit_of_work(ctx) as uow:
        await record.append(uow, stream, "complaint.read", {"run": held.run_number}, body_code=held.body_code)


async def _happened(ctx: Context, complaint_id: int) -> tuple[Happening, ...]:
    rows = await ctx.db.reads.fetch(EVENTS, complaint_id)
    return tuple(_happening(row) for row in rows)


def _happening(row: Any) -> Happening:
    kind = str(row["kind"])
    act_kind = kind.removeprefix("complaint.")
    name = BESIDE.get(kind) or LEVELS.get(row["level"] or "") or ACT_NAMES.get(act_kind, act_kind)
    by = {"party": "提出人", "system": "系统"}.get(row["by_kind"] or "", row["actor_name"] or "系统")
    return Happening(name, row["at"], by)


async def opened_file(ctx: Context, complaint_id: int, which: str) -> Freed:
    """Return a file of a complaint on the desk. Raises ``NotFound``."""
    await hold_to_read(ctx, complaint_id)
    found = await files.opened(ctx, complaint_id, files.id_of(which))
    if found is None:
        raise NotFound("附件")
    return found


# -- what other bodies were asked --------------------------------------------------------------------------------------


async def extracts(ctx: Context) -> tuple[Extract, ...]:
    """Return what the actor's bodies were asked to explain, the newest first. Raises ``NotSignedIn``."""
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    rows = await ctx.db.reads.fetch(EXTRACTS, sorted(ctx.actor.body_codes))
    seen = [row for row in rows if _for(ctx, row)]
    return tuple([await _extract(ctx, row) for row in seen])


def _for(ctx: Context, row: Any) -> bool:
    there = Target(row["government_id"], row["to_body"])
    return any(allowed(ctx.actor, one, there) for one in (Permission.COMPLAINT_ACT, Permission.COMPLAINT_DECIDE))


async def _extract(ctx: Context, row: Any) -> Extract:
    texts = await store.texts(ctx, ctx.db.reads, row["complaint_id"], ("extract",))
    text = next(one for one in texts if one.no == row["no"])
    return Extract(row["id"], row["from_name"], row["to_body"], text.text, row["at"], row["answered"])


async def answer_extract(ctx: Context, extract_id: int, key: str, text: str) -> Done:
    """Answer what the actor's body was asked. Raises ``NotFound`` for what is none of its business, ``InvalidInput``."""
    rows = await ctx.db.reads.fetch(EXTRACTS, sorted(ctx.actor.body_codes))
    row = next((one for one in rows if one["id"] == extract_id and _for(ctx, one)), None)
    if row is None:
        if ctx.actor.kind == "anonymous":
            raise NotSignedIn("此操作需要登录。", "请先登录。")
        raise NotFound("摘编")
    deed = Deed("extract_answer", key, text, to=row["to_body"], about_no=row["no"])
    return replace(await act(ctx, row["complaint_id"], deed), complaint_id=0, number="")
