"""The course of a matter: acceptance and supplement, ways and returns, and what leads out of it."""

from datetime import timedelta
from typing import Any

import pytest

from domain.engine import refusals
from domain.engine.lapses import due_acts
from domain.engine.parts import Doer
from domain.engine.rulebook import Rulebook
from domain.procedures import Procedure
from tests.matters import BODY, MONDAY, Run, paper, procedure, rulebook, sha

AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}
SUSPENDED: dict[str, Any] = {"ground": "hearing", "reasons": "依申请听证", "told": 5, "told_by": sha("t")}


def refused(run: Run, kind: str, who: str = "", **fields: Any) -> refusals.ActRefused:
    """Do an act that is refused; nothing of it may remain."""
    before = run.matter
    with pytest.raises(refusals.ActRefused) as caught:
        run.go(kind, who, **fields)
    assert run.matter == before
    assert caught.value.message
    assert caught.value.clause
    return caught.value


# -- acceptance --------------------------------------------------------------------------------------------------------


# 行政许可法-32(1)(4): once, all at once.
@pytest.mark.clause("R2")
def test_a_supplement_is_asked_for_once() -> None:
    run = Run(rulebook()).opened()
    assert refused(run, "ask_supplement", items=["照片", "照片"]).code == "UNKNOWN_THING"
    run.go("ask_supplement", items=["照片", "身份证明"])
    assert refused(run, "ask_supplement", items=["户口簿"]).code == "WAITING_FOR_SUPPLEMENT"
    assert refused(run, "accept").code == "WAITING_FOR_SUPPLEMENT"
    run.go("supplement", "party")
    again = refused(run, "ask_supplement", items=["户口簿"])
    assert (again.code, again.clause) == ("ALREADY_SUPPLEMENTED", "行政许可法-32(1)(4)")
    run.go("accept")
    assert refused(run, "ask_supplement", items=["户口簿"]).code == "NOT_IN_THIS_PHASE"


# 行政许可法-32(1)(4): silence within five working days is acceptance from the day the materials were received.
@pytest.mark.clause("R2")
@pytest.mark.parametrize(("days", "deemed"), [(7, False), (8, True)])
def test_silence_is_acceptance_from_the_day_of_receipt(days: int, *, deemed: bool) -> None:
    run = Run(rulebook()).opened()
    run.later(days=days)
    if not deemed:
        run.go("ask_supplement", items=["照片"])
        assert run.matter.phase == "received"
        return
    assert refused(run, "ask_supplement", items=["照片"]).code == "NOT_IN_THIS_PHASE"
    events = run.go("complete", by=Doer(kind="official", id="x", body=BODY, post="材料审查岗"), **AGREE)
    assert [event.act.kind for event in events] == ["deem", "complete"]
    assert run.matter.marks["accepted"] == MONDAY
    assert run.steps == ["verify"]


@pytest.mark.clause("R2")
def test_what_was_supplemented_is_accepted_by_silence_too() -> None:
    run = Run(rulebook()).opened()
    run.go("ask_supplement", items=["照片"])
    run.later(days=20)
    run.go("supplement", "party")
    received = run.matter.marks["materials_received"]
    run.later(days=9)
    run.go("record", by=Doer(kind="official", id="x", body=BODY, post="材料审查岗"))
    assert run.matter.marks["accepted"] == received


@pytest.mark.clause("R2")
def test_other_categories_know_no_acceptance_by_silence() -> None:
    run = Run(rulebook("case")).opened()
    run.later(days=30)
    run.go("ask_supplement", items=["照片"])
    assert run.matter.phase == "received"


def like_reconsideration() -> Rulebook:
    """A procedure whose body is merely late when it is silent, and whose party gives up when it is (行政复议法-31)."""
    base = procedure("licence").model_dump()
    limit = {"unit": "workday", "start": "materials_received", "end": "accepted"}
    base["limits"] |= {
        "supplement_notice": limit | {"name": "补正通知", "value": 5, "clause": "行政复议法-31"},
        "party_supplement": limit | {"name": "补正", "value": 10, "clause": "行政复议法-31", "who": "party"},
    }
    base["supplement"] |= {
        "on_silence": "overdue",
        "party_limit": "party_supplement",
        "on_party_silence": "abandoned",
    }
    return rulebook(procedure=Procedure.model_validate(base))


@pytest.mark.clause("R2")
def test_a_party_that_does_not_supplement_gives_up_where_the_law_says_so() -> None:
    run = Run(like_reconsideration()).opened()
    run.later(days=9)
    (event,) = run.go("ask_supplement", items=["授权书"])
    assert [(note.code, note.clause) for note in event.notes] == [("late_supplement", "行政许可法-32(1)(4)")]
    run.later(days=20)
    (act,) = due_acts(run.matter, run.book, run.now)
    run.go("deem", "time", **act.model_dump(exclude={"kind", "by"}))
    assert (run.matter.phase, run.matter.ending) == ("closed", "abandoned")


def test_nobody_deems_before_its_time() -> None:
    run = Run(rulebook()).opened()
    deemed: dict[str, Any] = {"what": "accepted", "since": MONDAY}
    assert refused(run, "deem", "time", **deemed).code == "TOO_LATE"
    assert refused(run, "deem", **deemed).code == "WRONG_POST"


# What comes from outside is material: a party makes no documents, no opinions, no findings (003-36(3)).
@pytest.mark.clause("H8")
@pytest.mark.parametrize(
    "brought",
    [
        {"documents": [paper("decision")]},
        {"opinion": {"verdict": "agree"}},
        {"officers": ["inv1"]},
        {"facts": [{"code": "area", "amount": "3"}]},
        {"receipts": [{"number": "B", "amount": "1", "paid_on": "2026-03-02"}]},
        {"materials": [{"name": "报告", "digest": sha("r"), "by": "organ"}]},
    ],
    ids=["document", "opinion", "officers", "fact", "receipt", "the organ's material"],
)
def test_a_party_brings_materials_only(brought: dict[str, Any]) -> None:
    run = Run(rulebook()).licence_at("review")
    assert refused(run, "record", "party", **brought).code == "WRONG_POST"
    stranger = Doer(kind="party", id="P2")
    assert refused(run, "record", by=stranger, materials=[{"name": "补充", "digest": sha("b")}]).code == "WRONG_POST"
    run.go("record", "party", materials=[{"name": "补充", "digest": sha("b")}])
    assert run.matter.materials[-1].name == "补充"


@pytest.mark.clause("R4")
def test_the_party_of_a_penalty_case_may_become_known_later() -> None:
    run = Run(rulebook("penalty-ordinary"))
    run.go("open", "clerk", matter="M1", body=BODY)
    assert refused(run, "record", "party", materials=[{"name": "说明", "digest": sha("b")}]).code == "WRONG_POST"
    run.go("name_party", party="P1", party_kind="organisation")
    assert (run.matter.party, run.matter.party_kind) == ("P1", "organisation")
    run.go("record", "party", materials=[{"name": "说明", "digest": sha("b")}])
    assert refused(Run(rulebook()).licence_at("serve"), "name_party", party="P2", party_kind="citizen").code == (
        "NOT_IN_THIS_PHASE"
    )


@pytest.mark.clause("R2")
def test_acceptance_is_refused_on_lawful_grounds_only() -> None:
    run = Run(rulebook()).opened()
    assert refused(run, "refuse_acceptance", ground="mood", reasons="不想办").code == "NO_SUCH_GROUND"
    run.go("refuse_acceptance", ground="not_competent", reasons="属于市水务局职权", referred_to="市水务局")
    assert (run.matter.phase, run.matter.ending, run.steps) == ("closed", "not_accepted", [])
    run.go("record", documents=[paper("non_acceptance")])
    run.go("serve", document="non_acceptance", method="mail")
    assert refused(run, "accept").code == "NOT_IN_THIS_PHASE"


# 行政处罚法-54: the source is registered, the head files the case; the ninety days run from there.
@pytest.mark.clause("R14")
def test_a_penalty_case_is_accepted_when_it_is_filed() -> None:
    run = Run(rulebook("penalty-ordinary")).opened(materials=[])
    assert (run.steps, run.matter.phase, run.matter.kind) == (["source"], "received", "penalty_case")
    assert refused(run, "accept").code == "NOT_IN_THIS_STEP"
    run.go("complete", "clue")
    run.later(days=3)
    filed = run.now
    run.go("accept", documents=[paper("filing_approval")])
    assert run.matter.marks["accepted"] == filed
    assert run.steps == ["investigate"]


# -- steps and ways ----------------------------------------------------------------------------------------------------


# R1 (003-29): steps are neither skipped nor reordered.
@pytest.mark.clause("R1")
def test_steps_are_neither_skipped_nor_reordered() -> None:
    run = Run(rulebook()).licence_at("review")
    assert refused(run, "decide", outcome={"result": "granted"}).code == "NOT_IN_THIS_STEP"
    assert refused(run, "complete", to="decide", **AGREE).code == "NO_SUCH_WAY"
    assert refused(run, "close").code == "NOT_IN_THIS_PHASE"
    run.go("complete", **AGREE)
    several = refused(run, "complete", **AGREE)
    assert (several.code, several.clause) == ("NO_SUCH_WAY", "003-29")
    assert "法制审核、决定" in several.message


# 003-14: the flow goes down to the post.
@pytest.mark.clause("L5")
@pytest.mark.parametrize(
    "by",
    [
        Doer(kind="official", id="x", body=BODY, post="窗口受理岗"),
        Doer(kind="official", id="x", body="320300002", post="材料审查岗"),
        Doer(kind="party", id="P1"),
        Doer(kind="system", id="time"),
    ],
    ids=["another post", "another body", "the party", "the system"],
)
def test_a_step_belongs_to_its_post(by: Doer) -> None:
    run = Run(rulebook()).licence_at("review")
    assert refused(run, "complete", by=by, **AGREE).code == "WRONG_POST"


def test_an_assigned_step_belongs_to_its_official() -> None:
    run = Run(rulebook()).licence_at("review")
    run.go("assign", "chief", to="小王")
    assert refused(run, "complete", "小李", **AGREE).code == "WRONG_POST"
    run.go("complete", "小王", **AGREE)
    assert run.matter.visits[1].doers == ("小王",)


# R2, R10: back along the flow with reasons; from the second time on it is pointed out.
@pytest.mark.clause("R2")
@pytest.mark.clause("R10")
def test_returns_go_back_and_are_counted() -> None:
    run = Run(rulebook()).licence_at("verify")
    assert refused(run, "return", to="accept", reasons="重来").code == "NO_SUCH_WAY"
    assert refused(run, "return", to="decide", reasons="向前").code == "NO_SUCH_WAY"
    first = run.go("return", to="review", reasons="依据不足")
    run.go("complete", **AGREE)
    second = run.go("return", to="review", reasons="依据仍然不足")
    assert [note.code for event in (*first, *second) for note in event.notes] == ["repeated_return"]
    assert [visit.step for visit in run.matter.visits] == ["accept", "review", "verify", "review", "verify", "review"]
    assert run.matter.visits[2].how == "returned"


@pytest.mark.clause("R2")
def test_nothing_is_returned_after_the_decision() -> None:
    run = Run(rulebook()).licence_at("serve")
    assert refused(run, "return", to="decide", reasons="想再想想").code == "NOT_IN_THIS_PHASE"


def test_a_decision_is_served_before_the_matter_is_closed() -> None:
    run = Run(rulebook()).licence_at("serve")
    assert refused(run, "serve", document="decision", method="direct").code == "UNKNOWN_THING"
    assert refused(run, "complete").code == "GATES_SHUT"
    run.go("record", documents=[paper("decision")])
    assert refused(run, "serve", document="decision", method="electronic").code == "REASONS_MISSING"
    run.go("serve", document="decision", method="electronic", confirmed=True)
    run.go("complete")
    run.go("close")
    run.go("archive", index=sha("卷内目录"))
    assert (run.matter.phase, run.matter.ending) == ("archived", "finished")
    assert refused(run, "record").code == "NOT_IN_THIS_PHASE"


# -- out of the matter -------------------------------------------------------------------------------------------------


@pytest.mark.clause("R2")
def test_only_the_applicant_withdraws_and_only_before_the_decision() -> None:
    run = Run(rulebook()).licence_at("decide")
    stranger = Doer(kind="party", id="P2")
    assert refused(run, "withdraw", by=stranger).code == "WRONG_POST"
    run.go("withdraw", "party", reasons="不再需要")
    assert (run.matter.phase, run.matter.ending) == ("closed", "withdrawn")
    decided = Run(rulebook()).licence_at("serve")
    assert refused(decided, "withdraw", "party").code == "NOT_IN_THIS_PHASE"
    penalty = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    assert refused(penalty, "withdraw", "party").code == "NOT_PROVIDED"


@pytest.mark.clause("R14")
@pytest.mark.parametrize(
    ("ground", "to", "code"), [("crime", BODY, "UNKNOWN_THING"), ("whim", "公安局", "NO_SUCH_GROUND")]
)
def test_a_transfer_needs_a_ground_and_another_body(ground: str, to: str, code: str) -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    assert refused(run, "transfer", ground=ground, to=to, reasons="理由").code == code
    run.go("transfer", ground="crime", to="市公安局", reasons="涉嫌犯罪")
    assert (run.matter.ending, run.steps) == ("transferred", [])


OTHER: dict[str, Any] = {
    "id": "M2",
    "kind": "penalty_case",
    "body": BODY,
    "party": "P1",
    "phase": "running",
    "decided": False,
}


# 003-30 多项处罚并案: one party, one body, penalty cases, nothing decided.
@pytest.mark.clause("R2")
@pytest.mark.parametrize(
    "change",
    [{"kind": "case"}, {"body": "320300002"}, {"party": "P2"}, {"phase": "received"}, {"decided": True}, {"id": "M1"}],
)
def test_only_like_cases_are_merged(change: dict[str, Any]) -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    assert refused(run, "merge", others=[OTHER | change], reasons="并案").code == "NOT_MERGEABLE"
    assert refused(run, "be_merged", into=OTHER | change, reasons="并案").code == "NOT_MERGEABLE"


@pytest.mark.clause("R2")
def test_cases_are_merged_and_split() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    run.go("merge", others=[OTHER, OTHER | {"id": "M3"}], reasons="同一当事人")
    assert refused(run, "merge", others=[OTHER], reasons="再次").code == "NOT_MERGEABLE"
    run.go("split", off=["M4"], reasons="另案处理")
    assert refused(run, "split", off=["M4"], reasons="重复").code == "UNKNOWN_THING"
    assert (run.matter.merged, run.matter.split_off, run.steps) == (("M2", "M3"), ("M4",), ["investigate"])
    other = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    other.go("be_merged", into=OTHER, reasons="并入")
    assert (other.matter.phase, other.matter.ending) == ("closed", "merged")
    licence = Run(rulebook()).licence_at("review")
    assert refused(licence, "merge", others=[OTHER | {"kind": "case"}], reasons="并案").code == "NOT_PROVIDED"


@pytest.mark.clause("R2")
def test_a_matter_is_terminated_on_a_ground_of_the_list() -> None:
    run = Run(rulebook()).licence_at("review")
    assert refused(run, "terminate", ground="boredom", reasons="无").code == "NO_SUCH_GROUND"
    run.go("terminate", ground="party_gone", reasons="申请人已注销")
    assert run.matter.ending == "terminated"
    decided = Run(rulebook("penalty-ordinary")).penalty_at("execute")
    assert refused(decided, "terminate", ground="party_gone", reasons="已注销").code == "NOT_IN_THIS_PHASE"
    decided.go("terminate", ground="enforcement_ended", reasons="无财产可供执行")
    assert decided.matter.ending == "terminated"


# 003-33: a correction is a further act; what it corrects stays.
@pytest.mark.clause("R9")
def test_a_correction_leaves_what_it_corrects() -> None:
    run = Run(rulebook()).licence_at("close")
    run.go("close")
    run.go("archive", index=sha("i"))
    before = tuple(run.events)
    assert refused(run, "correct", event=99, what="甲", instead="乙", reasons="笔误").code == "UNKNOWN_THING"
    run.go("correct", event=2, what="窗口", instead="网上", reasons="笔误")
    assert tuple(run.events[:-1]) == before
    assert run.matter.corrections == 1


# -- standing still ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("R2")
def test_a_suspended_matter_stands_still() -> None:
    run = Run(rulebook()).licence_at("review")
    assert refused(run, "suspend", **(SUSPENDED | {"ground": "rain"})).code == "NO_SUCH_GROUND"
    untold = {key: value for key, value in SUSPENDED.items() if not key.startswith("told")}
    assert refused(run, "suspend", **untold).code == "TIME_NOT_TOLD"
    run.go("suspend", **SUSPENDED)
    assert refused(run, "suspend", **SUSPENDED).code == "NO_SUCH_GROUND"
    assert refused(run, "complete", **AGREE).code == "MATTER_SUSPENDED"
    run.go("record", documents=[paper("hearing_record")])
    assert refused(run, "resume", ground="tender").code == "NOT_SUSPENDED"
    run.go("resume", ground="hearing")
    run.go("complete", **AGREE)
    assert run.steps == ["verify"]


# 行政许可法-42(1).
@pytest.mark.clause("R2")
def test_a_limit_is_extended_as_the_law_allows() -> None:
    head: dict[str, Any] = {"by": "局长", "role": "organ_head"}
    good: dict[str, Any] = {"limit": "decide", "value": 10, "reasons": "情况复杂", "approval": head}
    run = Run(rulebook()).licence_at("review")
    changes: tuple[dict[str, Any], ...] = (
        {"value": 11},
        {"limit": "certificate"},
        {"limit": "supplement_notice"},
        {"approval": head | {"role": "unit_head"}},
        {"approval": head | {"by": "of材料审查岗"}},
    )
    for change in changes:
        assert refused(run, "extend", **(good | change)).code == "NOT_EXTENDABLE"
    run.go("extend", **good)
    assert refused(run, "extend", **(good | {"value": 1})).code == "NOT_EXTENDABLE"
    late = Run(rulebook()).licence_at("review")
    late.now += timedelta(days=40)
    assert refused(late, "extend", **good).code == "TOO_LATE"
