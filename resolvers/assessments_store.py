"""Where scores are written: the scheme that is used, a score with its ledger, and what they are made of (S7)."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import asyncpg

from domain.assessments.scheme import Scheme, load_scheme
from domain.assessments.scoring import AlertFact, Entry, Evidence, FindingFact, ManualFact, Score
from domain.periods import Period
from domain.supervision.rules import Rule
from domain.values import canonical_json, digest, document
from resolvers import metrics_counting
from resolvers.context import Context, UnitOfWork

FIND_SCHEME: Final = "SELECT id FROM assessment_scheme WHERE code = $1 AND version = $2 AND digest = $3"
ADD_SCHEME: Final = """
INSERT INTO assessment_scheme (code, version, digest, document, recorded_at) VALUES ($1, $2, $3, $4::text::jsonb, $5)
RETURNING id
"""
SCHEME: Final = """
SELECT s.document::text FROM assessment_scheme s JOIN assessment a ON a.scheme_id = s.id WHERE a.id = $1
"""
# A body is scored where it holds powers or has run matters in the period; the bureau does not score itself.
BODIES: Final = """
SELECT b.code FROM body b WHERE b.government_id = $1 AND (
  EXISTS (SELECT FROM watched_matter w WHERE w.undertaker = b.code AND w.opened_on <= $3
          AND coalesce(w.closed_on >= $2, true)))
ORDER BY b.code
"""
# 003-43: what was lifted as unfounded, or as nobody's fault, costs nothing; what is followed up in a case is counted by its
# finding, and not twice.
ALERTS: Final = """
SELECT a.id, a.rule_code, a.grade, a.message, a.matter_id, coalesce(m.number, '') AS number, a.body_code,
  r.document::text AS rule, coalesce(w.post, '') AS post
FROM alert a JOIN supervision_rule r ON r.id = a.rule_id LEFT JOIN matter m ON m.id = a.matter_id
LEFT JOIN LATERAL (SELECT d.d ->> 'post' AS post FROM procedure_version p, jsonb_array_elements(p.document -> 'steps') d(d)
  WHERE p.id = m.procedure_id AND d.d ->> 'key' = (SELECT v.d ->> 'step' FROM jsonb_array_elements(m.state -> 'visits') v(d)
    WHERE (v.d ->> 'entered')::timestamptz <= a.opened_at
    ORDER BY v.d ->> 'step' = a.occasion DESC, (v.d ->> 'number')::int DESC LIMIT 1) LIMIT 1) w ON true
WHERE a.government_id = $1 AND NOT a.trial AND a.opened_at >= $2 AND a.opened_at < $3 AND a.case_id IS NULL
  AND a.lift_ground NOT IN ('unfounded', 'objective') ORDER BY a.id
"""
FINDINGS: Final = """
SELECT w.undertaker AS body_code, m.id, m.number, m.state -> 'outcome' ->> 'result' AS result,
  coalesce(p.document -> 'results' -> (m.state -> 'outcome' ->> 'result') ->> 'name', '') AS result_name,
  coalesce(m.state -> 'facts' -> 'violation' ->> 'text', '') AS violation, m.title
FROM matter m JOIN watched_matter w ON w.matter_id = m.id JOIN procedure_version p ON p.id = m.procedure_id
WHERE m.kind = 'supervision_case' AND m.government_id = $1 AND m.decided_at >= $2 AND m.decided_at < $3 ORDER BY m.id
"""
ITEMS: Final = """
SELECT id, body_code, indicator, points, clause, words, evidence, proposed_by, decided_by FROM score_item
WHERE government_id = $1 AND period = $2 AND state = 'confirmed' ORDER BY id
"""
SCORE: Final = """
INSERT INTO assessment_score (assessment_id, government_id, period, body_code, edition, total, grade, veto, reason,
  recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
"""
ENTRIES: Final = """
INSERT INTO assessment_entry (score_id, no, indicator, points, clause, words, rule_code, stream, alert_id, matter_id, measure,
  post)
SELECT $1, n.no, n.indicator, n.points, n.clause, n.words, n.rule, n.stream, n.alert_id, n.matter_id, n.measure, n.post
FROM jsonb_to_recordset($2::text::jsonb) AS n (no int, indicator text, points numeric, clause text, words text, rule text,
  stream text, alert_id bigint, matter_id bigint, measure numeric, post text)
"""
READ_ENTRIES: Final = """
SELECT indicator, points, clause, words, rule_code AS rule, stream, alert_id, matter_id, measure, post FROM assessment_entry
WHERE score_id = $1 ORDER BY no
"""


async def keep_scheme(uow: UnitOfWork) -> tuple[int, Scheme]:
    """Return the shipped scheme with the id under which it is kept."""
    connection, scheme = await uow.raw(), load_scheme()
    key = (scheme.code, scheme.version, digest(scheme))
    found = await connection.fetchval(FIND_SCHEME, *key)
    if found is None:
        found = await connection.fetchval(ADD_SCHEME, *key, canonical_json(document(scheme)).decode(), uow.ctx.now)
    return int(found), scheme


async def scheme_of(connection: asyncpg.Connection | asyncpg.Pool, assessment_id: int) -> Scheme:
    """Return the scheme by which the scores of a period were made."""
    text = await connection.fetchval(SCHEME, assessment_id)
    return Scheme.model_validate(json.loads(text))


async def evidence_of(ctx: Context, uow: UnitOfWork, government: int, period: Period) -> dict[str, Evidence]:
    """Return what is known of every body that is scored, by body."""
    connection = await uow.raw()
    bodies = [row["code"] for row in await connection.fetch(BODIES, government, period.first, period.last)]
    alerts: dict[str, list[AlertFact]] = {code: [] for code in bodies}
    for row in await connection.fetch(ALERTS, government, period.begins, period.ends):
        if row["body_code"] in alerts:
            alerts[row["body_code"]].append(_alert(row))
    findings: dict[str, list[FindingFact]] = {code: [] for code in bodies}
    for row in await connection.fetch(FINDINGS, government, period.begins, period.ends):
        if row["body_code"] in findings:
            findings[row["body_code"]].append(_finding(row))
    manual: dict[str, list[ManualFact]] = {code: [] for code in bodies}
    for row in await connection.fetch(ITEMS, government, period.code):
        if row["body_code"] in manual:
            manual[row["body_code"]].append(_manual(row))
    figures: dict[str, dict[str, int | None]] = {code: {} for code in bodies}
    for one in await metrics_counting.counted(ctx, connection, government, period):
        if one.body in figures and not one.category:
            figures[one.body][one.metric] = one.value
    return {code: Evidence(alerts[code], findings[code], figures[code], manual[code]) for code in bodies}


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
        post=row["post"],
    )


def _manual(row: asyncpg.Record) -> ManualFact:
    words = f"{row['words']}（{row['proposed_by']}提出，{row['decided_by']}核定；证据：{row['evidence']}）"
    return ManualFact(row["id"], row["indicator"], row["points"], row["clause"], words)


def _finding(row: asyncpg.Record) -> FindingFact:
    code, _, words = str(row["violation"]).partition(" ")
    return FindingFact(row["id"], row["number"], row["result"] or "", row["result_name"], code, words or row["title"])


async def add_score(
    uow: UnitOfWork, place: tuple[int, int, str, str], edition: int, made: Score, reason: str = ""
) -> int:
    """Write a score with its ledger; ``place`` is assessment, government, period, body. Returns its id."""
    connection = await uow.raw()
    values = (*place, edition, made.total, made.grade, made.veto, reason, uow.ctx.now)
    score_id: int = await connection.fetchval(SCORE, *values)
    lines = [_line(number, one) for number, one in enumerate(made.entries, 1)]
    if lines:
        await connection.execute(ENTRIES, score_id, json.dumps(lines, ensure_ascii=False))
    return score_id


def _line(number: int, one: Entry) -> dict[str, Any]:
    return {
        "no": number,
        "indicator": one.indicator,
        "points": str(one.points),
        "clause": one.clause,
        "words": one.words,
        "rule": one.rule,
        "stream": one.stream,
        "alert_id": one.alert_id,
        "matter_id": one.matter_id,
        "measure": None if one.measure is None else str(one.measure),
        "post": one.post,
    }


async def ledger(connection: asyncpg.Connection | asyncpg.Pool, score_id: int) -> Sequence[Entry]:
    """Return the ledger of a score."""
    return [Entry(**dict(row)) for row in await connection.fetch(READ_ENTRIES, score_id)]
