"""A penalty on a real database: certified officers, hearing, legality review, discussion, and a fine that is stopped."""

from datetime import date
from typing import Any

import pytest

from domain.engine.refusals import ActRefused
from resolvers import certificates, matters
from resolvers.database import Database
from resolvers.matters import MatterRefused, Opened, WrongPost
from resolvers.matters_refusals import REFUSALS
from tests import running
from tests.matters import VIOLATION, sha
from tests.running import PENALTY, Office, agree, paper

ENGINE = ActRefused.__subclasses__()


def outcome(amount: str, tier: str = "较重") -> dict[str, Any]:
    fine = {"violation": VIOLATION, "tier": tier, "amount": amount}
    return {"result": "penalty", "reasons": "事实清楚、证据确凿", "measures": ["fine"], "fines": [fine]}


async def investigated(office: Office) -> Opened:
    """Bring a penalty case to its first discussion."""
    opened = await office.open(PENALTY, "inv1", brings={"facts": [{"code": "一年内受到处罚的次数", "number": 1}]})
    await office.act(opened, "inv1", "complete")
    await office.act(opened, "deputy", "accept", documents=[paper("filing_approval")])
    now = office.ctx.now
    evidence = {"code": "evidence_taking", "digest": sha("v"), "began": now.replace(minute=0), "ended": now}
    await office.act(
        opened,
        "inv1",
        "complete",
        officers=[office.id_of("inv2")],
        documents=[paper("investigation_report")],
        recordings=[evidence],
    )
    return opened


async def told(office: Office, opened: Opened, amount: str) -> None:
    """Discuss, tell the party of the penalty and of the right to a hearing."""
    await office.act(opened, "judge", "complete", opinion=agree(), proposal=outcome(amount), to="notify")
    for document in ("penalty_notice", "hearing_right_notice"):
        await office.act(opened, "inv1", "record", documents=[paper(document)], officers=[office.id_of("inv2")])
        await office.act(opened, "inv1", "serve", document=document, method="direct", officers=[office.id_of("inv2")])
    until = {"code": "statement_until", "day": "2026-03-10"}
    await office.act(opened, "inv1", "complete", facts=[until], officers=[office.id_of("inv2")])


@pytest.mark.clause("R11", "R14", "R15", "R16")
async def test_a_penalty_with_a_hearing_and_a_fine_beyond_the_range(database: Database) -> None:
    office = await running.office(database)
    opened = await investigated(office)
    with pytest.raises(MatterRefused) as stopped:
        await office.act(opened, "judge", "complete", opinion=agree(), proposal=outcome("6000"), to="notify")
    assert stopped.value.code == "GATES_SHUT"
    assert "超过法定上限5000元" in stopped.value.message
    assert stopped.value.shortfalls[0].gate == "fine_within_range"
    await told(office, opened, "3000")
    status = await matters.status(office.ctx, opened.number, opened.code)
    assert "exercise" in status.acts
    for right, waive in (("statement", True), ("hearing", False)):
        data = {"kind": "exercise", "key": right, "right": right, "waive": waive}
        await matters.act_as_party(office.ctx, opened.number, opened.code, data)
    with pytest.raises(MatterRefused, match="听证尚未举行"):
        await office.act(opened, "chair", "complete", opinion=agree())
    await office.act(opened, "chair", "record", documents=[paper("hearing_notice")])
    await office.act(opened, "chair", "serve", document="hearing_notice", method="direct")
    await office.act(opened, "chair", "record", facts=[{"code": "hearing_day", "day": "2026-03-16"}])
    office.later(days=14)
    await office.act(opened, "chair", "record", documents=[paper("hearing_record")])
    await office.act(opened, "chair", "complete", opinion=agree())
    await office.act(opened, "judge", "complete", opinion=agree(), to="audit")
    await running.certify(office, "lawyer", legal_qualification=True)
    await office.act(opened, "lawyer", "complete", opinion=agree())
    discussion = paper("discussion_record", persons=[office.id_of("head"), office.id_of("deputy")])
    with pytest.raises(MatterRefused, match="超过法定上限5000元"):
        await office.act(opened, "head", "decide", outcome=outcome("6000"), documents=[discussion])
    decided = await office.act(opened, "head", "decide", outcome=outcome("3000"), documents=[discussion])
    assert decided.steps == ("serve",)
    await office.act(opened, "archivist", "record", documents=[paper("penalty_decision")])
    await office.act(opened, "archivist", "serve", document="penalty_decision", method="direct")
    await office.act(opened, "archivist", "complete")
    receipt = {"number": "B1", "amount": "3000", "paid_on": "2026-03-16"}
    await office.act(opened, "archivist", "complete", receipts=[receipt])
    closed = await office.act(opened, "archivist", "close", documents=[paper("closure_report")])
    assert (closed.phase, closed.ending) == ("closed", "finished")
    status = await matters.status(office.ctx, opened.number, opened.code)
    assert (status.result, status.ending, status.acts) == ("给予行政处罚", "finished", ("record",))
    await matters.rebuild(office.ctx, opened.matter_id)


@pytest.mark.clause("G3")
async def test_nobody_investigates_without_a_valid_certificate(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open(PENALTY, "inv1")
    await office.act(opened, "inv1", "complete")
    await office.act(opened, "deputy", "accept", documents=[paper("filing_approval")])
    await certificates.end(office.ctx, "证inv2", date(2026, 3, 2), "调离")
    with pytest.raises(MatterRefused, match="人员inv2在2026-03-02没有本机关本领域有效的行政执法证件"):
        await office.act(opened, "inv1", "complete", officers=[office.id_of("inv2")])


@pytest.mark.clause("R14")
async def test_a_step_belongs_to_its_post_and_the_refusal_names_the_clause(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    with pytest.raises(WrongPost) as refused:
        await office.act(opened, "judge", "accept")
    assert (refused.value.code, refused.value.status, refused.value.clause) == ("WRONG_POST", 403, "003-14")
    assert refused.value.remedy


def test_every_refusal_of_the_engine_has_one_here_with_the_same_code() -> None:
    assert set(REFUSALS) == set(ENGINE)
    for refused, own in REFUSALS.items():
        assert own.code == refused.code
        assert issubclass(own, MatterRefused)
        assert own.__doc__
