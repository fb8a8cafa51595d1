"""Loads and rotation: who has how much to do in a body, and how its steps were shared out (R16: 002-4.2.1, 004-8)."""

from collections import Counter
from datetime import date, timedelta
from typing import Final

from domain.access import Permission, Target
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.matters_values import Load, Loads, Rotation, Tenure
from resolvers.permits import permit_or_hide

ONE_YEAR: Final = timedelta(days=365)
LOADS: Final = """
SELECT coalesce(v ->> 'assignee', '') AS official, coalesce(a.name, '') AS name, v ->> 'step' AS step,
  coalesce(n.name, v ->> 'step') AS step_name, coalesce(n.post, '') AS post, count(*) AS open,
  count(*) FILTER (WHERE m.due_on < $2 AND NOT m.due_provisional) AS overdue
FROM matter m CROSS JOIN LATERAL jsonb_array_elements(m.state -> 'visits') v
LEFT JOIN account a ON a.id::text = v ->> 'assignee'
LEFT JOIN LATERAL (
  SELECT s ->> 'name' AS name, s ->> 'post' AS post FROM procedure_version p, jsonb_array_elements(p.document -> 'steps') s
  WHERE p.id = m.procedure_id AND s ->> 'key' = v ->> 'step' LIMIT 1
) n ON true
WHERE m.phase IN ('received', 'running') AND m.bodies && ARRAY[$1::text]
  AND v ->> 'left' IS NULL AND coalesce(nullif(v ->> 'body', ''), m.body_code) = $1
GROUP BY 1, 2, 3, 4, 5 ORDER BY open DESC, step_name, name
"""
ROTATION: Final = """
SELECT d.doer AS official, coalesce(a.name, '') AS name, coalesce(n.name, v ->> 'step') AS step, count(*) AS visits
FROM matter m CROSS JOIN LATERAL jsonb_array_elements(m.state -> 'visits') v
CROSS JOIN LATERAL jsonb_array_elements_text(v -> 'doers') AS d (doer)
LEFT JOIN account a ON a.id::text = d.doer
LEFT JOIN LATERAL (
  SELECT s ->> 'name' AS name FROM procedure_version p, jsonb_array_elements(p.document -> 'steps') s
  WHERE p.id = m.procedure_id AND s ->> 'key' = v ->> 'step' LIMIT 1
) n ON true
WHERE m.body_code = $1 AND m.opened_at >= $2 AND coalesce(nullif(v ->> 'body', ''), m.body_code) = $1
GROUP BY 1, 2, 3 ORDER BY step, visits DESC, name
"""
# R16, 002-4.2.1: since when somebody has held a post.
TENURES: Final = """
SELECT a.id::text AS official, a.name, t.name AS post, min(lower(p.valid)) AS since
FROM posting p JOIN post t ON t.id = p.post_id JOIN unit u ON u.id = t.unit_id JOIN body b ON b.id = u.body_id
JOIN account a ON a.id = p.account_id
WHERE b.code = $1 AND a.state = 'active' AND p.valid @> $2::date AND lower(p.valid) IS NOT NULL
GROUP BY a.id, a.name, t.id, t.name ORDER BY since, a.name LIMIT 500
"""


async def loads(ctx: Context, body: str, since: date | None = None) -> Loads:
    """Return a body's load today, and who did its steps in matters opened since a day (a year ago unless given).

    Raises ``NotFound`` for a body that is not there or not the actor's to watch.
    """
    government = await ctx.db.reads.fetchval("SELECT government_id FROM body WHERE code = $1", body)
    if government is None:
        raise NotFound("机关")
    permit_or_hide(ctx, Permission.LOAD_READ, Target(government, body), "机关")
    first = since or ctx.today - ONE_YEAR
    open_now = await ctx.db.reads.fetch(LOADS, body, ctx.today)
    done = await ctx.db.reads.fetch(ROTATION, body, first)
    held = await ctx.db.reads.fetch(TENURES, body, ctx.today)
    total: Counter[str] = Counter()
    for row in done:
        total[row["step"]] += row["visits"]
    return Loads(
        body,
        first,
        tuple(
            Load(row["official"], row["name"], row["step_name"], row["post"], row["open"], row["overdue"], row["step"])
            for row in open_now
        ),
        tuple(
            Rotation(row["official"], row["name"], row["step"], row["visits"], row["visits"] / total[row["step"]])
            for row in done
        ),
        tuple(Tenure(row["official"], row["name"], row["post"], row["since"]) for row in held),
    )
