"""Mutations of supervision: lifting alerts, opening and finding supervision cases, changing a rule (003-36, 003-37)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

import strawberry
from strawberry import UNSET

from domain.supervision.violations import Responsible
from resolvers import matters, supervision
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.supervision import CaseFinding, CaseOpening, RuleText
from schema.acting import WEIGHT, Made, MatterActed, result, same_key
from schema.loading import Info
from schema.paging import given
from schema.supervision import Grade, Kind, RuleBacktest, RuleState, backtest_of

KEY: Final = "提交编号: random text of yours; sent again it gives the same answer, and nothing is done twice."


@strawberry.input(description="摘牌: lift alerts with a ground of the list and your own words (003-36(2)).")
class AlertLiftInput:
    """Which alerts, why."""

    idempotency_key: str = strawberry.field(description=KEY)
    alerts: list[str] = strawberry.field(description="预警编号: numbers of the alerts, from their ids.")
    ground: str = strawberry.field(description="理由: unfounded, objective, corrected or handled.")
    reason: str = strawberry.field(description="说明: your own words.")
    seen: int | None = strawberry.field(
        default=UNSET, description="已知序号: `seq` you last saw, where it is one alert."
    )


@strawberry.type(description="已摘牌: how many of the alerts were open and are lifted now.")
class AlertsLifted:
    """Lifted."""

    lifted: int = strawberry.field(description="条数: how many were open.")


@strawberry.input(description="督办立项: have a body look into something (003-40).")
class SupervisionCaseOpenInput:
    """What, by whom, until when."""

    idempotency_key: str = strawberry.field(description=KEY)
    title: str = strawberry.field(description="名称: what it is about, in short.")
    undertaker: str = strawberry.field(description="承办单位: code of the body that has to do it.")
    content: str = strawberry.field(description="督办事项: what is to be looked into.")
    requirement: str = strawberry.field(description="工作要求: what is required.")
    finish_on: date = strawberry.field(description="完成期限: the last day.")
    source: str = strawberry.field(default="own", description="来源: alert, complaint, own or upper.")
    origin: str = strawberry.field(default="", description="来源编号: number of the matter it comes from, if any.")
    alerts: list[str] = strawberry.field(default_factory=list, description="预警编号: alerts that are followed up.")


@strawberry.input(description="责任: whose responsibility it is, and what is proposed to follow (002-4.4.2).")
class ResponsibleInput:
    """A responsibility."""

    kind: str = strawberry.field(description="责任种类: collective, direct, main_leader or important_leader.")
    who: str = strawberry.field(default="", description="责任人: who; empty for the collective.")
    measure: str = strawberry.field(default="", description="追责方式: code of a measure.")


@strawberry.input(description="认定: the finding of a supervision case (003-36(6), 003-43).")
class SupervisionCaseFindInput:
    """A finding."""

    number: str = strawberry.field(description="编号: number of the supervision case.")
    idempotency_key: str = strawberry.field(description=KEY)
    result: str = strawberry.field(description="结论: established, partly, objective or unfounded.")
    reasons: str = strawberry.field(default="", description="理由: why (003-31(4)).")
    violation: str = strawberry.field(default="", description="违反的规定: code of the catalogue (003-51).")
    measures: list[str] = strawberry.field(
        default_factory=list, description="处理意见: rectify, criticise, recommend …"
    )
    responsible: list[ResponsibleInput] = strawberry.field(default_factory=list, description="责任划分: whose it is.")
    rectify_by: date | None = strawberry.field(
        default=UNSET, description="整改期限: by which day; needed with the measure rectify (003-49)."
    )
    seen: int | None = strawberry.field(default=UNSET, description="已知序号: `seq` you last saw.")


@strawberry.input(description="阈值: a grade of a rule and the measure from which it is due.")
class RuleGradeInput:
    """A threshold."""

    grade: Grade = strawberry.field(description="级别: the grade.")
    least: Decimal = strawberry.field(description="阈值: from this measure on.")
    points: Decimal = strawberry.field(default=Decimal(0), description="扣分: what it costs.")


@strawberry.input(description="修改规则: the next version of a rule; what was found before stays as it was (003-37).")
class SupervisionRuleSetInput:
    """A change of a rule."""

    idempotency_key: str = strawberry.field(description=KEY)
    code: str = strawberry.field(description="编码: code of the rule.")
    version: int = strawberry.field(description="版本: the version that you looked at.")
    state: RuleState | None = strawberry.field(default=UNSET, description="状态: the new state.")
    grades: list[RuleGradeInput] | None = strawberry.field(default=UNSET, description="级别阈值: all of them.")


@strawberry.type(description="规则已修改: the number of the version that is the newest now.")
class SupervisionRuleChanged:
    """A rule's new version."""

    version: int = strawberry.field(description="版本: its number.")


@strawberry.input(description="起草规则: a rule of the supervisors' own; it is kept as a draft (003-37).")
class SupervisionRuleWriteInput:
    """A rule as it is written."""

    idempotency_key: str = strawberry.field(description=KEY)
    name: str = strawberry.field(description="名称: its name.")
    clause: str = strawberry.field(description="依据: the clause that it enforces.")
    kind: Kind = strawberry.field(description="类别: what it is about.")
    expression: str = strawberry.field(description="表达式: in CEL, over the view of a matter; yes, or a number.")
    message: str = strawberry.field(description="提示内容: what its alerts say; {measure} is filled in.")
    grades: list[RuleGradeInput] = strawberry.field(description="级别阈值: the lowest first.")
    kinds: list[str] = strawberry.field(default_factory=list, description="种类: of matters; empty for all.")
    categories: list[str] = strawberry.field(default_factory=list, description="权力类别: codes; empty for all.")
    code: str = strawberry.field(default="", description="编码: of the rule that is written on; empty for a new one.")
    version: int = strawberry.field(default=0, description="版本: the version that you looked at.")


@strawberry.type(description="规则已保存: its code.")
class SupervisionRuleWritten:
    """A rule that was kept."""

    code: str = strawberry.field(description="编码: its code.")


@strawberry.input(description="试算: what the newest version of a rule would have found in the last quarter (003-37).")
class SupervisionRuleBacktestInput:
    """Which rule."""

    idempotency_key: str = strawberry.field(description=KEY)
    code: str = strawberry.field(description="编码: code of the rule.")
    grades: list[RuleGradeInput] | None = strawberry.field(
        default=UNSET, description="级别阈值: other ones than it has."
    )


@strawberry.type(description="已试算: what would have been found.")
class SupervisionRuleBacktested:
    """A trial that was made."""

    backtest: RuleBacktest = strawberry.field(description="试算: the trial.")


def _numbers(values: list[str]) -> tuple[int, ...]:
    """Return the numbers of alerts; raises ``InvalidInput`` for what is none."""
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in values):
        words = "预警编号不是数字。"
        raise InvalidInput(words, "请核对预警编号。", (FieldProblem("alerts", "NOT_A_NUMBER", words),))
    return tuple(int(one) for one in values)


async def _lift(info: Info, input_: Any) -> Any:
    same_key(info, input_.idempotency_key)
    ctx = info.context.ctx
    supervision.must_supervise(ctx)
    lifted = await supervision.lift(ctx, _numbers(input_.alerts), input_.ground, input_.reason, given(input_.seen))
    return AlertsLifted(lifted=lifted)


async def _open(info: Info, input_: Any) -> Any:
    ctx = info.context.ctx
    supervision.must_supervise(ctx)
    opening = CaseOpening(
        key=same_key(info, input_.idempotency_key),
        title=input_.title,
        undertaker=input_.undertaker,
        content=input_.content,
        requirement=input_.requirement,
        finish_on=input_.finish_on,
        source=input_.source,
        origin=input_.origin,
        alerts=_numbers(input_.alerts),
    )
    return MatterActed(done=await supervision.open_case(ctx, opening))


async def _find(info: Info, input_: Any) -> Any:
    ctx = info.context.ctx
    finding = CaseFinding(
        key=same_key(info, input_.idempotency_key),
        result=input_.result,
        reasons=input_.reasons,
        violation=input_.violation,
        measures=tuple(input_.measures),
        responsible=tuple(Responsible(kind=one.kind, who=one.who, measure=one.measure) for one in input_.responsible),
        rectify_by=given(input_.rectify_by),
        seen=given(input_.seen),
    )
    number = (await matters.ids_of(ctx, [input_.number]))[0]
    return MatterActed(done=await supervision.find_case(ctx, number, finding))


async def _set(info: Info, input_: Any) -> Any:
    same_key(info, input_.idempotency_key)
    changes: dict[str, Any] = {}
    if state := given(input_.state):
        changes["state"] = state.value
    if (grades := given(input_.grades)) is not None:
        changes["grades"] = _grades(grades)
    version = await supervision.set_rule(info.context.ctx, input_.code, input_.version, changes)
    return SupervisionRuleChanged(version=version)


def _grades(given_grades: list[RuleGradeInput]) -> list[dict[str, Any]]:
    return [{"grade": one.grade.value, "least": one.least, "points": one.points} for one in given_grades]


async def _write(info: Info, input_: Any) -> Any:
    same_key(info, input_.idempotency_key)
    text = RuleText(
        name=input_.name,
        clause=input_.clause,
        kind=input_.kind.value,
        expression=input_.expression,
        message=input_.message,
        grades=tuple(_grades(input_.grades)),
        kinds=tuple(input_.kinds),
        categories=tuple(input_.categories),
    )
    code = await supervision.write_rule(info.context.ctx, text, input_.code, input_.version)
    return SupervisionRuleWritten(code=code)


async def _try(info: Info, input_: Any) -> Any:
    same_key(info, input_.idempotency_key)
    ctx, grades = info.context.ctx, given(input_.grades)
    changes = {} if grades is None else {"grades": _grades(grades)}
    number = await supervision.backtest(ctx, input_.code, changes)
    made = await supervision.read_backtest(ctx, input_.code, number)
    return SupervisionRuleBacktested(backtest=backtest_of(made))


def mutation_of(name: str, words: str, resolve: Any, given_: Any, done: Any) -> Made:
    """Return a mutation with an answer of its own, made as those of matters are."""
    told = strawberry.argument(name="input", description="输入: what is to be done, with its idempotency key.")
    title = name[0].upper() + name[1:]
    resolve.__annotations__ = {"info": Info, "input_": Annotated[given_, told], "return": result(title, done)}
    return Made(name, strawberry.mutation(resolver=resolve, description=words, directives=[WEIGHT]))


def supervising() -> list[Made]:
    """Return the mutations of this file."""
    return [
        mutation_of(
            "alertLift", "摘牌: lift alerts with a ground and words (003-36(2)).", _lift, AlertLiftInput, AlertsLifted
        ),
        mutation_of(
            "supervisionCaseOpen",
            "督办立项: have a body look into something; its steps are acts like all others (003-40).",
            _open,
            SupervisionCaseOpenInput,
            MatterActed,
        ),
        mutation_of(
            "supervisionCaseFind",
            "认定: find what a supervision case has shown, with its violation and responsibility (003-36(6)).",
            _find,
            SupervisionCaseFindInput,
            MatterActed,
        ),
        mutation_of(
            "supervisionRuleSet",
            "修改监察规则: the next version of a rule; alerts of earlier versions stay (003-37).",
            _set,
            SupervisionRuleSetInput,
            SupervisionRuleChanged,
        ),
        mutation_of(
            "supervisionRuleWrite",
            "起草监察规则: an expression over the view of a matter, checked and kept as a draft (003-37).",
            _write,
            SupervisionRuleWriteInput,
            SupervisionRuleWritten,
        ),
        mutation_of(
            "supervisionRuleBacktest",
            "试算监察规则: what it would have found in the last quarter; opens no alert (003-37).",
            _try,
            SupervisionRuleBacktestInput,
            SupervisionRuleBacktested,
        ),
    ]
