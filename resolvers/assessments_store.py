"""Where scores are written: the scheme that is used, and a score of a body, a unit or a post with its ledger (S7)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import asyncpg

from domain.assessments.scheme import Scheme, load_scheme
from domain.assessments.scoring import Entry, Score
from domain.assessments.subjects import BODY_ITSELF, Subject
from domain.values import canonical_json, digest, document
from resolvers import record
from resolvers.context import UnitOfWork

FIND_SCHEME: Final = "SELECT id FROM assessment_scheme WHERE code = $1 AND version = $2 AND digest = $3"
ADD_SCHEME: Final = """
INSERT INTO assessment_scheme (code, version, digest, document, recorded_at) VALUES ($1, $2, $3, $4::text::jsonb, $5)
RETURNING id
"""
SCHEME: Final = """
SELECT s.document::text FROM assessment_scheme s JOIN assessment a ON a.scheme_id = s.id WHERE a.id = $1
"""
SCORE: Final = """
INSERT INTO assessment_score (assessment_id, government_id, period, body_code, kind, unit, post, steps, edition, total, grade,
  veto, reason, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id
"""
ENTRIES: Final = """
INSERT INTO assessment_entry (score_id, no, indicator, points, clause, words, rule_code, stream, alert_id, matter_id, measure,
  unit, post, attribution, veto)
SELECT $1, n.no, n.indicator, n.points, n.clause, n.words, n.rule, n.stream, n.alert_id, n.matter_id, n.measure, n.unit, n.post,
  n.attribution, n.veto
FROM jsonb_to_recordset($2::text::jsonb) AS n (no int, indicator text, points numeric, clause text, words text, rule text,
  stream text, alert_id bigint, matter_id bigint, measure numeric, unit text, post text, attribution text, veto text)
"""
READ_ENTRIES: Final = """
SELECT indicator, points, clause, words, rule_code AS rule, stream, alert_id, matter_id, measure, unit, post, attribution, veto,
  no FROM assessment_entry WHERE score_id = $1 ORDER BY no
"""
PARTS: Final = """
SELECT unit, post, steps FROM assessment_score
WHERE assessment_id = $1 AND body_code = $2 AND edition = $3 AND kind <> 'body' ORDER BY kind DESC, unit, post
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


@dataclass(frozen=True, slots=True)
class ScorePlace:
    """Of which assessment, government, period and body a score is, and of which unit or post in it."""

    assessment: int
    government: int
    period: str
    body: str
    subject: Subject = BODY_ITSELF
    steps: int | None = None


async def add_score(uow: UnitOfWork, place: ScorePlace, edition: int, made: Score, reason: str = "") -> int:
    """Write a score with its ledger; returns its id."""
    connection, whose = await uow.raw(), place.subject
    values = (
        place.assessment,
        place.government,
        place.period,
        place.body,
        whose.kind,
        whose.unit,
        whose.post,
        place.steps,
    )
    score_id: int = await connection.fetchval(
        SCORE, *values, edition, made.total, made.grade, made.veto, reason, uow.ctx.now
    )
    if made.entries:
        lines = [_line(one) for one in made.entries]
        await connection.execute(ENTRIES, score_id, json.dumps(lines, ensure_ascii=False))
    return score_id


async def tell(uow: UnitOfWork, score_id: int, kind: str, place: ScorePlace, told: dict[str, Any]) -> None:
    """Put on record what was done with a score; of a unit or a post with its name."""
    whose = {name: value for name, value in asdict(place.subject).items() if value}
    await record.append(uow, f"score:{score_id}", kind, {**whose, **told}, body_code=place.body)


def _line(one: Entry) -> dict[str, Any]:
    numbers = {"points": str(one.points), "measure": None if one.measure is None else str(one.measure)}
    return {**asdict(one), **numbers}


async def parts_of(connection: asyncpg.Connection, place: ScorePlace, edition: int) -> Sequence[ScorePlace]:
    """Return the places of the units and posts that were scored beside a body in an edition."""
    rows = await connection.fetch(PARTS, place.assessment, place.body, edition)
    return [replace(place, subject=Subject(row["unit"], row["post"]), steps=row["steps"]) for row in rows]


async def ledger(connection: asyncpg.Connection | asyncpg.Pool, score_id: int) -> Sequence[Entry]:
    """Return the ledger of a score."""
    return [Entry(**dict(row)) for row in await connection.fetch(READ_ENTRIES, score_id)]
