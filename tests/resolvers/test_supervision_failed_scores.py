"""Whoever fails an assessment is told to put things right, and who does not is criticised in a circular (003-48; N3, Q1)."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.access import Role
from resolvers import assessments, matters, supervision
from resolvers.addresses import plain_url
from resolvers.database import Database
from resolvers.matters import MatterRefused
from resolvers.supervision import AlertFilter, CaseFinding, CaseOpening
from tests import factories, running
from tests.running import Office, agree, paper

pytestmark = pytest.mark.clause("N3", "Q1")
PERIOD = "2026-Q1"
EDITION = """
INSERT INTO assessment_score (assessment_id, government_id, period, body_code, edition, total, grade, reason, recorded_at)
SELECT id, government_id, period, $1, $2, $3, $4, '重新评定', $5 FROM assessment WHERE period = $6 RETURNING id
"""
OBJECTION = """
INSERT INTO score_objection (score_id, entries, reasons, filed_at, filed_by, due_on)
VALUES ($1, '{1}', '有误', $2, '', $3) RETURNING id
"""
BUREAU = {"watcher": "监督检查岗", "second": "案件检查岗", "chief": "分管负责人岗"}


@pytest.fixture
async def office(database: Database) -> Office:
    """Return a body and a supervision bureau of three, in April; the first quarter and March are scored."""
    made = await running.office(database)
    bureau = await factories.body(
        made.ctx, made.government, code="B077", number="077", name="云川市监察机构", offices=("supervision_bureau",)
    )
    holders: dict[str, tuple[str, tuple[Role, ...]]] = {
        name: (post, (Role.SUPERVISION_BUREAU,)) for name, post in BUREAU.items()
    }
    made.people |= await running.people(made.ctx, bureau, holders)
    await supervision.keep_shipped(made.ctx)
    made.later(days=37)
    for period in (PERIOD, "2026-03"):
        await assessments.freeze(made.ctx, made.government.id or 0, period)
    return made


async def edition(of: Office, owner_url: str, no: int, total: str, grade: str, period: str = PERIOD) -> int:
    """Add a further edition of the body's score, as if an objection had been upheld; return its id."""
    return await _written(owner_url, EDITION, of.body.code, no, Decimal(total), grade, of.ctx.now, period)


async def _written(owner_url: str, statement: str, *values: Any) -> int:
    owner = await asyncpg.connect(plain_url(owner_url))
    try:
        return int(await owner.fetchval(statement, *values))
    finally:
        await owner.close()


async def failed(of: Office, who: str = "watcher") -> tuple[str, ...]:
    """Look at everything; return what the open alerts about failed assessments say."""
    await supervision.sweep(of.ctx)
    return tuple(one.message for one in (await supervision.list_alerts(of.at(who), AlertFilter(rule="S13"))).rows)


async def test_a_failing_score_asks_for_a_rectification_unless_it_is_objected_to_or_restated(
    office: Office, owner_url: str
) -> None:
    await edition(office, owner_url, 2, "58", "failed", "2026-03")
    assert await failed(office) == (), "a month alone asks for nothing"
    objected = await edition(office, owner_url, 2, "59.50", "failed")
    await _written(owner_url, OBJECTION, objected, office.ctx.now, office.ctx.today)
    assert await failed(office) == (), "what is objected to is not yet certain"
    await edition(office, owner_url, 3, "75", "passed")
    assert await failed(office) == (), "the last edition counts"
    await edition(office, owner_url, 4, "55", "failed")
    said = "2026年第1季度（55.00分）考核不合格，应当责令限期整改。"
    assert (await failed(office), await failed(office)) == ((said,), (said,))
    assert await failed(office, "head") == (said,), "the body sees what is found of it"
    office.later(days=120)
    assert await failed(office) == (said,), "what was found stays until it is handled"


async def test_who_does_not_put_things_right_in_time_is_criticised(office: Office, owner_url: str) -> None:
    await edition(office, owner_url, 2, "55", "failed")
    await failed(office)
    (alert,) = (await supervision.list_alerts(office.at("watcher"), AlertFilter(rule="S13"))).rows
    draft = await supervision.proposed_case(office.at("watcher"), alert.id)
    assert draft is not None
    assert (draft.undertaker, draft.title, draft.content) == (
        office.body.code,
        f"考核不合格的整改：{office.body.name}",
        alert.message,
    )
    assert "予以通报批评，并提请有关部门追究相关责任人的责任" in draft.requirement
    opening = CaseOpening(key="failed-1", **asdict(draft) | {"source": "alert", "alerts": (alert.id,)})
    case = (await supervision.open_case(office.at("watcher"), opening)).matter_id
    await _until_rectification(office, case)
    office.later(days=15)
    assert await _late(office) == [], "there are five days left"
    office.later(days=10)
    assert await _late(office) == [(case, office.body.code)]
    # Neither its own circular nor a later day is the body's to make.
    later = {"code": "rectify_by", "day": office.ctx.today + timedelta(days=30)}
    for brought in ({"documents": [paper("circular_of_criticism")]}, {"facts": [later]}):
        with pytest.raises(MatterRefused):
            await office.act(case, "head", "record", **brought)
    papers = [paper("circular_of_criticism"), paper("supervision_recommendation")]
    await office.act(case, "watcher", "record", documents=papers)
    kept = {one.code for one in (await matters.matter(office.at("watcher"), case)).matter.documents}
    assert {"rectification_notice", "circular_of_criticism", "supervision_recommendation"} <= kept
    await office.act(case, "watcher", "record", facts=[later])
    facts = (await matters.matter(office.at("head"), case)).matter.facts
    assert facts["rectify_by"].value == later["day"]


async def _late(of: Office) -> list[tuple[int | None, str]]:
    """Look at everything; return the cases in which a body is late, and which body."""
    await matters.sweep(of.ctx)
    await supervision.sweep(of.ctx)
    rows = (await supervision.list_alerts(of.at("watcher"), AlertFilter(rule="R17"))).rows
    return [(one.matter_id, one.body_code) for one in rows]


async def _until_rectification(of: Office, case: int) -> None:
    """Take a case to the step in which the body has to put things right, with the notice that says until when."""
    await of.act(case, "watcher", "accept")
    await of.act(case, "chief", "complete", opinion=agree())
    await of.act(case, "watcher", "complete", documents=[paper("handling_notice")])
    await of.act(case, "head", "complete")
    await of.act(case, "head", "complete", opinion=agree(), documents=[paper("feedback_report")])
    await of.act(case, "second", "complete", opinion=agree())
    finding = CaseFinding(
        key="find-1",
        result="established",
        reasons="考核不合格",
        violation="procedure_not_followed",
        measures=("rectify",),
        rectify_by=of.ctx.today + timedelta(days=20),
    )
    await supervision.find_case(of.at("chief"), case, finding)
    of.later(minutes=1)
    await of.act(case, "watcher", "record", documents=[paper("finding_notice"), paper("rectification_notice")])
    await of.act(case, "watcher", "serve", document="finding_notice", method="direct")
    await of.act(case, "watcher", "complete", to="rectify")
