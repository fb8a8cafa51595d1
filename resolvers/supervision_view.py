"""Reading the view of a matter that expressions see, and judging matters by rules of the supervisors' own (003-37).

Only what an expression names is read. Matters are judged in parts, by a process of its own; what cannot be computed is
nothing found, and is told beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import asyncpg

from domain.supervision.expressions import used
from domain.supervision.rules import Rule
from resolvers.expressions import AT_ONCE, CutOff, Evaluator

LONG: Final = 200
MANY: Final = 20


def _day(name: str) -> str:
    return f"coalesce(to_char({name}, 'YYYY-MM-DD'), '')"


def _few(name: str) -> str:
    return f"{name}[1:{MANY}]"


# What each name of the view is in `watched_matter` (w); $2 is today. `domain.supervision.view` documents them.
VIEWED: Final[Mapping[str, str]] = {
    "kind": "w.kind",
    "category": "w.category",
    "body": "w.body_code",
    "undertaker": "w.undertaker",
    "item": "w.item_code",
    "ending": "w.ending",
    "opened_on": _day("w.opened_on"),
    "accepted_on": _day("w.accepted_on"),
    "decided_on": _day("w.decided_on"),
    "closed_on": _day("w.closed_on"),
    "days_open": "coalesce(w.closed_on, $2::date) - w.opened_on",
    "days_to_accept": "coalesce(w.accepted_on - w.opened_on, -1)",
    "days_to_decide": "coalesce(w.decided_on - w.accepted_on, -1)",
    "supplements": "w.supplements",
    "supplements_late": "w.supplements_late",
    "returned": "w.returned",
    "suspensions": "w.suspensions",
    "missing_materials": _few("w.missing_materials"),
    "late_limits": _few("w.late_names"),
    "late_steps": _few("w.late_step_names"),
    "worst_limit": "coalesce((SELECT max(x) FROM unnest(w.late_levels) x), -1)",
    "summary_missing": "w.summary_missing",
    "acceptance_notice_missing": "w.acceptance_notice_missing",
    "result_missing": "w.result_missing",
    "process_missing": "w.process_missing",
    "decision_text_missing": "w.decision_text_missing",
    "order_wrong": f"left(w.order_wrong, {LONG})",
    "fee_deviation": "coalesce(w.fee_deviation, 0)::float8",
    "tier_deviations": "w.tier_deviations",
}
ROWS: Final = """
SELECT w.matter_id, w.kind, w.category, w.government_id{columns} FROM watched_matter w WHERE w.matter_id > $1
  AND $2::date IS NOT NULL AND ($3::bigint[] IS NULL OR w.matter_id = ANY($3::bigint[]))
  AND ($4::date IS NULL OR w.closed_on IS NULL OR w.closed_on >= $4::date)
ORDER BY w.matter_id LIMIT $5
"""
OWN: Final = 4
"""How many columns stand before those of the view."""

MOST_FAULTS: Final = 20


@dataclass(slots=True)
class Judged:
    """What expressions say: findings as three columns, how many matters were judged, what could not be computed and why."""

    codes: list[str] = field(default_factory=list)
    matters: list[int] = field(default_factory=list)
    measures: list[Decimal] = field(default_factory=list)
    looked: int = 0
    faults: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    cut_off: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which matters: these alone, or those that did not end before a day; ``today`` is the day they are seen on."""

    today: date
    only: Sequence[int] | None = None
    since: date | None = None


async def judge(
    connection: asyncpg.Connection | asyncpg.Pool, evaluator: Evaluator, rules: Sequence[Rule], wanted: Wanted
) -> Judged:
    """Judge matters by the expressions of some rules. One that is cut off is left out from there on, the others go on."""
    names = tuple(name for name in VIEWED if any(name in used(one.expression) for one in rules))
    sql = ROWS.format(columns="".join(f", {VIEWED[name]}" for name in names))
    made, last = Judged(), 0
    only = None if wanted.only is None else list(wanted.only)
    while len(made.cut_off) < len(rules):
        rows = await connection.fetch(sql, last, wanted.today, only, wanted.since, AT_ONCE)
        for rule in rules:
            if rule.code not in made.cut_off:
                await _judge_by(evaluator, rule, names, [row for row in rows if _concerns(rule, row)], made)
        made.looked += len(rows)
        if len(rows) < AT_ONCE:
            break
        last = rows[-1]["matter_id"]
    return made


def _concerns(rule: Rule, row: asyncpg.Record) -> bool:
    scope = rule.scope
    return (
        (not scope.kinds or row["kind"] in scope.kinds)
        and (not scope.categories or row["category"] in scope.categories)
        and scope.government in (0, row["government_id"])
    )


async def _judge_by(
    evaluator: Evaluator, rule: Rule, names: Sequence[str], rows: Sequence[asyncpg.Record], made: Judged
) -> None:
    own = used(rule.expression)
    places = [OWN + names.index(name) for name in own]
    values = [[_plain(row[place]) for place in places] for row in rows]
    if not values:
        return
    try:
        answer = await evaluator.ask(rule.expression, own, values)
    except CutOff as error:
        made.cut_off[rule.code] = str(error)
        return
    if answer.refused:
        made.cut_off[rule.code] = answer.refused
        return
    found = made.faults.setdefault(rule.code, [])
    found += [(rows[one.place]["matter_id"], one.reason) for one in answer.faults[: MOST_FAULTS - len(found)]]
    for row, value in zip(rows, answer.values, strict=True):
        if value and value == value:  # noqa: PLR0124 -- the one number that is not itself
            made.codes.append(rule.code)
            made.matters.append(row["matter_id"])
            made.measures.append(_measure(value))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


LARGEST: Final = 9_999_999_999


def _measure(value: float) -> Decimal:
    """Return a value as a measure: yes is one, and what is too large for a measure is the largest there is."""
    return round(Decimal(str(max(0.0, min(float(value), LARGEST)))), 2)
