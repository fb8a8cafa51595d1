"""What a party is told: rights until their last day, remedies from the day of service, and a receipt that names nobody."""

from datetime import date
from typing import Any

import pytest

from domain.engine.clocks import deadline_of
from domain.party_account import Remedy, course, explained, remedies_of, rights_of, situation
from domain.profiles import load_profiles
from tests.matters import Run, rulebook, sha

pytestmark = pytest.mark.clause("H2")
LIMITS = load_profiles()["demo-city"].limits
TELLING = ("decision", "non_acceptance", "penalty_decision")


def remedies(run: Run) -> dict[str, Remedy]:
    return {one.limit: one for one in remedies_of(run.matter, run.book, LIMITS, TELLING)}


@pytest.mark.parametrize(
    ("steps", "told"),
    [("accept", "received"), ("review", "examined"), ("serve", "decided"), ("close", "served")],
)
def test_each_situation_has_a_word(steps: str, told: str) -> None:
    assert situation(Run(rulebook()).licence_at(steps).matter) == told


def test_what_stands_still_and_what_ended_have_words_too() -> None:
    run = Run(rulebook()).opened()
    run.go("ask_supplement", items=["照片"])
    assert situation(run.matter) == "supplement"
    run.go("withdraw", "party")
    assert situation(run.matter) == "withdrawn"
    closed = Run(rulebook()).licence_at("close")
    closed.go("close")
    assert situation(closed.matter) == "finished"


def test_stages_are_those_of_the_matters_own_steps() -> None:
    run = Run(rulebook()).licence_at("verify")
    assert course(run.matter, run.book.procedure) == (
        ("受理", "passed"), ("审查", "now"), ("决定", "ahead"), ("送达", "ahead"), ("办结", "ahead")
    )  # fmt: skip
    run.go("withdraw", "party")
    assert [place for _, place in course(run.matter, run.book.procedure)] == ["passed", "passed"]


def test_remedies_run_from_the_day_on_which_the_decision_was_received() -> None:
    run = Run(rulebook()).licence_at("decide")
    assert remedies(run) == {}, "nothing is decided yet"
    run.go("decide", outcome={"result": "refused", "reasons": "不符合条件"})
    assert {one.until for one in remedies(run).values()} == {None}, "nothing was served yet"
    run.deliver("decision")
    found = remedies(run)
    assert found["apply_reconsideration"].since == date(2026, 3, 2)
    # 行政复议法-20(1): sixty days, the day of the receipt not counted; the last day is in the holiday of May.
    assert found["apply_reconsideration"].until == date(2026, 5, 6)
    assert found["sue"].until == date(2026, 9, 2)


def test_a_right_is_told_until_its_last_day_and_gone_once_it_is_used() -> None:
    run = Run(rulebook()).licence_at("review")
    run.deliver("hearing_right_notice")
    today = date(2026, 3, 3)
    (right,) = rights_of(run.matter, run.book, today)
    assert (right.code, right.until) == ("hearing", date(2026, 3, 9))
    assert rights_of(run.matter, run.book, date(2026, 3, 10)) == ()
    run.go("exercise", "party", right="hearing", waive=True)
    assert rights_of(run.matter, run.book, today) == ()


def test_the_receipt_for_the_party_names_no_official() -> None:
    run = Run(rulebook(known={"of材料审查岗": "李岚"})).licence_at("review")
    suspend: dict[str, Any] = {"ground": "appraisal", "reasons": "检测", "told": 4, "told_by": sha("t")}
    run.go("suspend", **suspend)
    run.later(days=2)
    run.go("resume", ground="appraisal")
    own = deadline_of(run.matter, run.book, "decide")
    assert own is not None
    assert "李岚" in str([line.text for line in own.receipt.days])
    told = explained(own)
    assert told is not None
    assert "李岚" not in str(told.pauses) + str([line.text for line in told.days])
    assert [line.day for line in told.days] == [line.day for line in own.receipt.days]
