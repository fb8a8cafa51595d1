"""The rule library in the database: every version that ever ran, the shipped ones kept from the first sweep on (003-37).

A rule is changed by adding its next version. Alerts name the version that found them and are never judged anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import asyncpg
from pydantic import ValidationError

from domain.access import Permission, Target, allowed
from domain.supervision.rule_files import load_rules
from domain.supervision.rules import Rule, Threshold
from domain.values import canonical_json, digest, document
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound, NotPermitted
from resolvers.permits import permit

NEWEST: Final = """
SELECT DISTINCT ON (code) id, code, version, state, document::text AS document, digest, shipped, recorded_at, recorded_by,
  (SELECT digest FROM supervision_rule o WHERE o.code = s.code AND o.shipped ORDER BY o.version DESC LIMIT 1) AS origin
FROM supervision_rule s ORDER BY code, version DESC
"""
HISTORY: Final = """
SELECT id, code, version, state, document::text AS document, digest, shipped, recorded_at, recorded_by, digest AS origin
FROM supervision_rule WHERE code = $1 ORDER BY version DESC
"""
ADD: Final = """
INSERT INTO supervision_rule (code, version, state, document, digest, shipped, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id
"""
# 003-43: a finding of a supervision case says in the end whether what a rule found was so.
FOUND: Final = """
SELECT a.rule_code, count(*)::int AS found, (count(*) FILTER (WHERE a.state = 'open'))::int AS open,
  (count(*) FILTER (WHERE a.lift_ground = 'unfounded' OR c.result = 'unfounded'))::int AS unfounded,
  (count(*) FILTER (WHERE a.lift_ground <> '' OR c.result <> ''))::int AS judged
FROM alert a LEFT JOIN LATERAL (SELECT coalesce(m.state -> 'outcome' ->> 'result', '') AS result FROM matter m
  WHERE m.id = a.case_id) c ON true GROUP BY 1
"""
TRIED: Final = "SELECT EXISTS (SELECT FROM supervision_backtest WHERE rule_code = $1 AND content = $2)"
RUNNING: Final = ("active", "on_trial")


class RuleNotReady(Conflict):
    """A rule of the supervisors' own is switched on once it was tried, and by somebody who did not write it."""

    code = "RULE_NOT_READY"


class RuleMoved(Conflict):
    """Somebody else has changed the rule meanwhile."""

    code = "RULE_MOVED"


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A version of a rule as it is kept."""

    id: int
    version: int
    rule: Rule
    digest: bytes
    shipped: bool
    recorded_at: datetime
    recorded_by: str
    origin: bytes | None = None


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A rule with what it has found: how many alerts, how many are open, of how many supervisors have judged, how many unfounded."""

    kept: KeptRule
    found: int = 0
    open: int = 0
    unfounded: int = 0
    judged: int = 0

    @property
    def precision(self) -> Decimal | None:
        """The share of findings that were not lifted as unfounded, in percent; None where nothing was found."""
        return round(Decimal(100 * (self.found - self.unfounded)) / self.found, 1) if self.found else None

    @property
    def upheld(self) -> Decimal | None:
        """The share of what supervisors have judged that was so, in percent; None where nothing was judged yet."""
        return round(Decimal(100 * (self.judged - self.unfounded)) / self.judged, 1) if self.judged else None


@lru_cache(maxsize=500)
def _read(text: str) -> Rule:
    """Return the rule that a text is: every act asks for all of them, and a version never changes."""
    return Rule.model_validate(json.loads(text))


def _kept(row: asyncpg.Record) -> KeptRule:
    rule = _read(row["document"])
    return KeptRule(
        row["id"],
        row["version"],
        rule,
        row["digest"],
        row["shipped"],
        row["recorded_at"],
        row["recorded_by"],
        row["origin"],
    )


async def newest(connection: asyncpg.Connection | asyncpg.Pool) -> tuple[KeptRule, ...]:
    """Return the newest version of every rule, by code."""
    return tuple(_kept(row) for row in await connection.fetch(NEWEST))


async def keep_shipped(ctx: Context) -> tuple[KeptRule, ...]:
    """Keep the shipped rules that are new in this release, and return the newest version of every rule.

    What a supervisor has changed stays as it was changed, until the shipped rule itself is another.
    """
    known = {one.rule.code: one for one in await newest(ctx.db.reads)}
    fresh = [one for one in load_rules().rules if _is_news(known.get(one.code), one)]
    if not fresh:
        return tuple(known.values())
    async with unit_of_work(ctx, unrecorded="rules that another worker has kept meanwhile") as uow:
        for rule in fresh:
            before = known.get(rule.code)
            await add(uow, rule, before.version + 1 if before else 1, shipped=True)
        return await newest(await uow.raw())


async def halt(uow: UnitOfWork, kept: KeptRule, reason: str) -> None:
    """Make a rule that was cut off a draft again, with the reason; nothing where somebody has changed it meanwhile."""
    halted = kept.rule.model_copy(update={"state": "draft", "note": reason[:300]})
    await add(uow, halted, kept.version + 1, shipped=False)


def _is_news(before: KeptRule | None, rule: Rule) -> bool:
    return before is None or before.origin != digest(rule)


async def add(uow: UnitOfWork, rule: Rule, version: int, *, shipped: bool) -> int | None:
    """Record a version of a rule with its event, and return its id; None where the version is there already."""
    ctx, text = uow.ctx, canonical_json(document(rule) | {"state": rule.state}).decode()
    values = (rule.code, version, rule.state, text, digest(rule), shipped, ctx.now, ctx.actor.name)
    made: int | None = await (await uow.raw()).fetchval(ADD, *values)
    if made is not None:
        told = {"version": version, "state": rule.state, "digest": digest(rule).hex(), "shipped": shipped}
        await record.append(uow, f"supervision_rule:{rule.code}", "supervision_rule.changed", told)
    return made


async def rules(ctx: Context) -> tuple[RuleFigures, ...]:
    """Return the newest version of every rule with what it has found. Raises ``NotSignedIn`` or ``NotPermitted``.

    What is a draft or on trial is for those alone who supervise: nobody else is to know what will be looked for.
    """
    permit(ctx, Permission.SUPERVISION_RULE_READ)
    found = {row["rule_code"]: row for row in await ctx.db.reads.fetch(FOUND)}
    return tuple(_figures(one, found.get(one.rule.code)) for one in await newest(ctx.db.reads) if _shown(ctx, one.rule))


def _shown(ctx: Context, rule: Rule) -> bool:
    return (
        rule.state in ("active", "retired")
        or not rule.expression
        or allowed(ctx.actor, Permission.SUPERVISION_RULE_SET)
    )


async def rules_seen(ctx: Context) -> tuple[RuleFigures, ...]:
    """Return what :func:`rules` returns to those who may read it, and nothing to all others, as lists do."""
    return await rules(ctx) if allowed(ctx.actor, Permission.SUPERVISION_RULE_READ) else ()


def _figures(kept: KeptRule, row: asyncpg.Record | None) -> RuleFigures:
    return (
        RuleFigures(kept)
        if row is None
        else RuleFigures(kept, row["found"], row["open"], row["unfounded"], row["judged"])
    )


async def rule(ctx: Context, code: str) -> tuple[KeptRule, ...]:
    """Return all versions of a rule, the newest first. Raises ``NotFound``."""
    permit(ctx, Permission.SUPERVISION_RULE_READ)
    found = tuple(_kept(row) for row in await ctx.db.reads.fetch(HISTORY, code))
    if not found or not _shown(ctx, found[0].rule):
        raise NotFound("监察规则")
    return tuple(one for one in found if _shown(ctx, one.rule))


async def set_rule(ctx: Context, code: str, seen: int, changes: Mapping[str, Any]) -> int:
    """Record the next version of a rule with another state or other thresholds; returns its number.

    ``seen`` is the version that was looked at. The same changes again change nothing. Raises ``NotFound``,
    ``RuleMoved`` where somebody else was faster, and ``InvalidInput``.
    """
    permit(ctx, Permission.SUPERVISION_RULE_SET)
    _readable(changes)
    current = (await rule(ctx, code))[0]
    must_own(ctx, current.rule)
    wanted = changed(current.rule, changes)
    if digest(wanted) == current.digest and wanted.state == current.rule.state:
        return current.version
    if seen != current.version:
        raise RuleMoved("这条规则已被他人修改。", "请刷新后核对新的内容。")
    await _must_be_ready(ctx, wanted)
    async with unit_of_work(ctx) as uow:
        if await add(uow, wanted, current.version + 1, shipped=False) is None:
            raise RuleMoved("这条规则已被他人修改。", "请刷新后核对新的内容。")
    return current.version + 1


# 003-37: one person writes what others are watched by, another one answers for switching it on, and both have seen what it
# would have found.
async def _must_be_ready(ctx: Context, wanted: Rule) -> None:
    if not wanted.expression or wanted.state not in RUNNING:
        return
    if not await ctx.db.reads.fetchval(TRIED, wanted.code, wanted.content):
        raise RuleNotReady("这条规则的现有内容还没有试算。", "请先用上一季度的办件试算，看过结果再启用。")
    if wanted.state == "active" and wanted.author == str(ctx.actor.account_id or ""):
        raise RuleNotReady("规则由起草人以外的监察人员启用。", "请由另一名监察人员核对后启用。")


def must_own(ctx: Context, rule: Rule) -> None:
    """Refuse whoever supervises another government than that for which a rule was written."""
    government = rule.scope.government
    if government and not allowed(ctx.actor, Permission.ALERT_LIFT, Target(government)):
        raise NotPermitted("这条规则由其他地区的监察机构管理。", "请联系该机构。")


def _readable(changes: Mapping[str, Any]) -> None:
    """Refuse thresholds that are none, whatever the rule is."""
    for one in changes.get("grades", ()):
        try:
            Threshold.model_validate(one)
        except ValidationError as error:
            raise _wrong("grades") from error


def _wrong(place: str) -> InvalidInput:
    words = "规则的内容有误：级别越高，阈值应当越大，阈值是不小于零的数。"
    return InvalidInput(words, "请改正后重试。", (FieldProblem(place, "WRONG_RULE", words, "请改正后重试。"),))


def changed(before: Rule, changes: Mapping[str, Any]) -> Rule:
    """Return a rule with changes; raises ``InvalidInput`` with the field that is wrong."""
    try:
        return Rule.model_validate(before.model_dump() | dict(changes))
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0]) if first["loc"] else ""
        raise _wrong(place) from error
