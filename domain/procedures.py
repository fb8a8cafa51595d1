"""Procedures: the fixed path a matter runs by — steps, ways, limits, grounds, needs and gates, each with its clause.

One type serves the government's own procedures (TOML in `domain/procedures/`, read by `domain.procedure_files`) and
the internal flows of power items (`domain.procedure_building`). 003-29: every item has its own internal flow, and its
steps are fixed. A procedure is checked when it is built, so the engine never meets a dead end, a lost branch, an
unknown gate or a limit without its clause.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Self

from pydantic import Field, model_validator

from domain.flows import RiskPoint
from domain.gate_names import GateName
from domain.procedure_checks import check_graph
from domain.procedure_parts import (
    OWN_MARKS,
    DisputeRule,
    DocumentRule,
    EndingGround,
    FactRule,
    Function,
    FunctionRule,
    Ground,
    HearingRule,
    MatterKind,
    PauseGround,
    ProcedureAmount,
    ProcedureLimit,
    ProcedureStep,
    ReminderRule,
    RepeatRule,
    ResultRule,
    RightRule,
    SupplementRule,
    Way,
)
from domain.profile_parts import Clause, Code
from domain.values import Value, digest


class Procedure(Value):
    """A versioned procedure; equal content has an equal digest, and a matter is bound to the digest."""

    id: str = Field(min_length=1, max_length=120)
    version: int = Field(ge=1)
    name: str = Field(min_length=1)
    kind: MatterKind
    categories: tuple[Code, ...] = ()
    clause: Clause
    stages: tuple[str, ...] = Field(min_length=1)
    steps: tuple[ProcedureStep, ...] = Field(min_length=1)
    ways: tuple[Way, ...] = ()
    functions: dict[Function, FunctionRule] = Field({})
    limits: dict[Code, ProcedureLimit] = Field({})
    supplement: SupplementRule | None = None
    refusals: dict[Code, Ground] = Field({})
    pauses: dict[Code, PauseGround] = Field({})
    terminations: dict[Code, EndingGround] = Field({})
    transfers: dict[Code, Ground] = Field({})
    withdrawal: Ground | None = None
    merging: Ground | None = None
    splitting: Ground | None = None
    assistance: Ground | None = None
    dispute: DisputeRule | None = None
    rights: dict[Code, RightRule] = Field({})
    hearing: HearingRule | None = None
    results: dict[Code, ResultRule] = Field(min_length=1)
    measures: dict[Code, Ground] = Field({})
    documents: dict[Code, DocumentRule] = Field({})
    facts: dict[Code, FactRule] = Field({})
    recordings: dict[Code, Ground] = Field({})
    amounts: dict[Code, ProcedureAmount] = Field({})
    returns: RepeatRule | None = None
    suspensions: RepeatRule | None = None
    reminders: tuple[ReminderRule, ...] = ()
    risk_points: tuple[RiskPoint, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        check_graph(self.steps, self.ways)
        if lost := sorted(set(_lost_names(self))):
            raise ValueError("names that nothing defines: " + ", ".join(lost))
        return self

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the whole content, in hexadecimal: what a matter is bound to."""
        return digest(self).hex()

    @cached_property
    def by_hand(self) -> Mapping[str, PauseGround]:
        """The grounds on which an official may let the clock rest; a dispute does so by itself."""
        own = self.dispute.pause if self.dispute else ""
        return MappingProxyType({key: ground for key, ground in self.pauses.items() if key != own})

    @cached_property
    def by_key(self) -> Mapping[str, ProcedureStep]:
        """The steps by key."""
        return MappingProxyType({step.key: step for step in self.steps})

    @cached_property
    def _forward(self) -> Mapping[str, tuple[Way, ...]]:
        return {step.key: tuple(w for w in self.ways if w.source == step.key and not w.back) for step in self.steps}

    @cached_property
    def _onward(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for step in self.steps:
            reached, frontier = {step.key}, [step.key]
            while frontier:
                fresh = {way.target for way in self.forward(frontier.pop())} - reached
                reached |= fresh
                frontier.extend(fresh)
            found[step.key] = frozenset(reached)
        return found

    @property
    def start(self) -> ProcedureStep:
        """The step in which a matter begins: the first one."""
        return self.steps[0]

    def step(self, key: str) -> ProcedureStep:
        """Return a step; KeyError if the procedure does not have it."""
        return self.by_key[key]

    def forward(self, key: str) -> tuple[Way, ...]:
        """Return the ways that lead on from a step."""
        return self._forward.get(key, ())

    def backward(self, key: str) -> tuple[Way, ...]:
        """Return the ways on which a step may be returned, as the flow draws them; empty if it draws none."""
        return tuple(way for way in self.ways if way.source == key and way.back)

    def leads(self, source: str, target: str) -> bool:
        """Tell whether the flow leads on from one step to another, over however many."""
        return source != target and target in self._onward[source]

    def rule(self, function: Function) -> FunctionRule | None:
        """Return what the function asks of its steps."""
        return self.functions.get(function)

    def gates_of(self, step: ProcedureStep) -> tuple[GateName, ...]:
        """Return all gates of a step: those of its function, then its own."""
        rule = self.functions.get(step.function)
        return tuple(dict.fromkeys((*(rule.gates if rule else ()), *step.gates)))

    def marks_of(self, step: ProcedureStep) -> tuple[str, ...]:
        """Return the milestones that are reached when a step is done."""
        rule = self.functions.get(step.function)
        return tuple(dict.fromkeys((*(rule.marks if rule else ()), *step.marks)))

    @cached_property
    def marks(self) -> frozenset[str]:
        """All milestones that a matter of this procedure can reach."""
        rights = (mark for right in self.rights.values() for mark in (right.exercised, right.waived))
        papers = self.documents.values()
        documents = (mark for rule in papers for mark in (rule.made_marks, rule.served_marks) if mark)
        steps = (mark for step in self.steps for mark in step.marks)
        functions = (mark for rule in self.functions.values() for mark in rule.marks)
        results = (rule.marks for rule in self.results.values() if rule.marks)
        return frozenset((*OWN_MARKS, *results, *rights, *documents, *steps, *functions))


def _lost_names(procedure: Procedure) -> Iterator[str]:
    """Yield every name that is used in a procedure and defined nowhere, with the key that uses it."""
    yield from _lost_in_steps(procedure)
    limits, marks = procedure.limits, procedure.marks
    for key, limit in limits.items():
        yield from _missing(f"limits.{key}.start", (limit.start,), marks)
        yield from _missing(f"limits.{key}.end", (limit.end,), marks)
    for key, ground in procedure.pauses.items():
        yield from _missing(f"pauses.{key}.stops", ground.stops, {*limits, "steps"})
    if dispute := procedure.dispute:
        yield from _missing("dispute.pause", (dispute.pause,), procedure.pauses)
    if rule := procedure.supplement:
        yield from _missing("supplement.limit", filter(None, (rule.limit,)), limits)
        yield from _missing("supplement.party_limit", filter(None, (rule.party_limit,)), limits)
    for key, right in procedure.rights.items():
        yield from _missing(f"rights.{key}.told", (right.told,), marks)
        yield from _missing(f"rights.{key}.limit", filter(None, (right.limit,)), limits)
        yield from _missing(f"rights.{key}.until", filter(None, (right.until,)), procedure.facts)
    if hearing := procedure.hearing:
        yield from _missing("hearing.right", (hearing.right,), procedure.rights)
        yield from _missing("hearing.measures", hearing.measures, procedure.measures)
        yield from _missing("hearing.large_amounts", hearing.large_amounts.values(), procedure.amounts)
        yield from _missing("hearing.held", (hearing.held,), marks)
    yield from _missing("risk_points", (risk.step for risk in procedure.risk_points), procedure.by_key)


def _lost_in_steps(procedure: Procedure) -> Iterator[str]:
    for step in procedure.steps:
        here = f"steps.{step.key}"
        yield from _missing(f"{here}.stage", filter(None, (step.stage,)), procedure.stages)
        yield from _missing(f"{here}.needs.documents", step.needs.documents, procedure.documents)
        yield from _missing(f"{here}.needs.served", step.needs.served, procedure.documents)
        yield from _missing(f"{here}.needs.facts", step.needs.facts, procedure.facts)
        days = (code for code, one in procedure.facts.items() if one.type == "day")
        yield from _missing(f"{here}.until", filter(None, (step.until,)), days)
        yield from _missing(f"{here}.needs.recordings", step.needs.recordings, procedure.recordings)


def _missing(key: str, used: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    defined = set(known)
    return (f"{key}: {name}" for name in used if name not in defined)
