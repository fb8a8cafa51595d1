"""Alerts that are there without anybody having found them: for pages, and for asking who may see them."""

import asyncpg

from resolvers.database import plain_url

PLANT = """
INSERT INTO alert (rule_code, rule_id, kind, grade, rank, subject, subject_key, matter_id, item_code, body_code,
  government_id, measure, message, opened_at, changed_at)
SELECT r.code, r.id, 'time', $2, array_position(ARRAY['reminder', 'warning', 'alarm'], $2), 'matter', m.id::text, m.id,
  m.item_code, m.body_code, m.government_id, 1, '期限已经届满，办件没有办结。', now(), now()
FROM matter m JOIN supervision_rule r ON r.code = $3 WHERE m.id = $1 RETURNING id
"""


async def planted(owner: str, matter: int, grade: str = "warning", rule: str = "R01") -> int:
    """Raise an alert about a matter and return its id; the rules must be kept."""
    connection = await asyncpg.connect(plain_url(owner))
    made: int = await connection.fetchval(PLANT, matter, grade, rule)
    await connection.close()
    return made
