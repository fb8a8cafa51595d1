"""The one entrance of the engine: may this be done now, and what follows from it.

``decide(matter, act, book, now)`` returns the events to append, or raises a refusal that names its clause. Acts that
time has done meanwhile come first. The same key with the same act again gives no events: a double submission is
harmless. An event is never earlier than the one before it, whatever the clock of the machine says.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from domain.engine import acts, between, course, elsewhere, intake, standing
from domain.engine.events import PHASE_NAMES, Event, Phase
from domain.engine.lapses import due_acts
from domain.engine.matter import Matter, apply
from domain.engine.refusals import (
    ChangedMeanwhile,
    KeyReused,
    MatterSuspended,
    NotInThisPhase,
    RulebookChanged,
    UnknownThing,
)
from domain.engine.rulebook import Rulebook
from domain.engine.turns import SEQUENCE, Turn

Handler = Callable[[Turn, Any], None]

RECEIVED: Final[frozenset[Phase]] = frozenset({"received"})
RUNNING: Final[frozenset[Phase]] = frozenset({"running"})
UNDER_WAY: Final = RECEIVED | RUNNING
AFTER: Final[frozenset[Phase]] = frozenset({"closed"})

# 003-29, 003-30: which act belongs to which phase, and which of them a suspended matter still allows.
HANDLERS: Final[Mapping[str, tuple[Handler, frozenset[Phase], bool]]] = MappingProxyType(
    {
        "open": (intake.open_, frozenset({"blank"}), True),
        "name_party": (intake.name_party, UNDER_WAY, True),
        "accept": (intake.accept, RECEIVED, False),
        "refuse_acceptance": (intake.refuse_acceptance, RECEIVED, False),
        "ask_supplement": (intake.ask_supplement, RECEIVED, False),
        "supplement": (intake.supplement, RECEIVED, True),
        "record": (course.record, UNDER_WAY | AFTER, True),
        "opine": (course.opine, UNDER_WAY, True),
        "assign": (course.assign, UNDER_WAY, True),
        "complete": (course.complete, UNDER_WAY, False),
        "return": (course.return_, RUNNING, False),
        "decide": (course.decide, RUNNING, False),
        "serve": (course.serve, RUNNING | AFTER, True),
        "exercise": (course.exercise, RUNNING, True),
        "suspend": (standing.suspend, RUNNING, True),
        "resume": (standing.resume, RUNNING, True),
        "extend": (standing.extend, RUNNING, True),
        "request_assistance": (elsewhere.request_assistance, RUNNING, True),
        "answer_assistance": (elsewhere.answer_assistance, RUNNING | AFTER, True),
        "transfer": (between.transfer, UNDER_WAY, True),
        "raise_dispute": (between.raise_dispute, UNDER_WAY, True),
        "state_jurisdiction": (between.state_jurisdiction, UNDER_WAY, True),
        "designate": (between.designate, UNDER_WAY, True),
        "answer_transfer": (between.answer_transfer, AFTER | {"archived"}, True),
        "merge": (elsewhere.merge, RUNNING, True),
        "be_merged": (elsewhere.be_merged, RUNNING, True),
        "split": (elsewhere.split, RUNNING, False),
        "withdraw": (elsewhere.withdraw, UNDER_WAY, True),
        "terminate": (elsewhere.terminate, RUNNING, True),
        "close": (course.close, RUNNING, False),
        "archive": (course.archive, AFTER, True),
        "correct": (elsewhere.correct, UNDER_WAY | AFTER | {"archived"}, True),
        "remind": (standing.remind, UNDER_WAY, True),
        "deem": (intake.deem, UNDER_WAY, True),
        "recount": (standing.recount, UNDER_WAY, True),
    }
)


RESERVED: Final = ("deem:", "remind:", "recount:")
"""How keys begin that only time uses."""


def decide(matter: Matter, act: acts.Act, book: Rulebook, now: datetime) -> tuple[Event, ...]:
    """Return the events that an act makes of a matter at a moment; empty if it was done before under its key.

    Raises a subclass of ``ActRefused`` where the act may not be, with its clause and what to do; CalendarError where a
    limit would end beyond what any calendar knows.
    """
    if (done := matter.keys.get(act.key)) is not None:
        if done != acts.known_by(act):
            raise KeyReused("同一提交编号已用于另一操作", "003-33", "请刷新后重新提交")
        return ()
    if act.by.kind != "system" and act.key.startswith(RESERVED):
        raise KeyReused("提交编号使用了系统保留的前缀", "003-33", "请更换提交编号")
    at = now if matter.at is None else max(now, matter.at)
    events: list[Event] = []
    _unchanged(matter, act)
    if act.kind != "deem":
        for due in due_acts(matter, book, at):
            event = _judged(matter, due, book, at)
            matter = apply(matter, event)
            events.append(event)
    events.append(_judged(matter, act, book, at))
    return tuple(events)


# Issue 4, section 2: of two officers at once the second sees what changed.
def _unchanged(matter: Matter, act: acts.Act) -> None:
    if act.seen is not None and act.seen < matter.seq:
        count = matter.seq - act.seen
        raise ChangedMeanwhile(f"在您查看之后又有{count}项新的记录", "003-32(3)", "请查看最新情况后再办理")


def _judged(matter: Matter, act: acts.Act, book: Rulebook, at: datetime) -> Event:
    handler, phases, while_suspended = HANDLERS[act.kind]
    name = acts.ACT_NAMES[act.kind]
    if matter.phase not in phases:
        allowed = "、".join(PHASE_NAMES[phase] for phase in PHASE_NAMES if phase in phases)
        raise NotInThisPhase(f"{PHASE_NAMES[matter.phase]}，不能{name}", SEQUENCE, f"“{name}”只在{allowed}时办理")
    if matter.procedure and book.procedure.id != matter.procedure:
        raise RulebookChanged(f"本件按“{matter.procedure}”办理", SEQUENCE, "请使用登记时的流程")
    if matter.pins is not None and matter.phase == "running" and (changed := book.differs_from(matter.pins)):
        raise RulebookChanged(f"与受理时的规则不一致：{'、'.join(changed)}", SEQUENCE, "请使用受理时的版本")
    if matter.open_pauses and not while_suspended:
        raise MatterSuspended(f"暂停期间不能{name}", "003-30", "请先恢复办理")
    if act.visit is not None and act.visit > len(matter.visits):
        raise UnknownThing("没有这一环节的办理记录", SEQUENCE, "请刷新后重新办理")
    turn = Turn(matter=matter, act=act, book=book, now=at)
    turn.check_brought()
    handler(turn, act)
    identity = act.matter if isinstance(act, acts.Open) else matter.id
    return Event(
        matter=identity,
        seq=matter.seq + 1,
        at=at,
        act=act,
        effects=tuple(turn.effects),
        notes=tuple(turn.notes),
    )
