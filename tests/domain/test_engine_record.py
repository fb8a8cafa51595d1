"""The record: one act makes one event, events alone make the matter, and nothing that was said can be unsaid."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.engine.acts import ACT, ACT_NAMES
from domain.engine.deciding import HANDLERS, decide
from domain.engine.events import EVENT, EVENTS, Event
from domain.engine.matter import BLANK, BrokenRecord, Matter, apply, fold
from domain.engine.parts import Fact
from domain.engine.refusals import ActRefused, KeyReused
from domain.procedures import Procedure
from domain.values import digest
from tests.matters import BODY, CALENDAR, MONDAY, Run, item, paper, penalty, rulebook, sha

AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}


def finished() -> Run:
    run = Run(rulebook("penalty-ordinary")).penalty_at("close")
    run.go("close", documents=[paper("closure_report")])
    run.go("archive", index=sha("目录"))
    return run


# R9 (003-32(3), 003-33): every act is an event; the events are the matter.
@pytest.mark.clause("R9")
def test_every_act_is_one_event_and_the_events_are_the_matter() -> None:
    run = finished()
    assert [event.seq for event in run.events] == list(range(1, len(run.events) + 1))
    assert len(run.events) == run.number
    assert fold(run.events) == run.matter
    assert run.matter.phase == "archived"


@pytest.mark.clause("R9")
def test_the_record_goes_through_json_unharmed() -> None:
    events = tuple(finished().events)
    text = EVENTS.dump_json(events)
    assert EVENTS.validate_json(text) == events
    assert fold(EVENTS.validate_json(text)) == fold(events)
    for event in events:
        body = event.body()
        assert EVENT.validate_json(body) == event
        assert EVENT.validate_json(body).body() == body
        assert json.loads(body)["act"]["kind"] == event.act.kind


@pytest.mark.clause("R9")
def test_a_matter_too_goes_through_json() -> None:
    matter = finished().matter
    assert Matter.model_validate_json(matter.model_dump_json()) == matter


# A state may be kept beside its events: folding on from it is the same as folding from the start.
@pytest.mark.clause("R9")
def test_folding_may_begin_anywhere() -> None:
    events = finished().events
    for cut in range(len(events)):
        assert fold(events[cut:], fold(events[:cut])) == fold(events)


@pytest.mark.clause("R9")
@pytest.mark.parametrize("spoil", ["gap", "twice", "swapped", "stranger", "back in time"])
def test_a_broken_record_is_not_folded(spoil: str) -> None:
    events = finished().events
    broken = {
        "gap": [*events[:3], *events[4:]],
        "twice": [*events[:3], events[2], *events[3:]],
        "swapped": [events[0], events[2], events[1]],
        "stranger": [*events[:3], events[3].model_copy(update={"matter": "M9"})],
        "back in time": [*events[:3], events[3].model_copy(update={"at": MONDAY - timedelta(days=1)})],
    }[spoil]
    with pytest.raises(BrokenRecord):
        fold(broken)


# `apply` is total: whatever event meets whatever matter, there is a matter afterwards.
@pytest.mark.clause("R9")
def test_any_event_can_be_applied_to_any_matter() -> None:
    runs = [finished(), Run(rulebook()).licence_at("close"), Run(rulebook("licence-joint")).opened(bodies=())]
    matters = [BLANK, *(fold(run.events[:n]) for run in runs for n in range(0, len(run.events), 3))]
    events = [event for run in runs for event in run.events]
    for matter in matters:
        for event in events:
            assert isinstance(apply(matter, event), Matter)
            assert apply(matter, event) == apply(matter, event)


# -- keys and others who acted -----------------------------------------------------------------------------------------


@pytest.mark.clause("R9")
def test_a_double_submission_is_harmless() -> None:
    run = Run(rulebook()).licence_at("review")
    act = ACT.validate_python({"kind": "complete", "key": "twice", "by": run.doer("").model_dump()} | AGREE)
    first = decide(run.matter, act, run.book, run.now)
    matter = apply(run.matter, first[0])
    assert decide(matter, act, run.book, run.now + timedelta(days=1)) == ()
    other = ACT.validate_python(act.model_dump() | {"opinion": {"verdict": "neutral"}})
    with pytest.raises(ActRefused) as caught:
        decide(matter, other, run.book, run.now)
    assert caught.value.code == "KEY_REUSED"


def test_nobody_takes_the_keys_of_time() -> None:
    run = Run(rulebook()).opened()
    with pytest.raises(ActRefused) as caught:
        run.go("record", "party", key="deem:accepted:0")
    assert caught.value.code == "KEY_REUSED"


def test_of_two_officers_the_second_is_told() -> None:
    run = Run(rulebook()).licence_at("review")
    seen = run.matter.seq
    run.go("record", materials=[{"name": "现场照片", "digest": sha("p"), "by": "organ"}], seen=seen)
    with pytest.raises(ActRefused) as caught:
        run.go("complete", seen=seen, **AGREE)
    assert (caught.value.code, "1项" in caught.value.message) == ("CHANGED_MEANWHILE", True)
    run.go("complete", seen=run.matter.seq, **AGREE)
    assert run.steps == ["verify"]


# -- time --------------------------------------------------------------------------------------------------------------


# A machine's clock may run back; the time in a matter never does.
@pytest.mark.clause("R9")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-200, 200), min_size=8, max_size=8))
def test_time_never_runs_back(hours: list[int]) -> None:
    run = Run(rulebook()).opened()
    run.go("accept")
    for jump in hours:
        run.now += timedelta(hours=jump)
        run.go("record", materials=[{"name": "材料", "digest": sha("m")}])
    times = [event.at for event in run.events]
    assert times == sorted(times)
    assert fold(run.events) == run.matter


def test_nothing_was_received_in_the_future() -> None:
    later = {"received": MONDAY + timedelta(days=30)}
    clerk = {"by": {"kind": "official", "id": "clerk", "body": BODY, "post": "窗口受理岗"}}
    with pytest.raises(ActRefused, match="晚于"):
        Run(rulebook()).opened(**clerk, **later)
    with pytest.raises(ActRefused, match="由系统登记"):
        Run(rulebook()).opened(received=MONDAY - timedelta(days=30))
    run = Run(rulebook()).opened(**clerk, received=MONDAY - timedelta(days=3))
    assert run.matter.marks["materials_received"] == MONDAY - timedelta(days=3)
    run.go("ask_supplement", items=["照片"])
    with pytest.raises(ActRefused, match="晚于"):
        run.go("supplement", "clerk", **later)
    with pytest.raises(ActRefused, match="送达的时间不对"):
        Run(rulebook()).licence_at("serve").deliver("decision", **later)


@pytest.mark.parametrize("moment", ["2026-03-02T09:00:00"])
def test_a_moment_without_a_time_zone_is_none(moment: str) -> None:
    with pytest.raises(ValidationError):
        ACT.validate_python({"kind": "open", "key": "k", "by": {"kind": "party", "id": "P"}, "received": moment})


# -- the pinned rulebook -----------------------------------------------------------------------------------------------


# R1 (003-29): a case follows the version in force when it was accepted.
@pytest.mark.clause("R1")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"item": item(name="改名后的事项")}, "事项内容"),
        ({"fees": ()}, "收费标准"),
        ({"procedure": rulebook().procedure.model_copy(update={"version": 2})}, "办理流程"),
    ],
    ids=["item", "fees", "procedure"],
)
def test_a_matter_goes_on_by_the_rules_of_its_acceptance(change: dict[str, Any], named: str) -> None:
    run = Run(rulebook()).opened()
    before = run.book
    run.book = rulebook(**change)  # before the acceptance the rules may still change
    run.go("accept")
    after, run.book = run.book, before
    with pytest.raises(ActRefused) as caught:
        run.go("complete", **AGREE)
    assert (caught.value.code, named in caught.value.message) == ("RULEBOOK_CHANGED", True)
    run.book = after
    run.go("complete", **AGREE)
    assert run.matter.pins == after.pins


@pytest.mark.clause("N4")
def test_certificates_are_no_part_of_the_pins() -> None:
    assert rulebook(certificates=()).pins == rulebook().pins
    assert rulebook().pins.calendar == dict.fromkeys(CALENDAR.years, 1)


# -- what is declared --------------------------------------------------------------------------------------------------


def test_every_act_has_its_word_and_its_rule() -> None:
    kinds = set(ACT.json_schema()["discriminator"]["mapping"])
    assert set(HANDLERS) == set(ACT_NAMES) == kinds


# 003-31(3): key facts are typed; 003-31(5): documents are those of the procedure.
@pytest.mark.clause("R6")
@pytest.mark.parametrize(
    "brought",
    [
        {"facts": [{"code": "area", "text": "很大"}]},
        {"facts": [{"code": "place", "number": 7}]},
        {"documents": [paper("love_letter")]},
        {"recordings": [{"code": "song", "digest": sha("s"), "began": MONDAY, "ended": MONDAY + timedelta(seconds=1)}]},
    ],
)
def test_what_is_brought_fits_the_procedure(brought: dict[str, Any]) -> None:
    run = Run(rulebook()).licence_at("review")
    with pytest.raises(ActRefused) as caught:
        run.go("record", **brought)
    assert caught.value.code == "UNKNOWN_THING"


@pytest.mark.clause("R6")
def test_facts_have_one_value_of_one_type() -> None:
    area = Fact(code="area", amount=Decimal("12.50"))
    assert (area.type, area.value) == ("amount", Decimal("12.50"))
    for values in ({}, {"text": "甲", "number": 1}):
        with pytest.raises(ValidationError):
            Fact.model_validate({"code": "x"} | values)
    run = Run(rulebook()).licence_at("review")
    run.go("record", facts=[area.model_dump()])
    run.go("record", facts=[{"code": "area", "amount": "13"}])
    assert run.matter.facts["area"].amount == Decimal(13)
    assert [fact.amount for event in run.events for fact in getattr(event.act, "facts", ())] == [Decimal("12.50"), 13]


def test_deviations_are_pointed_out_in_the_event() -> None:
    reasons = {"reasons": "拒不配合", "approved_by": "局长"}
    run = Run(rulebook("penalty-ordinary")).penalty_at("discuss_first")
    run.go("complete", proposal=penalty("1800", deviation=reasons), to="notify", **AGREE)
    run.deliver("penalty_notice")
    until = {"code": "statement_until", "day": "2026-03-10"}
    run.go("complete", officers=["inv2"], facts=[until])
    run.go("exercise", "party", right="statement", waive=True)
    run.go("complete", **AGREE)
    run.go("complete", to="decide", **AGREE)
    (event,) = run.go("decide", outcome=penalty("1800", deviation=reasons))
    assert [(note.code, note.clause) for note in event.notes] == [("deviation", "003-32(6)")]


# 003-32(5): where a procedure sets a most, what goes beyond it is refused.
@pytest.mark.clause("R10")
def test_a_procedure_may_cap_returns_and_suspensions() -> None:
    rule = {"warn_from": 1, "most": 1, "clause": "003-32(5)"}
    base = rulebook().procedure.model_dump() | {"returns": rule, "suspensions": rule}
    run = Run(rulebook(procedure=Procedure.model_validate(base))).licence_at("verify")
    (first,) = run.go("return", to="review", reasons="不清")
    assert [note.code for note in first.notes] == ["repeated_return"]
    run.go("complete", **AGREE)
    with pytest.raises(ActRefused) as caught:
        run.go("return", to="review", reasons="仍不清")
    assert caught.value.code == "TOO_OFTEN"
    pause = {"ground": "hearing", "reasons": "听证", "told": 3, "told_by": sha("t")}
    run.go("suspend", **pause)
    run.go("resume", ground="hearing")
    with pytest.raises(ActRefused) as caught:
        run.go("suspend", **pause)
    assert caught.value.code == "TOO_OFTEN"


# R14 (004-6): the body that was asked answers in its own name; a stranger does not.
@pytest.mark.clause("R14")
def test_the_body_that_was_asked_answers() -> None:
    run = Run(rulebook()).licence_at("review")
    run.go("request_assistance", of="320300002", what="核实权属")
    stranger = {"kind": "official", "id": "丙", "body": "320300003"}
    with pytest.raises(ActRefused):
        run.go("answer_assistance", by=stranger, request=1, answer="不知")
    asked = {"kind": "official", "id": "乙", "body": "320300002"}
    run.go("answer_assistance", by=asked, request=1, answer="属实")
    assert run.matter.assistances[0].answered is not None
    assert run.matter.open_visits[0].doers == ("of材料审查岗",)
    with pytest.raises(ActRefused):
        run.go("answer_assistance", by=asked, request=1, answer="再答")


# 归档 on the way is work like other work: only the closing step at the end closes.
def test_a_closing_step_on_the_way_does_not_close() -> None:
    base = rulebook().procedure.model_dump()
    base["steps"] = [step | ({"function": "closure"} if step["key"] == "serve" else {}) for step in base["steps"]]
    run = Run(rulebook(procedure=Procedure.model_validate(base))).licence_at("serve")
    run.deliver("decision")
    with pytest.raises(ActRefused, match="还有环节没有办结"):
        run.go("close")
    run.go("complete")
    run.go("close")
    assert run.matter.phase == "closed"


def test_an_event_is_what_it_says() -> None:
    event: Event = Run(rulebook()).go("open", "party", matter="M1", body="320300001")[0]
    assert event.model_dump(mode="json")["at"] == "2026-03-02T01:00:00Z"
    assert event.at == datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.mark.clause("R9")
def test_another_kind_of_act_under_a_key_is_no_repetition() -> None:
    """Where two kinds say nothing but who and under which key, their contents are alike."""
    run = Run(rulebook("penalty-ordinary")).penalty_at("close")
    who = {"key": "once", "by": run.doer("")}
    record, close = (ACT.validate_python({"kind": kind, **who}) for kind in ("record", "close"))
    assert digest(record) == digest(close)
    (event,) = decide(run.matter, record, run.book, run.now)
    after = apply(run.matter, event)
    assert decide(after, record, run.book, run.now) == ()
    with pytest.raises(KeyReused):
        decide(after, close, run.book, run.now)
