"""Reading scores: lists by period and subject, two periods beside one another, a subject's history, and a score with its ledger (S7)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.assessments.scored_periods import last_day_to_object
from domain.assessments.subjects import SubjectKind
from resolvers import assessments_store as store
from resolvers.assessments_objecting import FILED, is_own
from resolvers.assessments_values import (
    LINE,
    OPEN,
    ROW,
    EntryRow,
    Objection,
    OpenObjection,
    ScoreFilter,
    ScoreRow,
    ScoreView,
)
from resolvers.calendar import load_calendar
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.permits import permit, permit_or_hide
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_page
from resolvers.reading.assessments import ENTRY, OBJECTION, SCORE
from resolvers.reading.listings import Listing
from resolvers.reading.paging import MOST_ROWS

MOST_PARTS: Final = 100
MOST_EDITIONS: Final = 20
MOST_OPEN: Final = 100
LATEST: Final = 12
"""How many periods of a kind a history shows."""
FROZEN_BY: Final = "SELECT frozen_by FROM assessment WHERE id = $1"


def listing(page: PageRequest = PageRequest(), where: ScoreFilter = ScoreFilter()) -> Listing:
    """Return the listing of scores: of a period the best first, else the latest first."""
    return Listing(SCORE, Read(ROW, where.filters(), "best" if where.period else "latest"), page)


async def list_scores(ctx: Context, page: PageRequest = PageRequest(), **asked: Any) -> Page[ScoreRow]:
    """Return a page of scores, as `ScoreFilter` has it; whoever may see none finds those that are published."""
    return await _page(ctx, page, ScoreFilter(**asked))


async def _page(ctx: Context, page: PageRequest, where: ScoreFilter) -> Page[ScoreRow]:
    found = listing(page, where)
    return (await fetch_page(ctx, found.entity, found.read, page)).map(_row)


def _row(row: Row) -> ScoreRow:
    return ScoreRow(**{name: row[name] for name in ROW})


async def pages_of_scores(ctx: Context, **asked: Any) -> AsyncIterator[tuple[ScoreRow, ...]]:
    """Yield all scores, as `ScoreFilter` has it, page by page; at least one page, which may be empty."""
    page = PageRequest(first=MOST_ROWS)
    while True:
        found = await list_scores(ctx, page, **asked)
        yield found.rows
        if not found.has_next:
            return
        page = PageRequest(first=MOST_ROWS, after=found.end_cursor)


async def compared(ctx: Context, rows: Sequence[ScoreRow], period: str, **asked: Any) -> Mapping[str, ScoreRow]:
    """Return what the subjects of a page scored in another period, by the key of each subject."""
    if not rows or not period:
        return {}
    where = {"period": period, "kind": rows[0].kind, "subjects": tuple(one.subject_key for one in rows), **asked}
    found = await list_scores(ctx, PageRequest(first=len(rows)), **where)
    return {one.subject_key: one for one in found.rows}


async def trends(ctx: Context, rows: Sequence[ScoreRow], **asked: Any) -> tuple[ScoreRow, ...]:
    """Return what some subjects scored in their latest periods of the same kind, until that of these rows; the latest first."""
    if not rows:
        return ()
    first, keys = rows[0], tuple(one.subject_key for one in rows)
    where = {"per": first.per, "kind": first.kind, "subjects": keys, "until": first.period, **asked}
    return (await list_scores(ctx, PageRequest(first=MOST_ROWS), **where)).rows


async def history(ctx: Context, row: ScoreRow, **asked: Any) -> tuple[ScoreRow, ...]:
    """Return what a subject scored in the periods of the kind that a score is of, the latest first."""
    where = ScoreFilter(per=row.per, kind=row.kind, government=row.government_id, subjects=(row.subject_key,),
                        body=row.body_code, **asked)  # fmt: skip
    return (await _page(ctx, PageRequest(first=LATEST), where)).rows


async def score_view(ctx: Context, score_id: int, page: PageRequest = PageRequest(first=100)) -> ScoreView:
    """Return a score with a page of its ledger for the desk.

    Raises ``NotFound`` for what is not there or not the actor's to read.
    """
    found = await fetch_by_keys(ctx, SCORE, Read(ROW), [score_id])
    if score_id not in found:
        raise NotFound("得分")
    row = _row(found[score_id][0])
    target = Target(row.government_id, row.body_code)
    permit_or_hide(ctx, Permission.SCORE_READ, target, "得分")
    lines = (await fetch_page(ctx, ENTRY, Read(LINE, {"score": score_id}, "no"), page)).map(_line)
    scheme = await store.scheme_of(ctx.db.reads, row.assessment_id)
    filed = await _objection(ctx, score_id)
    same = {"period": row.period, "government": row.government_id, "body": row.body_code, "every_edition": True}
    editions = await list_scores(
        ctx, PageRequest(first=MOST_EDITIONS), kind=row.kind, subjects=(row.subject_key,), **same
    )
    until = last_day_to_object(scheme, await load_calendar(ctx), row.recorded_at)
    open_now = row.kind == "body" and filed is None and ctx.today <= until and row.is_current
    waits = filed is not None and filed.state == "filed" and allowed(ctx.actor, Permission.SCORE_PUBLISH, target)
    own = filed is not None and waits and await _is_own(ctx, row, filed)
    parts = await _parts(ctx, row)
    return ScoreView(
        row=row,
        entries=lines,
        scheme=scheme,
        objection=filed,
        editions=tuple(sorted(editions.rows, key=lambda one: -one.edition)),
        history=await history(ctx, row),
        parts=tuple(one for page in parts.values() for one in page.rows),
        more_parts=tuple(kind for kind, page in parts.items() if page.has_next),
        whole=await _whole(ctx, row),
        object_until=until,
        may_object=open_now and bool(lines.rows) and allowed(ctx.actor, Permission.SCORE_OBJECT, target),
        may_decide=waits and not own,
        own_work=own,
    )


def objections_listing(page: PageRequest = PageRequest(), **asked: Any) -> Listing:
    """Return the listing of objections by ``period``, ``body``, ``state`` and ``government``: open ones first, the most urgent first."""
    filters = {name: value for name, value in asked.items() if value not in ("", None)}
    return Listing(OBJECTION, Read(tuple(OBJECTION.columns), filters, "urgent"), page)


async def open_objections(ctx: Context, government: int) -> tuple[OpenObjection, ...]:
    """Return the objections of a government that wait for a decision, the most urgent first. Raises ``NotPermitted``."""
    permit(ctx, Permission.SCORE_PUBLISH, Target(government))
    found = objections_listing(PageRequest(first=MOST_OPEN), government=government, state="filed")
    rows = (await fetch_page(ctx, found.entity, found.read, found.page)).rows
    return tuple(OpenObjection(**{name: row[name] for name in OPEN}) for row in rows)


async def _objection(ctx: Context, score_id: int) -> Objection | None:
    held = await ctx.db.reads.fetchrow(FILED, score_id)
    return Objection(**{**dict(held), "entries": tuple(held["entries"])}) if held else None


async def _is_own(ctx: Context, row: ScoreRow, filed: Objection) -> bool:
    frozen_by = await ctx.db.reads.fetchval(FROZEN_BY, row.assessment_id)
    return await is_own(ctx.db.reads, ctx.actor, frozen_by, row.id, filed.entries)


async def _parts(ctx: Context, row: ScoreRow) -> Mapping[SubjectKind, Page[ScoreRow]]:
    """Return the first scores of a body's units and of their posts that belong to an edition of its own."""
    if row.kind != "body":
        return {}
    same = {"period": row.period, "government": row.government_id, "body": row.body_code, "edition": row.edition}
    page = PageRequest(first=MOST_PARTS)
    kinds: tuple[SubjectKind, ...] = ("unit", "post")
    return {kind: await list_scores(ctx, page, kind=kind, every_edition=True, **same) for kind in kinds}


async def _whole(ctx: Context, row: ScoreRow) -> int | None:
    """Return the id of the body's score of which a unit's or a post's is part."""
    if row.kind == "body":
        return None
    same = {"period": row.period, "government": row.government_id, "body": row.body_code, "edition": row.edition}
    found = await list_scores(ctx, PageRequest(first=1), every_edition=True, **same)
    return found.rows[0].id if found.rows else None


def _line(row: Row) -> EntryRow:
    return EntryRow(**{name: row[name] for name in LINE})
