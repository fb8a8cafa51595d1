"""Penalty cases under random hands: whatever is tried, what the record says in the end is lawful.

The checks read the record alone, as an outsider would, and know the law from its text.
"""

from collections import Counter
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.engine.days import civil_day
from domain.engine.events import Entered, Event, Left
from domain.engine.matter import fold
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from tests.matters import Run, paper, penalty, rulebook, sha

SEQUENCES, ACTS = 900, 40
AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}
DISAGREE: dict[str, Any] = {"opinion": {"verdict": "disagree", "reasons": "证据不足"}}
PEOPLE = ("inv1", "inv2", "clerk", "局长", "of案件审核岗", "")
BOOK = rulebook("penalty-ordinary")
PROCEDURE = BOOK.procedure
WAYS = {(way.source, way.target) for way in PROCEDURE.ways}


class Hands:
    """Somebody who knows the work, is careless, and sometimes tries what is not allowed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.run = Run(BOOK)
        self.plan = self.any_outcome()
        self.grave = "licence_revocation" in self.plan.get("measures", ()) or self.chance(0.1)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def who(self) -> str:
        return self.random.choice(PEOPLE) if self.chance(0.1) else ""

    def amount(self) -> str:
        return self.random.choice(["500", "800", "1000", "1000", "1200", "1500", "1600", "2500", "6000"])

    def outcome(self) -> dict[str, Any]:
        return self.plan if self.chance(0.85) else self.any_outcome()

    def any_outcome(self) -> dict[str, Any]:
        if self.chance(0.12):
            return {"result": "no_penalty", "reasons": "违法行为轻微"}
        measures = self.random.choice(
            [("fine",), ("fine",), ("fine", "licence_revocation"), ("warning", "licence_revocation")]
        )
        deviation = {"reasons": "拒不配合", "approved_by": "局长"} if self.chance(0.2) else None
        return penalty(self.amount(), measures, deviation=deviation)

    def act(self) -> tuple[str, str, dict[str, Any]]:
        """Draw an act for where the case is, or any act at all."""
        step = self.run.steps[0] if self.run.steps else ""
        if self.chance(0.12):
            return self.anything()
        if step == "hear" and self.chance(0.7):
            return self.next_in_hearing()
        sensible: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
            "": [("archive", "", {"index": sha("i")})],
            "notify": [self.paper("penalty_notice"), self.serve("penalty_notice"), self.done("notify")],
            "hear": [
                ("exercise", "party", {"right": "statement", "waive": self.chance(0.5)}),
                ("exercise", "party", {"right": "hearing", "waive": self.chance(0.5)}),
                self.paper("hearing_right_notice"),
                self.serve("hearing_right_notice"),
                self.paper("hearing_notice"),
                self.serve("hearing_notice"),
                self.paper("hearing_record"),
                ("record", "", {"facts": [{"code": "hearing_day", "day": "2026-04-20"}]}),
                *[self.done("hear")] * 4,
                self.random.choice([self.done("hear"), ("return", "", {"to": "investigate", "reasons": "新的事实"})]),
            ],
            "discuss_second": [("complete", self.who(), {"to": "audit" if self.grave else "decide"} | AGREE)],
            "audit": [("complete", self.who(), AGREE)] * 3 + [("complete", self.who(), DISAGREE)],
            "decide": [
                ("decide", self.who(), {"outcome": self.outcome()}),
                ("decide", self.who(), {"outcome": self.outcome(), "documents": [self.discussion()]}),
                ("return", self.who(), {"to": "discuss_second", "reasons": "应当法制审核"}),
            ],
            "serve": [self.paper("penalty_decision"), self.serve("penalty_decision"), self.done("serve")],
            "execute": [self.done("execute"), ("complete", self.who(), {})],
            "close": [("close", self.who(), {"documents": [paper("closure_report")]})],
        }
        return self.random.choice(sensible.get(step) or [self.done(step)])

    def next_in_hearing(self) -> tuple[str, str, dict[str, Any]]:
        """What a careful chair does next."""
        marks = self.run.matter.marks
        if not {"statement_made", "statement_waived"} & set(marks):
            return "exercise", "party", {"right": "statement"}
        if not self.grave or "hearing_waived" in marks:
            return self.done("hear")
        if self.run.matter.document("hearing_right_notice") is None:
            return self.paper("hearing_right_notice")
        if "hearing_told" not in marks:
            return self.serve("hearing_right_notice")
        return "exercise", "party", {"right": "hearing", "waive": True}

    def done(self, step: str) -> tuple[str, str, dict[str, Any]]:
        kind, who, fields = self.run.penalty_step(step, self.outcome(), self.amount())
        fields = {key: value for key, value in fields.items() if not self.chance(0.05)}
        if "to" in fields and fields.get("proposal", {}).get("result") == "no_penalty":
            fields["to"] = "decide"
        return kind, self.who() or who, fields

    def paper(self, code: str) -> tuple[str, str, dict[str, Any]]:
        return "record", self.who(), {"documents": [paper(code)]}

    def discussion(self) -> dict[str, Any]:
        return paper("discussion_record", persons=["局长", "副局长"][: 1 + self.chance(0.7)])

    def serve(self, code: str) -> tuple[str, str, dict[str, Any]]:
        return "serve", self.who(), {"document": code, "method": "direct"}

    def anything(self) -> tuple[str, str, dict[str, Any]]:
        steps = [step.key for step in PROCEDURE.steps]
        return self.random.choice(
            [
                ("complete", self.who(), {"to": self.random.choice(steps)} | AGREE),
                ("decide", self.who(), {"outcome": self.outcome()}),
                ("return", self.who(), {"to": self.random.choice(steps), "reasons": "退回"}),
                ("close", self.who(), {"documents": [paper("closure_report")]}),
                ("suspend", self.who(), {"ground": "appraisal", "reasons": "送检"}),
                ("resume", self.who(), {"ground": "appraisal"}),
                ("accept", self.who(), {}),
                ("archive", self.who(), {"index": sha("i")}),
                ("withdraw", "party", {}),
            ]
        )


def random_case(seed: int, seen: Counter[str], book: Rulebook = BOOK) -> Run:
    hands = Hands(seed)
    run = hands.run
    run.book = book
    run.go("open", "clerk", matter="M1", body="320300001", party="P1")
    for _ in range(ACTS):
        kind, who, fields = hands.act()
        try:
            run.go(kind, who, **fields)
            seen[kind] += 1
        except ActRefused as refused:
            seen[refused.code] += 1
        if run.matter.open_pauses and hands.chance(0.7):
            run.go("resume", ground="appraisal")
        run.later(hours=hands.random.choice([0, 1, 20, 60, 200]))
    return run


def happened(events: list[Event], kind: str, **fields: Any) -> list[Event]:
    return [
        event
        for event in events
        if event.act.kind == kind and all(getattr(event.act, name) == value for name, value in fields.items())
    ]


def check_path(events: list[Event]) -> None:
    """Every step was entered from the one before it, along a way of the procedure (003-29)."""
    for event in events:
        left = [one for one in event.effects if isinstance(one, Left)]
        entered = [one for one in event.effects if isinstance(one, Entered)]
        if event.act.kind == "open":
            assert [one.step for one in entered] == ["source"]
        elif entered:
            before = fold(events[: event.seq - 1]).visit(left[0].visit).step
            assert event.act.kind == "return" or (before, entered[0].step) in WAYS, (before, entered)


def check_decision(events: list[Event]) -> None:
    """What the law asks before a penalty: told, heard, hearing, review, discussion, range, other hands."""
    (decided,) = happened(events, "decide")
    before = events[: decided.seq - 1]
    outcome = decided.act.outcome  # type: ignore[union-attr]
    matter = fold(before)
    insiders = {who for visit in matter.visits if visit.step in ("source", "investigate") for who in visit.doers}
    assert decided.act.by.id not in insiders  # 002-4.2.1
    if not outcome.measures:
        return
    told = happened(before, "serve", document="penalty_notice")[-1]  # 行政处罚法-44
    proposal = [one.outcome for one in matter.proposals if one.seq < told.seq][-1]
    assert outcome.fine <= proposal.fine  # 行政处罚法-45(2)
    assert set(outcome.measures) <= set(proposal.measures)
    spoken = [one for one in happened(before, "exercise", right="statement") if one.at >= told.at]
    until = matter.facts["statement_until"].day
    assert spoken or (until is not None and civil_day(decided.at) > until)  # 行政处罚法-45(1)
    for fine in outcome.fines:
        assert fine.amount <= Decimal(5000)  # 003-32(6): the law's most
        assert fine.amount <= Decimal(1500) or fine.deviation is not None  # the tier's most
    if "licence_revocation" in outcome.measures or outcome.fine >= Decimal(2000):
        check_grave(events, decided)


def check_grave(events: list[Event], decided: Event) -> None:
    """行政处罚法-57(2), -58, -63: hearing offered, reviewed with consent, discussed together."""
    before = events[: decided.seq - 1]
    matter = fold([*before, decided])
    offered = happened(before, "serve", document="hearing_right_notice")
    assert offered
    asked = [one for one in happened(before, "exercise", right="hearing", waive=False) if one.at >= offered[-1].at]
    waived = happened(before, "exercise", right="hearing", waive=True)
    held = [one for one in before if any(paper.code == "hearing_record" for paper in getattr(one.act, "documents", ()))]
    assert not asked or held or (waived and waived[-1].seq > asked[-1].seq)
    reviews = [one for one in matter.opinions if one.step == "audit"]
    assert reviews[-1].opinion.verdict == "agree"
    discussion = matter.document("discussion_record")
    assert discussion is not None
    assert len(set(discussion.persons)) >= 2


def check_investigation(run: Run) -> None:
    """行政处罚法-42(1): every investigation that was finished had two certified officers, and was recorded."""
    for visit in run.matter.visits:
        if visit.step == "investigate" and visit.how == "completed":
            assert {"inv1", "inv2"} <= set(visit.doers)
            assert set(visit.doers) <= {"inv1", "inv2"}
            assert run.matter.recordings


@pytest.mark.clause("R11")
@pytest.mark.clause("R12")
@pytest.mark.clause("R16")
@pytest.mark.parametrize("chunk", range(3))
def test_no_random_case_ends_unlawfully(chunk: int) -> None:
    seen: Counter[str] = Counter()
    for number in range(SEQUENCES // 3):
        run = random_case(chunk * SEQUENCES + number, seen)
        check_path(run.events)
        check_investigation(run)
        decisions = happened(run.events, "decide")
        if decisions:
            check_decision(run.events)
            grave = "licence_revocation" in decisions[0].act.outcome.measures  # type: ignore[union-attr]
            seen["grave" if grave else "plain"] += 1
        if run.matter.ending == "finished":
            owed = run.matter.outcome.fine if run.matter.outcome else Decimal(0)
            assert sum(one.amount for one in run.matter.receipts) >= owed  # 行政处罚法-67
            seen["finished"] += 1
    # Lawful cases must come about too, or the test proves nothing.
    assert [name for name in ("plain", "grave", "finished", "return", "GATES_SHUT") if not seen[name]] == []


# Negative controls: without one gate the same random hands end unlawfully, and the checks see it.
@pytest.mark.parametrize("gate", ["separation_of_duties", "not_heavier_than_told", "collective_discussion"])
def test_the_checks_see_a_missing_gate(gate: str) -> None:
    rule = PROCEDURE.functions["decision"]
    open_ = rule.model_copy(update={"gates": tuple(one for one in rule.gates if one != gate)})
    functions = PROCEDURE.functions | {"decision": open_}
    book = rulebook("penalty-ordinary", procedure=PROCEDURE.model_copy(update={"functions": functions}))
    with pytest.raises(AssertionError):
        decide_many(book)


def decide_many(book: Rulebook) -> None:
    for seed in range(300):
        run = random_case(seed, Counter(), book)
        if happened(run.events, "decide"):
            check_decision(run.events)
