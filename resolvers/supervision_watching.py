"""What supervision sees of matters: typed columns taken from their states by one statement, so that rules stay cheap (S1).

A state is read once for each of its versions; whatever runs over all matters afterwards reads narrow rows. The columns
can be made anew from the matters at any time, and a row is replaced only by a later one.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from domain.supervision.undertaking import UNDERTAKER

MOST: Final = 2000
"""Matters in one statement; each is a transaction's share of a long look."""

# Both begin behind the last one: else each look would read again all that was looked at before.
STALE: Final = """
SELECT m.id FROM matter m LEFT JOIN watched_matter w ON w.matter_id = m.id AND w.matter_id > $2
WHERE m.id > $2 AND w.seq IS DISTINCT FROM m.seq ORDER BY m.id LIMIT $1
"""

# What the procedures and the items say is unfolded once for each of them, not once for each matter.
_BOOKS: Final = """
wanted AS MATERIALIZED (SELECT * FROM matter WHERE id = ANY($1::bigint[])),
procedures AS MATERIALIZED (
  SELECT p.id, p.document -> 'limits' AS limits,
    (SELECT jsonb_object_agg(s.d ->> 'key', s.d ->> 'name') FROM jsonb_array_elements(p.document -> 'steps') s(d)) AS steps,
    coalesce(p.document -> 'documents' ? 'acceptance_slip', false) AS slip,
    ARRAY(SELECT d.key FROM jsonb_each(coalesce(p.document -> 'documents', '{}')) d
          WHERE d.value ->> 'served_marks' = 'served') AS decisions,
    (SELECT jsonb_object_agg(s.d ->> 'key', s.d ->> 'until') FROM jsonb_array_elements(p.document -> 'steps') s(d)
     WHERE s.d ->> 'until' <> '') AS untils
  FROM procedure_version p WHERE p.id IN (SELECT procedure_id FROM wanted)),
items AS MATERIALIZED (
  SELECT v.id, coalesce(v.sub_item, '') AS sub_item, v.name,
    ARRAY(SELECT g.d ->> 'name' FROM jsonb_array_elements(coalesce(v.content #> '{guide,materials}', '[]')) g(d)
          WHERE coalesce((g.d ->> 'required')::boolean, true)) AS required,
    coalesce((SELECT jsonb_object_agg(f.d ->> 'name', substring(f.d ->> 'standard' from '(\\d{1,9}(?:\\.\\d{1,2})?)\\s*元'))
      FROM jsonb_array_elements(coalesce(v.content -> 'fees', '[]')) f(d)), '{}') AS fees
  FROM power_version v WHERE v.id IN (SELECT item_version_id FROM wanted))
"""
# Reminders are the engine's own count of every limit, pauses and extensions included (R10): 0 the last day, 1 and 2 past it.
_LATE: Final = """
LEFT JOIN LATERAL (
  SELECT array_agg(x.name ORDER BY x.name) FILTER (WHERE x.known IS NOT NULL) AS limits,
    array_agg(x.known ORDER BY x.name) FILTER (WHERE x.known IS NOT NULL) AS names,
    array_agg(x.level ORDER BY x.name) FILTER (WHERE x.known IS NOT NULL) AS levels,
    array_agg(x.name ORDER BY x.name) FILTER (WHERE x.known IS NULL) AS steps,
    array_agg(coalesce(p.steps ->> x.name, x.name) ORDER BY x.name) FILTER (WHERE x.known IS NULL) AS step_names
  FROM (SELECT r.d ->> 'limit' AS name,
          CASE WHEN r.d ->> 'limit_of' IS DISTINCT FROM 'step' THEN p.limits -> (r.d ->> 'limit') ->> 'name' END AS known,
          max(array_position(ARRAY['reminder', 'warning', 'alarm'], r.d ->> 'level') - 1)::smallint AS level
        FROM jsonb_array_elements(s.reminded) r(d) GROUP BY 1, 2) x) late ON true
"""
_RETURNS: Final = """
LEFT JOIN LATERAL (
  SELECT v.d ->> 'step' AS step, count(*)::int AS times FROM jsonb_array_elements(s.visits) v(d)
  WHERE v.d ->> 'how' = 'returned' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1) back ON true
"""
_FEES: Final = """
LEFT JOIN LATERAL (
  SELECT f.d ->> 'name' AS name,
    round(100 * abs((f.d ->> 'amount')::numeric - (i.fees ->> (f.d ->> 'name'))::numeric)
      / nullif((i.fees ->> (f.d ->> 'name'))::numeric, 0), 2) AS percent
  FROM jsonb_array_elements(CASE WHEN jsonb_typeof(s.outcome -> 'fees') = 'array' THEN s.outcome -> 'fees' ELSE '[]' END) f(d)
  WHERE i.fees ->> (f.d ->> 'name') IS NOT NULL ORDER BY 2 DESC NULLS LAST LIMIT 1) fee ON true
"""
_DISORDER: Final = """
concat_ws('；',
  CASE WHEN (s.marks ->> 'accepted')::timestamptz < (s.marks ->> 'received')::timestamptz THEN '受理早于登记' END,
  CASE WHEN (s.marks ->> 'decided')::timestamptz < (s.marks ->> 'accepted')::timestamptz THEN '决定早于受理' END,
  CASE WHEN (s.marks ->> 'served')::timestamptz < (s.marks ->> 'decided')::timestamptz THEN '送达早于决定' END,
  CASE WHEN (s.marks ->> 'closed')::timestamptz < (s.marks ->> 'received')::timestamptz THEN '办结早于登记' END)
"""
_HAS_DOCUMENT: Final = "EXISTS (SELECT FROM jsonb_array_elements(s.documents) d(d) WHERE d.d ->> 'code' {which})"
_LEFT: Final = "(SELECT count(*) FROM jsonb_array_elements(s.visits) v(d) WHERE v.d ->> 'how' = 'completed')"
_DAY: Final = "({moment} AT TIME ZONE 'Asia/Shanghai')::date"

# Column by column: what is taken from a state, and for what. `m` is the matter, `s` its state, `p` and `i` its books.
SEEN: Final = {
    "matter_id": "m.id",
    "seq": "m.seq",
    "kind": "m.kind",
    "category": "m.category",
    "government_id": "m.government_id",
    "body_code": "m.body_code",
    # Who has to answer for it: the body itself; of a supervision case the undertaking body 承办单位.
    "undertaker": (
        f"CASE WHEN m.kind = 'supervision_case' THEN coalesce(s.bodies ->> {UNDERTAKER}, m.body_code) ELSE m.body_code END"
    ),
    "item_code": "m.item_code",
    "title": "m.title",
    "ending": "m.ending",
    "opened_on": _DAY.format(moment="m.opened_at"),
    "accepted_on": _DAY.format(moment="m.accepted_at"),
    "decided_on": _DAY.format(moment="m.decided_at"),
    "closed_on": _DAY.format(moment="m.closed_at"),
    "late_limits": "coalesce(late.limits, '{}')",
    "late_names": "coalesce(late.names, '{}')",
    "late_levels": "coalesce(late.levels, '{}')",
    "late_steps": "coalesce(late.steps, '{}')",
    "late_step_names": "coalesce(late.step_names, '{}')",
    "supplements": "coalesce(jsonb_array_length(s.supplements), 0)",
    "supplements_late": "(SELECT count(*)::int FROM jsonb_array_elements(s.supplements) u(d)"
    " WHERE (u.d ->> 'asked')::timestamptz > (s.marks ->> 'accepted')::timestamptz)",
    "returned": "coalesce(back.times, 0)",
    "returned_name": "coalesce(p.steps ->> back.step, back.step, '')",
    "suspensions": "coalesce(jsonb_array_length(s.pauses), 0)",
    "missing_materials": "CASE WHEN m.kind = 'case' AND s.marks ? 'accepted' THEN ARRAY(SELECT r FROM unnest(i.required) r"
    " WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(s.materials) x(d) WHERE x.d ->> 'name' = r)) ELSE '{}' END",
    "summary_missing": "coalesce(m.kind = 'penalty_case' AND s.marks ? 'accepted' AND s.facts = '{}'::jsonb"
    " AND m.title IN (i.name, i.sub_item), false)",
    "acceptance_notice_missing": f"m.kind = 'case' AND p.slip AND coalesce(s.marks ? 'accepted', false) AND {_LEFT} >= 2"
    " AND NOT " + _HAS_DOCUMENT.format(which="= 'acceptance_slip'"),
    "result_missing": "m.ending = 'finished' AND coalesce(jsonb_typeof(s.outcome), 'null') = 'null'",
    "process_missing": "m.ending = 'finished' AND NOT EXISTS (SELECT FROM jsonb_array_elements(s.visits) v(d)"
    " WHERE jsonb_array_length(v.d -> 'doers') > 0)",
    "decision_text_missing": "m.ending = 'finished' AND cardinality(p.decisions) > 0"
    f" AND NOT {_HAS_DOCUMENT.format(which='= ANY(p.decisions)')}",
    "order_wrong": _DISORDER.strip(),
    "fee_deviation": "fee.percent",
    "fee_name": "coalesce(fee.name, '')",
    "tier_deviations": "(SELECT count(*)::int FROM jsonb_array_elements(CASE WHEN jsonb_typeof(s.outcome -> 'fines') = 'array'"
    " THEN s.outcome -> 'fines' ELSE '[]' END) f(d) WHERE jsonb_typeof(f.d -> 'deviation') = 'object')",
    # What the undertaking body has still to do, by the day that the case sets for it; earlier procedures set one for the whole.
    "asked_until": "CASE WHEN p.untils IS NULL THEN (s.facts #>> '{finish_on,day}')::date ELSE"
    " (SELECT min((s.facts #>> ARRAY[p.untils ->> (v.d ->> 'step'), 'day'])::date) FROM jsonb_array_elements(s.visits) v(d)"
    " WHERE v.d ->> 'left' IS NULL) END",
}
_STATE: Final = (
    "visits jsonb, marks jsonb, supplements jsonb, pauses jsonb, materials jsonb, facts jsonb, documents jsonb,"
    " outcome jsonb, reminded jsonb, bodies jsonb"
)
_REPLACED: Final = ", ".join(f"{name} = EXCLUDED.{name}" for name in SEEN if name != "matter_id")
WATCH: Final = (
    f"WITH {_BOOKS} INSERT INTO watched_matter ({', '.join(SEEN)})"
    f" SELECT {', '.join(SEEN.values())} FROM wanted m JOIN procedures p ON p.id = m.procedure_id"
    f" LEFT JOIN items i ON i.id = m.item_version_id CROSS JOIN LATERAL jsonb_to_record(m.state) AS s({_STATE})"
    f" {_LATE} {_RETURNS} {_FEES}"
    f" ON CONFLICT (matter_id) DO UPDATE SET {_REPLACED} WHERE watched_matter.seq <= EXCLUDED.seq"
)


async def watch(connection: asyncpg.Connection, matters: Sequence[int]) -> None:
    """Take what supervision sees from the states of some matters as they are now."""
    await connection.execute(WATCH, list(matters))


async def stale(connection: asyncpg.Connection, after: int = 0, most: int = MOST) -> list[int]:
    """Return matters behind ``after`` that went on since they were looked at, or were never looked at."""
    return [row["id"] for row in await connection.fetch(STALE, most, after)]
