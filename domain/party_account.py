"""What a party is told beside where its matter stands: its rights with their last days, and why a day is the last (H2).

003-26(1) has the status looked up; who looks wants to know what comes next, until when and why that day, and what to do
against it. Nothing here names an official: pauses and extensions are told by their grounds alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from domain.clock import Receipt, deadline
from domain.engine.clocks import Deadline, deadline_of
from domain.engine.days import civil_day
from domain.engine.hearings import open_rights
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook
from domain.procedures import Procedure
from domain.profile_parts import ProfileLimit

Situation = Literal[
    "supplement",
    "received",
    "examined",
    "paused",
    "disputed",
    "decided",
    "served",
    "finished",
    "not_accepted",
    "withdrawn",
    "terminated",
    "transferred",
    "merged",
    "abandoned",
]
Place = Literal["passed", "now", "ahead"]
REMEDIES: Final = ("apply_reconsideration", "sue")
"""Limits of the profile within which a decision is brought before others (行政复议法-20, 行政诉讼法-46)."""


@dataclass(frozen=True, slots=True)
class PartyRight:
    """A right that the party was told of and has not used; ``until`` is its last day, None where none is set."""

    code: str
    name: str
    clause: str
    until: date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Remedy:
    """A way to have a decision looked at by others, with its last day once the decision was served."""

    limit: str
    value: int
    unit: str
    clause: str
    since: date | None
    until: date | None
    provisional: bool


def situation(matter: Matter) -> Situation:
    """Return in a word where the party stands: what it waits for, or how it ended."""
    if matter.phase in ("closed", "archived"):
        return matter.ending or "finished"
    if matter.open_supplement is not None:
        return "supplement"
    if matter.open_dispute is not None:
        return "disputed"
    if matter.open_pauses:
        return "paused"
    if matter.phase == "received":
        return "received"
    return "served" if "served" in matter.marks else "decided" if "decided" in matter.marks else "examined"


def stages_of(procedure: Procedure) -> tuple[str, ...]:
    """Return the stages that the steps of a procedure belong to, in the order of the steps."""
    return tuple(dict.fromkeys(step.stage or step.name for step in procedure.steps))


def course(matter: Matter, procedure: Procedure) -> tuple[tuple[str, Place], ...]:
    """Return the stages as a party sees them: those it has passed, the present one, those that may come.

    A stage that was passed by is none of them; where the matter ended on another way than its own, nothing comes.
    """
    steps = procedure.by_key
    been = [steps[one.step].stage or steps[one.step].name for one in matter.visits if one.step in steps]
    here = {steps[one.step].stage or steps[one.step].name for one in matter.open_visits if one.step in steps}
    found: list[tuple[str, Place]] = []
    reached = False
    for name in stages_of(procedure):
        reached = reached or name in here
        if name in here:
            found.append((name, "now"))
        elif name in been:
            found.append((name, "passed"))
        elif reached:
            found.append((name, "ahead"))
    return tuple(found)


def rights_of(matter: Matter, book: Rulebook, today: date) -> tuple[PartyRight, ...]:
    """Return the rights that the party can use now."""
    return tuple(_right(matter, book, code) for code in open_rights(matter, book, today))


def _right(matter: Matter, book: Rulebook, code: str) -> PartyRight:
    rule = book.procedure.rights[code]
    limit = deadline_of(matter, book, rule.limit) if rule.limit else None
    told = matter.facts.get(rule.until)
    until = limit.due if limit is not None else told.day if told is not None else None
    return PartyRight(code, rule.name, rule.clause, until, limit is not None and limit.receipt.provisional)


def remedies_of(
    matter: Matter, book: Rulebook, limits: Mapping[str, ProfileLimit], telling: Collection[str]
) -> tuple[Remedy, ...]:
    """Return what the party can do against what was decided; none while nothing is.

    ``telling`` are the documents that tell the party of it: the periods run from the day on which the last of them
    was received. Where the law sets other times for a matter, its decision says so, and that counts.
    """
    received = [civil_day(one.received) for one in matter.served if one.document in telling]
    if not received and "decided" not in matter.marks and matter.ending != "not_accepted":
        return ()
    since = received[-1] if received else None
    return tuple(_remedy(name, limits[name], since, book) for name in REMEDIES if name in limits)


def _remedy(name: str, limit: ProfileLimit, since: date | None, book: Rulebook) -> Remedy:
    counted = deadline(since, limit, book.calendar) if since is not None else None
    until = counted.due if counted else None
    return Remedy(
        name, limit.value, limit.unit, limit.clause, since, until, counted is not None and counted.provisional
    )


def explained(one: Deadline | None) -> Receipt | None:
    """Return the receipt of a limit, day by day, without anybody's name: who paused or extended is not for the party."""
    if one is None:
        return None
    receipt = one.receipt
    extension = receipt.extension and receipt.extension.model_copy(update={"by": ""})
    pauses = tuple(pause.model_copy(update={"by": ""}) for pause in receipt.pauses)
    return replace(receipt, pauses=pauses, extension=extension)
