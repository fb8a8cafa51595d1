"""What scores are made of: alerts, findings, figures and items of a period, and whose steps they were about (003-43; S7)."""

import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import asyncpg

from domain.assessments.scoring import AlertFact, Evidence, FindingFact, ManualFact
from domain.assessments.subjects import BODY_ITSELF, Place, Subject, placed, together
from domain.periods import Period
from domain.supervision.rules import Rule
from resolvers import metrics_counting
from resolvers.context import Context, UnitOfWork

# A body is scored where something that it undertakes was open on a day of the period: a matter, or a case of supervision about it.
BODIES: Final = """
SELECT b.code FROM body b WHERE b.government_id = $1 AND EXISTS (SELECT FROM watched_matter w
  WHERE w.undertaker = b.code AND w.opened_on <= $3 AND coalesce(w.closed_on >= $2, true))
ORDER BY b.code
"""
# Units of a body that have a post, and those in which some accounts held it: at some time of a span of days.
_HAVING: Final = """
ARRAY(SELECT u.name FROM body b JOIN unit u ON u.body_id = b.id JOIN post t ON t.unit_id = u.id
  WHERE b.code = {body} AND t.name = {post} AND t.valid && {days} AND u.valid && {days})
"""
_HELD: Final = """
ARRAY(SELECT DISTINCT u.name FROM posting g JOIN post t ON t.id = g.post_id JOIN unit u ON u.id = t.unit_id
  JOIN body b ON b.id = u.body_id WHERE g.valid && {days} AND b.code = {body} AND t.name = {post}
  AND g.account_id = ANY(ARRAY(SELECT one::uuid FROM jsonb_array_elements_text({people}) one WHERE one ~ '^[0-9a-f-]{{36}}$')))
"""
# Who had a stay in a step: whom it was assigned to, or else whoever acted in it.
_PEOPLE: Final = """
CASE WHEN v.d ->> 'assignee' <> '' THEN jsonb_build_array(v.d ->> 'assignee') ELSE coalesce(v.d -> 'doers', '[]') END
"""
# Whose step it was is kept with the alert, and whoever had it then, who tells units with such a post apart: it may be somebody
# else's since. Of alerts that did not keep them yet, the last stay that had begun tells.
_WHERE: Final = f"""
LEFT JOIN LATERAL (SELECT a.post, {_HAVING.format(body="a.body_code", post="a.post", days="x.days")} AS having,
    {_HELD.format(body="a.body_code", post="a.post", days="x.days", people="l.people")} AS held
  FROM (SELECT coalesce(to_jsonb(a.people), (SELECT {_PEOPLE} FROM jsonb_array_elements(m.state -> 'visits') v(d)
    WHERE v.d ->> 'step' = a.step AND (v.d ->> 'entered')::timestamptz <= a.opened_at
    ORDER BY (v.d ->> 'number')::int DESC LIMIT 1), '[]') AS people) l
  CROSS JOIN (SELECT daterange(day, day, '[]') AS days FROM (SELECT (a.opened_at AT TIME ZONE 'Asia/Shanghai')::date) t(day)) x
  WHERE a.post <> '') w ON true
"""
_PLACE: Final = "coalesce(w.post, '') AS post, coalesce(w.having, '{}') AS having, coalesce(w.held, '{}') AS held"
# 003-43: a rule on trial costs nothing, nor does what was lifted as unfounded or as nobody's fault.
_COUNTS: Final = "NOT a.trial AND a.lift_ground NOT IN ('unfounded', 'objective')"
# What is followed up in a case is counted by its finding, and not twice.
ALERTS: Final = f"""
SELECT a.id, a.rule_code, a.grade, a.message, a.matter_id, coalesce(m.number, '') AS number, a.body_code,
  r.document::text AS rule, {_PLACE}
FROM alert a JOIN supervision_rule r ON r.id = a.rule_id LEFT JOIN matter m ON m.id = a.matter_id {_WHERE}
WHERE a.government_id = $1 AND a.opened_at >= $2 AND a.opened_at < $3 AND a.case_id IS NULL AND {_COUNTS} ORDER BY a.id
"""
# The alerts that the cases of a period were opened for say whose steps the findings are about; those that would cost nothing
# themselves say nothing.
CAUSES: Final = f"""
SELECT a.case_id, {_PLACE} FROM alert a JOIN matter c ON c.id = a.case_id LEFT JOIN matter m ON m.id = a.matter_id {_WHERE}
WHERE c.kind = 'supervision_case' AND c.government_id = $1 AND c.decided_at >= $2 AND c.decided_at < $3
  AND {_COUNTS} ORDER BY a.id
"""
# How many stays in steps were whose in the period. Cases of supervision are run by the bureau, and count for nobody.
STEPS: Final = f"""
WITH stays AS (
  SELECT coalesce(nullif(v.d ->> 'body', ''), w.undertaker) AS body_code, m.procedure_id, v.d ->> 'step' AS step,
    {_PEOPLE} AS people, count(*)::int AS count
  FROM watched_matter w JOIN matter m ON m.id = w.matter_id CROSS JOIN jsonb_array_elements(m.state -> 'visits') v(d)
  WHERE w.government_id = $1 AND w.kind <> 'supervision_case' AND w.opened_on < $4::date
    AND coalesce(w.closed_on >= $5::date, true) AND (v.d ->> 'entered')::timestamptz < $3
    AND coalesce((v.d ->> 'left')::timestamptz >= $2, true)
  GROUP BY 1, 2, 3, 4),
posts AS (SELECT s.body_code, d.d ->> 'post' AS post, s.people, sum(s.count)::int AS count
  FROM stays s JOIN procedure_version p ON p.id = s.procedure_id
  CROSS JOIN jsonb_array_elements(p.document -> 'steps') d(d) WHERE d.d ->> 'key' = s.step GROUP BY 1, 2, 3)
SELECT o.body_code, coalesce(o.post, '') AS post, o.count,
  {_HAVING.format(body="o.body_code", post="o.post", days="x.days")} AS having,
  {_HELD.format(body="o.body_code", post="o.post", days="x.days", people="o.people")} AS held
FROM posts o CROSS JOIN (SELECT daterange($5::date, $4::date) AS days) x
"""
FINDINGS: Final = """
SELECT w.undertaker AS body_code, m.id, m.number, m.state -> 'outcome' ->> 'result' AS result,
  coalesce(p.document -> 'results' -> (m.state -> 'outcome' ->> 'result') ->> 'name', '') AS result_name,
  coalesce(m.state -> 'facts' -> 'violation' ->> 'text', '') AS violation, m.title
FROM matter m JOIN watched_matter w ON w.matter_id = m.id JOIN procedure_version p ON p.id = m.procedure_id
WHERE m.kind = 'supervision_case' AND m.government_id = $1 AND m.decided_at >= $2 AND m.decided_at < $3 ORDER BY m.id
"""
ITEMS: Final = """
SELECT id, body_code, indicator, points, clause, words, evidence FROM score_item
WHERE government_id = $1 AND period = $2 AND state = 'confirmed' ORDER BY id
"""


async def evidence_of(ctx: Context, uow: UnitOfWork, government: int, period: Period) -> dict[str, Evidence]:
    """Return what is known of every body that is scored, by body."""
    connection = await uow.raw()
    span = (government, period.begins, period.ends)
    bodies = [row["code"] for row in await connection.fetch(BODIES, government, period.first, period.last)]
    alerts: dict[str, list[AlertFact]] = defaultdict(list)
    for row in await connection.fetch(ALERTS, *span):
        alerts[row["body_code"]].append(_alert(row))
    causes: dict[int, list[Place]] = defaultdict(list)
    for row in await connection.fetch(CAUSES, *span):
        causes[row["case_id"]].append(_place(row))
    findings: dict[str, list[FindingFact]] = defaultdict(list)
    for row in await connection.fetch(FINDINGS, *span):
        findings[row["body_code"]].append(_finding(row, causes[row["id"]]))
    manual: dict[str, list[ManualFact]] = defaultdict(list)
    for row in await connection.fetch(ITEMS, government, period.code):
        manual[row["body_code"]].append(_manual(row))
    figures: dict[str, dict[str, int | None]] = defaultdict(dict)
    for one in await metrics_counting.counted(ctx, connection, government, period):
        if not one.category:
            figures[one.body][one.metric] = one.value
    steps: dict[str, dict[Subject, int]] = defaultdict(lambda: defaultdict(int))
    for row in await connection.fetch(STEPS, *span, period.following.first, period.first):
        for whose in (BODY_ITSELF, *_place(row).subjects):
            steps[row["body_code"]][whose] += row["count"]
    return {code: Evidence(alerts[code], findings[code], figures[code], manual[code], steps[code]) for code in bodies}


def _place(row: asyncpg.Record) -> Place:
    return placed(row["post"], row["having"], row["held"])


def _alert(row: asyncpg.Record) -> AlertFact:
    rule = Rule.model_validate(json.loads(row["rule"]))
    found = rule.threshold(row["grade"])
    points = found.points if found else Decimal(0)
    return AlertFact(
        id=row["id"],
        rule=row["rule_code"],
        clause=rule.clause,
        grade=row["grade"],
        points=points,
        message=row["message"],
        matter_id=row["matter_id"],
        matter_number=row["number"],
        place=_place(row),
    )


def _manual(row: asyncpg.Record) -> ManualFact:
    """Return an item with its evidence; who proposed and who confirmed it stays with the item, for no score names a person."""
    words = f"{row['words']}（证据：{row['evidence']}）"
    return ManualFact(row["id"], row["indicator"], row["points"], row["clause"], words)


def _finding(row: asyncpg.Record, causes: Sequence[Place]) -> FindingFact:
    code, _, words = str(row["violation"]).partition(" ")
    told = (row["id"], row["number"], row["result"] or "", row["result_name"], code, words or row["title"])
    return FindingFact(*told, place=together(causes))
