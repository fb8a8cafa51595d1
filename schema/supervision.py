"""Supervision 行政监察 (003-34 to 003-42): rules, alerts and supervision cases, for those who supervise or are supervised."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, cast

import strawberry
from strawberry import UNSET

from domain.supervision.alerts import STATE_NAMES
from domain.supervision.rules import GRADE_NAMES, KIND_NAMES
from domain.supervision.rules import STATE_NAMES as RULE_STATE_NAMES
from resolvers import matters, supervision
from resolvers.context import Context
from resolvers.matters import MatterFilter
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.statements import Read
from resolvers.reading.supervision import ALERT
from resolvers.supervision import AlertFilter, Backtest, RuleFigures
from schema.bodies import Body
from schema.cost import Cost, ListSize
from schema.fields import coded, computed
from schema.loading import Info
from schema.matters import COLUMNS, SupervisionCase, matter_source
from schema.matters_names import MatterPhase
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import FromSource, Source, column, identified, reference

Grade: Final = coded("AlertGrade", GRADE_NAMES, "预警级别: grade of an alert; it rises and never falls (003-36(2)).")
Kind: Final = coded("AlertKind", KIND_NAMES, "预警类别: what a rule is about.")
AlertState: Final = coded("AlertState", STATE_NAMES, "预警状态: whether an alert was lifted 摘牌.")
RuleState: Final = coded("SupervisionRuleState", RULE_STATE_NAMES, "规则状态: where a rule stands.")


@strawberry.type(
    description="预警: what a rule found about one thing on one occasion; it stays found (003-36, 003-37)."
)
class Alert(FromSource, Node):
    """An alert."""

    entity: ClassVar[Entity] = ALERT

    id: strawberry.ID = identified("Alert")
    rule_code: str = column("rule_code", "规则编码: code of the rule that found it.")
    rule_version: int = column("rule_version", "规则版本: the version that found its present grade.")
    rule_name: str = column("rule_name", "规则名称: name of the rule.")
    clause: str = column("clause", "依据: the clause that the rule enforces.")
    kind: Kind = column("kind", "类别: what it is about.")  # type: ignore[valid-type]
    grade: Grade = column("grade", "级别: reminder, warning or alarm.")  # type: ignore[valid-type]
    state: AlertState = column("state", "状态: open, or lifted with a reason.")  # type: ignore[valid-type]
    message: str = column("message", "内容: what was found.")
    measure: str = column("measure", "数值: what the rule measured.")
    subject: str = column("subject", "对象类型: matter, item, body, rule or system.")
    subject_key: str = column("subject_key", "对象: which one.")
    matter_number: str | None = column("matter_number", "办件编号: number of the matter, if it is about one.")
    item_code: str = column("item_code", "权力编码: code of the item, if it is about one.")
    step_key: str = column(
        "step", "环节代码: key of the step that was open when it was found, if it is about a matter."
    )
    post: str = column("post", "岗位: the post whose step it was.")
    unit: str = column("unit", "机构: the unit or units that had this post when the alert was found.")
    body: Body | None = reference(
        Body.entity, "body_code", "Body", "机关: the body that answers for it.", foreign="code"
    )
    body_code: str = column("body_code", "机构代码: code of the body that answers for it.")
    case_number: str | None = column("case_number", "督办编号: the supervision case that follows it up.")
    opened_at: datetime = column("opened_at", "发现时间: when it was found.")
    changed_at: datetime = column("changed_at", "变动时间: when it rose or was lifted.")
    lifted_at: datetime | None = column("lifted_at", "摘牌时间: when it was lifted.")
    lifted_by: str = column("lifted_by", "摘牌人: who lifted it.")
    lift_ground: str = column("lift_ground", "摘牌理由: ground of the list.")
    lift_reason: str = column("lift_reason", "摘牌说明: words of whoever lifted it.")
    seq: int = column("seq", "事件序号: number of its last event; send it as `seen`.")


def alerts_listing(  # noqa: PLR0913, PLR0917 - filters of one list
    _ctx: Context,
    page: PageRequest,
    state: Any = UNSET,
    grade: Any = UNSET,
    kind: Any = UNSET,
    rule: str = "",
    body: str = "",
    matter: str = "",
    item: str = "",
    unit: str = "",
    post: str = "",
) -> Listing:
    """Return the listing of alerts."""
    chosen = [str(one.value) if one else "" for one in (given(state), given(grade), given(kind))]
    where = AlertFilter(
        chosen[0], chosen[1], chosen[2], rule=rule, body=body, matter=matter, power=item, at_unit=unit, at_post=post
    )
    return supervision.listing(where, page)


async def list_alerts(  # noqa: PLR0913, PLR0917 - filters and paging of one list
    info: Info,
    state: Annotated[AlertState | None, strawberry.argument(description="状态: open or lifted.")] = UNSET,  # type: ignore[valid-type]
    grade: Annotated[Grade | None, strawberry.argument(description="级别: one grade.")] = UNSET,  # type: ignore[valid-type]
    kind: Annotated[Kind | None, strawberry.argument(description="类别: one kind.")] = UNSET,  # type: ignore[valid-type]
    rule: Annotated[str, strawberry.argument(description="规则编码: code of a rule.")] = "",
    body: Annotated[str, strawberry.argument(description="机构代码: code of the body that answers for it.")] = "",
    matter: Annotated[str, strawberry.argument(description="办件编号: number of a matter.")] = "",
    item: Annotated[str, strawberry.argument(description="权力编码: code of an item.")] = "",
    unit: Annotated[
        str, strawberry.argument(description="机构: name of the unit whose step it was; with `body`.")
    ] = "",
    post: Annotated[str, strawberry.argument(description="岗位: name of the post whose step it was.")] = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Alert]:
    """预警列表: alerts that you may see, the latest change first; whoever may see none gets none (003-36(1))."""
    page: PageRequest = page_request(info, first, after, last, before)
    found = await fetch_listing(
        info.context.ctx,
        alerts_listing(info.context.ctx, page, state, grade, kind, rule, body, matter, item, unit, post),
    )
    return Connection(page=found.map(lambda row: Source("Alert", row)))


@strawberry.type(description="级别阈值: from which measure on a grade is due, and what it costs in the assessment.")
class RuleGrade:
    """A threshold."""

    grade: Grade = strawberry.field(description="级别: the grade.")  # type: ignore[valid-type]
    least: Decimal = strawberry.field(description="阈值: from this measure on.")
    code: str = strawberry.field(description="编号: its number in the table of rules, if it has one.")
    points: Decimal = strawberry.field(description="扣分: what it costs in the assessment.")


@strawberry.type(description="试算的机关: how much a rule would have found of one body.")
class BacktestBody:
    """A body in a trial."""

    code: str = strawberry.field(description="机构代码: code of the body.")
    name: str = strawberry.field(description="机关: its name.")
    count: int = strawberry.field(description="条数: how much would have been found.")


@strawberry.type(description="试算的一条: one thing that a rule would have found.")
class BacktestSample:
    """A sample of a trial."""

    about: str = strawberry.field(description="对象: number of the matter, or what else it is about.")
    body: str = strawberry.field(description="机构代码: code of the body that answers for it.")
    grade: Grade = strawberry.field(description="级别: the grade.")  # type: ignore[valid-type]
    message: str = strawberry.field(description="内容: what the alert would say.")


@strawberry.type(description="试算: what a rule would have found in a quarter; it opened no alert (003-37).")
class RuleBacktest:
    """A trial."""

    id: int = strawberry.field(description="试算编号: number of the trial.")
    first_day: date = strawberry.field(description="起: the first day of the matters that were looked at.")
    last_day: date = strawberry.field(description="止: the last day.")
    tried_at: datetime = strawberry.field(description="试算时间: when it was tried.")
    tried_by: str = strawberry.field(description="试算人: by whom.")
    looked: int = strawberry.field(description="办件数: how many matters were looked at.")
    found: int = strawberry.field(description="会发现: how much would have been found.")
    bodies: list[BacktestBody] = strawberry.field(description="机关: of whom, the most first.")
    samples: list[BacktestSample] = strawberry.field(description="抽看: some of it.")
    upheld: int = strawberry.field(description="查实: of how many of these matters something was found to be so since.")
    unfounded: int = strawberry.field(description="不属实: of how many it was found not to be so.")
    faults: list[str] = strawberry.field(description="算不出的: why the expression says nothing of some matters.")
    cut_off: str = strawberry.field(description="中止: why it was cut off; empty where it was not.")


def backtest_of(one: Backtest) -> RuleBacktest:
    """Return a trial as the interface shows it."""
    names = ("id", "first_day", "last_day", "tried_at", "tried_by", "looked", "found", "upheld", "unfounded", "cut_off")
    return RuleBacktest(
        **{name: getattr(one, name) for name in names},
        bodies=[BacktestBody(code=x.code, name=x.name, count=x.count) for x in one.bodies],
        samples=[
            BacktestSample(about=x.about, body=x.body, grade=Grade(x.grade), message=x.message) for x in one.samples
        ],
        faults=list(one.faults),
    )


async def rule_backtests(root: strawberry.Parent[Any], info: Info) -> list[RuleBacktest]:
    """试算: its latest trials on a quarter; nothing for those who do not supervise."""
    return [backtest_of(one) for one in await supervision.backtests(info.context.ctx, root.code)]


@strawberry.type(description="监察规则: the newest version of a rule, with what it has found (003-37).")
class SupervisionRule:
    """A rule."""

    code: str = strawberry.field(description="编码: its code.")
    version: int = strawberry.field(description="版本: number of its newest version.")
    name: str = strawberry.field(description="名称: its name.")
    clause: str = strawberry.field(description="依据: the clause that it enforces.")
    kind: Kind = strawberry.field(description="类别: what it is about.")  # type: ignore[valid-type]
    state: RuleState = strawberry.field(description="状态: whether it is in force.")  # type: ignore[valid-type]
    condition: str = strawberry.field(description="条件: what it measures, in words.")
    expression: str = strawberry.field(description="表达式: of a rule of the supervisors' own, in CEL; else empty.")
    grades: list[RuleGrade] = strawberry.field(description="级别阈值: its thresholds, the lowest first.")
    message: str = strawberry.field(description="提示内容: what its alerts say.")
    shipped: bool = strawberry.field(description="是否内置: it came with the program, unchanged.")
    found: int = strawberry.field(description="发现数: how many alerts it has opened.")
    open: int = strawberry.field(description="未摘牌数: how many of them are open.")
    judged: int = strawberry.field(description="已核实数: how many of them supervisors have judged since.")
    upheld: Decimal | None = strawberry.field(description="属实率: percent of what was judged that was so.")
    precision: Decimal | None = strawberry.field(
        description="准确率: percent that were neither lifted as unfounded nor found to be so."
    )

    backtests: list[RuleBacktest] = computed(Cost(weight=5), ListSize(assumed_size=10))(rule_backtests)


def _rule(one: RuleFigures) -> SupervisionRule:
    rule = one.kept.rule
    return SupervisionRule(
        code=rule.code,
        version=one.kept.version,
        name=rule.name,
        clause=rule.clause,
        kind=Kind(rule.kind),
        state=RuleState(rule.state),
        condition=rule.asks.title,
        expression=rule.expression,
        grades=[RuleGrade(grade=Grade(x.grade), least=x.least, code=x.code, points=x.points) for x in rule.grades],
        message=rule.message,
        shipped=one.kept.shipped,
        found=one.found,
        open=one.open,
        judged=one.judged,
        upheld=one.upheld,
        precision=one.precision,
    )


async def list_rules(info: Info) -> list[SupervisionRule]:
    """监察规则库: every rule in its newest version; nothing for visitors (003-37)."""
    return [_rule(one) for one in await supervision.rules_seen(info.context.ctx)]


def cases_listing(ctx: Context, page: PageRequest, undertaker: str = "", phase: Any = UNSET) -> Listing:
    """Return the listing of supervision cases."""
    chosen = given(phase)
    where = MatterFilter(body=undertaker, kind=("supervision_case",), phase=(chosen.value,) if chosen else ())
    return matters.listing(ctx, where, page)


async def list_cases(
    info: Info,
    undertaker: Annotated[
        str, strawberry.argument(description="承办单位: code of a body that has to do with it.")
    ] = "",
    phase: Annotated[MatterPhase | None, strawberry.argument(description="阶段: one phase.")] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[SupervisionCase]:
    """督办件列表: supervision cases that you may see, the latest first (003-36(6))."""
    ctx = info.context.ctx
    found = cases_listing(ctx, page_request(info, first, after, last, before), undertaker, phase)
    read = Read(COLUMNS, found.read.filters, found.read.order, found.read.scope)
    rows = await fetch_listing(ctx, Listing(found.entity, read, found.page))
    return cast(Connection[SupervisionCase], Connection(page=rows.map(matter_source)))
