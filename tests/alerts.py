"""Alerts, scores and inspections that are there without anybody having found them: for pages, and for asking who may see them."""

from datetime import datetime
from decimal import Decimal

import asyncpg

from domain.assessments.scheme import load_scheme
from domain.values import canonical_json, document
from resolvers.addresses import plain_url
from resolvers.supervision_finding import HAD

PLANT = f"""
INSERT INTO alert (rule_code, rule_id, kind, grade, rank, subject, subject_key, matter_id, item_code, body_code,
  government_id, measure, message, opened_at, changed_at, step, post, people)
SELECT r.code, r.id, 'time', $2, array_position(ARRAY['reminder', 'warning', 'alarm'], $2), 'matter', m.id::text, m.id,
  m.item_code, m.body_code, m.government_id, 1, '期限已经届满，办件没有办结。', coalesce($4, now()), coalesce($4, now()),
  coalesce(had.step, ''), coalesce(had.post, ''), coalesce(had.people, '{{}}')
FROM matter m JOIN supervision_rule r ON r.code = $3 {HAD.format(matter="$1", occasion="''", opened="now()")} WHERE m.id = $1 RETURNING id
"""


async def planted(
    owner: str, matter: int, grade: str = "warning", rule: str = "R01", *, at: datetime | None = None
) -> int:
    """Raise an alert about a matter, now or at another time, and return its id; the rules must be kept."""
    connection = await asyncpg.connect(plain_url(owner))
    made: int = await connection.fetchval(PLANT, matter, grade, rule, at)
    await connection.close()
    return made


IDLE = """
INSERT INTO alert (rule_code, rule_id, kind, grade, rank, subject, subject_key, occasion, item_code, body_code, government_id,
  measure, message, opened_at, changed_at)
SELECT r.code, r.id, 'silence', 'reminder', 1, 'item', i.code, '2025-01-06', i.code, v.body_code, i.government_id, 14,
  '“' || v.name || '”已经 14 个月没有办件，建议申请暂停行使。', now(), now()
FROM power_item i JOIN power_version v ON v.item_id = i.id JOIN supervision_rule r ON r.code = 'S07' WHERE i.code = $1 RETURNING id
"""


async def idle(owner: str, item: str) -> int:
    """Raise the alert that an item is not used, and return its id; the rules must be kept."""
    connection = await asyncpg.connect(plain_url(owner))
    made: int = await connection.fetchval(IDLE, item)
    await connection.close()
    return made


SCORED = """
WITH scheme AS (INSERT INTO assessment_scheme (code, version, digest, document, recorded_at)
    VALUES ('body-score', 1, sha256($2::text::bytea), $2::text::jsonb, now()) ON CONFLICT DO NOTHING RETURNING id),
  period AS (INSERT INTO assessment (government_id, period, scheme_id, frozen_at, published_at)
    SELECT b.government_id, $3, coalesce((SELECT id FROM scheme), (SELECT max(id) FROM assessment_scheme)), now(),
      CASE WHEN $4 THEN now() END FROM body b WHERE b.code = $1 RETURNING id, government_id),
  score AS (INSERT INTO assessment_score (assessment_id, government_id, period, body_code, edition, total, grade, recorded_at)
    SELECT id, government_id, $3, $1, 1, $5::text::numeric, $6, now() FROM period RETURNING id)
INSERT INTO assessment_entry (score_id, no, indicator, points, clause, words, rule_code, stream, measure)
SELECT id, 1, 'timeliness', -1.5, '003-36(5)', '按期办结率96%，低于98%', '', '', 96 FROM score RETURNING score_id
"""


async def scored(
    owner: str, body: str, period: str = "2026-Q3", *, total: str = "98.5", published: bool = False
) -> int:
    """Score a body in a period with one point and a half off, unless it is another total, and return the score's id."""
    connection = await asyncpg.connect(plain_url(owner))
    scheme = load_scheme()
    text, grade = canonical_json(document(scheme)).decode(), scheme.grade(Decimal(total)).code
    made: int = await connection.fetchval(SCORED, body, text, period, published, total, grade)
    await connection.close()
    return made


PARTED = """
WITH part AS (INSERT INTO assessment_score (assessment_id, government_id, period, body_code, kind, unit, post, edition, total,
    grade, steps, recorded_at) SELECT s.assessment_id, s.government_id, s.period, s.body_code, n.kind, '审批科', n.post, 1, n.total,
    'excellent', 7, s.recorded_at FROM assessment_score s,
    (VALUES ('unit', '', 99), ('post', '窗口受理岗', 99), ('post', '材料审查岗', 100)) n (kind, post, total)
  WHERE s.id = $1 RETURNING id, total)
INSERT INTO assessment_entry (score_id, no, indicator, points, clause, words, rule_code, unit, post, attribution)
SELECT id, 2, 'alerts', -1, '003-36(1)', '期限已经届满', 'R01', '审批科', '窗口受理岗', 'post' FROM part WHERE total < 100
UNION ALL SELECT $1, 2, 'alerts', -1, '003-36(1)', '期限已经届满', 'R01', '审批科', '窗口受理岗', 'post'
"""


async def parted(owner: str, score: int) -> None:
    """Give a body's score a unit and two posts, one of which lost a point that the body lost too."""
    connection = await asyncpg.connect(plain_url(owner))
    await connection.execute(PARTED, score)
    await connection.close()


LENGTHENED = """
INSERT INTO assessment_entry (score_id, no, indicator, points, clause, words, rule_code)
SELECT $1, no, 'alerts', -0.01, '003-36(1)', '期限已经届满', 'R01' FROM generate_series(2, $2::int) no
"""


async def lengthened(owner: str, score: int, lines: int) -> None:
    """Give the ledger of a score so many lines."""
    connection = await asyncpg.connect(plain_url(owner))
    await connection.execute(LENGTHENED, score, lines)
    await connection.close()


STAFFED = """
INSERT INTO assessment_score (assessment_id, government_id, period, body_code, kind, unit, post, edition, total, grade, steps, recorded_at)
SELECT assessment_id, government_id, period, body_code, 'post', '审批科', '岗位' || no, 1, 90, 'good', 1, recorded_at
FROM assessment_score, generate_series(1, $2::int) no WHERE id = $1
"""


async def staffed(owner: str, score: int, posts: int) -> None:
    """Give a body's score so many posts more."""
    connection = await asyncpg.connect(plain_url(owner))
    await connection.execute(STAFFED, score, posts)
    await connection.close()


INSPECTED = """
INSERT INTO inspection (number, government_id, bureau, title, way, content, bodies, team, first_day, last_day, sample_size,
  frame_size, frame_digest, commitment, opening, planned_at)
SELECT code || 'JC20260001', government_id, code, '检查', 'focused', 'kept', ARRAY[code], '{甲,乙}', '2026-03-02', '2026-03-02', 1,
  1, sha256(code::bytea), sha256(code::bytea), sha256(code::bytea), now() FROM body WHERE code = $1 RETURNING id
"""
PLANNED = """
INSERT INTO event (stream, seq, kind, at, actor_name, body_code, body)
VALUES ('inspection:' || $1, 1, 'inspection.planned', now(), '', $2, '{}')
"""


async def inspected(owner: str, body: str) -> int:
    """Plan an inspection by a body and return its id."""
    connection = await asyncpg.connect(plain_url(owner))
    made: int = await connection.fetchval(INSPECTED, body)
    await connection.execute(PLANNED, str(made), body)
    await connection.close()
    return made
