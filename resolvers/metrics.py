"""Published figures: written with the edition that publishes them, counted again every night, never overwritten.

What was published and later differs is restated: the new value stands beside the one before it, with both days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from domain.access import Permission
from domain.metrics import BY_ID, METRICS, Figure, Metric, disclosed
from domain.periods import Period, period_of
from resolvers import record
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.metrics_counting import counted
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.reports import METRIC_FIGURE

__all__ = [
    "METRICS",
    "FigureRow",
    "Metric",
    "figures_of",
    "list_figures",
    "listing",
    "publish",
    "restate",
    "restating_is_due",
]

STREAM, RECOUNTED = "figures", "figures.recounted"
LAST: Final = "SELECT max(at) FROM event WHERE stream = $1 AND kind = $2"
RECOUNTED_FOR: Final = timedelta(days=400)
"""So long after it was first published a period is counted again every night."""

CURRENT: Final = """
SELECT metric, body_code, category, no, value FROM metric_figure
WHERE government_id = $1 AND period = $2 AND replaced_at IS NULL FOR UPDATE
"""
REPLACE: Final = """
UPDATE metric_figure SET replaced_at = $6 WHERE government_id = $1 AND period = $2 AND metric = $3 AND body_code = $4
  AND category = $5 AND replaced_at IS NULL
"""
ADD: Final = """
INSERT INTO metric_figure (government_id, period, metric, body_code, category, no, value, restated, previous,
  publication_id, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
YOUNG: Final = """
SELECT government_id, period FROM metric_figure GROUP BY government_id, period HAVING min(published_at) > $1
ORDER BY government_id, period
"""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A published figure as it stands now; of a restated one the value before it. None: too small to be told."""

    id: int
    period: str
    metric: str
    body_code: str
    body_name: str
    category: str
    value: int | None
    restated: bool
    previous: int | None
    published_at: datetime

    @property
    def about(self) -> Metric:
        """What it counts."""
        return BY_ID[self.metric]


COLUMNS: Final = tuple(one.name for one in fields(FigureRow))


async def publish(
    uow: UnitOfWork, government_id: int, period: Period, figures: Sequence[Figure], publication_id: int | None
) -> int:
    """Publish figures that may be told, in the transaction of what publishes them; returns how many are restated.

    A figure that stands already with this value stays; one that differs gets a further value. The order of locks is
    that of the rows, so that two who publish wait for each other.
    """
    ctx, connection = uow.ctx, await uow.raw()
    held = {
        (row["metric"], row["body_code"], row["category"]): (row["no"], row["value"])
        for row in await connection.fetch(CURRENT, government_id, period.code)
    }
    restated = 0
    for one in sorted(figures, key=lambda figure: figure.place):
        no, before = held.get(one.place, (0, None))
        if no and before == one.value:
            continue
        if no:
            restated += 1
            await connection.execute(REPLACE, government_id, period.code, *one.place, ctx.now)
        values = (no + 1, one.value, no > 0, before, publication_id, ctx.now)
        await connection.execute(ADD, government_id, period.code, *one.place, *values)
    return restated


async def restating_is_due(ctx: Context) -> bool:
    """Say whether published figures have not been counted again yet on this civil day; a missed day is caught up."""
    start_of_day = datetime.combine(ctx.today, time(), LOCAL).astimezone(UTC)
    last: datetime | None = await ctx.db.reads.fetchval(LAST, STREAM, RECOUNTED)
    return last is None or last < start_of_day


async def restate(ctx: Context) -> int:
    """Count the young published periods again and restate what differs; returns how many figures. Only for the system."""
    permit(ctx, Permission.REPORT_PLAN)
    rows = await ctx.db.reads.fetch(YOUNG, ctx.now - RECOUNTED_FOR)
    found: dict[str, int] = {}
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        for row in rows:
            period = period_of(row["period"])
            if period is None:
                continue
            told = disclosed(await counted(ctx, connection, row["government_id"], period))
            published = {
                (one["metric"], one["body_code"], one["category"])
                for one in await connection.fetch(CURRENT, row["government_id"], period.code)
            }
            # What was never published is not published by the night.
            again = [one for one in told if one.place in published]
            if count := await publish(uow, row["government_id"], period, again, None):
                found[f"{row['government_id']}/{period.code}"] = count
        await record.append(uow, STREAM, RECOUNTED, {"restated": found, "periods": len(rows)})
    return sum(found.values())


def listing(page: PageRequest = PageRequest(), **asked: Any) -> Listing:
    """Return the listing of published figures: ``period``, ``metric``, ``body``, ``by`` (government, body or category)."""
    filters = {name: value for name, value in asked.items() if value not in ("", None)}
    return Listing(METRIC_FIGURE, Read(COLUMNS, filters, "latest", "current"), page)


async def list_figures(ctx: Context, page: PageRequest = PageRequest(), **asked: Any) -> Page[FigureRow]:
    """Return a page of published figures, the latest period first."""
    return (await fetch_listing(ctx, listing(page, **asked))).map(_row)


def _row(row: Row) -> FigureRow:
    return FigureRow(**{name: row[name] for name in COLUMNS})


ALL: Final = """
SELECT metric, body_code, category, value, restated, previous FROM metric_figure
WHERE government_id = $1 AND period = $2 AND replaced_at IS NULL
"""


async def figures_of(ctx: Context, government_id: int, period: str) -> Mapping[tuple[str, str, str], tuple[Any, ...]]:
    """Return every published figure of a period as it stands now: value, whether restated, the value before."""
    rows = await ctx.db.reads.fetch(ALL, government_id, period)
    return {
        (row["metric"], row["body_code"], row["category"]): (row["value"], row["restated"], row["previous"])
        for row in rows
    }
