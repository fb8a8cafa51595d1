"""When a hearing must be offered (行政处罚法-63(1)): by measure, by the region's amounts, in doubt always."""

from typing import Any

import pytest

from domain.engine.hearings import hearing_due
from domain.engine.parts import Outcome
from domain.engine.refusals import GatesShut
from tests.matters import Run, paper, penalty, procedure, rulebook

AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}


# The demo city: 2,000 for a citizen and 20,000 for an organisation count as large, the amount itself included.
@pytest.mark.clause("R14")
@pytest.mark.parametrize(
    ("profile", "party", "outcome", "due"),
    [
        ("demo-city", "citizen", {"measures": ["fine"], "fine": "1999.99"}, False),
        ("demo-city", "citizen", {"measures": ["fine"], "fine": "2000"}, True),
        ("demo-city", "organisation", {"measures": ["fine"], "fine": "19999"}, False),
        ("demo-city", "organisation", {"measures": ["fine"], "fine": "20000"}, True),
        ("demo-city", "citizen", {"measures": ["confiscation"], "confiscated": "1999"}, False),
        ("demo-city", "citizen", {"measures": ["confiscation"], "confiscated": "2000"}, True),
        ("demo-city", "citizen", {"measures": ["licence_suspension"]}, False),
        ("demo-city", "citizen", {"measures": ["business_suspension"]}, True),
        # 003 sets no amount: every fine and confiscation counts as large, a warning does not.
        ("xuzhou-2016", "citizen", {"measures": ["fine"], "fine": "0.01"}, True),
        ("xuzhou-2016", "organisation", {"measures": ["confiscation"], "confiscated": "0.01"}, True),
        ("xuzhou-2016", "citizen", {"measures": ["warning"]}, False),
    ],
)
def test_a_hearing_is_due_by_measure_and_by_amount(
    profile: str, party: str, outcome: dict[str, Any], *, due: bool
) -> None:
    fields = dict(outcome)
    if "fine" in fields:
        fields["fines"] = [{"violation": "甲", "amount": fields.pop("fine")}]
    one = Outcome.model_validate({"result": "penalty", "reasons": "理由"} | fields)
    assert hearing_due(one, party, procedure("penalty-ordinary", profile)) == due


# 行政处罚法-64(1)(1): who asked may still give up; who gave up and asks again within the limit is heard.
@pytest.mark.clause("R14")
@pytest.mark.parametrize(("waives", "open_"), [([False, True], True), ([True, False], False), ([True], True)])
def test_the_last_word_of_the_party_counts(waives: list[bool], *, open_: bool) -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("hear", measures=("licence_revocation",))
    run.go("exercise", "party", right="statement")
    run.deliver("hearing_right_notice")
    for waive in waives:
        run.go("exercise", "party", right="hearing", waive=waive)
    if open_:
        run.go("complete", **AGREE)
        assert run.steps == ["discuss_second"]
        return
    with pytest.raises(GatesShut, match="听证尚未举行"):
        run.go("complete", **AGREE)


# 行政处罚法-64(1)(2): a hearing without a notice, or without its day on record, does not count as duly held.
@pytest.mark.clause("R14")
@pytest.mark.parametrize("left_out", ["notice", "day"])
def test_a_hearing_without_due_notice_is_no_hearing(left_out: str) -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("hear", measures=("licence_revocation",))
    run.go("exercise", "party", right="statement")
    run.deliver("hearing_right_notice")
    run.go("exercise", "party", right="hearing")
    if left_out == "day":
        run.deliver("hearing_notice")
    else:
        run.go("record", facts=[{"code": "hearing_day", "day": "2026-03-20"}])
    run.later(days=18)
    run.go("record", documents=[paper("hearing_record")])
    with pytest.raises(GatesShut, match="没有听证通知的送达记录或者听证日期"):
        run.go("complete", **AGREE)


# A heavier proposal is told anew, and with it the right to a hearing opens anew.
@pytest.mark.clause("R14")
def test_what_is_told_anew_opens_the_right_anew() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("hear", measures=("licence_revocation",))
    run.go("exercise", "party", right="statement")
    run.deliver("hearing_right_notice")
    run.go("exercise", "party", right="hearing", waive=True)
    run.later(days=1)
    run.deliver("hearing_right_notice")
    with pytest.raises(GatesShut, match="期限未满"):
        run.go("complete", **AGREE)


# A licence whose applicant was told of a hearing waits for it as well (行政许可法-47).
@pytest.mark.clause("R14")
def test_a_licence_waits_for_the_hearing_that_was_offered() -> None:
    run = Run(rulebook()).licence_at("decide")
    run.go("record", documents=[paper("hearing_right_notice")])
    run.go("serve", document="hearing_right_notice", method="direct")
    with pytest.raises(GatesShut, match="期限未满"):
        run.go("decide", outcome={"result": "granted"})
    run.later(days=8)
    run.go("decide", outcome={"result": "granted"})
    assert run.steps == ["serve"]


def test_a_smaller_penalty_needs_no_new_offer() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("decide", amount="1000")
    run.go("decide", outcome=penalty("500"))
    assert run.matter.outcome is not None
