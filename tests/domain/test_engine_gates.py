"""Gates: what must be there before a step is left, each by its clause; and the fine inside law and benchmark."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.benchmarks import FineRange
from domain.engine.fines import bounds
from domain.engine.refusals import ActRefused, GatesShut, ReasonsMissing, UnknownThing
from tests.matters import Run, certificate, item, paper, penalty, rulebook

AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}


def shut(run: Run, kind: str, who: str = "", **fields: Any) -> dict[str, str]:
    """Do an act that gates refuse; return the clause of each gate that is shut."""
    with pytest.raises(GatesShut) as caught:
        run.go(kind, who, **fields)
    assert all(gap.message and gap.clause for gap in caught.value.shortfalls)
    assert caught.value.remedy
    return {gap.gate: gap.clause for gap in caught.value.shortfalls}


# R8 (003-32(2)): required materials of the guide, not the optional ones.
@pytest.mark.clause("R8")
def test_a_case_is_not_accepted_without_its_materials() -> None:
    run = Run(rulebook()).opened(materials=[])
    assert shut(run, "accept") == {"materials_complete": "003-32(2)"}
    run.go("accept", materials=[{"name": "申请表", "digest": "0" * 64}])
    assert run.steps == ["review"]


# R16 (002-4.2.1): who accepted or examined does not decide.
@pytest.mark.clause("R16")
@pytest.mark.parametrize("step", ["accept", "review"])
def test_who_accepted_or_examined_does_not_decide(step: str) -> None:
    run = Run(rulebook()).licence_at("decide")
    insider = next(visit.doers[0] for visit in run.matter.visits if visit.step == step)
    assert shut(run, "decide", insider, outcome={"result": "granted"}) == {"separation_of_duties": "002-4.2.1"}
    run.go("decide", outcome={"result": "granted"})
    assert "decided" in run.matter.marks


# 003-31(4): a negative opinion and a negative decision state their reasons.
@pytest.mark.clause("R3")
def test_a_negative_opinion_states_its_reasons() -> None:
    run = Run(rulebook()).licence_at("review")
    with pytest.raises(ReasonsMissing) as caught:
        run.go("complete", opinion={"verdict": "disagree"})
    assert caught.value.clause == "003-31(4)"
    run.go("complete", opinion={"verdict": "disagree", "reasons": "不符合条件第二项"})
    run.go("complete", to="decide", **AGREE)
    with pytest.raises(ReasonsMissing):
        run.go("decide", outcome={"result": "refused"})


# 行政许可法-59: fees that are published, within their standard.
@pytest.mark.clause("R11")
@pytest.mark.parametrize(
    ("name", "amount", "open_"), [("工本费", "10", True), ("工本费", "10.01", False), ("加急费", "1", False)]
)
def test_fees_stay_within_their_standard(name: str, amount: str, *, open_: bool) -> None:
    run = Run(rulebook()).licence_at("decide")
    outcome = {"result": "granted", "fees": [{"name": name, "amount": amount}]}
    if open_:
        run.go("decide", outcome=outcome)
        assert run.matter.outcome is not None
    else:
        assert shut(run, "decide", outcome=outcome) == {"fee_within_standard": "行政许可法-59"}


# 行政处罚法-42(1), 004-11, 004-12: two officers with certificates valid on the day, for the body and the field.
@pytest.mark.clause("R14")
@pytest.mark.clause("G3")
@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"fields": ("penalty", "inspection")}, True),
        ({"fields": ("licence",)}, False),
        ({"body": "320300002"}, False),
        ({"aide": True}, False),
        ({"valid_from": "2026-03-03"}, False),
        ({"valid_until": "2026-03-01"}, False),
        ({"valid_until": "2026-03-02"}, True),
        ({"ended": "2026-03-02"}, False),
        ({"ended": "2026-03-03"}, True),
    ],
)
def test_both_officers_are_certified_on_that_day(change: dict[str, Any], *, valid: bool) -> None:
    book = rulebook("penalty-ordinary", certificates=(certificate("inv1"), certificate("inv2", **change)))
    run = Run(book).penalty_at("investigate")
    _, _, fields = run.penalty_step("investigate", penalty(), "1000")
    if valid:
        run.go("complete", **fields)
        assert run.steps == ["discuss_first"]
    else:
        assert shut(run, "complete", **fields) == {"certified_officers": "004-11"}


@pytest.mark.clause("R14")
def test_one_officer_is_not_enough_and_an_earlier_one_counts() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    _, _, fields = run.penalty_step("investigate", penalty(), "1000")
    alone = fields | {"officers": []}
    assert shut(run, "complete", **alone) == {"certified_officers": "行政处罚法-42(1)"}
    run.go("record", "inv2", facts=[{"code": "place", "text": "中山路"}])
    run.go("complete", **alone)
    assert run.steps == ["discuss_first"]


@pytest.mark.clause("G3")
def test_nobody_without_certificate_even_records_in_an_enforcement_step() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    assert shut(run, "record", "clerk", facts=[{"code": "place", "text": "中山路"}]) == {"certified_officers": "004-11"}
    assert shut(run, "opine", "clerk", **AGREE) == {"certified_officers": "004-11"}


# R9 (004-4): recordings of the steps that need them.
@pytest.mark.clause("R9")
def test_an_investigation_without_its_recording_is_not_finished() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    _, _, fields = run.penalty_step("investigate", penalty(), "1000")
    gaps = shut(run, "complete", **(fields | {"recordings": [], "documents": []}))
    assert gaps == {"needs": "004-4"}
    late = {"code": "evidence_taking", "digest": "0" * 64, "began": run.now, "ended": run.now + timedelta(hours=1)}
    with pytest.raises(UnknownThing, match="晚于"):
        run.go("record", recordings=[late])


# R11 (003-32(6), 003-15): over the law, outside the tier, a wrong tier, a reasoned deviation, less than the least.
FINES: list[tuple[str, dict[str, Any], bool]] = [
    ("inside", {"amount": "1500"}, True),
    ("over the law", {"amount": "5000.01"}, False),
    ("over the law, whatever the reasons", {"amount": "6000", "deviation": {"reasons": "恶劣", "approved_by": "局长"}}, False),
    ("over the tier", {"amount": "1800"}, False),
    ("over the tier, with reasons", {"amount": "1800", "deviation": {"reasons": "拒不配合", "approved_by": "局长"}}, True),
    ("over the tier, approved by oneself", {"amount": "1800", "deviation": {"reasons": "拒不配合", "approved_by": "of案件审核岗"}}, False),
    ("under the law", {"amount": "400"}, False),
    ("under the law, by law", {"amount": "400", "lighter": "主动消除危害后果"}, True),
    ("no tier", {"tier": ""}, False),
    ("no such violation", {"violation": "其他"}, False),
    ("a tier whose condition is not met", {"tier": "较重", "amount": "1500"}, False),
]  # fmt: skip


@pytest.mark.clause("R11")
@pytest.mark.parametrize(("fine", "open_"), [row[1:] for row in FINES], ids=[row[0] for row in FINES])
def test_a_fine_stays_inside_law_and_benchmark(fine: dict[str, Any], *, open_: bool) -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("discuss_first")
    act: dict[str, Any] = {"proposal": penalty(**fine), "to": "notify"} | AGREE
    if open_:
        run.go("complete", **act)
        assert run.steps == ["notify"]
    else:
        gaps = shut(run, "complete", **act)
        assert gaps["fine_within_range"] in ("003-32(6)", "行政处罚法-32")


@pytest.mark.clause("R11")
def test_a_tier_is_chosen_by_recorded_facts() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("discuss_first")
    act: dict[str, Any] = {"proposal": penalty("3000", tier="较重"), "to": "notify"} | AGREE
    shut(run, "complete", **act)
    run.go("complete", facts=[{"code": "一年内受到处罚的次数", "number": 2}], **act)
    assert run.steps == ["notify"]


@pytest.mark.clause("R11")
@pytest.mark.parametrize(
    ("fine", "bases", "expected"),
    [
        (FineRange(lowest=Decimal(100), highest=Decimal(200)), {}, (Decimal(100), Decimal(200))),
        (FineRange(lowest=Decimal(3), highest=Decimal(5), unit="multiple", base="违法所得"), {"违法所得": Decimal(80)}, (Decimal(240), Decimal(400))),
        (FineRange(lowest=Decimal(5), highest=Decimal(10), unit="percent", base="货值"), {"货值": Decimal(1000)}, (Decimal(50), Decimal(100))),
        (FineRange(lowest=Decimal(1), unit="multiple", base="货值"), {"货值": Decimal(7)}, (Decimal(7), None)),
        (FineRange(lowest=Decimal(1), unit="multiple", base="货值"), {}, None),
    ],
)  # fmt: skip
def test_ranges_are_counted_in_yuan(fine: FineRange, bases: dict[str, Decimal], expected: object) -> None:
    assert bounds(fine, bases) == expected


# 行政处罚法-44, -45, -62: told, heard, and not punished harder for it.
@pytest.mark.clause("R18")
def test_the_party_is_told_and_heard_before_the_decision() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("notify")
    assert set(shut(run, "complete")) == {"needs", "certified_officers"}
    run = Run(rulebook("penalty-ordinary")).penalty_at("hear")
    assert shut(run, "complete", **AGREE) == {"statement_heard_or_waived": "行政处罚法-45(1)"}
    run.later(days=9)  # the notice told 10 March as the last day
    run.go("complete", **AGREE)
    assert run.steps == ["discuss_second"]


@pytest.mark.clause("R18")
def test_nobody_is_punished_harder_than_was_told() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("decide")
    gaps = shut(run, "decide", outcome=penalty("1100"))
    assert gaps == {"not_heavier_than_told": "行政处罚法-45(2)"}
    more = penalty("1000", ("fine", "confiscation"))
    assert shut(run, "decide", outcome=more) == {"not_heavier_than_told": "行政处罚法-45(2)"}
    run.go("decide", outcome=penalty("900"))
    assert run.steps == ["serve"]


# 行政处罚法-63, -64: the region's amount decides what is large; licence revocation always needs the offer.
@pytest.mark.clause("R14")
@pytest.mark.parametrize(
    ("party", "measures", "due"),
    [
        ("citizen", ("warning",), False),
        ("citizen", ("licence_revocation",), True),
        ("organisation", ("closure_order",), True),
    ],
)
def test_a_hearing_is_offered_where_the_law_says(party: str, measures: tuple[str, ...], *, due: bool) -> None:
    run = Run(rulebook("penalty-ordinary"))
    run.penalty_at("hear", measures=measures)
    run.go("exercise", "party", right="statement", waive=True)
    if due:
        assert shut(run, "complete", **AGREE) == {"hearing_held_or_waived": "行政处罚法-63(1)"}
    else:
        run.go("complete", **AGREE)
        assert run.steps == ["discuss_second"]


def hearing(run: Run) -> Run:
    run.penalty_at("hear", measures=("licence_revocation",))
    run.go("exercise", "party", right="statement")
    run.deliver("hearing_right_notice")
    return run


@pytest.mark.clause("R14")
def test_the_right_to_a_hearing_lapses_after_five_working_days() -> None:
    run = hearing(Run(rulebook("penalty-ordinary")))
    assert shut(run, "complete", **AGREE) == {"hearing_held_or_waived": "行政处罚法-64(1)(1)"}
    run.later(days=8)
    with pytest.raises(ActRefused, match="届满"):
        run.go("exercise", "party", right="hearing")
    run.go("complete", **AGREE)
    assert run.steps == ["discuss_second"]


# 行政处罚法-64(1)(2): seven whole working days lie between the notice and the hearing.
@pytest.mark.clause("R14")
@pytest.mark.parametrize(("day", "open_"), [("2026-03-12", True), ("2026-03-11", False)])
def test_a_hearing_that_was_asked_for_is_held_after_due_notice(day: str, *, open_: bool) -> None:
    run = hearing(Run(rulebook("penalty-ordinary")))
    run.go("exercise", "party", right="hearing")
    assert shut(run, "complete", **AGREE) == {"hearing_held_or_waived": "行政处罚法-63(1)"}
    run.go("record", facts=[{"code": "hearing_day", "day": day}])
    run.deliver("hearing_notice")
    run.later(days=(date.fromisoformat(day) - run.now.date()).days)
    run.go("record", documents=[paper("hearing_record")])
    if open_:
        run.go("complete", **AGREE)
        assert run.steps == ["discuss_second"]
    else:
        assert shut(run, "complete", **AGREE) == {"hearing_held_or_waived": "行政处罚法-64(1)(2)"}


# 行政处罚法-29: one violation, one fine.
@pytest.mark.clause("R11")
def test_one_violation_is_fined_once() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("discuss_first")
    twice = penalty("600")
    twice["fines"] *= 2
    with pytest.raises(UnknownThing) as caught:
        run.go("complete", proposal=twice, to="notify", **AGREE)
    assert caught.value.clause == "行政处罚法-29"


# R12 (004-5, 行政处罚法-58): no decision before the review has passed, and none on what was changed after it.
@pytest.mark.clause("R12")
def test_a_grave_penalty_needs_review_and_discussion() -> None:
    run = hearing(Run(rulebook("penalty-ordinary")))
    run.go("exercise", "party", right="hearing", waive=True)
    run.go("complete", **AGREE)
    run.go("complete", to="decide", **AGREE)
    outcome = penalty(measures=("licence_revocation",))
    gaps = shut(run, "decide", outcome=outcome)
    assert gaps == {"legality_review_passed": "004-5", "collective_discussion": "行政处罚法-57(2)"}
    run.go("return", to="discuss_second", reasons="应当先行法制审核")
    run.go("complete", to="audit", **AGREE)
    run.go("complete", opinion={"verdict": "disagree", "reasons": "程序有瑕疵"})
    record = paper("discussion_record", persons=["局长", "副局长"])
    assert shut(run, "decide", outcome=outcome, documents=[record]) == {"legality_review_passed": "004-5"}
    run.go("return", to="discuss_second", reasons="补正程序")
    run.go("complete", to="audit", **AGREE)
    run.go("complete", **AGREE)
    alone = paper("discussion_record", persons=["局长"])
    assert shut(run, "decide", outcome=outcome, documents=[alone]) == {"collective_discussion": "行政处罚法-57(2)"}
    run.go("decide", outcome=outcome, documents=[record])
    assert run.steps == ["serve"]


@pytest.mark.clause("R12")
@pytest.mark.parametrize("fact", ["major_public_interest", "complex_case", "review_by_law"])
def test_a_stated_ground_calls_for_the_review(fact: str) -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("decide")
    run.go("record", facts=[{"code": fact, "yes_no": True}])
    assert set(shut(run, "decide", outcome=penalty())) == {"legality_review_passed", "collective_discussion"}


# 行政处罚法-57(1)(2): who punishes nobody need not tell beforehand; who then punishes after all must.
@pytest.mark.clause("R18")
def test_no_penalty_needs_no_notice_and_opens_no_back_door() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("discuss_first")
    gaps = shut(run, "complete", proposal=penalty(), to="decide", **AGREE)
    assert gaps == {"no_penalty_intended": "行政处罚法-44"}
    none = {"result": "no_penalty", "reasons": "违法行为轻微并及时改正"}
    run.go("complete", proposal=none, to="decide", **AGREE)
    assert set(shut(run, "decide", outcome=penalty())) >= {"rights_told", "statement_heard_or_waived"}
    with pytest.raises(UnknownThing, match="不应当有处罚种类"):
        run.go("decide", outcome=none | {"measures": ["warning"]})
    with pytest.raises(UnknownThing, match="没有选择处罚种类"):
        run.go("decide", outcome=penalty(measures=()))
    run.go("decide", outcome=none)
    run.deliver("penalty_decision")
    run.go("complete")
    run.go("complete")  # nothing is owed
    assert run.steps == ["close"]


# R15 (行政处罚法-67): the bank's receipts, not the system, settle a fine.
@pytest.mark.clause("R15")
def test_a_fine_is_settled_by_the_banks_receipts() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("execute")
    half = {"number": "B1", "amount": "600", "paid_on": "2026-03-02"}
    assert shut(run, "complete", receipts=[half]) == {"fine_settled": "行政处罚法-67(3)"}
    run.go("record", receipts=[half])
    with pytest.raises(UnknownThing, match="编号重复"):
        run.go("complete", receipts=[half])
    with pytest.raises(UnknownThing, match="晚于今天"):
        run.go("complete", receipts=[half | {"number": "B2", "paid_on": "2026-03-20"}])
    run.go("complete", receipts=[half | {"number": "B2", "amount": "400"}])
    assert run.steps == ["close"]


@pytest.mark.clause("R15")
def test_an_enforced_fine_is_settled_by_the_account_of_it() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("execute")
    run.go("complete", documents=[paper("enforcement_result")])
    assert run.steps == ["close"]


# 行政处罚法-51: two hundred for a citizen, three thousand for an organisation, a warning; nothing else on the spot.
@pytest.mark.clause("R11")
@pytest.mark.parametrize(
    ("party", "amount", "measures", "open_"),
    [
        ("citizen", "200", ("fine",), True),
        ("citizen", "200.01", ("fine",), False),
        ("citizen", "0", ("warning",), True),
        ("organisation", "3000", ("fine",), True),
        ("organisation", "3000.01", ("fine",), False),
        ("citizen", "0", ("licence_suspension",), False),
    ],
)
def test_summary_penalties_are_small(party: str, amount: str, measures: tuple[str, ...], *, open_: bool) -> None:
    small = item("penalty")
    free = small.benchmarks[0].model_copy(
        update={"range": None, "tiers": (small.benchmarks[0].tiers[0].model_copy(update={"fine": FineRange()}),)}
    )
    run = Run(rulebook("penalty-summary", item=small.model_copy(update={"benchmarks": (free,)})))
    run.opened(materials=[], party_kind=party)
    run.go("accept", officers=["inv2"])
    run.go("record", documents=[paper("oral_notice")])
    run.go("exercise", "party", right="statement", waive=True)
    act: dict[str, Any] = {"outcome": penalty(amount, measures), "officers": ["inv2"]}
    if open_:
        run.go("decide", **act)
        assert run.steps == ["serve"]
    else:
        assert shut(run, "decide", **act) == {"summary_ceiling": "行政处罚法-51"}


# 004-6: what another body was asked for is answered first.
@pytest.mark.clause("R14")
def test_an_open_request_for_assistance_holds_the_decision_back() -> None:
    run = Run(rulebook()).licence_at("decide")
    run.go("request_assistance", of="320300002", what="核实权属")
    assert shut(run, "decide", outcome={"result": "granted"}) == {"no_open_assistance": "004-6"}
    run.go("answer_assistance", request=1, answer="属实")
    run.go("decide", outcome={"result": "granted"})
    assert run.steps == ["serve"]


def test_everything_that_is_missing_is_told_at_once() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    with pytest.raises(GatesShut) as caught:
        run.go("complete", "inv1")
    assert [gap.gate for gap in caught.value.shortfalls] == ["needs", "needs", "certified_officers"]
    assert "调查终结报告" in caught.value.message
    assert "请登记音像记录" in caught.value.remedy
