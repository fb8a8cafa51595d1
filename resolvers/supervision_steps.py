"""Where the days go: how long matters stay in each step, and which of them stayed long (003-36(4); S6).

Each count has the filter of the list of matters that gives it again: ``principal``, ``opened_from``, ``stayed``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from resolvers.context import LOCAL, Context

MOST_ROWS: Final = 15
STEPS_OF: Final = 5_000
"""Where the days go is told by so many matters, those that were registered last, in whole days."""

_ENDED: Final = """
(m.government_id = ANY($1::bigint[]) OR m.body_code = ANY($2::text[])) AND m.kind IN ('case', 'penalty_case')
  AND m.phase IN ('closed', 'archived') AND m.opened_at >= $3
"""
SINCE: Final = f"""
SELECT (m.opened_at AT TIME ZONE 'Asia/Shanghai')::date + 1 FROM matter m WHERE {_ENDED}
ORDER BY m.opened_at DESC, m.id DESC OFFSET $4 LIMIT 1
"""
# A visit is one stay in a step; its days are civil days, nights and rests included, since the party waits through them.
STEPS: Final = f"""
WITH ended AS (SELECT m.id, m.procedure_id, m.state FROM matter m WHERE {_ENDED}),
names AS (SELECT p.id, s.d ->> 'key' AS key, s.d ->> 'name' AS name FROM procedure_version p,
  jsonb_array_elements(p.document -> 'steps') s(d) WHERE p.id IN (SELECT procedure_id FROM ended)),
stays AS MATERIALIZED (SELECT e.id, coalesce(n.name, v.d ->> 'step') AS name,
    extract(epoch FROM (v.d ->> 'left')::timestamptz - (v.d ->> 'entered')::timestamptz) / 86400 AS days
  FROM ended e CROSS JOIN jsonb_array_elements(e.state -> 'visits') v(d)
  LEFT JOIN names n ON n.id = e.procedure_id AND n.key = v.d ->> 'step' WHERE v.d ->> 'left' IS NOT NULL),
told AS (SELECT name, count(*)::int AS stays, count(DISTINCT id)::int AS matters, round(avg(days)::numeric, 1) AS mean,
    round((percentile_cont(0.9) WITHIN GROUP (ORDER BY days))::numeric, 1) AS long, sum(days) AS days
  FROM stays GROUP BY 1 ORDER BY sum(days) DESC, 1 LIMIT $4)
SELECT t.name, t.stays, t.matters, t.mean, t.long,
  round(100 * coalesce(t.days / nullif((SELECT sum(days) FROM stays), 0), 0)::numeric, 1) AS share,
  (SELECT count(DISTINCT s.id) FROM stays s WHERE s.name = t.name AND s.days > t.long)::int AS slow
FROM told t ORDER BY t.days DESC, t.name
"""


@dataclass(frozen=True, slots=True)
class StepDays:
    """A step: how many stays of how many matters, their mean and long (nine in ten are shorter) days, its share of all days in percent.

    ``slow`` matters had a stay that was longer than ``long``.
    """

    name: str
    stays: int
    matters: int
    mean: Decimal
    long: Decimal
    share: Decimal
    slow: int


async def bottlenecks(
    ctx: Context, seen: tuple[Sequence[int], Sequence[str]], first: date
) -> tuple[date, tuple[StepDays, ...]]:
    """Return the steps with the most days, of matters that ended, and from which day on these were registered."""
    reads, begin = ctx.db.reads, datetime.combine(first, time(), LOCAL)
    found: date | None = await reads.fetchval(SINCE, *seen, begin, STEPS_OF)
    since = first if found is None else min(found, ctx.today)
    rows = await reads.fetch(STEPS, *seen, datetime.combine(since, time(), LOCAL), MOST_ROWS)
    return since, tuple(StepDays(**row) for row in rows)
