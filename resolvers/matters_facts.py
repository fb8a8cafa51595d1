"""Facts of a body's matters counted and summed: time, place, scale and area are kept as values for this (R6, 003-31(3))."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from domain.access import Permission, Target
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.permits import permit_or_hide

ONE_YEAR: Final = timedelta(days=365)
MOST: Final = 500
COUNTED: Final = """
SELECT f.key AS code, coalesce(p.document -> 'facts' -> f.key ->> 'name', f.key) AS name,
  coalesce(p.document -> 'facts' -> f.key ->> 'unit', '') AS unit, count(*) AS matters,
  count(*) FILTER (WHERE f.value ->> 'yes_no' = 'true') AS yes,
  sum(v.value) AS total, avg(v.value) AS average, min(v.value) AS least, max(v.value) AS greatest
FROM matter m CROSS JOIN LATERAL jsonb_each(m.state -> 'facts') f
CROSS JOIN LATERAL (
  SELECT coalesce((f.value ->> 'amount')::numeric, (f.value ->> 'number')::numeric) AS value
) v
JOIN procedure_version p ON p.id = m.procedure_id
WHERE m.body_code = $1 AND m.opened_at >= $2 AND ($3 = '' OR m.item_code = $3)
GROUP BY 1, 2, 3 ORDER BY name, unit LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class FactFigures:
    """What is known of one fact over many matters; figures are there for numbers and amounts only."""

    code: str
    name: str
    unit: str
    matters: int
    yes: int
    total: Decimal | None
    average: Decimal | None
    least: Decimal | None
    greatest: Decimal | None


@dataclass(frozen=True, slots=True)
class Facts:
    """The figures of a body's facts in matters registered since a day."""

    body: str
    since: date
    figures: tuple[FactFigures, ...]


async def facts(ctx: Context, body: str, since: date | None = None, item: str = "") -> Facts:
    """Return the figures of a body (of one item, if one is named) since a day, a year ago unless given.

    Raises ``NotFound`` for a body that is not there or whose matters the actor may not see.
    """
    government = await ctx.db.reads.fetchval("SELECT government_id FROM body WHERE code = $1", body)
    if government is None:
        raise NotFound("机关")
    permit_or_hide(ctx, Permission.MATTER_READ, Target(government, body), "机关")
    first = since or ctx.today - ONE_YEAR
    rows = await ctx.db.reads.fetch(COUNTED, body, first, item, MOST)
    return Facts(body, first, tuple(FactFigures(**dict(row)) for row in rows))
