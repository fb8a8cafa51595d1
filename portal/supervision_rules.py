"""The rule library 监察规则库 on the desk: what each rule measures, what it has found, and changing its state (003-37)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, allowed
from portal import supervision_words as words
from portal.forms import FormView, read_form, text_value
from portal.rendering import render
from portal.supervision import AREA
from resolvers import supervision
from resolvers.errors import FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.supervision import Backtest, KeptRule, RuleFigures


@dataclass(frozen=True, slots=True)
class RulesPage:
    """All rules."""

    rules: tuple[RuleFigures, ...]
    may_write: bool
    grades: Mapping[str, str]
    kinds: Mapping[str, str]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule with its versions, and the form of a change."""

    versions: tuple[KeptRule, ...]
    form: FormView
    grades: Mapping[str, str]
    kinds: Mapping[str, str]
    states: Mapping[str, str]
    may_set: bool
    trials: tuple[Backtest, ...]


async def rules(request: Request) -> Response:
    """Show the rule library."""
    ctx = request.state.context
    may_write = supervision.may_write(ctx)
    page = RulesPage(await supervision.rules(ctx), may_write, words.GRADES, words.KINDS, words.RULE_STATES)
    return render(request, "supervision/rules.html", page)


async def rule(request: Request) -> Response:
    """Show one rule."""
    return await _page(request, FormView())


async def _page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    versions = await supervision.rule(ctx, str(request.path_params["code"]))
    newest = versions[0]
    values = {"version": str(newest.version), "state": newest.rule.state}
    values |= {f"least-{one.grade}": f"{one.least.normalize():f}" for one in newest.rule.grades}
    may_set = allowed(ctx.actor, Permission.SUPERVISION_RULE_SET)
    page = RulePage(
        versions,
        FormView(values | dict(form.values), form.problems),
        words.GRADES,
        words.KINDS,
        words.RULE_STATES,
        may_set,
        await supervision.backtests(ctx, newest.rule.code),
    )
    return render(request, "supervision/rule.html", page, status=status)


async def set_rule(request: Request) -> Response:
    """Record a rule's next version, or show it again with what is wrong."""
    form, ctx, code = await read_form(request), request.state.context, str(request.path_params["code"])
    values = {name: text_value(form, name, 20) for name in ("state", *(f"least-{one}" for one in words.GRADES))}
    version = text_value(form, "version", 9)
    try:
        if not allowed(ctx.actor, Permission.SUPERVISION_RULE_SET):
            raise NotPermitted("您的岗位不能修改监察规则。", "请由监察机构修改。")
        before = (await supervision.rule(ctx, code))[0].rule
        if values["state"] not in words.RULE_STATES:
            raise InvalidInput(
                "没有选择规则的状态。", "请选择。", (FieldProblem("state", "MISSING", "没有选择规则的状态。"),)
            )
        grades = [
            one.model_dump() | {"least": values[f"least-{one.grade}"]}
            if values[f"least-{one.grade}"]
            else one.model_dump()
            for one in before.grades
        ]
        seen = int(version) if version.isascii() and version.isdigit() else 0
        await supervision.set_rule(ctx, code, seen, {"state": values["state"], "grades": grades})
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        return await _page(request, FormView(values, problems), refused.status)
    return RedirectResponse(f"{RULES}/{code}", 303, {"Cache-Control": "no-store"})


RULES: Final = f"{AREA}/rules"
ROUTES: list[BaseRoute] = [
    Route(RULES, rules, methods=["GET"], name="supervision_rules"),
    Route(f"{RULES}/{{code}}", rule, methods=["GET"], name="supervision_rule"),
    Route(f"{RULES}/{{code}}", set_rule, methods=["POST"], name="supervision_rule_set"),
]
