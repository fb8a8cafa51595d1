"""Rules of the supervisors' own (003-37): written, checked, kept as a draft, tried, and switched on by somebody else.

What is written is a further version; a change of what a rule finds makes it a draft again. It looks at the matters of the
government whose bureau wrote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError

from domain.access import Permission
from domain.supervision.conditions import EXPRESSED
from domain.supervision.rules import Rule
from resolvers import expressions
from resolvers.context import Context, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.supervision_alerts import bureau_of
from resolvers.supervision_rules import KeptRule, RuleMoved, add, must_own, newest

LETTER: Final = "Z"
NEXT: Final = f"""
SELECT coalesce(max(substring(code from '^{LETTER}([0-9]{{2,4}})$')::int), 0) + 1 FROM supervision_rule
"""
LAST_CODE: Final = 9999
FIELDS: Final[Mapping[str, str]] = {
    "name": "没有写名称，或者超过一百字。",
    "clause": "没有写依据的条款。",
    "kind": "没有选择类别。",
    "message": "没有写提示内容，或者超过三百字；大括号里只能写 measure。",
    "grades": "至少写一级的阈值；级别越高，阈值应当越大，阈值是不小于零的数。",
    "scope": "适用范围有误。",
}


@dataclass(frozen=True, slots=True)
class RuleText:
    """What somebody writes: a rule without its code and its state. ``grades`` are as in a rule, thresholds as text."""

    name: str
    clause: str
    kind: str
    expression: str
    message: str
    grades: tuple[Mapping[str, Any], ...]
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def may_write(ctx: Context) -> bool:
    """Say whether the actor may write rules."""
    return bureau_of(ctx)[0] != 0


async def check_rule(ctx: Context, text: RuleText) -> Rule:
    """Return the rule that a text makes, as a draft without a code. Raises ``InvalidInput`` with everything that is wrong."""
    permit(ctx, Permission.SUPERVISION_RULE_SET)
    found = [FieldProblem("expression", "EXPRESSION", one, "请改正表达式。") for one in await _wrong(text.expression)]
    rule, problems = _built(ctx, text)
    found += problems
    if found or rule is None:
        raise InvalidInput(found[0].message, found[0].remedy, tuple(found))
    return rule


async def _wrong(expression: str) -> tuple[str, ...]:
    return await expressions.check(expression)


def _built(ctx: Context, text: RuleText) -> tuple[Rule | None, list[FieldProblem]]:
    fields = {
        "code": f"{LETTER}00",
        "name": text.name,
        "clause": text.clause,
        "kind": text.kind,
        "condition": EXPRESSED.name,
        "expression": text.expression.strip() or "false",
        "message": text.message,
        "grades": [dict(one) for one in text.grades],
        "scope": {"kinds": text.kinds, "categories": text.categories, "government": bureau_of(ctx)[0]},
        "state": "draft",
        "author": str(ctx.actor.account_id or ""),
    }
    try:
        return Rule.model_validate(fields), []
    except ValidationError as error:
        places = [str(one["loc"][0]) if one["loc"] else _place(one["msg"]) for one in error.errors()]
        return None, [
            FieldProblem(one, "WRONG_RULE", FIELDS.get(one, "规则的内容有误。"), "请改正后重试。")
            for one in dict.fromkeys(places)
        ]


def _place(words: str) -> str:
    return next((one for one in ("message", "grades") if one in words), "grades")


async def write_rule(ctx: Context, text: RuleText, code: str = "", seen: int = 0) -> str:
    """Keep a rule as a draft, a new one or the next version of one's own; returns its code. The same again changes nothing.

    Raises ``InvalidInput``, ``NotPermitted``, ``NotFound`` and ``RuleMoved``.
    """
    rule = await check_rule(ctx, text)
    return await (_change(ctx, rule, code, seen) if code else _create(ctx, rule))


async def _change(ctx: Context, rule: Rule, code: str, seen: int) -> str:
    current = await _own(ctx, code)
    wanted = rule.model_copy(update={"code": code})
    if (wanted.content, wanted.author) == (current.rule.content, current.rule.author):
        return code
    if seen != current.version:
        raise RuleMoved("这条规则已被他人修改。", "请刷新后核对新的内容。")
    async with unit_of_work(ctx) as uow:
        if await add(uow, wanted, current.version + 1, shipped=False) is None:
            raise RuleMoved("这条规则已被他人修改。", "请刷新后核对新的内容。")
    return code


async def _create(ctx: Context, rule: Rule) -> str:
    for _ in range(5):
        same = [one.rule for one in await newest(ctx.db.reads) if one.rule.author == rule.author and one.rule.author]
        if known := next((one for one in same if one == rule.model_copy(update={"code": one.code})), None):
            return known.code
        number = int(await ctx.db.reads.fetchval(NEXT))
        if number > LAST_CODE:
            break
        code = f"{LETTER}{number:02}"
        async with unit_of_work(ctx, unrecorded="a rule whose number somebody else was given meanwhile") as uow:
            if await add(uow, rule.model_copy(update={"code": code}), 1, shipped=False) is not None:
                return code
    raise Conflict("规则没有保存：编号被他人占用。", "请重试。")


async def _own(ctx: Context, code: str) -> KeptRule:
    found = next((one for one in await newest(ctx.db.reads) if one.rule.code == code and one.rule.expression), None)
    if found is None:
        raise NotFound("监察规则")
    must_own(ctx, found.rule)
    return found


def text_of(rule: Rule) -> RuleText:
    """Return what was written of a rule, to be written on."""
    grades = tuple({"grade": one.grade, "least": one.least, "points": one.points} for one in rule.grades)
    return RuleText(
        rule.name,
        rule.clause,
        rule.kind,
        rule.expression,
        rule.message,
        grades,
        rule.scope.kinds,
        rule.scope.categories,
    )


def with_grades(text: RuleText, least: Mapping[str, str], points: Mapping[str, str]) -> RuleText:
    """Return a text with the thresholds of a form; a grade without one is not found."""
    grades = [
        {"grade": grade, "least": one, "points": points.get(grade) or Decimal(0)}
        for grade, one in least.items()
        if one.strip()
    ]
    return replace(text, grades=tuple(grades))
