"""Reading matters: the inbox by urgency, one matter wholly, its history, its limits with every day explained.

Every list goes through the declared entities, whose guard stands in each statement; one matter that the actor may not
see is not found.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.calendar import Calendar
from domain.engine.acts import ACT_NAMES
from domain.engine.choices import Choice, Option, choices
from domain.engine.clocks import Deadline, deadlines
from domain.engine.events import Event
from domain.engine.matter import Matter
from domain.engine.parts import Doer
from domain.profiles import Profile
from resolvers import matters_books as books
from resolvers.archives import Whereabouts, of_stream
from resolvers.calendar import load_calendar
from resolvers.context import LOCAL, Context
from resolvers.errors import NotFound, NotSignedIn
from resolvers.matters_books import Basis
from resolvers.matters_store import stream_of
from resolvers.matters_values import EventView, MatterFilter, MatterOrder, MatterRow, MatterView, Urgency
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_page
from resolvers.reading.fetching import understood
from resolvers.reading.listings import Listing
from resolvers.reading.matters import MATTER, MATTER_EVENT

ROW: Final = tuple(one.name for one in fields(MatterRow) if one.name != "urgency")
FULL: Final = (*ROW, "item_version_id", "procedure_id", "state")
EVENT: Final = ("seq", "kind", "actor_name", "at", "body_code", "body")
TEXTS: Final = ("bodies", "steps", "step_names", "posts", "assignees")
NAMES_OF_DOERS: Final = {"party": "当事人", "system": "系统"}
NUMBER: Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{4,}")
"""What is looked for as the beginning of a number; everything else is looked for in titles."""

WORDS: Final = "search"
"""The filter that looks for words in titles."""

TITLED: Final = "SELECT DISTINCT item_code FROM matter_title WHERE strpos(title_key, lower($1)) > 0 LIMIT $2"
MOST_ITEMS: Final = 300
"""Words that more items have in their titles are found soonest by walking through the matters themselves."""

NO_ITEM: Final = "\N{SYMBOL FOR NULL}"
PAUSED: Final = Urgency("paused", "计时暂停", None)
NO_LIMIT: Final = Urgency("none", "无期限", None)


async def inbox(
    ctx: Context, where: MatterFilter = MatterFilter(), page: PageRequest = PageRequest()
) -> Page[MatterRow]:
    """Return open matters of the actor's own bodies, the most urgent first; raises ``NotSignedIn``."""
    _signed_in(ctx)
    return await _listed(ctx, where, page, "due", "open", sorted(ctx.actor.body_codes))


async def list_matters(
    ctx: Context,
    where: MatterFilter = MatterFilter(),
    page: PageRequest = PageRequest(),
    order: MatterOrder = "opened",
) -> Page[MatterRow]:
    """Return matters that the actor may see, of every phase unless the filter says otherwise; raises ``NotSignedIn``."""
    _signed_in(ctx)
    return await _listed(ctx, where, page, order, "open" if where.open_only or where.overdue else "all", ())


async def _listed(
    ctx: Context, where: MatterFilter, page: PageRequest, order: str, scope: str, bodies: Sequence[str]
) -> Page[MatterRow]:
    calendar = await load_calendar(ctx)
    filters = _declared(ctx, where, bodies)
    if WORDS in filters:
        filters |= await _items_titled(ctx, filters[WORDS])
    read = Read(ROW, filters, order, scope)
    found = await fetch_page(ctx, MATTER, read, page)
    return found.map(lambda row: matter_row(row, ctx, calendar))


def listing(
    ctx: Context, where: MatterFilter = MatterFilter(), page: PageRequest = PageRequest(), order: MatterOrder = "opened"
) -> Listing:
    """Return the listing of matters that ``list_matters`` reads; whoever may see none finds none."""
    scope = "open" if where.open_only or where.overdue else "all"
    return Listing(MATTER, Read((), _declared(ctx, where, ()), order, scope), page)


async def narrowed(ctx: Context, found: Listing) -> Listing:
    """Return the same listing, to be found sooner where it looks for words that few items have in their titles."""
    words = found.read.filters.get(WORDS)
    if words is None:
        return found
    filters = {**found.read.filters, **await _items_titled(ctx, words)}
    return replace(found, read=replace(found.read, filters=filters))


def one_listing(number: str) -> Listing:
    """Return the listing whose one row is the matter with a number."""
    return Listing(MATTER, Read((), {"exactly": number.strip().upper()}, "number", "one"), PageRequest(first=1))


async def _items_titled(ctx: Context, words: str) -> dict[str, Any]:
    """Return a filter for the items under whose titles the words were found, where those are few enough to pay."""
    with understood():
        rows = await ctx.db.reads.fetch(TITLED, words, MOST_ITEMS + 1)
    return {"items": [row["item_code"] for row in rows] or [NO_ITEM]} if len(rows) <= MOST_ITEMS else {}


def _declared(ctx: Context, where: MatterFilter, bodies: Sequence[str]) -> dict[str, Any]:
    """Return the filters of the declared entity with their values."""
    found: dict[str, Any] = {
        "number" if NUMBER.fullmatch(where.search.strip()) else WORDS: where.search.strip(),
        "party": where.party,
        "assignee": where.assignee,
        "step": where.step,
        "item": where.item,
        "phase": list(where.phase),
        "kind": list(where.kind),
        "category": list(where.category),
        "due_before": where.due_before,
        "overdue": where.overdue,
        "bodies": [where.body] if where.body else list(bodies),
        "principal": list(where.principal),
        "follows": where.follows,
        "opened_from": _begin(where.opened_from) if where.opened_from else None,
        "stayed": [where.stayed, str(where.stayed_over)] if where.stayed and where.opened_from else [],
        "found_of": [where.found_of, _begin(where.found_since).isoformat()] if where.found_since else [],
    }
    if where.mine:
        found["mine"] = [*sorted({one.post for one in ctx.actor.postings if one.post}), str(ctx.actor.account_id)]
    return {name: value for name, value in found.items() if value not in ("", [], None, False)}


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def matter_row(row: Row, ctx: Context, calendar: Calendar) -> MatterRow:
    """Return a row of the declared entity as a value, with its urgency today."""
    given: dict[str, Any] = {name: tuple(row[name]) if name in TEXTS else row[name] for name in ROW}
    return MatterRow(**given, urgency=urgency(row, ctx, calendar))


# R10 (003-32(4)): what nears its limit or has passed it is shown by the profile's grades; a provisional day punishes nobody.
def urgency(row: Row, ctx: Context, calendar: Calendar) -> Urgency | None:
    """Return how pressing an open matter is today; None for one that is closed."""
    if row["phase"] not in ("received", "running"):
        return None
    if row["due_on"] is None:
        return PAUSED if row["paused"] else NO_LIMIT
    return graded(ctx.profile, row["due_on"], ctx.today, calendar, provisional=row["due_provisional"])


def graded(profile: Profile, due: date, today: date, calendar: Calendar, *, provisional: bool = False) -> Urgency:
    """Return the profile's grade of a due day: by working days left, today not counted; negative: so many too late.

    A day that has passed is late although no working day has gone by since.
    """
    one = timedelta(days=1)
    if today <= due:
        left = calendar.working_days_between(today + one, due)
        return _urgency(profile, left, left, provisional=provisional)
    late = calendar.working_days_between(due + one, today)
    return _urgency(profile, 0 if provisional else -max(1, late), -late, provisional=provisional)


def _urgency(profile: Profile, counts_as: int, days_left: int, *, provisional: bool) -> Urgency:
    grade = profile.urgency_of(counts_as)
    return Urgency(grade.code, grade.name, days_left, provisional)


async def matter(ctx: Context, which: int | str) -> MatterView:
    """Return one matter by its id or its number; raises ``NotFound`` for what is not there or may not be seen."""
    row = await _found(ctx, which)
    state = Matter.model_validate(row["state"])
    basis = await _basis(ctx, row)
    officials = books.officers_of(state, *(one.by for one in state.opinions), str(ctx.actor.account_id or ""))
    certificates, names = await books.register_of(ctx.db.reads, officials)
    calendar = await books.calendar_for(ctx, state)
    barred = await books.barred_from(ctx.db.reads, state)
    book = books.rulebook(basis, calendar, certificates, names, barred)
    return MatterView(matter_row(row, ctx, calendar), state, book, deadlines(state, book), ctx.today)


async def views(ctx: Context, ids: Sequence[int]) -> dict[int, MatterView]:
    """Return matters wholly by their ids, those that the actor may see: two statements for all of them together."""
    rows = await fetch_by_keys(ctx, MATTER, Read(FULL, scope="one"), ids, "id")
    states = {key: Matter.model_validate(found[0]["state"]) for key, found in rows.items()}
    officials = dict.fromkeys(one for state in states.values() for one in books.officers_of(state))
    certificates, names = await books.register_of(ctx.db.reads, list(officials))
    made = {}
    for key, state in states.items():
        row = rows[key][0]
        calendar = await books.calendar_for(ctx, state)
        book = books.rulebook(await _basis(ctx, row), calendar, certificates, names)
        made[key] = MatterView(matter_row(row, ctx, calendar), state, book, deadlines(state, book), ctx.today)
    return made


async def ids_of(ctx: Context, numbers: Sequence[str]) -> list[int]:
    """Return the ids of matters by their numbers; raises ``NotFound`` for what is not there or may not be seen."""
    wanted = [number.strip().upper() for number in numbers]
    rows = await fetch_by_keys(ctx, MATTER, Read(("id",), scope="one"), wanted, "number")
    if any(number not in rows for number in wanted):
        raise NotFound("办件")
    return [int(rows[number][0]["id"]) for number in wanted]


async def _found(ctx: Context, which: int | str) -> Row:
    column = "id" if isinstance(which, int) else "number"
    rows = await fetch_by_keys(ctx, MATTER, Read(FULL, scope="one"), [which], column)
    if which not in rows:
        raise NotFound("办件")
    return rows[which][0]


async def _basis(ctx: Context, row: Row) -> Basis:
    item = await books.item_version(ctx, row["item_version_id"]) if row["item_version_id"] is not None else None
    return Basis(row["procedure_id"], await books.procedure(ctx, row["procedure_id"]), item)


async def receipts(ctx: Context, which: int | str) -> tuple[Deadline, ...]:
    """Return every limit of a matter that has begun, each with its receipt day by day."""
    return (await matter(ctx, which)).deadlines


def possible(ctx: Context, view: MatterView) -> tuple[Choice, ...]:
    """Return what the actor could try now, on whichever of today's posts; whoever may only watch gets nothing.

    A choice is no promise: what the act brings is judged when it is done (``probe`` judges it without doing it).
    """
    found: dict[Choice, None] = {}
    for posting in ctx.actor.postings:
        if posting.body_code not in view.row.bodies:
            continue
        by = Doer(kind="official", id=str(ctx.actor.account_id), body=posting.body_code, post=posting.post)
        found |= dict.fromkeys(choices(view.matter, view.book, by, ctx.now))
        asked = (one for one in view.matter.assistances if one.answered is None and one.of == posting.body_code)
        options = tuple(Option(str(one.number), view.book.name(one.of)) for one in asked)
        if options:
            found[Choice("answer_assistance", ACT_NAMES["answer_assistance"], None, options)] = None
        found |= dict.fromkeys(_between(ctx, view, posting.body_code))
    return tuple(found)


def _between(ctx: Context, view: MatterView, body: str) -> Iterator[Choice]:
    """Yield what an official of a body can do about an open dispute over competence (R14)."""
    dispute = view.matter.open_dispute
    if dispute is None:
        return
    if body == dispute.other and dispute.said(body) is None:
        yield Choice("state_jurisdiction", ACT_NAMES["state_jurisdiction"], None)
    if body == dispute.superior and allowed(ctx.actor, Permission.MATTER_DESIGNATE, Target(view.row.government_id)):
        yield Choice("designate", ACT_NAMES["designate"], None)


async def history(ctx: Context, matter_id: int, page: PageRequest = PageRequest(first=100)) -> Page[EventView]:
    """Return what happened on a matter, the first event first; raises ``NotFound`` for what may not be seen.

    What has left for the archive is not among it (``archived``).
    """
    read = Read(EVENT, {"matter": matter_id}, "told")
    found = await fetch_page(ctx, MATTER_EVENT, read, page)
    if not found.rows and page.after is None and page.before is None and not await archived(ctx, matter_id):
        raise NotFound("办件")
    return found.map(event_view)


async def archived(ctx: Context, matter_id: int) -> tuple[Whereabouts, ...]:
    """Return in which bundles of the archive acts of a matter are; raises ``NotFound`` for what may not be seen."""
    await matter(ctx, matter_id)
    return await of_stream(ctx.db.reads, stream_of(matter_id))


def event_view(row: Row) -> EventView:
    """Return a row of the record with the event that it holds."""
    event = Event.model_validate_json(row["body"])
    kind = event.act.kind
    by = row["actor_name"] if event.act.by.kind == "official" else NAMES_OF_DOERS[event.act.by.kind]
    return EventView(row["seq"], kind, ACT_NAMES[kind], by, row["at"], row["body_code"], event)


def _signed_in(ctx: Context) -> None:
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
