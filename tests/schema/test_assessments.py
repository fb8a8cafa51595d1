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
from tests import factories, running
from tests.schema.test_acting import Desk
from tests.schema.test_supervision import done

pytestmark = pytest.mark.clause("S7")
READ = """{ assessmentScores(period: "2026-Q1", subject: {body: "%s"}, first: 5) { nodes { id period total rank ofBodies edition reason
  body { name } ledger { no points clause ruleCode alertNumber matterNumber } } } }"""


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


async def read(ctx: Context, body: str) -> list[dict[str, Any]]:
    answer = await runner.run(Asked(READ % body, None, {}), ctx, GraphConfig().limits)
    assert not answer.errors, answer.errors
    assert answer.data is not None
    found: list[dict[str, Any]] = answer.data["assessmentScores"]["nodes"]
    return found


async def test_scores_are_made_objected_to_restated_and_published(desk: Desk) -> None:
    office, body = desk.office, desk.office.body.code
    for bodies in (1, 0):
        frozen = await done(desk, "watcher", "assessmentFreeze", "AssessmentFrozen", period="2026-Q1")
        assert frozen["__typename"] == "AssessmentFrozen", bodies
    (row,) = await read(office.at("clerk"), body)
    assert [(one["ruleCode"], one["points"]) for one in row["ledger"]] == [("R12", "-0.50"), ("S05", "-1.00")]
    assert (row["total"], row["rank"], row["ofBodies"], row["body"]["name"]) == ("98.50", 1, 1, office.body.name)
    score = str(await office.ctx.db.reads.fetchval("SELECT max(id) FROM assessment_score WHERE kind = 'body'"))
    refused = await desk.send("clerk", "scoreObject", score=score, entries=[1], reasons="已说明理由")
    assert refused["__typename"] == "NotPermitted"
    await done(desk, "head", "scoreObject", "ScoreObjected", score=score, entries=[1], reasons="已说明理由")
    refused = await desk.send("watcher", "scoreDecide", score=score, upheld=True, decision="情况属实")
    assert (refused["__typename"], "应当回避" in refused["message"]) == ("NotPermitted", True)
    await done(desk, "second", "scoreDecide", "ScoreDecided", score=score, upheld=True, decision="情况属实")
    assert await read(office.ctx.acting_as(ANONYMOUS), body) == []
    await done(desk, "watcher", "assessmentPublish", "AssessmentPublished", period="2026-Q1")
    (public,) = await read(office.ctx.acting_as(ANONYMOUS), body)
    assert (public["total"], public["edition"], public["reason"], public["ledger"]) == ("99.00", 2, "情况属实", [])
    assert desk.used >= {one.name for one in assessing()}
