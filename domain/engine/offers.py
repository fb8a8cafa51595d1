"""What somebody could do with a matter now: kinds of acts by phase, step and post, for whoever draws buttons.

An offer is no permission: gates are asked when the act is done (`domain.engine.deciding`). What is not offered would
be refused.
"""

from collections.abc import Iterator

from domain.engine.deciding import HANDLERS
from domain.engine.matter import Matter, Visit
from domain.engine.parts import Doer
from domain.procedure_parts import Function, ProcedureStep
from domain.procedures import Procedure

STEP_OF: dict[str, tuple[Function, ...]] = {
    "accept": ("intake",),
    "refuse_acceptance": ("intake",),
    "ask_supplement": ("intake",),
    "decide": ("decision",),
    "close": ("closure",),
}
"""Acts that belong to steps of a function."""

IN_A_STEP = ("opine", "complete", "return", "serve", "record", *STEP_OF)
BY_TIME = ("deem", "remind", "recount")
BY_PARTY = ("supplement", "withdraw", "exercise")
"""What a party does itself, once its matter is open."""


def offers(matter: Matter, procedure: Procedure, by: Doer) -> tuple[str, ...]:
    """Return the kinds of acts that a doer could try now, in the order of the engine's own list."""
    found = []
    for kind, (_, phases, while_suspended) in HANDLERS.items():
        if kind in (*BY_TIME, "open", "be_merged") or matter.phase not in phases:
            continue
        if matter.open_pauses and not while_suspended:
            continue
        if _provided(kind, matter, procedure) and _his(kind, matter, procedure, by):
            found.append(kind)
    return tuple(found)


def _his(kind: str, matter: Matter, procedure: Procedure, by: Doer) -> bool:
    """Tell whether an act could be this doer's."""
    if by.kind == "party":
        return kind in BY_PARTY
    if by.kind != "official":
        return False
    if kind in ("correct", "archive") or not matter.open_visits:
        return by.body == matter.body
    if kind == "assign":
        return any((visit.body or matter.body) == by.body for visit in matter.open_visits)
    steps = [step for _, step in _on_post(matter, procedure, by)]
    if kind == "complete":
        return any(
            step.function not in ("intake", "decision") and not (step.end and step.function == "closure")
            for step in steps
        )
    functions = STEP_OF.get(kind)
    return any(functions is None or step.function in functions for step in steps)


def _on_post(matter: Matter, procedure: Procedure, by: Doer) -> Iterator[tuple[Visit, ProcedureStep]]:
    for visit in matter.open_visits:
        step = procedure.by_key.get(visit.step)
        if step is None or (visit.body or matter.body) != by.body:
            continue
        if step.post in ("", by.post) and visit.assignee in ("", by.id):
            yield visit, step


def _provided(kind: str, matter: Matter, procedure: Procedure) -> bool:
    """Tell whether the procedure and the state of the matter leave room for an act."""
    decided = "decided" in matter.marks
    rule = procedure.supplement
    open_request = matter.open_supplement is not None
    room = {
        "accept": not open_request,
        "ask_supplement": rule is not None and not open_request and len(matter.supplements) < rule.times,
        "supplement": open_request,
        "suspend": bool(procedure.pauses),
        "resume": bool(matter.open_pauses),
        "extend": any(limit.extension for limit in procedure.limits.values()),
        "request_assistance": procedure.assistance is not None,
        "answer_assistance": any(one.answered is None for one in matter.assistances),
        "transfer": bool(procedure.transfers) and not decided,
        "merge": procedure.merging is not None and not decided,
        "split": procedure.splitting is not None and not decided,
        "withdraw": procedure.withdrawal is not None and not decided,
        "terminate": bool(procedure.terminations),
        "return": not decided,
        "exercise": any(right.told in matter.marks for right in procedure.rights.values()),
    }
    return room.get(kind, True)
