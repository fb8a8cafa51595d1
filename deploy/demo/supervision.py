"""Supervision in the demo city: sweeps under the seeded clock, some supervision cases in the bureau's hands, scores of what is over.

Nothing is inserted: alerts are found by the shipped rules in what the city's officials did, and cases are run by acts.
"""

from datetime import timedelta
from typing import Any, Final

from deploy.demo.staff import Staff
from domain.actors import Actor
from domain.periods import quarter_of
from domain.supervision.violations import Responsible
from resolvers import assessments, inspections, matters, supervision
from resolvers.acting import actor_by_login
from resolvers.context import Context
from resolvers.errors import Refusal
from resolvers.inspections_values import InspectionPlan
from resolvers.supervision import AlertFilter, AlertRow, CaseFinding, CaseOpening, RuleText

CASES: Final = 3
DAYS: Final = 14
LIFTED: Final = 2
AGREE: Final = {"verdict": "agree", "text": "同意"}
OWN: Final = RuleText(
    name="多个环节超时",
    clause="003-32(4)",
    kind="time",
    expression='kind == "supervision_case" ? 0 : size(late_steps)',
    message="同一办件有 {measure} 个环节超过时限，请核对流程是否合理。",
    grades=({"grade": "warning", "least": "2", "points": "0.5"}, {"grade": "alarm", "least": "3", "points": "1"}),
)
WATCHERS: Final = """
SELECT a.login FROM account a JOIN posting p ON p.account_id = a.id JOIN post t ON t.id = p.post_id
JOIN unit u ON u.id = t.unit_id JOIN body b ON b.id = u.body_id
WHERE b.code = $1 AND 'supervision_bureau' = ANY(t.roles) ORDER BY a.login LIMIT 1
"""


async def supervise(ctx: Context, staff: Staff, bureau: str) -> None:
    """Let the bureau look at the year, follow some alerts up, and score what is over. The actor must be the system."""
    await supervision.sweep(ctx)
    login = await ctx.db.reads.fetchval(WATCHERS, bureau)
    chiefs = staff.of(bureau, "分管负责人岗")
    if login is not None and len(chiefs) > 1:
        watcher = await actor_by_login(ctx, login)
        await _follow_up(ctx, watcher, chiefs[0], chiefs[1], staff)
        await _own_rule(ctx.acting_as(watcher))
        await _inspect(ctx.acting_as(watcher))
    government = await ctx.db.reads.fetchval("SELECT government_id FROM body WHERE code = $1", bureau)
    await _score(ctx, government)


async def _score(ctx: Context, government: int) -> None:
    """Score what is due, months, quarters and years, and publish the last two quarters that are over."""
    await assessments.freeze_due(ctx)
    last = quarter_of(ctx.today).before
    for period in (last.before, last):
        await assessments.freeze_unhurried(ctx, government, period.code)
        await assessments.publish(ctx, government, period.code)


async def _own_rule(ctx: Context) -> None:
    """Let the bureau write a rule of its own, try it on the last quarter, and put it on trial (003-37)."""
    code = await supervision.write_rule(ctx, OWN)
    await supervision.backtest(ctx, code)
    await supervision.set_rule(ctx, code, 1, {"state": "on_trial"})


async def _inspect(ctx: Context) -> None:
    """Plan an inspection of the body that alarms most, and draw its matters (000-14, 000-15)."""
    board = await supervision.board(ctx)
    known = dict(await supervision.undertakers(ctx))
    body = next((one.key for one in board.bodies if one.key in known), None)
    if body is None:
        return
    plan = InspectionPlan(
        key="demo",
        title=f"{known[body]}办件检查",
        way="focused",
        methods=("dossiers", "on_site"),
        content="kept",
        bodies=(body,),
        team=("监察一组组长", "监察一组组员"),
        first_day=ctx.today - timedelta(days=365),
        last_day=ctx.today - timedelta(days=1),
        sample_size=5,
    )
    try:
        await inspections.draw_samples(ctx, await inspections.plan(ctx, plan))
    except Refusal:
        return


async def _follow_up(ctx: Context, watcher: Actor, first: Actor, second: Actor, staff: Staff) -> None:
    """Open a case for each of some bodies with an alarm; the first one is found, the others are on their way."""
    alarms = await supervision.all_alerts(ctx, AlertFilter(state="open", grade="alarm", free=True))
    own = [one for one in alarms if one.matter_id and staff.everybody(one.body_code)]
    by_body = {one.body_code: one for one in reversed(own)}
    for number, alert in enumerate(list(by_body.values())[:CASES]):
        case = await _opened(ctx, watcher, alert)
        await _run(ctx, case, watcher, (first, second), staff.everybody(alert.body_code), whole=number == 0)
    left = [one for one in own if one.id not in {alert.id for alert in by_body.values()}][:LIFTED]
    for one in left:
        await supervision.lift(
            ctx.acting_as(watcher), [one.id], "objective", "经核实，现场勘验因天气推迟，机关没有过错"
        )


async def _opened(ctx: Context, watcher: Actor, alert: AlertRow) -> int:
    opening = CaseOpening(
        key=f"demo-{alert.id}",
        title=f"{alert.body_name}：{alert.rule_name}",
        undertaker=alert.body_code,
        content=f"{alert.matter_number}：{alert.message}",
        requirement="查清原因和责任，立即办结，并提出防止再次发生的措施。",
        finish_on=ctx.today + timedelta(days=DAYS),
        source="alert",
        alerts=(alert.id,),
    )
    return (await supervision.open_case(ctx.acting_as(watcher), opening)).matter_id


async def _run(
    ctx: Context, case: int, watcher: Actor, chiefs: tuple[Actor, Actor], undertaker: list[Actor], *, whole: bool
) -> None:
    """Run a case as far as it goes; a step that nobody may take ends it where it is."""
    paper = {"digest": "ab" * 32}
    acts: list[tuple[Actor, str, dict[str, Any]]] = [
        (watcher, "accept", {}),
        (chiefs[0], "complete", {"opinion": AGREE}),
        (watcher, "complete", {"documents": [{"code": "handling_notice", **paper}]}),
        (undertaker[0], "complete", {}),
    ]
    if whole:
        acts += [
            (undertaker[0], "complete", {"opinion": AGREE, "documents": [{"code": "feedback_report", **paper}]}),
            (chiefs[0], "complete", {"opinion": AGREE}),
        ]
    try:
        for number, (who, kind, fields) in enumerate(acts):
            await matters.act(ctx.acting_as(who), case, {**fields, "kind": kind, "key": f"demo-{number}"})
        if whole:
            finding = CaseFinding(
                key="demo-find",
                result="established",
                reasons="超过期限没有法定的暂停或者延长，也没有告知申请人。",
                violation="limits_exceeded",
                measures=("rectify",),
                rectify_by=await supervision.usual_rectification(ctx),
                responsible=(Responsible(kind="direct", who="承办人员", measure="admonishing_talk"),),
            )
            await supervision.find_case(ctx.acting_as(chiefs[1]), case, finding)
    except Refusal:
        return
