"""Finding what rules find, and writing it: alerts open and rise, each once however often it is found (S3).

One statement grades what the conditions tell and leaves out what is known already. Two that find the same at once write it
once: the second finds it there. Nothing here looks at an alert's past, so a rule that changes judges nothing anew.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import asyncpg

from domain.supervision.rule_files import load_rules
from domain.supervision.rules import RANKS
from domain.values import canonical_json
from resolvers import record
from resolvers.calendar import load_calendar
from resolvers.context import Context, UnitOfWork
from resolvers.record import Numbered, Streamed
from resolvers.supervision_conditions import OF_MATTERS, ROW, bounds, statements
from resolvers.supervision_rules import RUNNING, KeptRule
from resolvers.supervision_view import Judged, listed

MOST: Final = 500
DAYS_BACK: Final = 400
"""How far back working days are counted; whoever is later than that is late enough."""

# The OFFSET keeps a statement of the conditions apart: it is asked once, not once for each grade.
FIND: Final = """
WITH given AS (SELECT $1::bigint[], $2::date, $3::date[], $4::timestamptz, $5::int[]),
graded AS (
  SELECT DISTINCT ON (r.rule_id, f.subject_key, f.occasion) f.*, r.rule_id, r.code, r.subject, r.rank
  FROM ({found} OFFSET 0) AS f ({row})
  JOIN unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::int[], $11::numeric[], $12::text[], $13::text[],
      $16::bigint[]) AS r (condition, code, rule_id, subject, rank, least, kinds, categories, government)
    ON r.condition = f.condition AND f.measure >= r.least AND (r.kinds = '' OR strpos(r.kinds, '|' || f.kind || '|') > 0)
    AND (r.categories = '' OR strpos(r.categories, '|' || f.category || '|') > 0) AND r.government IN (0, f.government_id)
  ORDER BY r.rule_id, f.subject_key, f.occasion, r.rank DESC)
SELECT g.*, a.id AS alert_id, a.rank AS known FROM graded g LEFT JOIN alert a
  ON a.rule_code = g.code AND a.subject = g.subject AND a.subject_key = g.subject_key AND a.occasion = g.occasion
WHERE $15 OR a.id IS NULL OR a.rank < g.rank ORDER BY g.rank DESC, g.code, g.subject_key, g.occasion LIMIT $14
"""
# What expressions said of matters, as if it were a condition with the name of its rule.
EXPRESSED: Final = """
SELECT e.code, w.matter_id::text, w.matter_id, w.item_code, w.undertaker, w.government_id, w.kind, w.category, e.measure, '', ''
FROM unnest($17::text[], $18::bigint[], $19::numeric[]) AS e (code, matter_id, measure)
JOIN watched_matter w ON w.matter_id = e.matter_id
"""
# Whose step it was: the one that the alert is about, or else the last stay that had begun when it opened; the post is that
# which the procedure gives the step to; the people are whom it was assigned to, or else whoever had acted in it by then. All
# of it is kept, since a step may be assigned to somebody else afterwards; the analysis counts steps and posts.
HAD: Final = """
LEFT JOIN LATERAL (SELECT s.step, s.people, (SELECT d.d ->> 'post' FROM procedure_version p, jsonb_array_elements(p.document -> 'steps') d(d)
    WHERE p.id = s.procedure_id AND d.d ->> 'key' = s.step LIMIT 1) AS post
  FROM (SELECT v.d ->> 'step' AS step, m.procedure_id, CASE WHEN v.d ->> 'assignee' <> '' THEN ARRAY[v.d ->> 'assignee']
      ELSE ARRAY(SELECT jsonb_array_elements_text(coalesce(v.d -> 'doers', '[]'))) END AS people FROM matter m CROSS JOIN LATERAL jsonb_array_elements(m.state -> 'visits') v(d)
    WHERE m.id = {matter} AND (v.d ->> 'entered')::timestamptz <= {opened}
    ORDER BY v.d ->> 'step' = {occasion} DESC, (v.d ->> 'number')::int DESC LIMIT 1) s) had ON true
"""
OPEN: Final = f"""
INSERT INTO alert (rule_code, rule_id, kind, grade, rank, subject, subject_key, occasion, matter_id, item_code, body_code,
  government_id, measure, detail, message, trial, opened_at, changed_at, step, post, people)
SELECT n.rule_code, n.rule_id, n.kind, n.grade, n.rank, n.subject, n.subject_key, n.occasion, n.matter_id, n.item_code,
  n.body_code, n.government_id, n.measure, n.detail, n.message, n.trial, $2, $2, coalesce(had.step, ''), coalesce(had.post, ''),
  coalesce(had.people, '{{}}')
FROM jsonb_to_recordset($1::text::jsonb) AS n (rule_code text, rule_id bigint, kind text, grade text, rank smallint,
  subject text, subject_key text, occasion text, matter_id bigint, item_code text, body_code text, government_id bigint,
  measure numeric, detail text, message text, trial boolean)
{HAD.format(matter="n.matter_id", occasion="n.occasion", opened="$2")}
ON CONFLICT DO NOTHING RETURNING id, seq, rule_code, subject_key, occasion
"""
RISE: Final = """
UPDATE alert a SET rule_id = n.rule_id, grade = n.grade, rank = n.rank, measure = n.measure, detail = n.detail,
  message = n.message, seq = a.seq + 1, changed_at = $2, state = 'open', lifted_at = NULL, lifted_by = '',
  lift_ground = '', lift_reason = ''
FROM jsonb_to_recordset($1::text::jsonb) AS n (alert_id bigint, rule_id bigint, grade text, rank smallint,
  measure numeric, detail text, message text)
WHERE a.id = n.alert_id AND a.rank < n.rank RETURNING a.id, a.seq, a.rule_code, a.subject_key, a.occasion
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule finds: the thing, the measure, the grade, and the alert that is there already."""

    kept: KeptRule
    grade: str
    subject_key: str
    occasion: str
    matter_id: int | None
    item_code: str
    body_code: str
    government_id: int
    measure: Decimal
    detail: str
    alert_id: int | None

    @property
    def message(self) -> str:
        """What the alert says."""
        return self.kept.rule.worded(self.detail, self.measure)

    def row(self) -> dict[str, Any]:
        """Return the columns of the alert as plain data."""
        rule = self.kept.rule
        return {
            "rule_code": rule.code,
            "rule_id": self.kept.id,
            "kind": rule.kind,
            "grade": self.grade,
            "rank": RANKS[self.grade],
            "subject": rule.asks.subject,
            "subject_key": self.subject_key,
            "occasion": self.occasion,
            "matter_id": self.matter_id,
            "item_code": self.item_code,
            "body_code": self.body_code,
            "government_id": self.government_id,
            "measure": str(self.measure),
            "detail": self.detail,
            "message": self.message,
            "trial": rule.state == "on_trial",
            "alert_id": self.alert_id,
        }


@dataclass(frozen=True, slots=True)
class Asking:
    """How it is asked.

    ``only`` these matters, or all; with the working ``days``; so many at the ``most``; also what is ``known`` as an alert
    already; and with what expressions ``told``.
    """

    only: Sequence[int] | None = None
    days: Sequence[date] = ()
    most: int | None = None
    known: bool = False
    told: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A statement that grades what was found, and its values."""

    sql: str
    values: Sequence[Any]


async def find(
    ctx: Context,
    connection: asyncpg.Connection | asyncpg.Pool,
    rules: Sequence[KeptRule],
    only: Sequence[int] | None = None,
    *,
    most: int = MOST,
    known: bool = False,
) -> tuple[Finding, ...]:
    """Return what the rules find that is no alert yet, or a higher grade than it has; the gravest first.

    ``only``: for these matters, by what they tell alone. ``known``: also what is an alert already (for trying a rule).
    Rules with an expression are none of this: :func:`express` finds what they find.
    """
    asked = [one for one in rules if not one.rule.expression and (only is None or one.rule.condition in OF_MATTERS)]
    if not asked:
        return ()
    found = statements(dict.fromkeys(one.rule.condition for one in asked), narrowed=only is not None)
    # What a matter tells alone asks for no days: at each act the calendar is left where it is.
    days = await working_days(ctx) if only is None else ()
    what = question(ctx, asked, found, Asking(only, days, most, known))
    return read_rows(asked, await connection.fetch(what.sql, *what.values))


async def express(
    ctx: Context,
    connection: asyncpg.Connection | asyncpg.Pool,
    rules: Sequence[KeptRule],
    said: Judged,
    *,
    most: int = MOST,
    known: bool = False,
) -> tuple[Finding, ...]:
    """Return what rules with an expression find, by what their expressions said of matters; as :func:`find` does."""
    codes = set(said.codes)
    asked = [one for one in rules if one.rule.code in codes]
    if not asked:
        return ()
    told = (said.codes, said.matters, said.measures)
    what = question(ctx, asked, EXPRESSED, Asking(most=most, known=known, told=told))
    return read_rows(asked, await connection.fetch(what.sql, *what.values))


def question(ctx: Context, asked: Sequence[KeptRule], found: str, how: Asking) -> Question:
    """Return what is asked for what some rules find of what a statement has ``found``."""
    graded = [(one, threshold) for one in asked for threshold in one.rule.grades]
    values = (
        None if how.only is None else list(how.only),
        ctx.today,
        list(how.days),
        ctx.now,
        bounds(load_rules().bounds),
        [one.rule.code if one.rule.expression else one.rule.condition for one, _ in graded],
        [one.rule.code for one, _ in graded],
        [one.id for one, _ in graded],
        [one.rule.asks.subject for one, _ in graded],
        [RANKS[threshold.grade] for _, threshold in graded],
        [threshold.least for _, threshold in graded],
        [listed(one.rule.scope.kinds) for one, _ in graded],
        [listed(one.rule.scope.categories) for one, _ in graded],
        how.most,
        how.known,
        [one.rule.scope.government for one, _ in graded],
        *how.told,
    )
    return Question(FIND.format(found=found, row=ROW), values)


def read_rows(asked: Sequence[KeptRule], rows: Sequence[asyncpg.Record]) -> tuple[Finding, ...]:
    """Return the rows of an answer as findings of the rules that were asked."""
    kept = {one.rule.code: one for one in asked}
    grades = {rank: grade for grade, rank in RANKS.items()}
    return tuple(_finding(row, kept[row["code"]], grades[row["rank"]]) for row in rows)


def _finding(row: asyncpg.Record, kept: KeptRule, grade: str) -> Finding:
    names = ("subject_key", "occasion", "matter_id", "item_code", "body_code", "government_id", "measure", "detail")
    return Finding(kept=kept, grade=grade, alert_id=row["alert_id"], **{name: row[name] for name in names})


async def working_days(ctx: Context) -> list[date]:
    """Return the last working days, up to today."""
    calendar = await load_calendar(ctx)
    return [one.day for one in calendar.days(ctx.today - timedelta(days=DAYS_BACK), ctx.today) if one.working]


def running(rules: Sequence[KeptRule]) -> tuple[KeptRule, ...]:
    """Return the rules that find something: those in force and those on trial."""
    return tuple(one for one in rules if one.rule.state in RUNNING)


async def write(uow: UnitOfWork, findings: Sequence[Finding]) -> tuple[int, int]:
    """Open and raise the alerts of findings, each with its event; returns how many were opened and how many rose."""
    connection, at = await uow.raw(), uow.ctx.now
    fresh = [one for one in findings if one.alert_id is None]
    higher = [one for one in findings if one.alert_id is not None]
    events: list[Streamed] = []
    for kind, sql, found in (("alert.opened", OPEN, fresh), ("alert.risen", RISE, higher)):
        if not found:
            continue
        text = json.dumps([one.row() for one in found], ensure_ascii=False)
        by_key = {(one.kept.rule.code, one.subject_key, one.occasion): one for one in found}
        for row in await connection.fetch(sql, text, at):
            one = by_key[row["rule_code"], row["subject_key"], row["occasion"]]
            event = Numbered(row["seq"], kind, at, canonical_json(_told(one)), None, uow.ctx.actor.name)
            events.append(Streamed(f"alert:{row['id']}", one.body_code, event))
    if events:
        await record.append_many(uow, events)
    opened = sum(one.event.kind == "alert.opened" for one in events)
    return opened, len(events) - opened


def _told(one: Finding) -> dict[str, Any]:
    rule = one.kept.rule
    return {
        "rule": rule.code,
        "version": one.kept.version,
        "clause": rule.clause,
        "grade": one.grade,
        "subject": rule.asks.subject,
        "key": one.subject_key,
        "occasion": one.occasion,
        "measure": str(one.measure),
        "message": one.message,
    }
