"""What an official of the demo city does next with a matter: an ordinary, lawful course with a little chance in it.

Nothing is inserted: every move is an act that the engine judges. A move that is refused is tried another way, and a
matter for which nobody finds a way stays as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Any, Final

from domain.engine.matter import BLANK, Matter, Visit
from domain.engine.rulebook import Rulebook
from domain.procedure_parts import ProcedureStep
from domain.procedures import Procedure

SLIP: Final = "acceptance_slip"
FORGETFUL: Final = ("3", "7")
"""Matters whose numbers end so are accepted without a slip: a breach that supervision finds (R07)."""

PARTY: Final = ""
"""Stands for the party where a move says who makes it."""

FATES: Final = (
    *["finish"] * 30,
    *["supplement"] * 5,
    *["silent"] * 1,
    *["refuse"] * 2,
    *["withdraw"] * 2,
    *["pause"] * 3,
    *["return"] * 3,
    *["negative"] * 4,
)


@dataclass(frozen=True, slots=True)
class Move:
    """One act: by which post (or the party), of which kind, with what."""

    post: str
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Course:
    """How one matter goes: its fate, and how it stands."""

    random: Random
    fate: str
    matter: Matter = BLANK
    done: set[str] = field(default_factory=set)

    def once(self, what: str) -> bool:
        """Say whether something has not been done before, and note that it is now."""
        fresh = what not in self.done
        self.done.add(what)
        return fresh


def moves(course: Course, book: Rulebook, now: datetime) -> Iterator[Move]:
    """Yield what could be done next, the likeliest first; nothing: the matter rests."""
    matter, procedure = course.matter, book.procedure
    if matter.phase == "closed" and matter.ending == "finished":
        yield Move(_last_post(course, procedure), "archive", {"index": _digest("index")})
    if matter.phase not in ("received", "running"):
        return
    if not matter.open_visits:
        yield Move(_last_post(course, procedure), "close")
        return
    visit = matter.open_visits[0]
    step = procedure.by_key[visit.step]
    if matter.open_pauses:
        yield Move(step.post, "resume", {"ground": matter.open_pauses[0].ground})
        return
    yield from _chances(course, procedure, step)
    if step.function == "intake":
        yield from _intake(course, procedure, step, now)
    elif not (course.fate == "withdraw" and matter.ending):
        yield from _papers(course, procedure, step)
        yield from _rights(course, procedure)
        yield from _leaving(course, book, visit, step, now)


def _chances(course: Course, procedure: Procedure, step: ProcedureStep) -> Iterator[Move]:
    """What happens on the way in some matters: a withdrawal, a pause, a return."""
    running = course.matter.phase == "running" and "decided" not in course.matter.marks
    if not running:
        return
    if course.fate == "withdraw" and procedure.withdrawal and course.once("withdraw"):
        yield Move(PARTY, "withdraw", {"reasons": "申请人另有安排"})
    if course.fate == "pause" and procedure.pauses and step.function == "investigation" and course.once("pause"):
        ground = next(iter(sorted(procedure.pauses)))
        told = {"told": 5, "told_by": _digest("time")} if procedure.pauses[ground].told else {}
        yield Move(step.post, "suspend", {"ground": ground, "reasons": procedure.pauses[ground].name, **told})
    back = procedure.backward(step.key)
    if course.fate == "return" and back and course.once("return"):
        yield Move(step.post, "return", {"to": back[0].target, "reasons": back[0].condition or "需要补充"})


def _intake(course: Course, procedure: Procedure, step: ProcedureStep, now: datetime) -> Iterator[Move]:
    matter = course.matter
    if matter.open_supplement:
        missing = [{"name": name} for name in matter.open_supplement.items]
        yield Move(PARTY, "supplement", {"materials": missing})
        return
    if course.fate == "silent" and procedure.supplement and procedure.supplement.on_silence == "deemed_accepted":
        return
    if course.fate == "supplement" and procedure.supplement and course.once("supplement"):
        yield Move(step.post, "ask_supplement", {"items": ["补充说明材料"]})
    if course.fate == "refuse" and procedure.refusals:
        ground = course.random.choice(sorted(procedure.refusals))
        yield Move(step.post, "refuse_acceptance", {"ground": ground, "reasons": procedure.refusals[ground].name})
    yield Move(step.post, "accept", _brought(course, procedure, step, now))


def _papers(course: Course, procedure: Procedure, step: ProcedureStep) -> Iterator[Move]:
    """Make and serve what the step needs served, one after the other."""
    served = {one.document for one in course.matter.served}
    for code in (*step.needs.served, *_notices(course, procedure, step)):
        if code in served or code not in procedure.documents:
            continue
        if course.matter.document(code) is None:
            yield Move(step.post, "record", {"documents": [_paper(code)], **_together(procedure, step)})
        else:
            served_how = {"document": code, "method": "direct", **_together(procedure, step)}
            yield Move(step.post, "serve", served_how)
        return


def _notices(course: Course, procedure: Procedure, step: ProcedureStep) -> Iterator[str]:
    """The party is told of an intended penalty in the step for it, or where a flow has none before the decision."""
    if procedure.kind != "penalty_case" or not course.matter.proposals or step.function not in ("notice", "decision"):
        return
    yield "penalty_notice"
    if "hearing_right_notice" in procedure.documents:
        yield "hearing_right_notice"


def _rights(course: Course, procedure: Procedure) -> Iterator[Move]:
    """The party gives its rights up, once it has been told of them."""
    for name, right in procedure.rights.items():
        if right.told in course.matter.marks and right.waived not in course.matter.marks and course.once(f"r{name}"):
            yield Move(PARTY, "exercise", {"right": name, "waive": True})


def _leaving(course: Course, book: Rulebook, visit: Visit, step: ProcedureStep, now: datetime) -> Iterator[Move]:
    procedure = book.procedure
    brought = _brought(course, procedure, step, now)
    targets = [way.target for way in procedure.forward(step.key)]
    targets.sort(key=lambda key: _detour(procedure, key))
    ways = [{"to": target} for target in targets] if len(targets) > 1 and not step.fork else [{}]
    if step.function == "closure" and step.end:
        yield Move(step.post, "close", brought)
    elif step.function == "decision":
        outcome = _outcome(course, book)
        yield from (Move(step.post, "decide", {**brought, "outcome": outcome, **way}) for way in ways)
    else:
        more: dict[str, Any] = {"proposal": _outcome(course, book)} if _proposes(course, procedure, step) else {}
        if course.matter.outcome is not None and course.matter.outcome.fine and step.function == "execution":
            paid = str(course.matter.outcome.fine)
            more["receipts"] = [{"number": f"YH{visit.number:03}{paid}", "amount": paid, "paid_on": now.date()}]
        yield from (Move(step.post, "complete", {**brought, **more, **way}) for way in ways)


def _proposes(course: Course, procedure: Procedure, step: ProcedureStep) -> bool:
    """A penalty is proposed by whoever looks at it first after the investigation, and before the party is told."""
    if step.needs.proposal:
        return True
    looking = step.function in ("review", "discussion", "investigation", "handling")
    return procedure.kind == "penalty_case" and looking and not course.matter.proposals


def _detour(procedure: Procedure, key: str) -> int:
    """Legality reviews are entered where they are due; telling the party comes before deciding."""
    return {"legality_review": 2, "decision": 1}.get(procedure.by_key[key].function, 0)


def _brought(course: Course, procedure: Procedure, step: ProcedureStep, now: datetime) -> dict[str, Any]:
    """Return what a step needs before it is left, as far as it is not in the file."""
    matter, needs = course.matter, step.needs
    brought: dict[str, Any] = _together(procedure, step)
    if needs.opinion:
        brought["opinion"] = {"verdict": "agree", "text": "情况属实，同意。"}
    papers = [*needs.documents]
    if step.function == "intake" and SLIP in procedure.documents and not matter.id.endswith(FORGETFUL):
        papers.append(SLIP)
    brought["documents"] = [_paper(code) for code in papers if matter.document(code) is None]
    held = {one.code for one in matter.recordings}
    brought["recordings"] = [
        {"code": code, "digest": _digest(code), "began": now - timedelta(hours=1), "ended": now}
        for code in needs.recordings
        if code not in held
    ]
    facts = [(code, procedure.facts[code].type) for code in needs.facts if code not in matter.facts]
    brought["facts"] = [{"code": code, **_value(kind, now)} for code, kind in facts]
    return {name: value for name, value in brought.items() if value}


def _value(kind: str, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "day": (now + timedelta(days=5)).date(),
        "text": "示范路1号",
        "number": 1,
        "amount": "100",
        "moment": now,
        "yes_no": False,
    }
    return {kind: values[kind]}


def _together(procedure: Procedure, step: ProcedureStep) -> dict[str, Any]:
    """Where certified officers are asked for, two act together; who the second is, the caller fills in."""
    return {"officers": ["second"]} if "certified_officers" in procedure.gates_of(step) else {}


def _outcome(course: Course, book: Rulebook) -> dict[str, Any]:
    procedure = book.procedure
    if course.matter.proposals:
        return course.matter.proposals[-1].outcome.model_dump(mode="json")
    if procedure.kind == "penalty_case":
        return _penalty(course, book)
    good = [code for code, rule in procedure.results.items() if not rule.negative]
    bad = [code for code, rule in procedure.results.items() if rule.negative]
    if course.fate == "negative" and bad:
        return {"result": bad[0], "reasons": "经审查，不符合法定条件。"}
    return {"result": good[0], "reasons": "经审查，符合法定条件。"}


def _penalty(course: Course, book: Rulebook) -> dict[str, Any]:
    fair = [
        (benchmark, tier)
        for benchmark in book.benchmarks
        for tier in benchmark.tiers
        if tier.fine is not None and tier.fine.unit == "yuan" and not tier.conditions and tier.fine.lowest > 0
    ]
    reasons = "违法事实清楚，证据确凿。"
    if not fair or course.fate == "negative":
        return {"result": "penalty", "reasons": reasons, "measures": ["warning"]}
    benchmark, tier = fair[0]
    lowest = tier.fine.lowest if tier.fine else Decimal(0)
    fine = {"violation": benchmark.violation, "tier": tier.name, "amount": str(lowest)}
    return {"result": "penalty", "reasons": reasons, "measures": ["fine"], "fines": [fine]}


def _last_post(course: Course, procedure: Procedure) -> str:
    return procedure.by_key[course.matter.visits[-1].step].post


def _paper(code: str) -> dict[str, Any]:
    return {"code": code, "digest": _digest(code)}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
