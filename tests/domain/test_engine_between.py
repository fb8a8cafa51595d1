"""R14 (004-6, 行政处罚法-25): who is competent. Two bodies consult, their superior designates, the clock rests meanwhile."""

from typing import Any

import pytest

from domain.engine import refusals
from domain.engine.clocks import STEPS, pauses
from domain.engine.parts import Doer
from tests.matters import BODY, Run, rulebook

pytestmark = pytest.mark.clause("R14")
OTHER, SUPERIOR, THIRD = "320300002", "320300009", "320300003"
RAISED = {"other": OTHER, "claims": True, "reasons": "案发地在本辖区", "superior": SUPERIOR}


def official(body: str) -> Doer:
    return Doer(kind="official", id=f"人员{body}", body=body, post="法制岗")


def disputed(*, claims: bool = True) -> Run:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    run.go("raise_dispute", **{**RAISED, "claims": claims})
    return run


def refused(run: Run, kind: str, body: str, **fields: Any) -> str:
    before = run.matter
    with pytest.raises(refusals.ActRefused) as caught:
        run.go(kind, by=official(body), **fields)
    assert run.matter == before
    return caught.value.code


def test_the_clock_of_the_steps_rests_and_that_of_the_law_does_not() -> None:
    run = disputed()
    (pause,) = run.matter.open_pauses
    assert pause.ground == "jurisdiction"
    assert [one.clause for one in pauses(run.matter, run.book, STEPS)] == ["市场监督管理行政处罚程序规定-14"]
    assert pauses(run.matter, run.book, "decide") == ()
    # Nobody takes the rest by hand, and nobody ends it by hand.
    for kind, fields in (("resume", {}), ("suspend", {"reasons": "理由"})):
        with pytest.raises(refusals.ActRefused):
            run.go(kind, ground="jurisdiction", **fields)


# Whether the one that raises it claims, whether the other does, who is competent then (empty: the superior says).
@pytest.mark.parametrize(
    ("own", "other", "competent"),
    [(True, False, BODY), (False, True, OTHER), (True, True, ""), (False, False, "")],
)
def test_where_both_agree_that_settles_it(*, own: bool, other: bool, competent: str) -> None:
    run = disputed(claims=own)
    run.go("state_jurisdiction", by=official(OTHER), claims=other, reasons="理由")
    dispute = run.matter.disputes[-1]
    assert (dispute.designated, dispute.ended is None) == (competent, not competent)
    assert (run.matter.ending == "transferred") == (competent == OTHER)
    assert bool(run.matter.open_pauses) == (not competent)
    if competent == OTHER:
        assert run.matter.sent is not None
        assert (run.matter.sent.to, run.matter.sent.ground) == (OTHER, "agreed")


@pytest.mark.parametrize("to", [BODY, OTHER, THIRD])
def test_the_superior_designates_once_both_were_heard(to: str) -> None:
    run = disputed()
    designation = {"to": to, "reasons": "由其管辖更为适宜"}
    assert refused(run, "designate", SUPERIOR, **designation) == "UNKNOWN_THING"
    assert refused(run, "state_jurisdiction", SUPERIOR, claims=True, reasons="理由") == "WRONG_POST"
    run.go("state_jurisdiction", by=official(OTHER), claims=True, reasons="理由")
    assert refused(run, "state_jurisdiction", OTHER, claims=False, reasons="理由") == "UNKNOWN_THING"
    assert refused(run, "designate", OTHER, **designation) == "WRONG_POST"
    run.go("designate", by=official(SUPERIOR), **designation)
    assert run.matter.open_dispute is None
    assert not run.matter.open_pauses
    assert (run.matter.phase, run.matter.ending) == (("running", "") if to == BODY else ("closed", "transferred"))
    if to == BODY:
        assert run.steps == ["investigate"]


def test_after_the_profiles_limit_the_clock_runs_and_the_superior_need_not_wait() -> None:
    run = disputed()
    run.later(days=12)  # seven working days and a weekend
    run.go("designate", by=official(SUPERIOR), to=BODY, reasons="另一机关逾期未陈述意见")
    (pause,) = run.matter.pauses
    assert pause.until is not None
    assert (pause.until - pause.since).days < 12
    run.go("raise_dispute", **RAISED)  # the time is used up: a second one rests nothing
    assert not run.matter.open_pauses


def test_one_dispute_at_a_time_and_none_with_oneself_or_without_a_superior() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    for wrong in ({"other": BODY}, {"superior": ""}):
        assert refused(run, "raise_dispute", BODY, **{**RAISED, **wrong}) in (
            "UNKNOWN_THING",
            "NOT_PROVIDED",
            "WRONG_POST",
        )
        with pytest.raises(refusals.ActRefused):
            run.go("raise_dispute", **{**RAISED, **wrong})
    run.go("raise_dispute", **RAISED)
    with pytest.raises(refusals.UnknownThing):
        run.go("raise_dispute", **RAISED)
    with pytest.raises(refusals.NotProvided):
        run.go("transfer", ground="jurisdiction", to=OTHER, reasons="理由")


# 市场监督管理行政处罚程序规定-15: whoever was sent a case does not send it on; a dispute is the way.
@pytest.mark.parametrize(
    ("came_by", "may"), [("jurisdiction", False), ("designated", False), ("returned", True), ("", True)]
)
def test_what_was_sent_is_not_sent_on(came_by: str, *, may: bool) -> None:
    run = Run(rulebook()).opened(came_by=came_by)
    if may:
        run.go("transfer", ground="not_competent", to=OTHER, reasons="理由")
        assert run.matter.ending == "transferred"
    else:
        with pytest.raises(refusals.NotProvided):
            run.go("transfer", ground="not_competent", to=OTHER, reasons="理由")
        run.go("raise_dispute", **RAISED)
