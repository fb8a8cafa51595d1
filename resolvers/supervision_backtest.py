"""Trying a rule on what has happened before it is switched on: what it would have found in the last quarter, and of whom.

A trial writes no alert. It is kept with the digest of what was tried, and only what was tried is switched on (003-37).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg

from domain.access import Permission
from domain.values import canonical_json
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.errors import NotFound
from resolvers.expressions import Evaluator
from resolvers.permits import permit
from resolvers.supervision_alerts import bureau_of
from resolvers.supervision_conditions import OF_MATTERS
from resolvers.supervision_finding import Finding, express, find
from resolvers.supervision_rules import KeptRule, changed, must_own, newest
from resolvers.supervision_view import Judged, Wanted, judge

DAYS: Final = 92
SAMPLE: Final = 20
MOST: Final = 20_000
AGAIN_MINUTES: Final = 5
"""A form that is sent again within so many minutes gets the trial that was made."""

SAME: Final = """
SELECT max(id) FROM supervision_backtest WHERE rule_code = $1 AND content = $2 AND government_id = $3 AND tried_at > $4
  AND tried_by = $5
"""
LIVE: Final = """
SELECT count(*) AS looked, coalesce(array_agg(matter_id) FILTER (WHERE matter_id = ANY($4::bigint[])), '{}') AS found
FROM watched_matter WHERE (closed_on IS NULL OR closed_on >= $1) AND ($2::bigint = 0 OR government_id = $2)
  AND (cardinality($3::text[]) = 0 OR kind = ANY($3::text[]))
"""
# What came of the same matters since: whether supervisors found something to be so, or lifted what was found as unfounded.
LATER: Final = """
SELECT count(DISTINCT a.matter_id) FILTER (WHERE a.lift_ground IN ('corrected', 'handled')
    OR c.state -> 'outcome' ->> 'result' IN ('established', 'partly')) AS upheld,
  count(DISTINCT a.matter_id) FILTER (WHERE a.lift_ground = 'unfounded'
    OR c.state -> 'outcome' ->> 'result' = 'unfounded') AS unfounded
FROM alert a LEFT JOIN matter c ON c.id = a.case_id WHERE a.matter_id = ANY($1::bigint[])
"""
ADD: Final = """
INSERT INTO supervision_backtest (rule_code, content, government_id, first_day, last_day, document, tried_at, tried_by)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8) RETURNING id
"""
COLUMNS: Final = (
    "id, rule_code, content, government_id, first_day, last_day, document::text AS document, tried_at, tried_by"
)
READ: Final = f"SELECT {COLUMNS} FROM supervision_backtest WHERE id = $1"
OF_RULE: Final = f"""
SELECT {COLUMNS} FROM supervision_backtest WHERE rule_code = $1 AND government_id = $2 ORDER BY id DESC LIMIT 10
"""
NUMBERS: Final = "SELECT id, number FROM matter WHERE id = ANY($1::bigint[])"
NAMES: Final = "SELECT code, name FROM body WHERE code = ANY($1::text[])"


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing that would have been found."""

    about: str
    matter_id: int | None
    body: str
    grade: str
    message: str


@dataclass(frozen=True, slots=True)
class BodyCount:
    """How much of it is of one body."""

    code: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """A trial: over which days, how many matters, what would have been found, of whom, and what is known of it since."""

    id: int
    rule_code: str
    content: bytes
    first_day: date
    last_day: date
    tried_at: datetime
    tried_by: str
    looked: int
    found: int
    grades: dict[str, int]
    bodies: tuple[BodyCount, ...]
    samples: tuple[Sample, ...]
    upheld: int
    unfounded: int
    faults: tuple[str, ...]
    cut_off: str


async def backtest(ctx: Context, code: str, changes: Mapping[str, Any] | None = None) -> int:
    """Try the newest version of a rule on the last quarter, or that with ``changes``; returns the number of the trial.

    It looks at the matters of the actor's own government. Raises ``NotFound``, ``NotPermitted`` and ``NotSignedIn``.
    """
    permit(ctx, Permission.SUPERVISION_RULE_SET)
    kept = next((one for one in await newest(ctx.db.reads) if one.rule.code == code), None)
    if kept is None:
        raise NotFound("监察规则")
    must_own(ctx, kept.rule)
    kept = replace(kept, rule=changed(kept.rule, changes or {}))
    government = bureau_of(ctx)[0]
    first = ctx.today - timedelta(days=DAYS)
    before = ctx.now - timedelta(minutes=AGAIN_MINUTES)
    same: int | None = await ctx.db.reads.fetchval(SAME, code, kept.rule.content, government, before, ctx.actor.name)
    if same is not None:
        return same
    told = await _tried(ctx, _within(kept, government), government, first)
    values = (code, kept.rule.content, government, first, ctx.today, canonical_json(told).decode())
    async with unit_of_work(ctx) as uow:
        made: int = await (await uow.raw()).fetchval(ADD, *values, ctx.now, ctx.actor.name)
        event = {"backtest": made, "content": kept.rule.content.hex(), "found": told["found"]}
        await record.append(uow, f"supervision_rule:{code}", "supervision_rule.tried", event)
    return made


def _within(kept: KeptRule, government: int) -> KeptRule:
    scope = kept.rule.scope.model_copy(update={"government": government})
    return replace(kept, rule=kept.rule.model_copy(update={"scope": scope}))


async def _tried(ctx: Context, kept: KeptRule, government: int, first: date) -> dict[str, Any]:
    said, connection, rule = Judged(), ctx.db.reads, kept.rule
    if rule.expression:
        own = Evaluator()
        try:
            said = await judge(connection, own, [rule], Wanted(ctx.today, since=first))
        finally:
            own.close()
        findings = await express(ctx, connection, [kept], said, most=MOST, known=True)
    else:
        findings = await find(ctx, connection, [kept], most=MOST, known=True)
    ids = [one.matter_id for one in findings if one.matter_id is not None]
    (live,) = await connection.fetch(LIVE, first, government, list(rule.scope.kinds), ids)
    if rule.expression or rule.condition in OF_MATTERS:
        within = set(live["found"])
        findings = tuple(one for one in findings if one.matter_id in within)
    (later,) = await connection.fetch(LATER, [one.matter_id for one in findings if one.matter_id])
    return {
        "looked": live["looked"],
        "found": len(findings),
        "grades": dict(Counter(one.grade for one in findings)),
        "bodies": await _bodies(connection, findings),
        "samples": await _samples(connection, findings),
        "upheld": later["upheld"],
        "unfounded": later["unfounded"],
        "faults": list(dict.fromkeys(reason for _, reason in said.faults.get(rule.code, ())))[:5],
        "cut_off": said.cut_off.get(rule.code, ""),
    }


async def _bodies(connection: asyncpg.Pool, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    counted = Counter(one.body_code for one in findings)
    names = {row["code"]: row["name"] for row in await connection.fetch(NAMES, list(counted))}
    return [{"code": code, "name": names.get(code, code), "count": count} for code, count in counted.most_common(50)]


async def _samples(connection: asyncpg.Pool, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return some of what was found, from the whole length of the list rather than from its head."""
    step = max(1, len(findings) // SAMPLE)
    chosen = findings[::step][:SAMPLE]
    rows = await connection.fetch(NUMBERS, [one.matter_id for one in chosen if one.matter_id])
    numbers = {row["id"]: row["number"] for row in rows}
    return [
        {
            "about": numbers.get(one.matter_id, one.subject_key),
            "matter_id": one.matter_id,
            "body": one.body_code,
            "grade": one.grade,
            "message": one.message,
        }
        for one in chosen
    ]


def _read(row: asyncpg.Record) -> Backtest:
    told = json.loads(row["document"])
    told["bodies"] = tuple(BodyCount(**one) for one in told["bodies"])
    told["samples"] = tuple(Sample(**one) for one in told["samples"])
    told["faults"] = tuple(told["faults"])
    known = ("id", "rule_code", "content", "first_day", "last_day", "tried_at", "tried_by")
    return Backtest(**{name: row[name] for name in known}, **told)


async def read_backtest(ctx: Context, code: str, number: int) -> Backtest:
    """Return a trial of a rule. Raises ``NotFound``, also for one of another government."""
    permit(ctx, Permission.SUPERVISION_RULE_SET)
    row = await ctx.db.reads.fetchrow(READ, number)
    if row is None or row["rule_code"] != code or row["government_id"] != bureau_of(ctx)[0]:
        raise NotFound("试算")
    return _read(row)


async def backtests(ctx: Context, code: str) -> tuple[Backtest, ...]:
    """Return the latest trials of a rule over the actor's own government; none for those who may not try rules."""
    government = bureau_of(ctx)[0]
    if not government:
        return ()
    return tuple(_read(row) for row in await ctx.db.reads.fetch(OF_RULE, code, government))
