"""Reading published results: what is public, what the desk has to publish, and one result with everything about it."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from domain.access import Permission
from domain.calendar import Calendar
from domain.parties import id_of
from domain.results import Result
from resolvers import record
from resolvers.calendar import load_calendar
from resolvers.context import Context, unit_of_work
from resolvers.errors import NotFound, NotSignedIn
from resolvers.matters_reading import graded
from resolvers.matters_values import Urgency
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_page
from resolvers.reading.hall import PUBLISHED_RESULT, RESULT
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing

MOST: Final = 200
LATE: Final = """
SELECT id, body_code, todo_on, state FROM result
WHERE todo_on < $1 AND reminded_for IS DISTINCT FROM todo_on ORDER BY id LIMIT $2
"""
REMINDED: Final = """
UPDATE result SET reminded_for = $2 WHERE id = $1 AND todo_on = $2 AND reminded_for IS DISTINCT FROM $2 RETURNING 1
"""
VERSIONS: Final = """
SELECT no, act, ground, reason, by_name, recorded_at, encode(digest, 'hex') AS digest FROM result_version
WHERE result_id = $1 ORDER BY no
"""
PARTY: Final = "SELECT party, party_kind FROM matter WHERE id = $1"


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which published results: everything given must hold. ``shown`` leaves out what is withdrawn or over."""

    search: str = ""
    kind: str = ""
    body: str = ""
    item: str = ""
    decided_from: date | None = None
    decided_until: date | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class PublicResult:
    """A published result; of one that is ``withdrawn`` or ``ended`` nothing of what it was."""

    id: int
    kind: str
    state: str
    no: int
    body_code: str
    body_name: str
    decision_number: str | None
    party: str | None
    party_kind: str | None
    item_code: str | None
    item_name: str | None
    result: str | None
    content: str | None
    basis: str | None
    decided_on: date | None
    valid_from: date | None
    valid_until: date | None
    published_at: datetime
    changed_at: datetime
    shown_until: date | None
    digest_hex: str
    ground: str
    reason: str


COLUMNS: Final = tuple(one.name for one in fields(PublicResult))


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result on the desk: what has to be done with it, and by when. ``todo``: publish, or correct or withdraw."""

    id: int
    matter_id: int
    matter_number: str
    kind: str
    state: str
    no: int
    government_id: int
    body_code: str
    body_name: str
    title: str
    content: Result
    drafted_at: datetime
    todo_on: date | None
    changed_on: date | None
    urgency: Urgency | None = None


ROW: Final = tuple(one.name for one in fields(ResultRow) if one.name != "urgency")


@dataclass(frozen=True, slots=True)
class ResultVersion:
    """One act upon a result, with the digest of what was public from then on."""

    no: int
    act: str
    ground: str
    reason: str
    by_name: str
    recorded_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """A result on the desk with its history. ``party_known``: the name comes from the file and is not typed."""

    row: ResultRow
    versions: tuple[ResultVersion, ...]
    party_known: bool
    party_kind: str


def listing(where: ResultFilter = ResultFilter(), page: PageRequest = PageRequest()) -> Listing:
    """Return the listing of published results, the latest first."""
    asked: dict[str, Any] = {
        "search": where.search.strip().casefold(),
        "kind": where.kind,
        "body": where.body,
        "item": where.item,
        "decided_from": where.decided_from,
        "decided_until": where.decided_until,
        "shown": where.shown or None,
    }
    filters = {name: value for name, value in asked.items() if value not in ("", None)}
    return Listing(PUBLISHED_RESULT, Read(COLUMNS, filters, "latest"), page)


async def list_published(
    ctx: Context, where: ResultFilter = ResultFilter(), page: PageRequest = PageRequest()
) -> Page[PublicResult]:
    """Return a page of published results, the latest first."""
    return (await fetch_listing(ctx, listing(where, page))).map(_public)


def _public(row: Row) -> PublicResult:
    return PublicResult(**{name: row[name] for name in COLUMNS})


async def published(ctx: Context, result_id: int) -> PublicResult:
    """Return one published result, also one that was withdrawn or is over. Raises ``NotFound``."""
    found = await fetch_by_keys(ctx, PUBLISHED_RESULT, Read(COLUMNS), [result_id])
    if result_id not in found:
        raise NotFound("公示")
    return _public(found[result_id][0])


async def to_do(ctx: Context, page: PageRequest = PageRequest(), *, everything: bool = False) -> Page[ResultRow]:
    """Return the results of the actor's bodies (or those watched) that wait for an act, the most urgent first.

    ``everything``: those on which nothing is to be done as well, the latest first. Raises ``NotSignedIn``.
    """
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    read = Read(ROW, {}, "latest") if everything else Read(ROW, {"todo": True}, "due")
    calendar = await load_calendar(ctx)
    return (await fetch_page(ctx, RESULT, read, page)).map(lambda row: _row(row, ctx, calendar))


def _row(row: Row, ctx: Context, calendar: Calendar) -> ResultRow:
    values = {name: row[name] for name in ROW} | {"content": Result.model_validate(row["content"])}
    due: date | None = row["todo_on"]
    return ResultRow(**values, urgency=graded(ctx.profile, due, ctx.today, calendar) if due else None)


async def result(ctx: Context, result_id: int) -> ResultView:
    """Return one result for the desk. Raises ``NotFound`` for what is not there or may not be seen."""
    found = await fetch_by_keys(ctx, RESULT, Read(ROW), [result_id])
    if result_id not in found:
        raise NotFound("公示")
    row = _row(found[result_id][0], ctx, await load_calendar(ctx))
    versions = await ctx.db.reads.fetch(VERSIONS, result_id)
    (party,) = await ctx.db.reads.fetch(PARTY, row.matter_id)
    known = id_of(party["party"]) is not None
    return ResultView(row, tuple(ResultVersion(**one) for one in versions), known, party["party_kind"])


async def remind(ctx: Context) -> int:
    """Record which results are late, once for each day that was set; returns how many. Only for the system."""
    permit(ctx, Permission.RATING_PUBLISH)
    rows = await ctx.db.reads.fetch(LATE, ctx.today, MOST)
    count = 0
    for row in rows:
        async with unit_of_work(ctx, unrecorded="a late result that was reminded of before") as uow:
            if await (await uow.raw()).fetchval(REMINDED, row["id"], row["todo_on"]) is None:
                continue
            told = {"state": row["state"], "todo_on": row["todo_on"].isoformat()}
            await record.append(uow, f"result:{row['id']}", "result.overdue", told, body_code=row["body_code"])
            count += 1
    return count
