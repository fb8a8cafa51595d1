"""The published figures of ratings: counted by night for months that are over, hidden where too few answered.

003-27 wants ratings public. A figure that moved with each answer would tell who answered last, so figures are those of
whole months whose last invitation has run out; only what became of bad ratings goes on being counted for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from domain import ratings as rules
from domain.access import Permission
from domain.clock import period_end
from domain.ratings import Tally
from resolvers import record
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.fetching import understood
from resolvers.reading.hall import RATING_FIGURE
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing

STREAM, PUBLISHED = "rating_figures", "rating.published"
LAST: Final = "SELECT max(at) FROM event WHERE stream = $1 AND kind = $2"
GRADES: Final = ("very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied")
STILL_COUNTED: Final = timedelta(days=200)
"""So long reviews and new ratings of a month are counted on; what is later still changes no published figure."""

# A month is counted while it is young, and once in any case.
MONTHS: Final = """
SELECT DISTINCT month FROM rating_invitation i WHERE month >= $1
UNION SELECT DISTINCT month FROM rating_invitation i
WHERE NOT EXISTS (SELECT FROM rating_figure f WHERE f.month = i.month) ORDER BY month
"""
COUNT: Final = f"""
SELECT i.government_id, i.body_code, i.item_code, count(*)::int AS invited, count(r.id)::int AS answered,
  {", ".join(f"count(*) FILTER (WHERE r.grade = '{one}')::int AS {one}" for one in GRADES)},
  count(*) FILTER (WHERE r.bad)::int AS bad, count(v.closed_at)::int AS reviewed,
  count(*) FILTER (WHERE v.in_time)::int AS in_time, count(s.id)::int AS again,
  count(*) FILTER (WHERE array_position($2::text[], s.grade) < array_position($2::text[], r.grade))::int AS better
FROM rating_invitation i LEFT JOIN rating r ON r.invitation_id = i.id LEFT JOIN rating_review v ON v.rating_id = r.id
LEFT JOIN rating_invitation j ON j.matter_id = i.matter_id AND j.round = 2 LEFT JOIN rating s ON s.invitation_id = j.id
WHERE i.month = $1 AND i.round = 1 GROUP BY i.government_id, i.body_code, i.item_code ORDER BY i.body_code, i.item_code
"""
NAMES: Final = """
SELECT DISTINCT ON (code) code, name FROM power_version WHERE code = ANY($1::text[]) ORDER BY code, id DESC
"""
COUNTED: Final = ("answered", *GRADES, "bad", "reviewed", "in_time", "again", "better")
KEEP: Final = f"""
INSERT INTO rating_figure AS f (month, government_id, body_code, item_code, item_name, invited, {", ".join(COUNTED)},
  published_at)
VALUES ($1, $2, $3, $4, $5, $6, {", ".join(f"${7 + place}" for place in range(len(COUNTED)))}, ${7 + len(COUNTED)})
ON CONFLICT (month, body_code, item_code) DO UPDATE SET item_name = EXCLUDED.item_name, invited = EXCLUDED.invited,
  {", ".join(f"{one} = EXCLUDED.{one}" for one in COUNTED)}, published_at = EXCLUDED.published_at
WHERE (f.invited, {", ".join(f"f.{one}" for one in COUNTED)}) IS DISTINCT FROM
  (EXCLUDED.invited, {", ".join(f"EXCLUDED.{one}" for one in COUNTED)})
"""
SERIES: Final = f"""
SELECT month, sum(invited)::int AS invited, {", ".join(f"coalesce(sum({one}), 0)::int AS {one}" for one in COUNTED)}
FROM rating_figure WHERE item_code = $2 AND ($1 = '' OR body_code = $1) GROUP BY month ORDER BY month DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure: a body (``item_code`` empty) or an item in a month. None: hidden, too few answered."""

    id: int
    month: date
    body_code: str
    body_name: str
    item_code: str
    item_name: str
    invited: int
    answered: int | None
    very_satisfied: int | None
    satisfied: int | None
    fairly_satisfied: int | None
    dissatisfied: int | None
    very_dissatisfied: int | None
    bad: int | None
    reviewed: int | None
    in_time: int | None
    again: int | None
    better: int | None
    published_at: datetime


COLUMNS: Final = tuple(one.name for one in fields(Figure))


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """What is published of one month for a body, or for all of them: sums of what is shown."""

    month: date
    invited: int
    answered: int
    grades: tuple[tuple[str, int], ...]
    bad: int
    reviewed: int
    in_time: int
    again: int
    better: int

    @property
    def satisfied(self) -> int:
        """How many were content: those whose grade is not bad."""
        return self.answered - self.bad

    def share(self, count: int) -> float:
        """Return a count as a share of those who answered, from 0 to 100."""
        return 100 * count / self.answered if self.answered else 0.0


async def figures_are_due(ctx: Context) -> bool:
    """Say whether the figures have not been counted yet on this civil day; a missed day is caught up."""
    start_of_day = datetime.combine(ctx.today, time(), LOCAL).astimezone(UTC)
    last: datetime | None = await ctx.db.reads.fetchval(LAST, STREAM, PUBLISHED)
    return last is None or last < start_of_day


async def publish_figures(ctx: Context) -> int:
    """Count the months that are over and publish their figures; returns how many months. Only for the system."""
    permit(ctx, Permission.RATING_PUBLISH)
    limit = ctx.profile.limits[ctx.profile.ratings.answer_within]
    window = (period_end(ctx.today, limit) - ctx.today).days
    rows = await ctx.db.reads.fetch(MONTHS, ctx.today - STILL_COUNTED)
    months = [row["month"] for row in rows if rules.settled(row["month"], window, ctx.today)]
    async with unit_of_work(ctx) as uow:
        for month in months:
            await _publish(uow, month)
        await record.append(uow, STREAM, PUBLISHED, {"months": [one.isoformat() for one in months]})
    return len(months)


async def _publish(uow: UnitOfWork, month: date) -> None:
    connection = await uow.raw()
    order = [one.code for one in uow.ctx.profile.ratings.grades]
    rows = await connection.fetch(COUNT, month, order)
    names = {row["code"]: row["name"] for row in await connection.fetch(NAMES, [row["item_code"] for row in rows])}
    governments = {row["body_code"]: row["government_id"] for row in rows}
    for body, government in governments.items():
        parts = [_tally(row) for row in rows if row["body_code"] == body]
        told = rules.publishable((_whole(body, parts), *parts), uow.ctx.profile.ratings.least_shown)
        await connection.executemany(KEEP, [(month, government, *_values(one, names), uow.ctx.now) for one in told])


def _tally(row: Any) -> Tally:
    counts = {name: row[name] for name in COUNTED if name not in GRADES}
    return Tally(row["body_code"], row["item_code"], row["invited"], grades={one: row[one] for one in GRADES}, **counts)


def _whole(body: str, parts: Sequence[Tally]) -> Tally:
    """Return the tally of a body: all its items together."""
    summed = rules.total(parts)
    counts = {name: getattr(summed, name) for name in COUNTED if name not in GRADES}
    return Tally(body, "", summed.invited, grades=summed.grades, **counts)


def _values(one: Tally, names: dict[str, str]) -> tuple[Any, ...]:
    shown = {"answered": one.answered, **{grade: one.grades.get(grade, 0) for grade in GRADES}}
    shown |= {name: getattr(one, name) for name in COUNTED if name not in shown}
    counts = [None if one.hidden else shown[name] for name in COUNTED]
    return (one.body, one.item, names.get(one.item, ""), one.invited, *counts)


def listing(page: PageRequest, month: date | None = None, body: str = "", *, of_items: bool | None = None) -> Listing:
    """Return the listing of figures, the latest month first."""
    asked = {"month": month, "body": body or None, "of_items": of_items}
    filters = {name: value for name, value in asked.items() if value is not None}
    return Listing(RATING_FIGURE, Read(COLUMNS, filters, "latest"), page)


async def list_figures(
    ctx: Context,
    page: PageRequest = PageRequest(),
    month: date | None = None,
    body: str = "",
    *,
    of_items: bool | None = None,
) -> Page[Figure]:
    """Return a page of published figures, the latest month first."""
    return (await fetch_listing(ctx, listing(page, month, body, of_items=of_items))).map(_figure)


def _figure(row: Row) -> Figure:
    return Figure(**{name: row[name] for name in COLUMNS})


async def monthly(ctx: Context, body: str = "", item: str = "", most: int = 12) -> tuple[MonthFigure, ...]:
    """Return the last months of a body, of an item, or of all bodies together, the earliest first."""
    with understood():
        rows = await ctx.db.reads.fetch(SERIES, body, item, most)
    return tuple(_month(row) for row in reversed(rows))


def _month(row: Any) -> MonthFigure:
    return MonthFigure(
        month=row["month"],
        invited=row["invited"],
        grades=tuple((one, row[one]) for one in GRADES),
        **{name: row[name] for name in COUNTED if name not in GRADES},
    )
