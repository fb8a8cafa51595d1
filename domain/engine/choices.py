"""What can be done now: for the desk, so that it offers what the engine would take and says what is missing.

`choices` looks at phase, step, post and pauses, not at what an act would bring; `probe` judges a whole act without
doing it. Neither is a right: rights hang on posts and are judged by the caller, and `decide` judges again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from domain.engine.acts import ACT_NAMES, Act, Record
from domain.engine.clocks import deadline_of
from domain.engine.course import OTHERWISE, earlier_steps
from domain.engine.deciding import HANDLERS, decide
from domain.engine.hearings import open_rights
from domain.engine.matter import Matter, Visit
from domain.engine.parts import Doer
from domain.engine.refusals import ActRefused, GatesShut, WrongPost
from domain.engine.rulebook import Rulebook
from domain.engine.turns import Turn
from domain.procedure_parts import Ground, ProcedureStep, ResultRule, RightRule


class Option(NamedTuple):
    """A value that a field of the act can take, and its words."""

    code: str
    words: str


class Choice(NamedTuple):
    """An act that can be done now: in which visit, to which steps or on which grounds."""

    act: str
    name: str
    visit: int | None
    options: tuple[Option, ...] = ()


def probe(matter: Matter, act: Act, book: Rulebook, now: datetime) -> ActRefused | None:
    """Return why an act would be refused at a moment, or None if it would be done; nothing is done."""
    try:
        decide(matter, act, book, now)
    except ActRefused as refused:
        return refused
    return None


def choices(matter: Matter, book: Rulebook, by: Doer, now: datetime) -> tuple[Choice, ...]:
    """Return what somebody can do with a matter now, in the order of the ordinary course."""
    turn = Turn(matter=matter, act=Record(key="-", by=by), book=book, now=now)
    found = [*_in_steps(turn), *_upon_the_whole(turn)]
    return tuple(one for one in found if _in_phase(matter, one.act))


def _in_phase(matter: Matter, kind: str) -> bool:
    _, phases, while_suspended = HANDLERS[kind]
    return matter.phase in phases and (while_suspended or not matter.open_pauses)


def _choice(kind: str, visit: Visit | None = None, options: tuple[Option, ...] = ()) -> Choice:
    return Choice(kind, ACT_NAMES[kind], visit.number if visit else None, options)


def _in_steps(turn: Turn) -> Iterator[Choice]:
    for visit in turn.matter.open_visits:
        step = turn.step(visit)
        if not _allowed(turn, visit):
            continue
        onward = tuple(
            Option(way.target, way.condition or turn.book.procedure.step(way.target).name)
            for way in turn.book.procedure.forward(step.key)
        )
        yield from _ending(turn, visit, step, () if step.fork else onward)
        yield _choice("opine", visit)
        if visit.body and visit.body != turn.matter.body:
            yield _choice("record", visit)
        back = tuple(Option(key, turn.book.procedure.step(key).name) for key in earlier_steps(turn, visit))
        if back and "decided" not in turn.matter.marks:
            yield _choice("return", visit, back)


def _allowed(turn: Turn, visit: Visit) -> bool:
    try:
        turn.on_post(visit)
    except (WrongPost, GatesShut):
        return False
    return True


def _ending(turn: Turn, visit: Visit, step: ProcedureStep, onward: tuple[Option, ...]) -> Iterator[Choice]:
    """The act that ends a step depends on what the step is for."""
    procedure = turn.book.procedure
    if step.function == "intake":
        yield _choice("accept", visit, onward)
        yield _choice("refuse_acceptance", visit, _grounds(procedure.refusals))
        rule = procedure.supplement
        if rule is not None and len(turn.matter.supplements) < rule.times:
            yield _choice("ask_supplement", visit)
    elif step.function == "decision":
        yield _choice("decide", visit, _grounds(procedure.results))
    elif step.function == "closure" and step.end:
        yield _choice("close", visit)
    elif step.function not in OTHERWISE:
        yield _choice("complete", visit, onward)


def _grounds(grounds: Mapping[str, Ground | ResultRule | RightRule]) -> tuple[Option, ...]:
    return tuple(Option(code, one.name) for code, one in grounds.items())


def _upon_the_whole(turn: Turn) -> Iterator[Choice]:
    matter, procedure = turn.matter, turn.book.procedure
    if turn.act.by.kind == "party":
        yield from _of_party(turn)
        return
    if not _in_charge(turn):
        return
    if not matter.open_visits:
        # All steps are done, and the flow has none that closes.
        yield _choice("close")
    yield _choice("record")
    if matter.open_supplement:
        yield _choice("supplement")
    body, rules = turn.act.by.body, procedure.documents
    own = (one.code for one in matter.documents if rules[one.code].is_of(body, matter.body, matter.bodies))
    if served := tuple(Option(code, rules[code].name) for code in own):
        yield _choice("serve", None, served)
    if procedure.rights:
        yield _choice("exercise", None, _grounds(procedure.rights))
    yield from _standing(turn)
    yield from _leading_out(turn)


def _of_party(turn: Turn) -> Iterator[Choice]:
    """What the party itself can do: nobody is offered a right that was never told, or the way back after a decision."""
    matter, procedure = turn.matter, turn.book.procedure
    yield _choice("record")
    if matter.open_supplement:
        yield _choice("supplement")
    if rights := open_rights(matter, turn.book, turn.today):
        yield _choice("exercise", None, tuple(Option(code, procedure.rights[code].name) for code in rights))
    if procedure.withdrawal is not None and "decided" not in matter.marks:
        yield _choice("withdraw")


def _in_charge(turn: Turn) -> bool:
    try:
        turn.in_charge()
    except (WrongPost, GatesShut):
        return False
    return True


def _standing(turn: Turn) -> Iterator[Choice]:
    matter, procedure = turn.matter, turn.book.procedure
    stopped = {one.ground for one in matter.open_pauses if one.ground in procedure.by_hand}
    free = tuple(Option(code, one.name) for code, one in procedure.by_hand.items() if code not in stopped)
    if free:
        yield _choice("suspend", None, free)
    if stopped:
        yield _choice("resume", None, tuple(Option(code, procedure.pauses[code].name) for code in sorted(stopped)))
    running = tuple(
        Option(key, limit.name)
        for key, limit in procedure.limits.items()
        if limit.extension is not None
        and (one := deadline_of(matter, turn.book, key)) is not None
        and one.ended is None
        and not one.passed(turn.today)
    )
    if running:
        yield _choice("extend", None, running)


def _leading_out(turn: Turn) -> Iterator[Choice]:
    matter, procedure = turn.matter, turn.book.procedure
    if procedure.assistance is not None:
        yield _choice("request_assistance")
    open_requests = tuple(Option(str(one.number), one.of) for one in matter.assistances if one.answered is None)
    if open_requests:
        yield _choice("answer_assistance", None, open_requests)
    if "decided" not in matter.marks:
        offered = (
            ("transfer", bool(procedure.transfers) and not matter.open_dispute, _grounds(procedure.transfers)),
            ("raise_dispute", procedure.dispute is not None and not matter.open_dispute, ()),
            ("merge", procedure.merging is not None, ()),
            ("be_merged", procedure.merging is not None, ()),
            ("split", procedure.splitting is not None, ()),
            ("withdraw", procedure.withdrawal is not None, ()),
            ("name_party", True, ()),
        )
        yield from (_choice(kind, None, options) for kind, provided, options in offered if provided)
    decided = "decided" in matter.marks
    endings = {code: one for code, one in procedure.terminations.items() if one.also_decided or not decided}
    if endings:
        yield _choice("terminate", None, _grounds(endings))
    yield _choice("correct")
    yield _choice("archive")
