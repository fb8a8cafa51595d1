"""Rules of the supervisors' own on the desk: written and checked beside what they can name, and tried on the last quarter (003-37)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission
from domain.supervision.expressions import FUNCTIONS, LOOPS
from domain.supervision.view import TYPE_NAMES, VIEW, Seen
from portal import asking
from portal import supervision_words as words
from portal.forms import FormView, read_form, text_value
from portal.rendering import render
from portal.supervision import AREA
from resolvers import supervision
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.permits import permit
from resolvers.supervision import Backtest, KeptRule, RuleText

RULES: Final = f"{AREA}/rules"
WRITING: Final = f"{AREA}/writing"
TEXTS: Final[Mapping[str, int]] = {"name": 120, "clause": 60, "kind": 20, "expression": 2000, "message": 400}
LEAST: Final = {grade: f"least-{grade}" for grade in ("reminder", "warning", "alarm")}
POINTS: Final = {grade: f"points-{grade}" for grade in LEAST}


@dataclass(frozen=True, slots=True)
class WritePage:
    """The form of a rule, with what its expression can name; ``passed`` says that it was checked and nothing is wrong."""

    form: FormView
    code: str
    passed: bool
    view: tuple[Seen, ...]
    types: Mapping[str, str]
    functions: tuple[str, ...]
    loops: tuple[str, ...]
    grades: Mapping[str, str]
    kinds: Mapping[str, str]
    matters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrialPage:
    """What a rule would have found; None where it was not tried yet."""

    rule: KeptRule
    trial: Backtest | None
    current: bool
    grades: Mapping[str, str]
    signs: Mapping[str, str]


async def write(request: Request) -> Response:
    """Show the form of a new rule, or of one that is written on (``from``)."""
    ctx, code = request.state.context, asking.text(request, "from", 6)
    permit(ctx, Permission.SUPERVISION_RULE_SET)
    values: dict[str, str] = {"kind": "flow", "matter": "", "code": code}
    if code:
        newest = (await supervision.rule(ctx, code))[0]
        if not newest.rule.expression:
            raise NotFound("监察规则")
        text = supervision.text_of(newest.rule)
        values |= {name: str(getattr(text, name)) for name in TEXTS}
        values |= {"version": str(newest.version), "matter": next(iter(text.kinds), "")}
        values |= {LEAST[str(one["grade"])]: f"{one['least'].normalize():f}" for one in text.grades}
        values |= {POINTS[str(one["grade"])]: f"{one['points'].normalize():f}" for one in text.grades}
    return _form(request, FormView(values))


def _form(request: Request, form: FormView, status: int = 200, *, passed: bool = False) -> Response:
    page = WritePage(
        form=form,
        code=form.value("code"),
        passed=passed,
        view=tuple(VIEW.values()),
        types=TYPE_NAMES,
        functions=FUNCTIONS,
        loops=LOOPS,
        grades=words.GRADES,
        kinds=words.KINDS,
        matters=words.WATCHED,
    )
    return render(request, "supervision/write.html", page, status=status)


def _text(form: FormData) -> RuleText:
    given = {name: text_value(form, name, longest) for name, longest in TEXTS.items()}
    matter = text_value(form, "matter", 30)
    least = {grade: text_value(form, name, 12) for grade, name in LEAST.items()}
    points = {grade: text_value(form, name, 12) for grade, name in POINTS.items()}
    kinds = (matter,) if matter in words.WATCHED and matter else ()
    text = RuleText(
        given["name"], given["clause"], given["kind"], given["expression"], given["message"], grades=(), kinds=kinds
    )
    return supervision.with_grades(text, least, points)


async def keep(request: Request) -> Response:
    """Check a rule and say what is wrong, or keep it as a draft."""
    form, ctx = await read_form(request), request.state.context
    names = (*TEXTS, *LEAST.values(), *POINTS.values(), "matter", "code", "version", "do")
    values = {name: text_value(form, name, 2000) for name in names}
    seen = int(values["version"]) if values["version"].isascii() and values["version"].isdigit() else 0
    try:
        if values["do"] == "check":
            await supervision.check_rule(ctx, _text(form))
            return _form(request, FormView(values), passed=True)
        code = await supervision.write_rule(ctx, _text(form), values["code"], seen)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        placed = tuple(_placed(one) for one in problems)
        return _form(request, FormView(values, placed), refused.status)
    return RedirectResponse(f"{RULES}/{code}", 303, {"Cache-Control": "no-store"})


def _placed(problem: FieldProblem) -> FieldProblem:
    """Return a problem at the field of the form that shows it."""
    path = {"grades": LEAST["reminder"], "scope": "matter"}.get(problem.path, problem.path)
    return FieldProblem(path, problem.code, problem.message, problem.remedy)


async def try_out(request: Request) -> Response:
    """Try a rule on the last quarter, with other thresholds where the form has them."""
    form, ctx, code = await read_form(request), request.state.context, str(request.path_params["code"])
    permit(ctx, Permission.SUPERVISION_RULE_SET)
    rule = (await supervision.rule(ctx, code))[0].rule
    least = {grade: text_value(form, name, 12) for grade, name in LEAST.items()}
    grades = [one.model_dump() | {"least": least[one.grade] or one.least} for one in rule.grades]
    number = await supervision.backtest(ctx, code, {"grades": grades})
    return RedirectResponse(f"{RULES}/{code}/trials?no={number}", 303, {"Cache-Control": "no-store"})


async def trial(request: Request) -> Response:
    """Show what a rule would have found: in the trial that is asked for, or in the latest one."""
    ctx, code = request.state.context, str(request.path_params["code"])
    permit(ctx, Permission.SUPERVISION_RULE_SET)
    newest = (await supervision.rule(ctx, code))[0]
    number = asking.number(request, "no", 1, 2**62)
    if number is not None:
        found: Backtest | None = await supervision.read_backtest(ctx, code, number)
    else:
        found = next(iter(await supervision.backtests(ctx, code)), None)
    current = found is not None and found.content == newest.rule.content
    page = TrialPage(newest, found, current, words.GRADES, words.GRADE_SIGNS)
    return render(request, "supervision/trial.html", page)


ROUTES: list[BaseRoute] = [
    Route(WRITING, write, methods=["GET"], name="supervision_rule_new"),
    Route(WRITING, keep, methods=["POST"], name="supervision_rule_keep"),
    Route(f"{RULES}/{{code}}/trials", try_out, methods=["POST"], name="supervision_rule_try"),
    Route(f"{RULES}/{{code}}/trials", trial, methods=["GET"], name="supervision_rule_trial"),
]
