"""What the desk is offered is what the engine takes: nothing offered is out of place, nothing in place is left out."""

from typing import Any

import pytest

from domain.engine.acts import ACT
from domain.engine.choices import choices, probe
from domain.engine.parts import Doer
from tests.matters import BODY, Run, rulebook, sha

AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}
MISPLACED = {"NOT_IN_THIS_STEP", "NOT_IN_THIS_PHASE", "WRONG_POST", "NO_SUCH_WAY", "NOT_PROVIDED", "NO_SUCH_GROUND"}
FIELDS: dict[str, dict[str, Any]] = {
    "complete": AGREE,
    "decide": {"outcome": {"result": "granted"}},
    "return": {"reasons": "不清"},
    "refuse_acceptance": {"reasons": "理由"},
    "ask_supplement": {"items": ["照片"]},
    "opine": AGREE,
    "suspend": {"reasons": "需要", "told": 3, "told_by": sha("t")},
    "request_assistance": {"of": "320300002", "what": "核实"},
    "transfer": {"to": "320300002", "reasons": "理由"},
    "raise_dispute": {"other": "320300002", "claims": False, "reasons": "理由", "superior": "320300009"},
    "terminate": {"reasons": "理由"},
    "extend": {"value": 5, "reasons": "理由", "approval": {"by": "局长", "role": "organ_head"}},
    "name_party": {"party": "P1", "party_kind": "citizen"},
    "correct": {"event": 1, "what": "甲", "instead": "乙", "reasons": "笔误"},
    "archive": {"index": sha("i")},
    "serve": {"method": "direct"},
}
OPTION_FIELD = {"refuse_acceptance": "ground", "suspend": "ground", "resume": "ground", "transfer": "ground", "terminate": "ground", "extend": "limit", "serve": "document", "exercise": "right"}  # fmt: skip
LICENCE_STEPS = ["accept", "review", "verify", "decide", "serve", "close"]


@pytest.mark.parametrize("step", LICENCE_STEPS)
def test_nothing_that_is_offered_is_out_of_place(step: str) -> None:
    run = Run(rulebook()).licence_at(step)
    by = run.doer("")
    for choice in choices(run.matter, run.book, by, run.now):
        for option in choice.options or (None,):
            fields = dict(FIELDS.get(choice.act, {}))
            if option is not None and choice.act != "decide":
                fields[OPTION_FIELD.get(choice.act, "to")] = option.code
            if choice.act == "exercise":
                continue  # whether the right was told is not looked at
            raw = {"kind": choice.act, "key": "probe", "by": by, "visit": choice.visit} | fields
            refused = probe(run.matter, ACT.validate_python(raw), run.book, run.now)
            assert refused is None or refused.code not in MISPLACED, (choice, refused)


@pytest.mark.parametrize(
    ("step", "ends"),
    [
        ("accept", {"accept", "refuse_acceptance", "ask_supplement"}),
        ("review", {"complete"}),
        ("verify", {"complete", "return"}),
        ("decide", {"decide", "return"}),
        ("serve", {"complete"}),
        ("close", {"close"}),
    ],
)
def test_each_step_is_left_by_its_own_acts(step: str, ends: set[str]) -> None:
    run = Run(rulebook()).licence_at(step)
    own = {one.act for one in choices(run.matter, run.book, run.doer(""), run.now) if one.visit is not None}
    assert own - {"opine"} == ends


def test_ways_and_grounds_are_told_in_words() -> None:
    run = Run(rulebook()).licence_at("verify")
    found = {one.act: one.options for one in choices(run.matter, run.book, run.doer(""), run.now)}
    assert [option.words for option in found["complete"]] == ["属于法制审核范围", "不属于法制审核范围"]
    assert [option.code for option in found["return"]] == ["review"]
    assert ("hearing", "听证") in found["suspend"]
    assert [option.code for option in found["extend"]] == ["decide"]


def test_a_stranger_is_offered_nothing_and_the_party_its_own() -> None:
    run = Run(rulebook()).licence_at("review")
    stranger = Doer(kind="official", id="x", body="320300999", post="材料审查岗")
    assert choices(run.matter, run.book, stranger, run.now) == ()
    party = choices(run.matter, run.book, run.doer("party"), run.now)
    assert [one.act for one in party] == ["record", "withdraw"], "no right was told that could be used"


def test_the_party_is_offered_what_the_engine_takes_from_it() -> None:
    """A right once it was told and until it is used; no way back from a penalty, nor after a decision."""
    run = Run(rulebook("penalty-ordinary")).penalty_at("hear")
    party = run.doer("party")
    found = {one.act: one.options for one in choices(run.matter, run.book, party, run.now)}
    assert [option.code for option in found["exercise"]] == ["statement"]
    assert "withdraw" not in found
    run.go("exercise", "party", right="statement", waive=True)
    assert "exercise" not in {one.act for one in choices(run.matter, run.book, party, run.now)}
    decided = Run(rulebook()).licence_at("serve")
    assert "withdraw" not in {one.act for one in choices(decided.matter, decided.book, party, decided.now)}


def test_a_suspended_matter_offers_to_resume() -> None:
    run = Run(rulebook()).licence_at("review")
    run.go("suspend", ground="hearing", reasons="听证", told=5, told_by=sha("t"))
    found = {one.act for one in choices(run.matter, run.book, run.doer(""), run.now)}
    assert "resume" in found
    assert not found & {"complete", "return", "decide"}


def test_a_closed_matter_offers_archive_and_correction() -> None:
    run = Run(rulebook()).licence_at("close")
    run.go("close")
    clerk = Doer(kind="official", id="clerk", body=BODY)
    found = [one.act for one in choices(run.matter, run.book, clerk, run.now)]
    assert found == ["record", "serve", "correct", "archive"]
    assert probe(run.matter, ACT.validate_python({"kind": "close", "key": "x", "by": clerk}), run.book, run.now)
