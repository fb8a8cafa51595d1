"""Branches and bodies that work in parallel (R17: 003-11, 行政许可法-26(2)): nobody is passed over, nothing comes twice."""

from collections import Counter
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.engine.choices import choices
from domain.engine.events import Entered, Event
from domain.engine.matter import Matter, fold
from domain.engine.parts import Doer
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from domain.procedure_files import parse_procedures
from domain.procedures import Procedure
from tests.matters import BODY, CALENDAR, Run, rulebook, sha

AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}
BODIES = (BODY, "320300002", "320300003")

NESTED = """
id = "nested"
version = 1
name = "并联审批"
kind = "case"
clause = "003-11"
stages = ["一"]
steps = [
  { key = "a", name = "受理", function = "intake" },
  { key = "b", name = "分送", function = "handling", fork = true },
  { key = "c", name = "甲审", function = "handling" },
  { key = "d", name = "乙分", function = "handling", fork = true },
  { key = "e", name = "乙一", function = "handling" },
  { key = "f", name = "乙二", function = "handling" },
  { key = "g", name = "乙合", function = "handling", join = "d" },
  { key = "h", name = "汇总", function = "review", join = "b" },
  { key = "i", name = "决定", function = "decision" },
  { key = "j", name = "办结", function = "closure", end = true },
]
ways = [
  { source = "a", target = "b" },
  { source = "b", target = "c" },
  { source = "b", target = "d" },
  { source = "d", target = "e" },
  { source = "d", target = "f" },
  { source = "e", target = "g" },
  { source = "f", target = "g" },
  { source = "g", target = "h" },
  { source = "c", target = "h" },
  { source = "h", target = "i" },
  { source = "i", target = "j" },
]
[results]
granted = { name = "准予", negative = false, clause = "003-29" }
"""


SIMPLE_FORK = """
id = "both"
version = 1
name = "并联"
kind = "case"
clause = "003-11"
stages = ["一"]
steps = [
  { key = "a", name = "受理", function = "intake" },
  { key = "b", name = "分送", function = "handling", fork = true },
  { key = "c", name = "甲审", function = "handling", each = "body" },
  { key = "d", name = "乙审", function = "handling", each = "body" },
  { key = "e", name = "汇总", function = "review", join = "b", end = true },
]
ways = [
  { source = "a", target = "b" },
  { source = "b", target = "c" },
  { source = "b", target = "d" },
  { source = "c", target = "e" },
  { source = "d", target = "e" },
]
[results]
granted = { name = "准予", negative = false, clause = "003-29" }
"""


def nested() -> Procedure:
    return parse_procedures({"nested.toml": NESTED})["nested"]


def in_body(run: Run, body: str, **fields: Any) -> None:
    """Complete the visit of one body."""
    visit = next(one for one in run.matter.open_visits if one.body == body)
    by = {"kind": "official", "id": f"员{body}", "body": body, "post": "材料审查岗"}
    run.go("complete", by=by, visit=visit.number, **fields)


def joint() -> Run:
    run = Run(rulebook("licence-joint")).opened(bodies=BODIES)
    run.go("accept")
    return run


@pytest.mark.clause("R17")
def test_every_body_examines_and_the_last_one_opens_the_way() -> None:
    run = joint()
    assert [(visit.step, visit.body) for visit in run.matter.open_visits] == [("review", body) for body in BODIES]
    in_body(run, BODIES[1], **AGREE)
    in_body(run, BODIES[0], **AGREE)
    assert run.steps == ["review"]
    in_body(run, BODIES[2], opinion={"verdict": "disagree", "reasons": "不符合消防要求"})
    assert run.steps == ["verify"]
    assert run.matter.open_visits[0].splits == ()


@pytest.mark.clause("R17")
def test_a_body_acts_in_its_own_name_only() -> None:
    run = joint()
    visit = run.matter.open_visits[1]
    by = {"kind": "official", "id": "甲", "body": BODIES[0], "post": "材料审查岗"}
    with pytest.raises(ActRefused) as caught:
        run.go("complete", by=by, visit=visit.number, **AGREE)
    assert caught.value.code == "WRONG_POST"
    with pytest.raises(ActRefused) as caught:
        run.go("complete", by=by, **AGREE)
    assert (caught.value.code, "并行" in caught.value.message) == ("NO_SUCH_WAY", True)


# A body does its own part: it records for its own visit, but neither ends nor suspends the matter of all.
@pytest.mark.clause("R17")
def test_what_concerns_the_whole_is_for_the_leading_body() -> None:
    run = joint()
    visit = run.matter.open_visits[1]
    by = {"kind": "official", "id": "乙", "body": BODIES[1], "post": "材料审查岗"}
    run.go("record", by=by, visit=visit.number, materials=[{"name": "现场照片", "digest": sha("p"), "by": "organ"}])
    assert run.matter.visit(visit.number).doers == ("乙",)
    for kind, fields in (
        ("terminate", {"ground": "party_gone", "reasons": "注销"}),
        ("suspend", {"ground": "hearing", "reasons": "听证", "told": 5, "told_by": sha("t")}),
        ("transfer", {"ground": "not_competent", "to": "320300009", "reasons": "移送"}),
        ("record", {"visit": visit.number, "documents": [{"code": "decision", "digest": sha("d")}]}),
    ):
        with pytest.raises(ActRefused) as caught:
            run.go(kind, by=by, **fields)
        assert caught.value.code == "WRONG_POST"
    offered = choices(run.matter, run.book, Doer.model_validate(by), run.now)
    assert {(one.act, one.visit) for one in offered} == {(act, visit.number) for act in ("complete", "opine", "record")}
    run.go("suspend", ground="hearing", reasons="听证", told=5, told_by=sha("t"))
    assert run.matter.open_pauses


@pytest.mark.clause("R17")
def test_a_return_asks_every_body_again() -> None:
    run = joint()
    for body in BODIES:
        in_body(run, body, **AGREE)
    run.go("return", to="review", reasons="意见冲突")
    assert [visit.body for visit in run.matter.open_visits] == list(BODIES)
    for body in BODIES:
        in_body(run, body, **AGREE)
    run.go("complete", **AGREE)
    run.go("decide", outcome={"result": "granted"})
    assert run.steps == ["serve"]


@pytest.mark.clause("R17")
def test_one_body_alone_needs_no_parallel_visits() -> None:
    run = Run(rulebook("licence-joint")).opened()
    run.go("accept")
    assert [(visit.step, visit.body, visit.splits) for visit in run.matter.open_visits] == [("review", "", ())]


def forked() -> Run:
    run = Run(Rulebook(procedure=nested(), calendar=CALENDAR)).opened()
    run.go("accept")
    return run


def visit_of(run: Run, step: str) -> int:
    return next(visit.number for visit in run.matter.open_visits if visit.step == step)


@pytest.mark.clause("R1")
def test_a_join_waits_for_every_branch() -> None:
    run = forked()
    run.go("complete")
    assert run.steps == ["c", "d"]
    run.go("complete", visit=visit_of(run, "d"))
    run.go("complete", visit=visit_of(run, "e"))
    run.go("complete", visit=visit_of(run, "c"))
    assert run.steps == ["f"]
    run.go("complete")
    assert run.steps == ["g"]
    run.go("complete")
    assert run.steps == ["h"]
    assert run.matter.waiting == ()


@pytest.mark.clause("R2")
def test_a_return_out_of_a_branch_takes_the_other_branches_back() -> None:
    run = forked()
    run.go("complete")
    run.go("complete", visit=visit_of(run, "d"))
    run.go("complete", visit=visit_of(run, "c"))
    run.go("complete", visit=visit_of(run, "e"))
    run.go("return", to="b", reasons="分送有误", visit=visit_of(run, "f"))
    assert run.steps == ["b"]
    assert run.matter.waiting == ()
    run.go("complete")
    assert run.steps == ["c", "d"]


# Two branches that are both done by every body: two splits begin with one act and must not be confused.
@pytest.mark.clause("R17")
def test_branches_may_be_done_by_several_bodies_each() -> None:
    of = parse_procedures({"both.toml": SIMPLE_FORK})["both"]
    run = Run(Rulebook(procedure=of, calendar=CALENDAR)).opened(bodies=BODIES[:2])
    run.go("accept")
    run.go("complete")
    assert len({visit.splits for visit in run.matter.open_visits}) == 2
    for step, body in (("c", BODIES[1]), ("d", BODIES[0]), ("c", BODIES[0])):
        assert "e" not in run.steps
        finish_part(run, step, body)
    assert run.steps == ["d"]
    finish_part(run, "d", BODIES[1])
    assert run.steps == ["e"]
    assert run.matter.waiting == ()


def finish_part(run: Run, step: str, body: str) -> None:
    visit = next(one for one in run.matter.open_visits if (one.step, one.body) == (step, body))
    run.go("complete", by={"kind": "official", "id": "员", "body": body}, visit=visit.number)


def weight(matter: Matter, branches: dict[int, int]) -> Fraction:
    """The whole of a matter, shared out among its branches: it is one as long as nothing is lost or doubled."""

    def share(splits: tuple[int, ...]) -> Fraction:
        part = Fraction(1)
        for split in splits:
            part /= branches[split]
        return part

    paths = {split: visit.splits[: visit.splits.index(split) + 1] for visit in matter.visits for split in visit.splits}
    standing = sum((share(visit.splits) for visit in matter.open_visits), Fraction(0))
    return standing + sum((share(paths[one.split]) for one in matter.waiting), Fraction(0))


def made_branches(events: list[Event]) -> dict[int, int]:
    """How many branches each split has: the visits entered by the event that made it."""
    found: Counter[int] = Counter()
    for event in events:
        fresh = {one.splits[-1] for one in event.effects if isinstance(one, Entered) and one.splits} - set(found)
        found.update(
            one.splits[-1]
            for one in event.effects
            if isinstance(one, Entered) and one.splits and one.splits[-1] in fresh
        )
    return dict(found)


# Whatever is done in whichever order: nothing of the matter is lost and nothing runs twice.
@pytest.mark.clause("R1")
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_branches_add_up_to_one_matter(seed: int) -> None:
    random, run = Random(seed), forked()
    for _ in range(25):
        visits = run.matter.open_visits
        if not visits:
            break
        visit = random.choice(visits)
        try:
            match random.random():
                case luck if luck < 0.2:
                    run.go("return", to=random.choice("bcdefgh"), reasons="退回", visit=visit.number)
                case _ if visit.step == "i":
                    run.go("decide", "局长", outcome={"result": "granted"}, visit=visit.number)
                case _ if visit.step == "j":
                    run.go("close")
                case _:
                    run.go("complete", visit=visit.number)
        except ActRefused as refused:
            assert refused.code in ("NO_SUCH_WAY", "NOT_IN_THIS_PHASE", "TOO_OFTEN"), refused  # noqa: PT017
        if run.matter.phase == "running":
            assert weight(run.matter, made_branches(run.events)) == 1
            assert len({visit.step for visit in run.matter.open_visits}) == len(run.matter.open_visits)
    assert fold(run.events) == run.matter
