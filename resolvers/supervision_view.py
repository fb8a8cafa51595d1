"""Reading the view of a matter that expressions see, and judging matters by rules of the supervisors' own (003-37).

Only what an expression names is read, and matters that are alike in it are judged once: the database writes these values as
the text that the evaluating process reads, beside the matters that have them. What cannot be computed is nothing found, and
is told beside.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

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
    # Two decimals always: without one it would be a whole number, and another type.
    "fee_deviation": "coalesce(w.fee_deviation, 0)::numeric(12, 2)",
    "tier_deviations": "w.tier_deviations",
}
# One part of the matters as one rule sees them; the $4th, $5th and $6th are the scopes of the rules by their places.
SEEN: Final = """
SELECT {place} AS place, json_build_array({columns})::text AS seen, array_agg(w.matter_id) AS matters FROM watched_matter w
WHERE {which} AND $2::date IS NOT NULL AND ($3::date IS NULL OR w.closed_on IS NULL OR w.closed_on >= $3::date)
  AND (($4::text[])[{place}] = '' OR strpos(($4::text[])[{place}], '|' || w.kind || '|') > 0)
  AND (($5::text[])[{place}] = '' OR strpos(($5::text[])[{place}], '|' || w.category || '|') > 0)
  AND ($6::bigint[])[{place}] IN (0, w.government_id)
GROUP BY 2
"""
AMONG: Final = "w.matter_id = ANY($1::bigint[])"
BETWEEN: Final = "w.matter_id > ($1::bigint[])[1] AND w.matter_id <= ($1::bigint[])[2]"
LAST: Final = "SELECT coalesce(max(matter_id), 0) FROM watched_matter"
PART: Final = 20_000
"""Matters in one statement."""

RULES_AT_ONCE: Final = 10
MOST_FAULTS: Final = 20


@dataclass(slots=True)
class Judged:
    """What expressions say: findings as three columns, how many times a rule judged a matter, what could not be computed and why."""

    codes: list[str] = field(default_factory=list)
    matters: list[int] = field(default_factory=list)
    measures: list[Decimal] = field(default_factory=list)
    looked: int = 0
    faults: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    cut_off: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Judged") -> None:
        """Take in what was said of further matters."""
        self.codes += other.codes
        self.matters += other.matters
        self.measures += other.measures
        self.take_troubles(other)

    def take_troubles(self, other: "Judged") -> None:
        """Take in how far it went and what went wrong with further matters, without what was found."""
        self.looked += other.looked
        self.cut_off |= other.cut_off
        for code, faults in other.faults.items():
            known = self.faults.setdefault(code, [])
            known += faults[: MOST_FAULTS - len(known)]


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
    made = Judged()
    async with aclosing(judged(connection, evaluator, rules, wanted)) as parts:
        async for part in parts:
            made.add(part)
    return made


async def judged(
    connection: asyncpg.Connection | asyncpg.Pool, evaluator: Evaluator, rules: Sequence[Rule], wanted: Wanted
) -> AsyncGenerator[Judged, None]:
    """Judge matters as :func:`judge` does, part by part: what is found of a part need not wait in memory for the others."""
    for first in range(0, len(rules), RULES_AT_ONCE):
        asked = rules[first : first + RULES_AT_ONCE]
        cut_off: set[str] = set()
        async with aclosing(_read(connection, asked, wanted)) as parts:
            async for rows in parts:
                made = Judged()
                for place, rule in enumerate(asked, 1):
                    if rule.code not in cut_off:
                        await _judge_by(evaluator, rule, [row for row in rows if row["place"] == place], made)
                yield made
                cut_off |= made.cut_off.keys()
                if len(cut_off) == len(asked):
                    break


async def _read(
    connection: asyncpg.Connection | asyncpg.Pool, rules: Sequence[Rule], wanted: Wanted
) -> AsyncGenerator[list[asyncpg.Record], None]:
    """Read the matters part by part; while one part is judged, the next one is read."""
    which = BETWEEN if wanted.only is None else AMONG
    sql = " UNION ALL ".join(_seen(place, rule, which) for place, rule in enumerate(rules, 1))
    kinds = [listed(one.scope.kinds) for one in rules]
    categories = [listed(one.scope.categories) for one in rules]
    scopes = (kinds, categories, [one.scope.government for one in rules])
    ahead: asyncio.Task[list[asyncpg.Record]] | None = None
    try:
        for part in await _parts(connection, wanted):
            rows = await ahead if ahead else None
            ahead = asyncio.ensure_future(connection.fetch(sql, part, wanted.today, wanted.since, *scopes))
            if rows is not None:
                yield rows
        if ahead is not None:
            yield await ahead
    finally:
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)


async def _parts(connection: asyncpg.Connection | asyncpg.Pool, wanted: Wanted) -> list[list[int]]:
    """Return what is asked for statement by statement: some matters each, or the bounds of their numbers."""
    if wanted.only is not None:
        return [list(wanted.only[first : first + PART]) for first in range(0, len(wanted.only), PART)]
    last: int = await connection.fetchval(LAST)
    return [[first, first + PART] for first in range(0, last, PART)]


def _seen(place: int, rule: Rule, which: str) -> str:
    columns = ", ".join(VIEWED[name] for name in used(rule.expression))
    return SEEN.format(place=place, columns=columns, which=which)


def listed(codes: Sequence[str]) -> str:
    """Return codes as a text in which a statement finds one of them between bars; empty where there is no restriction."""
    return f"|{'|'.join(codes)}|" if codes else ""


async def _judge_by(evaluator: Evaluator, rule: Rule, rows: Sequence[asyncpg.Record], made: Judged) -> None:
    own = used(rule.expression)
    for first in range(0, len(rows), AT_ONCE):
        part = rows[first : first + AT_ONCE]
        try:
            answer = await evaluator.ask_written(rule.expression, own, [row["seen"] for row in part])
        except CutOff as error:
            made.cut_off[rule.code] = str(error)
            return
        if answer.refused:
            made.cut_off[rule.code] = answer.refused
            return
        found = made.faults.setdefault(rule.code, [])
        for one in answer.faults:
            found += [(matter, one.reason) for matter in part[one.place]["matters"][: MOST_FAULTS - len(found)]]
        for row, value in zip(part, answer.values, strict=True):
            made.looked += len(row["matters"])
            if value and value == value:  # noqa: PLR0124 -- the one number that is not itself
                matters = row["matters"]
                made.codes += [rule.code] * len(matters)
                made.matters += matters
                made.measures += [_measure(value)] * len(matters)


LARGEST: Final = 9_999_999_999


def _measure(value: float) -> Decimal:
    """Return a value as a measure: yes is one, and what is too large for a measure is the largest there is."""
    return round(Decimal(str(max(0.0, min(float(value), LARGEST)))), 2)
