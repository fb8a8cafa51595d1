"""What is so: one set-based statement for each condition of a rule, over everything at once (003-37).

Each is a SELECT of the same columns: the thing it is about, where it belongs, the measure, the occasion (an alert is one
for each rule, thing and occasion) and a detail for the message. ``{only}`` narrows matters to those that just changed.
Parameters: ``$1`` matters (or NULL), ``$2`` today, ``$3`` the last working days, ``$4`` the moment, ``$5`` the bounds of the
library of rules. What few matters have stands in each WHERE as it stands in the index ``ix_watched_matter_wrong``, so that a
look at all of them reads these few.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from domain.supervision.conditions import CONDITIONS
from domain.supervision.rules import Bounds
from resolvers.exchange_standing import STANDING

ROW: Final = (
    "condition, subject_key, matter_id, item_code, body_code, government_id, kind, category, measure, occasion, detail"
)
_COLUMNS: Final = "w.matter_id::text, w.matter_id, w.item_code, {body}, {government}, w.kind, w.category"
_ANSWERS: Final = _COLUMNS.format(body="w.undertaker", government="w.government_id")


def _of_matters(
    name: str,
    where: str,
    measure: str = "1",
    detail: str = "''",
    occasion: str = "''",
    more: str = "",
    whose: tuple[str, str] = ("w.undertaker", "w.government_id"),
) -> str:
    """Return the statement of a condition that a watched matter tells alone; ``whose``: the body that answers, the government it is for."""
    columns = _COLUMNS.format(body=whose[0], government=whose[1])
    return (
        f"SELECT '{name}', {columns}, ({measure})::numeric, {occasion}, {detail} FROM watched_matter w{more}"
        f" WHERE {where} AND {{only}}"
    )


_BOUNDS: Final = tuple(Bounds.model_fields)


def _bound(name: str) -> str:
    return f"($5::int[])[{_BOUNDS.index(name) + 1}]"


def bounds(given: Bounds) -> list[int]:
    """Return the bounds in the order in which the statements count on them."""
    return [getattr(given, name).value for name in _BOUNDS]


_LIMITS: Final = " CROSS JOIN LATERAL unnest(w.late_limits, w.late_names, w.late_levels) late (name, title, level)"
_STEPS: Final = " CROSS JOIN LATERAL unnest(w.late_steps, w.late_step_names) late (name, title)"
_UNDERTAKES: Final = "late.name IN ('sign', 'feedback', 'rectify')"
_UPPER: Final = "coalesce((SELECT g.parent_id FROM government g WHERE g.id = w.government_id), w.government_id)"
_LATE_DAYS: Final = "(SELECT count(*) FROM unnest($3::date[]) d WHERE d > w.asked_until AND d <= $2::date)"

OF_MATTERS: Final[Mapping[str, str]] = {
    "limit_passed": _of_matters(
        "limit_passed",
        "w.late_limits <> '{}' AND w.kind <> 'supervision_case'",
        "late.level",
        "late.title",
        "late.name",
        _LIMITS,
    ),
    "step_limit_passed": _of_matters(
        "step_limit_passed",
        "w.late_steps <> '{}' AND w.kind <> 'supervision_case'",
        detail="late.title",
        occasion="late.name",
        more=_STEPS,
    ),
    "summary_missing": _of_matters("summary_missing", "w.summary_missing"),
    "materials_missing": _of_matters(
        "materials_missing",
        "cardinality(w.missing_materials) > 0",
        "cardinality(w.missing_materials)",
        "left(array_to_string(w.missing_materials, '、'), 150)",
    ),
    "acceptance_notice_missing": _of_matters("acceptance_notice_missing", "w.acceptance_notice_missing"),
    "result_missing": _of_matters("result_missing", "w.result_missing"),
    "process_missing": _of_matters("process_missing", "w.process_missing"),
    "decision_text_missing": _of_matters("decision_text_missing", "w.decision_text_missing"),
    "order_wrong": _of_matters("order_wrong", "w.order_wrong <> ''", detail="w.order_wrong"),
    "not_accepted": _of_matters("not_accepted", "w.ending = 'not_accepted'"),
    "supplement_repeated": _of_matters("supplement_repeated", "w.supplements > 1", "w.supplements"),
    "supplement_late": _of_matters("supplement_late", "w.supplements_late > 0", "w.supplements_late"),
    "returned_repeatedly": _of_matters("returned_repeatedly", "w.returned > 1", "w.returned", "w.returned_name"),
    "suspended_repeatedly": _of_matters("suspended_repeatedly", "w.suspensions > 1", "w.suspensions"),
    "fee_deviates": _of_matters("fee_deviates", "w.fee_deviation > 0", "w.fee_deviation", "w.fee_name"),
    "tier_deviates": _of_matters("tier_deviates", "w.tier_deviations > 0", "w.tier_deviations"),
    # Whose step it is answers for it. The supervisor's own lateness is for the bureau one level up (003-39), which alone lifts
    # it; where there is no level above, it stays with the government's own.
    "handling_step_late": _of_matters(
        "handling_step_late",
        "w.late_steps <> '{}' AND w.kind = 'supervision_case'",
        detail="late.title",
        occasion="late.name",
        more=_STEPS,
        whose=(
            f"CASE WHEN {_UNDERTAKES} THEN w.undertaker ELSE w.body_code END",
            f"CASE WHEN {_UNDERTAKES} THEN w.government_id ELSE {_UPPER} END",
        ),
    ),
    "handling_not_started": _of_matters(
        "handling_not_started",
        "w.late_limits <> '{}' AND w.kind = 'supervision_case' AND late.name = 'start'",
        "late.level",
        "late.title",
        more=_LIMITS,
    ),
}
"""What is found at every act, and by the sweep."""

# The library as it is held now says what an item was on the day on which the matter was opened (003-20, 003-21): its days are
# gathered once for each item, not looked up for each matter.
_NOT_IN_USE: Final = f"""
SELECT CASE WHEN u.held @> w.opened_on THEN 'cancelled_power_used' ELSE 'power_beyond_list' END, {_ANSWERS}, 1::numeric, '',
  w.item_code
FROM watched_matter w LEFT JOIN (
  SELECT i.code, range_agg(pp.valid) AS held, range_agg(pp.valid) FILTER (WHERE v.status = 'in_use') AS used
  FROM power_item i JOIN power_period pp ON pp.item_id = i.id AND upper_inf(pp.recorded)
  JOIN power_version v ON v.id = pp.version_id GROUP BY 1) u ON u.code = w.item_code
WHERE w.item_code <> '' AND w.kind IN ('case', 'penalty_case') AND (u.used @> w.opened_on) IS NOT TRUE
"""
_IN_FORCE: Final = """
SELECT i.government_id, v.id, v.item_id, v.code, v.name, v.body_code, v.batch_id, v.content, v.status, pp.valid
FROM power_period pp JOIN power_version v ON v.id = pp.version_id JOIN power_item i ON i.id = v.item_id
WHERE upper_inf(pp.recorded) AND pp.valid @> $2::date AND v.status = 'in_use'
"""
# When powers were used last, counted once for all of them.
_USED: Final = "SELECT item_code, max(opened_on) AS last FROM watched_matter GROUP BY 1"
_BODY_USED: Final = (
    f"SELECT body_code, max(opened_on) AS last, count(*) FILTER (WHERE opened_on > $2::date - {_bound('in_use_days')})"
    " AS lately FROM watched_matter WHERE kind <> 'supervision_case' GROUP BY 1"
)
_ABOUT_ITEM: Final = (
    "v.code, NULL::bigint, v.code, v.body_code, v.government_id, '', coalesce(v.content ->> 'category', '')"
)
_ABOUT_BODY: Final = "b.code, NULL::bigint, '', b.code, b.government_id, '', ''"
_ROOT: Final = "(SELECT min(id) FROM government WHERE parent_id IS NULL)"
_MONTHS: Final = "(extract(year FROM age($2::date, {since})) * 12 + extract(month FROM age($2::date, {since})))"
_MONTH: Final = "(date_trunc('month', $2::date::timestamp) - interval '1 month')::date"
_MONTH_END: Final = "date_trunc('month', $2::date::timestamp)::date"

# What the rules ask, read once: which alerts a rate counts is told by what their rules ask, whatever these are called.
_ASKED: Final = "SELECT id, document ->> 'condition' AS condition FROM supervision_rule OFFSET 0"

# R18 of the table, 003-36(4): rates of a body over the last whole month; too few matters say nothing.
_RATES: Final = f"""
SELECT r.name, b.code, NULL::bigint, '', b.code, b.government_id, '', '', round(100.0 * r.part / r.whole, 2),
  to_char({_MONTH}, 'YYYY-MM'), to_char({_MONTH}, 'YYYY"年"MM"月"')
FROM body b JOIN (
  SELECT w.undertaker, count(*) FILTER (WHERE w.kind <> 'supervision_case') AS active,
    count(*) FILTER (WHERE w.opened_on >= {_MONTH} AND w.kind <> 'supervision_case') AS opened,
    count(*) FILTER (WHERE w.opened_on >= {_MONTH} AND w.ending = 'not_accepted') AS refused,
    count(*) FILTER (WHERE w.decided_on >= {_MONTH} AND w.decided_on < {_MONTH_END}) AS decided,
    count(*) FILTER (WHERE w.kind = 'supervision_case') AS handled,
    count(*) FILTER (WHERE a.alarms > 0 AND w.kind <> 'supervision_case') AS alarmed,
    count(*) FILTER (WHERE a.late > 0) AS overdue,
    count(*) FILTER (WHERE a.content > 0) AS content,
    count(*) FILTER (WHERE a.flow > 0) AS flow,
    count(*) FILTER (WHERE a.discretion > 0 AND w.decided_on >= {_MONTH} AND w.decided_on < {_MONTH_END}) AS discretion,
    count(*) FILTER (WHERE a.handling > 0) AS handling
  FROM watched_matter w LEFT JOIN (
    SELECT matter_id, count(*) FILTER (WHERE rank = 3) AS alarms,
      count(*) FILTER (WHERE r.condition = 'limit_passed' AND rank > 1) AS late, count(*) FILTER (WHERE kind = 'content') AS content,
      count(*) FILTER (WHERE kind = 'flow') AS flow, count(*) FILTER (WHERE kind = 'discretion') AS discretion,
      count(*) FILTER (WHERE r.condition IN ('handling_not_started', 'handling_not_finished') AND rank > 1) AS handling
    FROM alert JOIN ({_ASKED}) r ON r.id = rule_id WHERE matter_id IS NOT NULL AND NOT trial GROUP BY 1) a ON a.matter_id = w.matter_id
  WHERE w.opened_on < {_MONTH_END} AND coalesce(w.closed_on >= {_MONTH}, true) GROUP BY 1) c ON c.undertaker = b.code
CROSS JOIN LATERAL (VALUES
  ('rate_refused', c.refused, c.opened), ('rate_alarmed', c.alarmed, c.active), ('rate_overdue', c.overdue, c.active),
  ('rate_content', c.content, c.active), ('rate_flow', c.flow, c.active), ('rate_discretion', c.discretion, c.decided),
  ('rate_handling', c.handling, c.handled)) r (name, part, whole)
WHERE r.whole >= {_bound("rate_matters")} AND r.part > 0
"""
# 003-48: the last edition of a score counts, by the scheme it was made with, and not while an objection to it is undecided.
_SCORE_FAILED: Final = f"""
SELECT 'score_failed', {_ABOUT_BODY}, 1::numeric, s.period, left(s.period, 4) || '年'
  || CASE p.kind WHEN 'quarter' THEN '第' || right(s.period, 1) || '季度' WHEN 'month' THEN right(s.period, 2) || '月' ELSE '' END
  || '（' || s.total || '分）'
FROM (SELECT DISTINCT ON (e.assessment_id, e.body_code) e.* FROM assessment_score e WHERE e.kind = 'body'
  ORDER BY e.assessment_id, e.body_code, e.edition DESC) s
JOIN assessment a ON a.id = s.assessment_id AND a.frozen_at > $4::timestamptz - make_interval(days => {_bound("score_days")})
JOIN assessment_scheme c ON c.id = a.scheme_id JOIN body b ON b.code = s.body_code
CROSS JOIN LATERAL (SELECT CASE length(s.period) WHEN 4 THEN 'year' WHEN 7 THEN
  CASE substr(s.period, 6, 1) WHEN 'Q' THEN 'quarter' ELSE 'month' END END AS kind) p
WHERE EXISTS (SELECT FROM jsonb_array_elements(c.document -> 'grades') g WHERE g ->> 'code' = s.grade AND g -> 'rectify' ? p.kind)
  AND NOT EXISTS (SELECT FROM score_objection o WHERE o.score_id = s.id AND o.state = 'filed')
"""
BY_SWEEP: Final[Mapping[str, str]] = {
    "handling_not_finished": _of_matters(
        "handling_not_finished",
        "w.kind = 'supervision_case' AND w.asked_until <= $2::date AND w.closed_on IS NULL",
        _LATE_DAYS,
        "to_char(w.asked_until, 'YYYY-MM-DD')",
    ),
    # One statement tells both: what was never in the list, and what was in it and not in use.
    "power_beyond_list": _NOT_IN_USE,
    "cancelled_power_used": _NOT_IN_USE,
    "element_unapproved": f"SELECT 'element_unapproved', {_ABOUT_ITEM}, 1::numeric, v.id::text, left(v.name, 100)"
    f" FROM ({_IN_FORCE}) v JOIN batch b ON b.id = v.batch_id WHERE b.state <> 'confirmed'",
    "application_late": f"SELECT 'application_late', {_ABOUT_ITEM}, (SELECT count(*) FROM unnest($3::date[]) d"
    f" WHERE d > l.until AND d <= $2::date)::numeric, l.until::text, left(v.name, 100) FROM ({_IN_FORCE}) v"
    " CROSS JOIN LATERAL (SELECT min(l.in_force_until) AS until FROM power_basis pb JOIN law l ON l.id = pb.law_id"
    " WHERE pb.version_id = v.id AND l.in_force_until < $2::date) l WHERE l.until IS NOT NULL",
    "list_not_published": f"SELECT 'list_not_published', {_ABOUT_BODY}, 1::numeric, '', '' FROM body b"
    " WHERE EXISTS (SELECT FROM watched_matter w WHERE w.body_code = b.code AND w.kind IN ('case', 'penalty_case'))"
    f" AND NOT EXISTS (SELECT FROM ({_IN_FORCE}) v WHERE v.body_code = b.code)",
    "chart_not_published": f"SELECT 'chart_not_published', {_ABOUT_BODY}, n.pieces::numeric, '', '' FROM body b JOIN"
    f" (SELECT v.body_code, count(*) AS pieces FROM ({_IN_FORCE}) v WHERE v.content -> 'external_flow' IS NULL"
    " AND coalesce(v.content ->> 'external_chart', '') = '' GROUP BY 1) n ON n.body_code = b.code",
    # 003-10(1), 003-51(6): due on a day of the year after; late from the next day on, handed in since or not.
    "report_late": f"SELECT 'report_late', {_ABOUT_BODY}, greatest(1, (SELECT count(*) FROM unnest($3::date[]) d"
    " WHERE d > r.due_on AND d <= coalesce((SELECT min(s.recorded_at AT TIME ZONE 'Asia/Shanghai')::date FROM"
    " report_version s WHERE s.report_id = r.id AND s.act = 'submit'), $2::date)))::numeric, r.period, r.period || '年度' FROM report r JOIN body b ON b.code = r.body_code"
    " WHERE r.kind = 'annual_report' AND r.missed_at IS NOT NULL AND r.due_on > $2::date - " + _bound("report_days"),
    # 003-43: late from the day after the last one on, decided since or not. The bureau that decides answers for it to the one above, as for its cases.
    "objection_late": "SELECT 'objection_late', y.code, NULL::bigint, '', y.code, coalesce(g.parent_id, g.id), '', '', greatest(1,"
    " (SELECT count(*) FROM unnest($3::date[]) d WHERE d > o.due_on AND d <= u.until))::numeric, o.id::text,"
    " b.name || s.period || '考核期' FROM score_objection o JOIN assessment_score s ON s.id = o.score_id"
    " JOIN body b ON b.code = s.body_code JOIN government g ON g.id = s.government_id JOIN LATERAL (SELECT y.code FROM body y"
    " WHERE y.government_id = g.id AND 'supervision_bureau' = ANY(y.offices) ORDER BY y.code LIMIT 1) y ON true"
    " CROSS JOIN LATERAL (SELECT coalesce((o.decided_at AT TIME ZONE 'Asia/Shanghai')::date, $2::date) AS until) u"
    f" WHERE u.until > o.due_on AND o.due_on > $2::date - {_bound('objection_days')}",
    "score_failed": _SCORE_FAILED,
    # 003-18: only where the body's other powers run; how long the library has held an item is no idleness.
    "item_idle": f"SELECT 'item_idle', {_ABOUT_ITEM}, {_MONTHS.format(since='u.since')}::numeric,"
    f" to_char(u.since, 'YYYY-MM-DD'), left(v.name, 100) FROM ({_IN_FORCE}) v LEFT JOIN ({_USED}) w ON w.item_code = v.code"
    f" JOIN ({_BODY_USED}) b ON b.body_code = v.body_code AND b.last > $2::date - {_bound('in_use_days')} CROSS JOIN LATERAL (SELECT greatest("
    "coalesce(w.last, '-infinity'), (SELECT min(o.recorded_at)::date FROM power_version o WHERE o.item_id = v.item_id))"
    f" AS since) u WHERE u.since < $2::date - {_bound('idle_days')}",
    "rule_silent": f"SELECT 'rule_silent', r.code, NULL::bigint, '', '', {_ROOT}, '', '',"
    f" {_MONTHS.format(since='r.since')}::numeric, to_char(r.since, 'YYYY-MM-DD'), r.name FROM (SELECT DISTINCT ON (s.code)"
    " s.code, s.state, s.document ->> 'name' AS name, greatest((SELECT min(o.recorded_at) FROM supervision_rule o"
    " WHERE o.code = s.code), (SELECT max(a.opened_at) FROM alert a WHERE a.rule_code = s.code))::date AS since"
    " FROM supervision_rule s ORDER BY s.code, s.version DESC) r WHERE r.state = 'active'",
    "watchman_late": f"SELECT 'watchman_late', 'watchman', NULL::bigint, '', '', {_ROOT}, '', '',"
    " floor(extract(epoch FROM $4::timestamptz - min(m.wake_at)) / 3600)::numeric, $2::date::text, count(*)::text"
    f" FROM matter m WHERE m.wake_at < $4::timestamptz - make_interval(hours => {_bound('watch_hours')}) HAVING count(*) > 0",
    # 003-28: one alert for one silence, by the day from which it lasts; whoever is behind on each day is told of each.
    "report_up_late": f"SELECT 'report_up_late', u.name, NULL::bigint, '', '', {_ROOT}, '', '',"
    " floor(extract(epoch FROM $4::timestamptz - u.waiting) / 3600)::numeric,"
    " (u.waiting AT TIME ZONE 'Asia/Shanghai')::date::text, u.name"
    f" FROM ({STANDING}) u WHERE u.waiting < $4::timestamptz",
    "rate_not_running": f"SELECT 'rate_not_running', {_ABOUT_BODY}, round(100.0 * n.idle / n.held, 2),"
    f" to_char({_MONTH}, 'YYYY-MM'), '' FROM body b JOIN (SELECT v.body_code, count(*) AS held, count(*) FILTER (WHERE"
    f" coalesce(w.last <= $2::date - {_bound('in_use_days')}, true)) AS idle FROM ({_IN_FORCE}) v LEFT JOIN ({_USED}) w ON w.item_code = v.code"
    f" GROUP BY 1) n ON n.body_code = b.code JOIN ({_BODY_USED}) u ON u.body_code = b.code"
    f" WHERE n.idle > 0 AND u.lately >= {_bound('rate_matters')}",
    # One statement finds all rates of a month.
    **{name: _RATES for name in CONDITIONS if name.startswith("rate_") and name != "rate_not_running"},
}
"""What depends on the day, on the library or on many matters: found by the sweep."""


def statements(names: Iterable[str], *, narrowed: bool = False) -> str:
    """Return the statement of some conditions together; ``narrowed``: for the matters of ``$1`` alone."""
    texts = dict.fromkeys(OF_MATTERS.get(name) or BY_SWEEP[name] for name in names)
    only = "w.matter_id = ANY($1::bigint[])" if narrowed else "$1::bigint[] IS NULL"
    return " UNION ALL ".join(f"({text.replace('{only}', only)})" for text in texts)
