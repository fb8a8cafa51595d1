"""What alerts tell together: heat by body and week, risk by body, where the days go, who had the step, which risk points fired (S6).

Every count is of alerts in the actor's own governments or bodies, and each has the filter that lists exactly these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from domain.supervision.risk import Risk, load_risk, risk_of
from resolvers.context import Context
from resolvers.supervision_reading import must_be_signed_in, scope

WEEKS: Final = 12
MOST_BODIES: Final = 40
MOST_ROWS: Final = 15
STEPS_OF: Final = 5_000
"""Where the days go is told by so many matters: those that ended last."""

_SEEN: Final = "NOT a.trial AND (a.government_id = ANY($1::bigint[]) OR a.body_code = ANY($2::text[]))"
_DAY: Final = "(a.opened_at AT TIME ZONE 'Asia/Shanghai')::date"
HEAT: Final = f"""
SELECT a.body_code, coalesce(b.name, '') AS name, date_trunc('week', {_DAY}::timestamp)::date AS week, count(*)::int AS count
FROM alert a LEFT JOIN body b ON b.code = a.body_code WHERE {_SEEN} AND a.opened_at >= $3 AND a.body_code <> ''
GROUP BY 1, 2, 3
"""
RISKS: Final = f"""
SELECT b.code, b.name, coalesce(w.matters, 0)::int AS matters, f.alarm, f.warning, f.reminder, f.unlifted, f.established
FROM (SELECT a.body_code, (count(*) FILTER (WHERE a.grade = 'alarm'))::int AS alarm,
    (count(*) FILTER (WHERE a.grade = 'warning'))::int AS warning,
    (count(*) FILTER (WHERE a.grade = 'reminder'))::int AS reminder,
    (count(*) FILTER (WHERE a.state = 'open'))::int AS unlifted,
    count(DISTINCT a.case_id) FILTER (WHERE c.state -> 'outcome' ->> 'result' IN ('established', 'partly'))::int AS established
  FROM alert a LEFT JOIN matter c ON c.id = a.case_id
  WHERE {_SEEN} AND a.opened_at >= $3 AND a.lift_ground NOT IN ('unfounded', 'objective') GROUP BY 1) f
JOIN body b ON b.code = f.body_code
LEFT JOIN LATERAL (SELECT count(*) AS matters FROM watched_matter w WHERE w.body_code = b.code AND w.kind <> 'supervision_case'
  AND w.opened_on >= $4) w ON true
"""
# A visit is one stay in a step; its days are civil days, nights and rests included, since the party waits through them.
STEPS: Final = """
WITH ended AS (SELECT m.procedure_id, m.state FROM matter m WHERE (m.government_id = ANY($1::bigint[])
    OR m.body_code = ANY($2::text[])) AND m.kind IN ('case', 'penalty_case') AND m.phase IN ('closed', 'archived')
  AND m.opened_at >= $3 ORDER BY m.opened_at DESC, m.id DESC LIMIT $4),
names AS (SELECT p.id, s.d ->> 'key' AS key, s.d ->> 'name' AS name FROM procedure_version p,
  jsonb_array_elements(p.document -> 'steps') s(d) WHERE p.id IN (SELECT procedure_id FROM ended)),
stays AS (SELECT e.procedure_id, v.d ->> 'step' AS step,
    extract(epoch FROM (v.d ->> 'left')::timestamptz - (v.d ->> 'entered')::timestamptz) / 86400 AS days
  FROM ended e, jsonb_array_elements(e.state -> 'visits') v(d) WHERE v.d ->> 'left' IS NOT NULL)
SELECT coalesce(n.name, s.step) AS name, count(*)::int AS stays, round(avg(s.days)::numeric, 1) AS mean,
  round((percentile_cont(0.9) WITHIN GROUP (ORDER BY s.days))::numeric, 1) AS long,
  round(100 * coalesce(sum(s.days) / nullif(sum(sum(s.days)) OVER (), 0), 0)::numeric, 1) AS share
FROM stays s LEFT JOIN names n ON n.id = s.procedure_id AND n.key = s.step
GROUP BY 1 ORDER BY sum(s.days) DESC, 1 LIMIT $5
"""
# Who had the step is kept with each alert (`resolvers.supervision_finding.HAD`).
POSTS: Final = f"""
SELECT h.body_code, b.name AS body, h.post, coalesce((SELECT string_agg(DISTINCT u.name, '、' ORDER BY u.name) FROM post t
    JOIN unit u ON u.id = t.unit_id WHERE u.body_id = b.id AND t.name = h.post), '') AS unit, h.count, h.alarms
FROM (SELECT a.body_code, a.post, count(*)::int AS count, (count(*) FILTER (WHERE a.grade = 'alarm'))::int AS alarms
  FROM alert a WHERE {_SEEN} AND a.opened_at >= $3 AND a.post <> '' GROUP BY 1, 2) h
JOIN body b ON b.code = h.body_code ORDER BY 5 DESC, 1, 3 LIMIT $4
"""
# S6: the risk points of the item's own chart, or of the generic one it uses, on which something was found.
FIRED: Final = f"""
SELECT r.risk ->> 'risk' AS risk, r.risk ->> 'grade' AS grade, r.risk ->> 'post' AS post,
  array_to_string(ARRAY(SELECT jsonb_array_elements_text(r.risk -> 'measures')), '；') AS measures,
  h.item_code, v.name AS item, h.step, sum(h.count)::int AS count
FROM (SELECT m.item_version_id, a.government_id, a.item_code, a.step, count(*) AS count FROM alert a
  JOIN matter m ON m.id = a.matter_id WHERE {_SEEN} AND a.opened_at >= $3 AND a.step <> '' GROUP BY 1, 2, 3, 4) h
JOIN power_version v ON v.id = h.item_version_id
LEFT JOIN LATERAL (SELECT c.content -> 'risk_points' AS points FROM chart_version c WHERE c.government_id = h.government_id
  AND c.code = v.content ->> 'risk_chart' ORDER BY c.no DESC LIMIT 1) g ON true
CROSS JOIN LATERAL (SELECT d AS risk FROM jsonb_array_elements(coalesce(v.content -> 'risk_points', g.points, '[]')) d
  WHERE d ->> 'step' = h.step) r
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 8 DESC, 1 LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A body with its alerts by week."""

    code: str
    name: str
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BodyRisk:
    """The risk of a body."""

    code: str
    name: str
    risk: Risk


@dataclass(frozen=True, slots=True)
class StepDays:
    """A step: how many stays, their mean and long (nine in ten are shorter) days, and its share of all days in percent."""

    name: str
    stays: int
    mean: Decimal
    long: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class PostCount:
    """Alerts while a post had the step."""

    body_code: str
    body: str
    unit: str
    post: str
    count: int
    alarms: int


@dataclass(frozen=True, slots=True)
class FiredRisk:
    """A risk point of an item's chart on which something was found."""

    risk: str
    grade: str
    post: str
    measures: str
    item_code: str
    item: str
    step: str
    count: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """All of it, since ``first``; ``weeks`` are the Mondays of the heat map."""

    first: date
    weeks: tuple[date, ...]
    heat: tuple[HeatRow, ...]
    risks: tuple[BodyRisk, ...]
    steps: tuple[StepDays, ...]
    posts: tuple[PostCount, ...]
    fired: tuple[FiredRisk, ...]


async def analysis(ctx: Context) -> Analysis:
    """Return the analysis of the actor's governments, or of the actor's own bodies. Raises ``NotSignedIn``."""
    must_be_signed_in(ctx)
    seen = await scope(ctx)
    monday = ctx.today - timedelta(days=ctx.today.weekday())
    weeks = tuple(monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1))
    first, reads = weeks[0], ctx.db.reads
    since = ctx.now - timedelta(days=(ctx.today - first).days + 1)
    asked = (*seen, since)
    return Analysis(
        first=first,
        weeks=weeks,
        heat=_heat(weeks, await reads.fetch(HEAT, *asked)),
        risks=await risks(ctx),
        steps=tuple(StepDays(**row) for row in await reads.fetch(STEPS, *asked, STEPS_OF, MOST_ROWS)),
        posts=tuple(PostCount(**row) for row in await reads.fetch(POSTS, *asked, MOST_ROWS)),
        fired=tuple(FiredRisk(**row) for row in await reads.fetch(FIRED, *asked, MOST_ROWS)),
    )


def _heat(weeks: Sequence[date], rows: Sequence[Any]) -> tuple[HeatRow, ...]:
    cells = {(row["body_code"], row["week"]): row for row in rows}
    names = {row["body_code"]: row["name"] for row in rows}
    found = []
    for code, name in names.items():
        own = [cells.get((code, week)) for week in weeks]
        counts = tuple(one["count"] if one else 0 for one in own)
        found.append(HeatRow(code, name or code, counts, sum(counts)))
    return tuple(sorted((one for one in found if one.total), key=lambda one: (-one.total, one.code))[:MOST_BODIES])


async def risks(ctx: Context) -> tuple[BodyRisk, ...]:
    """Return the risk grade of every body of which something was found, the highest first; nothing for visitors."""
    if ctx.actor.kind == "anonymous":
        return ()
    scheme = load_risk()
    first = ctx.today - timedelta(days=scheme.days)
    since = ctx.now - timedelta(days=scheme.days)
    rows = await ctx.db.reads.fetch(RISKS, *await scope(ctx), since, first)
    graded = [BodyRisk(row["code"], row["name"], risk_of(scheme, row["matters"], dict(row))) for row in rows]
    return tuple(sorted(graded, key=lambda one: (-one.risk.points, one.code)))
