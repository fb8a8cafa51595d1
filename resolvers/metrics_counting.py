"""Counting the figures of the registry (`domain.metrics`): one statement for each place that figures come from.

A source counts what it knows of a government in a period, by body and category; a later noun adds a source to `SOURCES`.
Numbers are exact here: what of them may be published is decided by `domain.metrics.disclosed`.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import Any, Final, NamedTuple

import asyncpg

from domain import ratings as rating_rules
from domain.clock import period_end
from domain.metrics import Figure, completed
from domain.periods import Period
from domain.supervision.undertaking import UNDERTAKER
from resolvers import complaints_statistics
from resolvers.context import Context

# A limit of the matter is late where a warning or an alarm about it was recorded; the limits of steps are the office's
# own, and only alarms tell of them. An alarm may come without a warning: of what is due the highest is recorded. One
# that could be about a step as well as about the matter is then taken to be about the step.
LATE: Final = """
steps AS MATERIALIZED (
  SELECT id, jsonb_path_query_array(document, '$.steps[*] ? (@.limit != null).key') AS keys FROM procedure_version),
told AS MATERIALIZED (
  SELECT substr(e.stream, 8)::bigint AS matter_id, e.body::jsonb #>> '{act,limit}' AS named,
    strpos(e.body, '"level":"warning"') > 0 AS warned
  FROM event e WHERE e.kind = 'matter.remind' AND e.at < $2
    AND (strpos(e.body, '"level":"warning"') > 0 OR strpos(e.body, '"level":"alarm"') > 0)),
late_ones AS MATERIALIZED (
  SELECT DISTINCT t.matter_id FROM told t JOIN matter m ON m.id = t.matter_id JOIN steps s ON s.id = m.procedure_id
  WHERE t.warned OR NOT s.keys ? t.named)
"""
MATTERS: Final = f"""
WITH {LATE}
SELECT m.body_code, m.category,
  count(*) FILTER (WHERE m.opened_at >= $1) AS received,
  count(*) FILTER (WHERE m.accepted_at >= $1 AND m.accepted_at < $2) AS accepted,
  count(*) FILTER (WHERE m.ending = 'not_accepted' AND m.closed_at >= $1 AND m.closed_at < $2) AS refused,
  count(*) FILTER (WHERE m.decided_at >= $1 AND m.decided_at < $2) AS decided,
  count(*) FILTER (WHERE m.kind = 'penalty_case' AND m.decided_at >= $1 AND m.decided_at < $2) AS penalties,
  count(*) FILTER (WHERE m.closed_at >= $1 AND m.closed_at < $2) AS closed,
  count(*) FILTER (WHERE m.closed_at >= $1 AND m.closed_at < $2 AND l.matter_id IS NULL) AS on_time,
  count(*) FILTER (WHERE m.closed_at >= $1 AND m.closed_at < $2 AND l.matter_id IS NOT NULL) AS late,
  count(*) FILTER (WHERE (m.closed_at IS NULL OR m.closed_at >= $2) AND l.matter_id IS NOT NULL) AS late_open
FROM matter m LEFT JOIN late_ones l ON l.matter_id = m.id
WHERE m.government_id = $3 AND m.kind IN ('case', 'penalty_case') AND m.opened_at < $2
  AND (m.closed_at IS NULL OR m.closed_at >= $1)
GROUP BY m.body_code, m.category
"""
RATINGS: Final = """
SELECT body_code, '' AS category, sum(answered) AS rated, sum(bad) AS rated_bad, sum(answered - bad) AS rated_good
FROM rating_figure WHERE government_id = $1 AND month = ANY($2::date[]) AND item_code = '' AND answered IS NOT NULL
GROUP BY body_code
"""
CHANGES: Final = """
SELECT v.body_code, '' AS category, count(*) FILTER (WHERE v.change = 'add') AS items_added,
  count(*) FILTER (WHERE v.change = 'cancel') AS items_cancelled,
  count(*) FILTER (WHERE v.change NOT IN ('add', 'cancel')) AS items_changed
FROM power_version v JOIN power_item i ON i.id = v.item_id
WHERE i.government_id = $3 AND v.recorded_at >= $1 AND v.recorded_at < $2 GROUP BY v.body_code
"""
IN_USE: Final = """
SELECT v.body_code, v.category, count(*) AS items_in_use
FROM power_period p JOIN power_version v ON v.id = p.version_id JOIN power_item i ON i.id = p.item_id
WHERE i.government_id = $1 AND p.valid @> $2::date AND p.recorded @> $3::timestamptz AND v.status = 'in_use'
GROUP BY v.body_code, v.category
"""
PUBLISHED: Final = """
SELECT body_code, '' AS category, count(*) AS results_published FROM published_result
WHERE government_id = $3 AND published_at >= $1 AND published_at < $2 GROUP BY body_code
"""
OVERDUE: Final = """
SELECT r.body_code, '' AS category, count(DISTINCT r.id) AS results_late
FROM event e JOIN result r ON r.id = substr(e.stream, 8)::bigint
WHERE e.kind = 'result.overdue' AND e.at >= $1 AND e.at < $2 AND r.government_id = $3 GROUP BY r.body_code
"""
# The board and the analysis of supervision count the same alerts; one that is about no body of the government is its own.
# 003-43: what was lifted as unfounded, or as nobody's fault, counts against nobody.
ALERTS: Final = """
SELECT coalesce(b.code, '') AS body_code, '' AS category, count(*) AS alerts_found
FROM alert a LEFT JOIN body b ON b.code = a.body_code AND b.government_id = $3
WHERE a.government_id = $3 AND NOT a.trial AND a.opened_at >= $1 AND a.opened_at < $2
  AND a.lift_ground NOT IN ('unfounded', 'objective') GROUP BY 1
"""
CASES: Final = f"""
SELECT coalesce(b.code, '') AS body_code, '' AS category,
  count(*) FILTER (WHERE m.opened_at >= $1 AND m.opened_at < $2) AS cases_opened,
  count(*) FILTER (WHERE m.decided_at >= $1 AND m.decided_at < $2
    AND m.state -> 'outcome' ->> 'result' IN ('established', 'partly')) AS cases_established
FROM matter m LEFT JOIN body b ON b.code = m.bodies[{UNDERTAKER + 1}] AND b.government_id = $3
WHERE m.government_id = $3 AND m.kind = 'supervision_case' AND m.opened_at < $2
  AND (m.opened_at >= $1 OR m.decided_at >= $1) GROUP BY 1
"""
BODIES: Final = "SELECT code FROM body WHERE government_id = $1"
PLACES: Final = ("body_code", "category")


class Wanted(NamedTuple):
    """What is counted: of which government, over which period, and what today is."""

    ctx: Context
    connection: asyncpg.Connection
    government_id: int
    period: Period

    @property
    def span(self) -> tuple[Any, Any, int]:
        """The parameters that most statements take: from when, until when, of whom."""
        return (self.period.begins, self.period.ends, self.government_id)


Source = Callable[[Wanted], Awaitable[Iterable[Figure]]]


def _figures(rows: Iterable[asyncpg.Record]) -> Iterable[Figure]:
    for row in rows:
        for name, value in row.items():
            if name not in PLACES:
                yield Figure(name, row["body_code"] or "", row["category"] or "", int(value))


def _nothing(*names: str) -> list[Figure]:
    """Return zeros: what was counted and is not there is none, and not unknown."""
    return [Figure(name, "", "", 0) for name in names]


async def _matters(wanted: Wanted) -> Iterable[Figure]:
    zeros = _nothing(
        "received", "accepted", "refused", "decided", "penalties", "closed", "on_time", "late", "late_open"
    )
    return [*zeros, *_figures(await wanted.connection.fetch(MATTERS, *wanted.span))]


async def _ratings(wanted: Wanted) -> Iterable[Figure]:
    """Return the sums of published months; nothing while the last month's invitations run."""
    ctx = wanted.ctx
    limit = ctx.profile.limits[ctx.profile.ratings.answer_within]
    window = (period_end(ctx.today, limit) - ctx.today).days
    if not rating_rules.settled(wanted.period.months[-1], window, ctx.today):
        return []
    months: list[date] = list(wanted.period.months)
    rows = await wanted.connection.fetch(RATINGS, wanted.government_id, months)
    return [*_nothing("rated", "rated_bad", "rated_good"), *_figures(rows)]


async def _complaints(wanted: Wanted) -> Iterable[Figure]:
    """Return how what fell due was answered, as `resolvers.complaints_statistics` defines it."""
    own = {row["code"] for row in await wanted.connection.fetch(BODIES, wanted.government_id)}
    found = _nothing("complaints_due", "complaints_in_time", "complaints_late")
    for one in await complaints_statistics.figures(wanted.ctx, wanted.period.first, wanted.period.last):
        if one.body in own:
            found += [
                Figure("complaints_due", one.body, "", one.due),
                Figure("complaints_in_time", one.body, "", one.in_time),
                Figure("complaints_late", one.body, "", one.due - one.in_time),
            ]
    return found


async def _library(wanted: Wanted) -> Iterable[Figure]:
    changed = await wanted.connection.fetch(CHANGES, *wanted.span)
    held = await wanted.connection.fetch(IN_USE, wanted.government_id, wanted.period.last, wanted.period.ends)
    zeros = _nothing("items_added", "items_changed", "items_cancelled", "items_in_use")
    return [*zeros, *_figures(changed), *_figures(held)]


async def _results(wanted: Wanted) -> Iterable[Figure]:
    shown = await wanted.connection.fetch(PUBLISHED, *wanted.span)
    late = await wanted.connection.fetch(OVERDUE, *wanted.span)
    return [*_nothing("results_published", "results_late"), *_figures(shown), *_figures(late)]


async def _supervision(wanted: Wanted) -> Iterable[Figure]:
    alerts = await wanted.connection.fetch(ALERTS, *wanted.span)
    cases = await wanted.connection.fetch(CASES, *wanted.span)
    return [*_nothing("alerts_found", "cases_opened", "cases_established"), *_figures(alerts), *_figures(cases)]


SOURCES: Final[tuple[Source, ...]] = (_matters, _complaints, _ratings, _library, _results, _supervision)


async def counted(
    ctx: Context, connection: asyncpg.Connection, government_id: int, period: Period
) -> tuple[Figure, ...]:
    """Return the exact figures of a government in a period, of all its bodies and categories."""
    wanted = Wanted(ctx, connection, government_id, period)
    return completed([one for source in SOURCES for one in await source(wanted)])
