"""The engine against a model written from the law: 10,000 random sequences of acts, and no illegal state is reached."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from domain.engine.acts import ACT, Act
from domain.engine.deciding import decide
from domain.engine.events import EVENTS, Event
from domain.engine.lapses import due_acts
from domain.engine.matter import BLANK, Matter, apply, fold
from domain.engine.refusals import ActRefused
from domain.engine.rulebook import Rulebook
from domain.procedure_parts import Way
from domain.procedures import Procedure
from tests.licence_model import BACK, POSTS, WAYS, LicenceModel, day_of
from tests.matters import BODY, MONDAY, rulebook, sha

CHUNKS, SEQUENCES, ACTS = 10, 1000, 24
BOOK = rulebook()
PEOPLE = ("甲", "乙", "丙")
AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}


SENSIBLE = {
    "blank": ["open"],
    "accept": [
        "accept",
        "accept",
        "accept",
        "ask_supplement",
        "supplement",
        "supplement",
        "record",
        "refuse_acceptance",
    ],
    "review": ["complete", "complete", "complete", "suspend", "extend"],
    "verify": ["complete", "complete", "complete", "return", "extend"],
    "legality": ["complete", "complete", "complete", "return"],
    "decide": ["decide", "decide", "decide", "return", "suspend"],
    "serve": ["record", "serve", "complete"],
    "close": ["close", "close", "record"],
    "closed": ["archive", "correct", "serve", "record"],
    "archived": ["correct"],
}


class Chance:
    """Draws acts: mostly sensible ones for where the matter is, sometimes any, sometimes spoilt."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def doer(self, model: LicenceModel) -> dict[str, str]:
        post = POSTS.get(model.step, "任意岗")
        if self.random.random() < 0.06:
            post = self.random.choice(list(POSTS.values()))
        body = BODY if self.random.random() > 0.03 else "320300999"
        # Different people for different steps are likelier, so that decisions happen.
        likely = PEOPLE[0] if model.step in ("accept", "review") else PEOPLE[1]
        who = likely if self.random.random() < 0.85 else self.random.choice(PEOPLE)
        return {"kind": "official", "id": who, "body": body, "post": post}

    def kind(self, model: LicenceModel) -> str:
        choices = SENSIBLE.get(model.step) or SENSIBLE[model.phase]
        if any(pause.open for pause in model.pauses) and self.random.random() < 0.5:
            return "resume"
        return self.random.choice(choices if self.random.random() < 0.85 else list(KINDS))

    def act(self, model: LicenceModel, number: int) -> dict[str, Any]:
        kind = self.kind(model)
        party = kind in ("open", "supplement", "withdraw")
        by = {"kind": "party", "id": "P1"} if party else self.doer(model)
        fields: dict[str, Any] = KINDS[kind](self, model)
        return {"kind": kind, "key": f"k{number}", "by": by} | fields

    def one_of(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def materials(self, share: float) -> dict[str, Any]:
        return {"materials": [{"name": "申请表", "digest": sha("a")}]} if self.random.random() < share else {}


def _complete(chance: Chance, model: LicenceModel) -> dict[str, Any]:
    usual = min(WAYS.get(model.step, {""}))
    to = chance.one_of("", usual, usual, usual, "decide", "legality", "close")
    return {"to": to} | (AGREE if chance.random.random() < 0.8 else {})


def _suspend(chance: Chance, model: LicenceModel) -> dict[str, Any]:
    told = {"told": chance.random.randint(1, 12), "told_by": sha("t")}
    spoilt_or_not: dict[str, Any] = chance.one_of(told, told, told, {})
    return {"ground": chance.one_of("hearing", "hearing", "appraisal", "rain"), "reasons": "需要"} | spoilt_or_not


def _extend(chance: Chance, model: LicenceModel) -> dict[str, Any]:
    approval = {"by": chance.one_of("局长", "甲"), "role": chance.one_of("organ_head", "organ_head", "unit_head")}
    limit = chance.one_of("decide", "decide", "decide", "certificate")
    return {"limit": limit, "value": chance.one_of(5, 10, 11), "reasons": "案情复杂", "approval": approval}


def _decide(chance: Chance, model: LicenceModel) -> dict[str, Any]:
    return {"outcome": {"result": chance.one_of("granted", "refused"), "reasons": chance.one_of("", "不符合条件")}}


def _merge(chance: Chance, model: LicenceModel) -> dict[str, Any]:
    other = {"id": "M2", "kind": "case", "body": BODY, "party": "P1", "phase": "running", "decided": False}
    return {"others": [other], "reasons": "同一当事人"}


KINDS: dict[str, Any] = {
    "open": lambda chance, _: {"matter": "M1", "body": BODY, "party": "P1"} | chance.materials(0.7),
    "accept": lambda chance, _: chance.materials(0.3),
    "refuse_acceptance": lambda chance, _: {"ground": chance.one_of("not_competent", "mood"), "reasons": "理由"},
    "ask_supplement": lambda *_: {"items": ["照片"]},
    "supplement": lambda chance, _: chance.materials(0.9),
    "record": lambda chance, _: {"documents": [{"code": "decision", "digest": sha("d")}]},
    "complete": _complete,
    "return": lambda chance, model: {
        "to": chance.one_of("review", "verify", "accept", *BACK.get(model.step, ())),
        "reasons": "不清",
    },
    "decide": _decide,
    "serve": lambda *_: {"document": "decision", "method": "direct"},
    "suspend": _suspend,
    "resume": lambda chance, _: {"ground": chance.one_of("hearing", "hearing", "appraisal")},
    "extend": _extend,
    "withdraw": lambda *_: {},
    "terminate": lambda chance, _: {"ground": chance.one_of("party_gone", "boredom"), "reasons": "理由"},
    "transfer": lambda chance, _: {
        "ground": chance.one_of("not_competent", "whim"),
        "to": "320300002",
        "reasons": "理由",
    },
    "merge": _merge,
    "close": lambda *_: {},
    "archive": lambda *_: {"index": sha("i")},
    "correct": lambda chance, _: {
        "event": chance.random.randint(1, 20),
        "what": "甲",
        "instead": "乙",
        "reasons": "笔误",
    },
}


def same(matter: Matter, model: LicenceModel) -> None:
    """Compare what both know of a matter."""
    assert matter.phase == model.phase
    assert matter.ending == model.ending
    assert matter.seq == model.seq
    assert [visit.step for visit in matter.open_visits] == ([model.step] if model.step else [])
    assert ("decided" in matter.marks) == model.decided
    assert bool(matter.open_supplement) == model.waiting
    assert sorted(one.ground for one in matter.open_pauses) == sorted(one.ground for one in model.pauses if one.open)
    if model.phase == "running":
        assert day_of(matter.marks["accepted"]) == model.accepted


def attempt(matter: Matter, act: Act, book: Rulebook, now: datetime) -> tuple[tuple[Event, ...], ActRefused | None]:
    try:
        return decide(matter, act, book, now), None
    except ActRefused as refused:
        return (), refused


def one_sequence(seed: int, seen: Counter[str], book: Rulebook = BOOK) -> list[Event]:
    """Do random acts, each judged by both; return the events."""
    chance, model, matter, now = Chance(seed), LicenceModel(), BLANK, MONDAY
    events: list[Event] = []
    for number in range(ACTS):
        raw = chance.act(model, number)
        act = ACT.validate_python(raw)
        expected = model.after(raw, now)
        made, refused = attempt(matter, act, book, now)
        assert (refused is None) == (expected is not None), (seed, number, raw, refused)
        if refused is not None:
            assert refused.clause, (seed, number, refused.code)
            assert refused.message, (seed, number, refused.code)
            seen[f"refused {refused.code}"] += 1
        elif expected is not None:
            for event in made:
                assert event.seq == matter.seq + 1
                assert matter.at is None or event.at >= matter.at
                matter = apply(matter, event)
            events += made
            model = expected
            same(matter, model)
            assert decide(matter, act, book, now) == (), "the same act again changes nothing"
            assert due_acts(matter, book, now) == ()
            seen[raw["kind"]] += 1
        now += timedelta(minutes=chance.one_of(5, 5, 300, 1500, 3000, 9000))
    seen[matter.ending or matter.phase] += 1
    return events


def sequences(seeds: range, book: Rulebook) -> None:
    for seed in seeds:
        one_sequence(seed, Counter(), book)


@pytest.mark.clause("R1")
@pytest.mark.clause("R2")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_ten_thousand_random_sequences_do_what_the_law_says(chunk: int) -> None:
    seen: Counter[str] = Counter()
    for number in range(SEQUENCES):
        events = one_sequence(chunk * SEQUENCES + number, seen)
        if number % 20 == 0:  # the record alone gives the same matter, also after a trip through JSON
            record = EVENTS.validate_json(EVENTS.dump_json(tuple(events)))
            assert record == tuple(events)
            assert fold(record) == fold(events)
    # The random walk must reach everything, or it proves nothing.
    assert not [kind for kind in KINDS if kind != "merge" and not seen[kind]]
    assert not [one for one in ("finished", "not_accepted", "withdrawn", "terminated", "transferred") if not seen[one]]


def spoilt(**changes: Any) -> Rulebook:
    """Return a rulebook whose procedure is wrong in one point."""
    return rulebook(procedure=Procedure.model_validate(BOOK.procedure.model_dump() | changes))


# Negative controls: an engine that runs by wrong rules is found out by the same comparison.
@pytest.mark.parametrize(
    "wrong",
    [
        spoilt(supplement=BOOK.procedure.supplement and BOOK.procedure.supplement.model_copy(update={"times": 2})),
        spoilt(ways=(*BOOK.procedure.ways, Way(source="review", target="decide"))),
        spoilt(functions={key: rule for key, rule in BOOK.procedure.functions.items() if key != "decision"}),
        spoilt(limits=BOOK.procedure.limits | {"supplement_notice": BOOK.procedure.limits["decide"]}),
    ],
    ids=["supplement twice", "a way that skips", "nobody kept apart", "silence too long"],
)
def test_the_comparison_sees_a_wrong_rule(wrong: Rulebook) -> None:
    with pytest.raises(AssertionError):
        sequences(range(400), wrong)
