"""Supervision through the interface: every mutation done, what it did is read back, and nobody reads what is not theirs."""

from typing import Any

import pytest

from domain.access import Role
from domain.actors import ANONYMOUS, Actor
from resolvers import supervision
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.supervision_news import reader
from schema.answers import Asked
from schema.http import GraphConfig
from schema.root import runner
from schema.supervision_acting import supervising
from tests import factories, running
from tests.running import Office, paper
from tests.schema.test_acting import Desk

pytestmark = pytest.mark.clause("S2", "S3", "S5")
READ = """{ alerts(first: 5, kind: FLOW) { nodes { id ruleCode grade state message matterNumber caseNumber liftGround seq
  body { name } } totalCount { count } }
  supervisionCases(first: 5) { nodes { id number title phase stepNames bodies facts { code } } }
  supervisionRules { code version state grades { grade least points } found open judged upheld precision expression
    backtests { looked found bodies { code count } samples { about message } upheld faults cutOff } } }"""


@pytest.fixture
async def desk(database: Database) -> Desk:
    """Return a body at work with a supervision bureau beside it."""
    office = await running.office(database)
    bureau = await factories.body(office.ctx, office.government, code="B077", number="077", name="云川市监察机构")
    holders: dict[str, tuple[str, tuple[Role, ...]]] = {
        "watcher": ("监督检查岗", (Role.SUPERVISION_BUREAU,)),
        "checker": ("案件检查岗", (Role.SUPERVISION_BUREAU,)),
        "chief": ("分管负责人岗", (Role.SUPERVISION_BUREAU,)),
    }
    office.people |= await running.people(office.ctx, bureau, holders)
    await supervision.keep_shipped(office.ctx)
    return Desk(office)


async def read(ctx: Context) -> dict[str, Any]:
    answer = await runner.run(
        Asked(READ.replace("supervisionRules", "rules: supervisionRules"), None, {}), ctx, GraphConfig().limits
    )
    assert not answer.errors, answer.errors
    assert answer.data is not None
    return dict(answer.data)


async def test_visitors_see_neither_rules_nor_alerts_nor_cases(desk: Desk) -> None:
    """Who may not see gets what somebody gets where nothing is; the supervisor, asked beside, sees the rules."""
    seen = await read(desk.office.at("watcher"))
    assert seen["rules"]
    nothing = await read(desk.office.ctx.acting_as(Actor()))
    assert (nothing["rules"], nothing["alerts"]["nodes"], nothing["supervisionCases"]["nodes"]) == ([], [], [])


async def done(desk: Desk, who: str, name: str, typename: str, /, **given: Any) -> dict[str, Any]:
    """Send a mutation that is done with an answer of its own type."""
    found = await desk.send(who, name, **given)
    assert found["__typename"] == typename, found
    desk.used.add(name)
    return found


async def _breach(office: Office, times: int = 1) -> None:
    for _ in range(times):
        refused = await office.open()
        await office.act(refused, "clerk", "refuse_acceptance", ground="not_needed", reasons="不需要许可")
    await supervision.sweep(office.ctx)


async def _to_the_finding(desk: Desk, case: str) -> None:
    """Let a supervision case be approved, sent out, received, delayed with reasons, urged, answered and checked, by mutations alone."""
    agreed = {"verdict": "AGREE", "text": "同意"}
    await desk.do("watcher", "matterAccept", number=case)
    await desk.do("chief", "matterComplete", number=case, opinion=agreed)
    await desk.do("watcher", "matterComplete", number=case, documents=[paper("handling_notice")])
    await desk.do("head", "matterComplete", number=case)
    await desk.do("head", "matterRecord", number=case, documents=[paper("delay_statement")])
    await desk.do("watcher", "matterRecord", number=case, documents=[paper("expedite_notice")])
    await desk.do("head", "matterComplete", number=case, opinion=agreed, documents=[paper("feedback_report")])
    await desk.do("checker", "matterComplete", number=case, opinion=agreed)


async def _to_the_end(desk: Desk, case: str) -> None:
    """Let what was found be told, put right, verified and filed, with the papers that follow from a finding (Q1)."""
    agreed = {"verdict": "AGREE", "text": "同意"}
    notices = [paper(one) for one in ("finding_notice", "rectification_notice")]
    await desk.do("watcher", "matterRecord", number=case, documents=notices)
    await desk.do("watcher", "matterServe", number=case, document="finding_notice", method="DIRECT")
    await desk.do("watcher", "matterComplete", number=case, to="rectify")
    report = [paper("rectification_report")]
    await desk.do("head", "matterComplete", number=case, opinion=agreed, documents=report)
    follow_ups = [paper(one) for one in ("supervision_recommendation", "circular_of_criticism")]
    await desk.do("checker", "matterRecord", number=case, documents=follow_ups)
    await desk.do("checker", "matterComplete", number=case, opinion=agreed, to="close")
    closed = await desk.do("watcher", "matterClose", number=case)
    assert (closed["phase"], closed["ending"]) == ("CLOSED", "FINISHED")


async def _write_and_try(desk: Desk, grades: list[dict[str, str]]) -> None:
    written = {"name": "补正", "clause": "003-32(5)", "kind": "FLOW", "message": "补正。", "grades": grades}
    wrong = await desk.send("watcher", "supervisionRuleWrite", **written, expression="party")
    assert (wrong["__typename"], wrong["path"]) == ("ValidationError", ["expression"])
    shape = "SupervisionRuleWritten"
    for _ in range(2):
        await done(desk, "watcher", "supervisionRuleWrite", shape, **written, expression='ending == "not_accepted"')
    await done(desk, "watcher", "supervisionRuleBacktest", "SupervisionRuleBacktested", code="Z01")
    (own,) = [one for one in (await read(desk.office.at("watcher")))["rules"] if one["code"] == "Z01"]
    assert (own["state"], [(one["found"], one["cutOff"]) for one in own["backtests"]]) == ("DRAFT", [(2, "")])


async def test_every_mutation_of_supervision_is_done_and_read_back(desk: Desk) -> None:
    office = desk.office
    await _breach(office, 2)
    shown = await read(office.at("watcher"))
    first, second = [
        str(one.id) for one in await supervision.all_alerts(office.ctx, supervision.AlertFilter(rule="R12"))
    ]
    assert (len(shown["alerts"]["nodes"]), shown["alerts"]["nodes"][0]["body"]["name"]) == (2, office.body.name)
    for _ in range(2):
        await done(
            desk, "watcher", "alertLift", "AlertsLifted", alerts=[first], ground="objective", reason="已说明去处"
        )
    asked = {
        "title": "核查",
        "undertaker": office.body.code,
        "content": "事项",
        "requirement": "查清",
        "finishOn": "2026-03-20",
    }
    case = (await desk.do("watcher", "supervisionCaseOpen", **asked, source="alert", alerts=[second]))["number"]
    refusal = await desk.send("watcher", "supervisionCaseFind", number=case, result="established", measures=["rectify"])
    assert (refusal["__typename"], refusal["path"]) == ("ValidationError", ["violation"])
    await _to_the_finding(desk, case)
    who = [{"kind": "direct", "who": "王某", "measure": "admonishing_talk"}]
    found = await desk.do("chief", "supervisionCaseFind", number=case, result="established", reasons="查实",
                          violation="procedure_not_followed", measures=["rectify"], rectifyBy="2026-04-10", responsible=who)  # fmt: skip
    assert found["stepKeys"] == ["tell"]
    grades = [{"grade": "WARNING", "least": "1", "points": "0.5"}]
    changed = {"code": "R12", "version": 1, "grades": grades, "state": "ON_TRIAL"}
    await done(desk, "watcher", "supervisionRuleSet", "SupervisionRuleChanged", **changed)
    await _write_and_try(desk, grades)
    assert desk.used >= {one.name for one in supervising()}
    after = await read(office.at("watcher"))
    assert {one["liftGround"] or one["caseNumber"] for one in after["alerts"]["nodes"]} == {"objective", case}
    (shown_case,) = after["supervisionCases"]["nodes"]
    assert (shown_case["number"], shown_case["stepNames"], shown_case["bodies"]) == (
        case,
        ["告知认定"],
        ["B077", office.body.code],
    )
    await _to_the_end(desk, case)
    (rule,) = [one for one in after["rules"] if one["code"] == "R12"]
    assert [rule[name] for name in ("version", "state", "found", "open", "upheld")] == [2, "ON_TRIAL", 2, 1, "100.0"]


async def test_of_what_is_not_theirs_readers_find_nothing(desk: Desk) -> None:
    office = desk.office
    await _breach(office)
    other = await factories.body(office.ctx, office.government, code="B088", number="088", name="云川市第八局")
    outside = office.ctx.acting_as(await running.person(office.ctx, other, "other", "窗口受理岗"))
    assert (await read(outside))["alerts"]["nodes"] == []
    document = "{ alerts(first: 5) { nodes { id } } supervisionCases(first: 5) { nodes { id } } }"
    answer = await runner.run(Asked(document, None, {}), office.ctx.acting_as(ANONYMOUS), GraphConfig().limits)
    assert answer.data == {"alerts": {"nodes": []}, "supervisionCases": {"nodes": []}}


@pytest.mark.clause("S3", "S6")
async def test_the_board_is_that_of_the_desk_and_changes_of_alerts_are_told_once(desk: Desk) -> None:
    office = desk.office
    standing = await reader(office.at("watcher"))
    body = await reader(office.at("clerk"))
    await _breach(office, 2)
    watcher = office.at("watcher")
    ask = """{ board { whole { alarm warning reminder } bodies { key reminder } weeks { reminder }
        posts { key bodyCode reminder } units { key bodyCode reminder } powers { key reminder } }
      at: alerts(first: 5, post: "窗口受理岗", body: "B001") { nodes { post unit stepKey itemCode } totalCount { count } }
      riskGrades { bodyCode grade points ingredients { code count } } }"""
    answer = await runner.run(Asked(ask, None, {}), watcher, GraphConfig().limits)
    assert answer.data is not None
    shown, of_desk = answer.data["board"], await supervision.board(watcher)
    counted = {name: getattr(of_desk.whole, name) for name in ("alarm", "warning", "reminder")}
    rows = await supervision.all_alerts(watcher, supervision.AlertFilter(state="open"))
    assert (shown["whole"], sum(counted.values())) == (counted, len(rows))
    assert sum(one["reminder"] for one in shown["weeks"]) == counted["reminder"] > 0
    assert {one["key"] for one in shown["bodies"]} == {one.body_code for one in rows}
    at = answer.data["at"]
    (post,), (unit,) = shown["posts"], shown["units"]
    assert (post["key"], post["reminder"], post["bodyCode"]) == ("窗口受理岗", at["totalCount"]["count"], "B001")
    assert (unit["key"], unit["reminder"]) == (at["nodes"][0]["unit"], at["totalCount"]["count"])
    assert {one["key"] for one in shown["powers"]} >= {at["nodes"][0]["itemCode"]}
    risk = next(one for one in answer.data["riskGrades"] if one["bodyCode"] == "B001")
    graded = {one.code: one.risk for one in await supervision.risks(watcher)}
    assert (risk["points"], risk["grade"]) == (str(graded["B001"].points), graded["B001"].grade)
    # Each change once, in its order, whatever the reader's own clock says; the body is told of its own.
    names = ("id", "seq", "state")
    first = await standing.news(watcher, names)
    assert {(row["id"], row["state"]) for row in first} == {(one.id, "open") for one in rows}
    assert await standing.news(watcher, names) == ()
    await supervision.lift(watcher, [first[0]["id"]], "objective", "已说明去处")
    assert [(row["id"], row["state"]) for row in await standing.news(office.at("watcher"), names)] == [
        (first[0]["id"], "lifted")
    ]
    own = {one.id for one in rows if one.body_code == "B001"}
    assert {row["id"] for row in await body.news(office.at("clerk"), names)} == own
    again = await reader(watcher, first[0]["changed_at"].isoformat())
    assert {row["id"] for row in await again.news(watcher, names)} == {row["id"] for row in first}
    with pytest.raises(InvalidInput):
        await reader(watcher, "yesterday")
    nothing = await runner.run(Asked("{ board { sweptAt } riskGrades { grade } }", None, {}),
                               office.ctx.acting_as(ANONYMOUS), GraphConfig().limits)  # fmt: skip
    assert nothing.data == {"board": None, "riskGrades": []}
