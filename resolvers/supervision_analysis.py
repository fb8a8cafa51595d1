"""What alerts tell together: heat by body and week, risk by body, where the days go, who had the step, which risk points fired (S6).

Every count is of alerts in the actor's own governments or bodies, and each has the filter that lists exactly these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.supervision.risk import Risk, load_risk, risk_of
from resolvers.context import LOCAL, Context
from resolvers.reading.supervision import UNITS_OF_POSTS, had_unit
from resolvers.supervision_reading import must_be_signed_in, scope
from resolvers.supervision_steps import StepDays, bottlenecks
from resolvers.supervision_trends import Trends, trends

WEEKS: Final = 12
MOST_BODIES: Final = 40
MOST_ROWS: Final = 15

_SEEN: Final = "NOT a.trial AND (a.government_id = ANY($1::bigint[]) OR a.body_code = ANY($2::text[]))"
HEAT: Final = f"""
SELECT h.body_code, coalesce(b.name, '') AS name, (h.week AT TIME ZONE 'Asia/Shanghai')::date AS week, h.count
FROM (SELECT a.body_code, date_bin('7 days', a.opened_at, $3) AS week, count(*)::int AS count FROM alert a
  WHERE {_SEEN} AND a.opened_at >= $3 AND a.body_code <> '' GROUP BY 1, 2) h LEFT JOIN body b ON b.code = h.body_code
"""
RISKS: Final = f"""
SELECT b.code, b.name, b.government_id, coalesce(w.matters, 0)::int AS matters, f.alarm, f.warning, f.reminder, f.unlifted, f.established
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
# Who had the step is kept with each alert (`resolvers.supervision_finding.HAD`).
POSTS: Final = f"""
SELECT h.body_code, b.name AS body, h.post, coalesce(h.unit, '') AS unit, h.count, h.alarms
FROM (SELECT a.body_code, a.post, string_agg(DISTINCT n.unit, '、' ORDER BY n.unit) AS unit, count(*)::int AS count,
    (count(*) FILTER (WHERE a.grade = 'alarm'))::int AS alarms
  FROM alert a LEFT JOIN ({UNITS_OF_POSTS}) n ON {had_unit("a", "n")}
  WHERE {_SEEN} AND a.opened_at >= $3 AND a.post <> '' GROUP BY 1, 2) h
JOIN body b ON b.code = h.body_code ORDER BY 5 DESC, 1, 3 LIMIT $4
"""
# S6: the risk points of the item's own chart as it is in force, or of the generic one it uses, on whose steps something was found.
FIRED: Final = f"""
SELECT r.risk ->> 'risk' AS risk, r.risk ->> 'grade' AS grade, r.risk ->> 'post' AS post,
  array_to_string(ARRAY(SELECT jsonb_array_elements_text(r.risk -> 'measures')), '；') AS measures,
  h.item_code, v.name AS item, h.step, h.count
FROM (SELECT a.item_code, a.step, count(*)::int AS count FROM alert a
  WHERE {_SEEN} AND a.opened_at >= $3 AND a.step <> '' AND a.item_code <> '' GROUP BY 1, 2) h
JOIN power_item i ON i.code = h.item_code
JOIN power_period p ON p.item_id = i.id AND upper_inf(p.recorded) AND p.valid @> $5::date
JOIN power_version v ON v.id = p.version_id
LEFT JOIN LATERAL (SELECT c.content -> 'risk_points' AS points FROM chart_version c WHERE c.government_id = i.government_id
  AND c.code = v.content ->> 'risk_chart' ORDER BY c.no DESC LIMIT 1) g ON true
CROSS JOIN LATERAL (SELECT d AS risk FROM jsonb_array_elements(coalesce(v.content -> 'risk_points', g.points, '[]')) d
  WHERE d ->> 'step' = h.step) r
ORDER BY h.count DESC, 1, h.item_code, h.step LIMIT $4
"""
FIRED_OF: Final = f"""
SELECT a.step, count(*)::int AS count FROM alert a
WHERE {_SEEN} AND a.opened_at >= $3 AND a.step <> '' AND a.item_code = $4 GROUP BY 1
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
    """The risk of a body, the same for whoever looks; ``open`` says whether the actor may see the matters it is measured by."""

    code: str
    name: str
    risk: Risk
    open: bool


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
    """All of it, since ``first``; ``weeks`` are the Mondays of the heat map.

    Risks are of alerts since ``risks_from``, bottlenecks of matters since ``steps_from``; ``supervises`` says that matters of a
    whole government are looked at, and not those of the actor's own bodies alone.
    """

    first: date
    risks_from: date
    steps_from: date
    weeks: tuple[date, ...]
    heat: tuple[HeatRow, ...]
    risks: tuple[BodyRisk, ...]
    steps: tuple[StepDays, ...]
    posts: tuple[PostCount, ...]
    fired: tuple[FiredRisk, ...]
    trends: Trends
    supervises: bool


async def analysis(ctx: Context) -> Analysis:
    """Return the analysis of the actor's governments, or of the actor's own bodies. Raises ``NotSignedIn``."""
    must_be_signed_in(ctx)
    seen = await scope(ctx)
    weeks, reads = weeks_until(ctx.today), ctx.db.reads
    asked = (*seen, _begin(weeks[0]))
    # Whose alerts the legal office sees, their matters it does not: what is counted of matters is what their list shows.
    matters = await scope(ctx, Permission.MATTER_READ)
    steps_from, steps = await bottlenecks(ctx, matters, weeks[0])
    return Analysis(
        first=weeks[0],
        risks_from=risks_from(ctx.today),
        steps_from=steps_from,
        weeks=weeks,
        heat=_heat(weeks, await reads.fetch(HEAT, *asked)),
        risks=await risks(ctx),
        steps=steps,
        posts=tuple(PostCount(**row) for row in await reads.fetch(POSTS, *asked, MOST_ROWS)),
        fired=tuple(FiredRisk(**row) for row in await reads.fetch(FIRED, *asked, MOST_ROWS, ctx.today)),
        trends=await trends(ctx, weeks),
        supervises=bool(matters[0]),
    )


def weeks_until(today: date) -> tuple[date, ...]:
    """Return the Mondays of the weeks that the analysis looks at, the last being that of today."""
    monday = today - timedelta(days=today.weekday())
    return tuple(monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1))


def risks_from(today: date) -> date:
    """Return the first day whose alerts count for the risk of a body."""
    return today - timedelta(days=load_risk().days)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


async def fired_of(ctx: Context, item: str) -> tuple[date, dict[str, int]]:
    """Return how much was found at each step of an item, of what the actor may see, and since when. Raises ``NotSignedIn``."""
    must_be_signed_in(ctx)
    first = weeks_until(ctx.today)[0]
    rows = await ctx.db.reads.fetch(FIRED_OF, *await scope(ctx), _begin(first), item)
    return first, {row["step"]: row["count"] for row in rows}


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
    first = risks_from(ctx.today)
    rows = await ctx.db.reads.fetch(RISKS, *await scope(ctx), _begin(first), first)
    graded = [
        BodyRisk(
            row["code"],
            row["name"],
            risk_of(scheme, row["matters"], dict(row)),
            allowed(ctx.actor, Permission.MATTER_READ, Target(row["government_id"], row["code"])),
        )
        for row in rows
    ]
    return tuple(sorted(graded, key=lambda one: (-one.risk.points, one.code)))
