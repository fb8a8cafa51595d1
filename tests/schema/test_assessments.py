"""Scores through the interface: scored, objected to, decided, published; who may not read a ledger finds none (S7)."""

from typing import Any

import pytest

from domain.access import Role
from domain.actors import ANONYMOUS
from resolvers import supervision
from resolvers.context import Context
from resolvers.database import Database
from schema.answers import Asked
from schema.assessments_acting import assessing
from schema.http import GraphConfig
from schema.root import runner
from schema.score_items import proposing
from tests import factories, running
from tests.schema.test_acting import Desk
from tests.schema.test_supervision import done

pytestmark = pytest.mark.clause("S7")
ITEMS = """{ scoreItems(period: "2026-Q1", first: 5) { nodes { number indicator points state words evidence decidedBy } } }"""
WHOSE = """{ assessmentScores(period: "2026-Q1", subject: {kind: %s}, first: 9) { nodes { kind unit post total rank ofBodies steps
  edition ledger { no unit post attribution } } } }"""
EDITIONS = """{ assessmentScores(subject: {kind: UNIT, unit: "clerk科", per: QUARTER, editions: true}) { nodes { period edition isCurrent
  total } } }"""
READ = """{ assessmentScores(period: "2026-Q1", subject: {body: "%s"}, first: 5) { nodes { id number period total rank ofBodies edition reason
  body { name } ledger { no points clause ruleCode alertNumber matterNumber } } } }"""
OBJECTION = """number period bodyCode lines ground state overdue upheld reason decidedBy restated { edition total }"""
OBJECTED = """{ scoreObjections(period: "2026-Q1", state: %s, first: 1) { nodes { %s score { total } } } }"""
OF_SCORE = """{ assessmentScores(period: "2026-Q1", subject: {editions: true}, first: 9) { nodes { edition objection { %s } } } }"""


@pytest.fixture
async def desk(database: Database) -> Desk:
    """Return a body with a refusal in the first quarter; it is April, and the bureau is there."""
    office = await running.office(database)
    bureau = await factories.body(office.ctx, office.government, code="B077", number="077", name="云川市监察机构")
    office.people["watcher"] = await running.person(
        office.ctx, bureau, "watcher", "监督检查岗", Role.SUPERVISION_BUREAU
    )
    office.people |= await running.people(office.ctx, bureau, {"second": ("监督检查二岗", (Role.SUPERVISION_BUREAU,))})
    refused = await office.open()
    await office.act(refused, "clerk", "refuse_acceptance", ground="not_needed", reasons="不需要许可")
    await supervision.sweep(office.ctx)
    office.later(days=36)
    return Desk(office)


async def asked(ctx: Context, document: str) -> list[dict[str, Any]]:
    answer = await runner.run(Asked(document, None, {}), ctx, GraphConfig().limits)
    assert not answer.errors, answer.errors
    assert answer.data is not None
    (found,) = answer.data.values()
    return list(found["nodes"])


async def read(ctx: Context, body: str) -> list[dict[str, Any]]:
    return await asked(ctx, READ % body)


async def proposed(desk: Desk) -> None:
    """Propose an item that another supervisor confirms, and one that is rejected."""
    body, given = desk.office.body.code, {"period": "2026-Q1", "points": "1", "words": "便民", "evidence": "第3号通报"}
    refused = await desk.send("head", "scoreItemPropose", body=body, indicator="additions", **given)
    assert refused["__typename"] == "NotPermitted"
    wrong = await desk.send("watcher", "scoreItemPropose", body=body, indicator="additions", **given | {"points": "6"})
    assert (wrong["__typename"], [one["path"] for one in wrong["problems"]]) == ("ValidationError", [["points"]])
    for who, indicator in (("watcher", "additions"), ("second", "others")):
        await done(desk, who, "scoreItemPropose", "ScoreItemProposed", body=body, indicator=indicator, **given)
    other, first = [str(one["number"]) for one in await asked(desk.office.at("watcher"), ITEMS)]
    own = await desk.send("watcher", "scoreItemDecide", item=first, confirmed=True, decision="属实")
    assert own["__typename"] == "NotPermitted"
    for who, item, confirmed in (("second", first, True), ("watcher", other, False)):
        await done(desk, who, "scoreItemDecide", "ScoreItemDecided", item=item, confirmed=confirmed, decision="已核实")
    found = await asked(desk.office.at("watcher"), ITEMS)
    assert [(one["indicator"], one["state"]) for one in found] == [("others", "rejected"), ("additions", "confirmed")]
    for who in ("clerk", "head"):
        assert await asked(desk.office.at(who), ITEMS) == []
    assert await asked(desk.office.ctx.acting_as(ANONYMOUS), ITEMS) == []


async def _objection(desk: Desk, state: str) -> None:
    """An objection is read with its decision where its ledger is: in the list, and at the edition it is about."""
    office, upheld = desk.office, state == "UPHELD"
    for who in ("clerk", "second"):
        (one,) = await asked(office.at(who), OBJECTED % (state, OBJECTION))
        told = (one["lines"], one["ground"], one["state"], one["overdue"], one["upheld"], one["reason"])
        assert told == ([1], "已说明理由", state, False, True if upheld else None, "情况属实" if upheld else "")
        assert one["restated"] == ({"edition": 2, "total": "100.00"} if upheld else None)
        assert one.pop("score") == {"total": "99.50"}
        shown = {row["edition"]: row["objection"] for row in await asked(office.at(who), OF_SCORE % OBJECTION)}
        assert shown == {1: one, 2: None} if upheld else {1: one}
    other = "FILED" if upheld else "REJECTED"
    assert await asked(office.at("second"), OBJECTED % (other, OBJECTION)) == []
    assert await asked(office.ctx.acting_as(ANONYMOUS), OBJECTED % (state, OBJECTION)) == []


async def test_scores_are_made_objected_to_restated_and_published(desk: Desk) -> None:
    office, body = desk.office, desk.office.body.code
    await proposed(desk)
    for bodies in (1, 0):
        frozen = await done(desk, "watcher", "assessmentFreeze", "AssessmentFrozen", period="2026-Q1")
        assert frozen["__typename"] == "AssessmentFrozen", bodies
    (row,) = await read(office.at("clerk"), body)
    assert [(one["ruleCode"], one["points"]) for one in row["ledger"]] == [
        ("R12", "-0.50"),
        ("S05", "-1.00"),
        ("", "1.00"),
    ]
    assert (row["total"], row["rank"], row["ofBodies"], row["body"]["name"]) == ("99.50", 1, 1, office.body.name)
    score = str(row["number"])
    refused = await desk.send("clerk", "scoreObject", score=score, entries=[1], reasons="已说明理由")
    assert refused["__typename"] == "NotPermitted"
    await done(desk, "head", "scoreObject", "ScoreObjected", score=score, entries=[1], reasons="已说明理由")
    refused = await desk.send("watcher", "scoreDecide", score=score, upheld=True, decision="情况属实")
    assert (refused["__typename"], "应当回避" in refused["message"]) == ("NotPermitted", True)
    await _objection(desk, "FILED")
    await done(desk, "second", "scoreDecide", "ScoreDecided", score=score, upheld=True, decision="情况属实")
    await _objection(desk, "UPHELD")
    assert await read(office.ctx.acting_as(ANONYMOUS), body) == []
    await done(desk, "watcher", "assessmentPublish", "AssessmentPublished", period="2026-Q1")
    (public,) = await read(office.ctx.acting_as(ANONYMOUS), body)
    # Of a restatement the public learns the reason, and nothing of the objection.
    shown = await asked(office.ctx.acting_as(ANONYMOUS), OF_SCORE % OBJECTION)
    assert [(one["edition"], one["objection"]) for one in shown] == [(2, None), (1, None)]
    assert (public["total"], public["edition"], public["reason"], public["ledger"]) == ("100.00", 2, "情况属实", [])
    # Units and posts for whoever may read the ledger, each with its own lines; their editions go with the body's.
    for kind in ("UNIT", "POST"):
        (part, *_) = shown = await asked(office.at("clerk"), WHOSE % kind)
        assert {one["kind"] for one in shown} == {kind.lower()}
        assert (part["ofBodies"], part["edition"], part["steps"] > 0) == (len(shown), 2, True)
        assert all(line["unit"] == one["unit"] for one in shown for line in one["ledger"])
        assert await asked(office.ctx.acting_as(ANONYMOUS), WHOSE % kind) == []
    editions = await asked(office.at("watcher"), EDITIONS)
    assert [(one["edition"], one["isCurrent"]) for one in editions] == [(2, True), (1, False)]
    assert desk.used >= {one.name for one in (*assessing(), *proposing())}
