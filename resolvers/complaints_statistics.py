"""How complaints are answered, in figures: one definition for the page, the interface, bulletins and reports (003-27, N4).

**What fell due**: consultations, complaints, calls for help and reports whose last day for an answer lies in the period,
by the body that holds them; without those that were withdrawn, and with reviews left out. **In time**: answered on that day
or before; told why it is not taken up is an answer. Everything else is late, also what is still open. A provisional day
is held against nobody. What is published is of whole months that are over, with few hidden (`domain.complaints.shown`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from domain.access import Permission
from domain.complaints import Answered, shown
from resolvers import record
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.complaints import COMPLAINT_FIGURE
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing

STREAM, PUBLISHED = "complaint_figures", "complaint.figures_published"
COUNTED: Final = "r.role <> 'review' AND r.ending NOT IN ('withdrawn', 'transferred') AND NOT r.due_provisional"
ANSWERED_ON: Final = "(r.answered_at AT TIME ZONE 'Asia/Shanghai')::date"
COUNT: Final = f"""
SELECT c.government_id, r.body_code, c.kind, count(*)::int AS due,
  count(*) FILTER (WHERE {ANSWERED_ON} <= r.answer_due)::int AS in_time,
  count(*) FILTER (WHERE r.answered_at IS NULL)::int AS still_open, count(g.run_id)::int AS rated,
  count(*) FILTER (WHERE NOT g.bad)::int AS satisfied
FROM complaint_run r JOIN complaint c ON c.id = r.complaint_id LEFT JOIN complaint_rating g ON g.run_id = r.id
WHERE {COUNTED} AND r.answer_due BETWEEN $1 AND least($2, $3::date - 1) AND ($4 = '' OR r.body_code = $4)
GROUP BY c.government_id, r.body_code, c.kind ORDER BY r.body_code, c.kind
"""
MONTHS: Final = f"""
SELECT DISTINCT date_trunc('month', r.answer_due)::date AS month FROM complaint_run r
WHERE {COUNTED} AND r.answer_due < date_trunc('month', $1::date) AND (r.answer_due >= $2 OR NOT EXISTS (
  SELECT FROM complaint_figure f WHERE f.month = date_trunc('month', r.answer_due)::date)) ORDER BY month
"""
KEEP: Final = """
INSERT INTO complaint_figure AS f (month, government_id, body_code, kind, due, in_time, still_open, rated, satisfied,
  published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (month, body_code, kind) DO UPDATE SET due = EXCLUDED.due, in_time = EXCLUDED.in_time,
  still_open = EXCLUDED.still_open, rated = EXCLUDED.rated, satisfied = EXCLUDED.satisfied,
  published_at = EXCLUDED.published_at
WHERE (f.due, f.in_time, f.still_open, f.rated, f.satisfied) IS DISTINCT FROM
  (EXCLUDED.due, EXCLUDED.in_time, EXCLUDED.still_open, EXCLUDED.rated, EXCLUDED.satisfied)
"""
LAST: Final = "SELECT max(at) FROM event WHERE stream = $1 AND kind = $2"
STILL_COUNTED: Final = timedelta(days=200)
# Rounded down to whole fives, and only what enough people asked about: nobody is found by asking twice.
ASKED: Final = """
SELECT c.item_code, min(r.body_code) AS body_code, (count(*) / $3 * $3)::int AS asked
FROM complaint c JOIN complaint_run r ON r.complaint_id = c.id AND r.last
WHERE c.kind = 'consultation' AND c.item_code <> '' AND c.filed_at >= $1 AND c.filed_at < $2
GROUP BY c.item_code HAVING count(*) >= $3
"""
KEEP_ASKED: Final = """
INSERT INTO asked_item (item_code, body_code, asked, counted_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (item_code) DO UPDATE SET body_code = EXCLUDED.body_code, asked = EXCLUDED.asked,
  counted_at = EXCLUDED.counted_at WHERE (asked_item.body_code, asked_item.asked) IS DISTINCT FROM
  (EXCLUDED.body_code, EXCLUDED.asked)
"""
FORGET_ASKED: Final = "DELETE FROM asked_item WHERE item_code <> ALL($1::text[])"
MOST_ASKED: Final = """
SELECT a.item_code, a.asked, b.name AS body_name, (
  SELECT v.name FROM power_version v WHERE v.code = a.item_code ORDER BY v.id DESC LIMIT 1) AS name
FROM asked_item a JOIN body b ON b.code = a.body_code ORDER BY a.asked DESC, a.item_code LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class ComplaintFigure:
    """A published figure: a body in a month, of one kind or (``kind`` empty) of all. None: hidden, too few."""

    id: int
    month: date
    body_code: str
    body_name: str
    kind: str
    due: int | None
    in_time: int | None
    still_open: int | None
    rated: int | None
    satisfied: int | None
    published_at: datetime

    @property
    def late(self) -> int | None:
        """How many were late: whatever was not answered in time."""
        return None if self.due is None or self.in_time is None else self.due - self.in_time

    @property
    def share(self) -> float | None:
        """The share that was answered in time, from 0 to 100, of all that fell due."""
        return None if not self.due or self.in_time is None else 100 * self.in_time / self.due


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """An item that many ask about."""

    item_code: str
    name: str
    body_name: str
    asked: int


COLUMNS: Final = tuple(one.name for one in fields(ComplaintFigure))


async def figures(ctx: Context, since: date, until: date, body: str = "") -> tuple[Answered, ...]:
    """Return how what fell due in a period was answered, by body and kind: exact, for officials' reports.

    Days that are not over are not counted. Whoever publishes them hides small ones (`domain.complaints.shown`).
    """
    rows = await ctx.db.reads.fetch(COUNT, since, until, ctx.today, body)
    return tuple(_answered(row) for row in rows)


def _answered(row: Any) -> Answered:
    counts = {name: row[name] for name in ("due", "in_time", "still_open", "rated", "satisfied")}
    return Answered(row["body_code"], row["kind"], **counts)


async def figures_are_due(ctx: Context) -> bool:
    """Say whether the figures have not been counted yet on this civil day; a missed day is caught up."""
    start_of_day = datetime.combine(ctx.today, time(), LOCAL).astimezone(UTC)
    last: datetime | None = await ctx.db.reads.fetchval(LAST, STREAM, PUBLISHED)
    return last is None or last < start_of_day


async def publish_figures(ctx: Context) -> int:
    """Count the months that are over and publish their figures; returns how many months. Only for the system."""
    permit(ctx, Permission.COMPLAINT_COUNT)
    rows = await ctx.db.reads.fetch(MONTHS, ctx.today, ctx.today - STILL_COUNTED)
    months = [row["month"] for row in rows]
    async with unit_of_work(ctx) as uow:
        for month in months:
            await _publish(uow, month)
        await _most_asked(uow)
        await record.append(uow, STREAM, PUBLISHED, {"months": [one.isoformat() for one in months]})
    return len(months)


async def _publish(uow: UnitOfWork, month: date) -> None:
    connection, ctx = await uow.raw(), uow.ctx
    last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    rows = await connection.fetch(COUNT, month, last, ctx.today, "")
    governments = {row["body_code"]: row["government_id"] for row in rows}
    for body, government in governments.items():
        told = shown([_answered(row) for row in rows if row["body_code"] == body], ctx.profile.ratings.least_shown)
        await connection.executemany(KEEP, [(month, government, *_values(one), ctx.now) for one in told])


def _values(one: Answered) -> tuple[Any, ...]:
    counts = (None, None, None) if one.hidden else (one.due, one.in_time, one.still_open)
    rated = (None, None) if one.hidden or not one.rated else (one.rated, one.satisfied)
    return (one.body, one.kind, *counts, *rated)


async def _most_asked(uow: UnitOfWork) -> None:
    """Count what was asked about in the twelve whole months that are over."""
    connection, ctx = await uow.raw(), uow.ctx
    end = ctx.today.replace(day=1)
    start = end.replace(year=end.year - 1)
    bounds = [datetime.combine(one, time(), LOCAL) for one in (start, end)]
    rows = await connection.fetch(ASKED, *bounds, ctx.profile.ratings.least_shown)
    await connection.execute(FORGET_ASKED, [row["item_code"] for row in rows])
    values = [(row["item_code"], row["body_code"], row["asked"], ctx.now) for row in rows]
    await connection.executemany(KEEP_ASKED, values)


def listing(page: PageRequest, month: date | None = None, body: str = "", kind: str | None = None) -> Listing:
    """Return the listing of published figures, the latest month first."""
    asked = {"month": month, "body": body or None, "kind": kind}
    filters = {name: value for name, value in asked.items() if value is not None}
    return Listing(COMPLAINT_FIGURE, Read(COLUMNS, filters, "latest"), page)


async def list_figures(
    ctx: Context, page: PageRequest = PageRequest(), month: date | None = None, body: str = "", kind: str | None = None
) -> Page[ComplaintFigure]:
    """Return a page of published figures, the latest month first."""
    return (await fetch_listing(ctx, listing(page, month, body, kind))).map(_figure)


def _figure(row: Row) -> ComplaintFigure:
    return ComplaintFigure(**{name: row[name] for name in COLUMNS})


async def months(ctx: Context, most: int = 12) -> Sequence[date]:
    """Return the last months with published figures, the latest first."""
    sql = "SELECT DISTINCT month FROM complaint_figure ORDER BY month DESC LIMIT $1"
    return [row["month"] for row in await ctx.db.reads.fetch(sql, most)]


async def most_asked(ctx: Context, most: int = 10) -> tuple[AskedAbout, ...]:
    """Return what is asked about most."""
    rows = await ctx.db.reads.fetch(MOST_ASKED, most)
    return tuple(
        AskedAbout(row["item_code"], row["name"] or row["item_code"], row["body_name"], row["asked"]) for row in rows
    )
