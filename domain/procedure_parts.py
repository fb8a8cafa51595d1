"""The entries of a procedure: steps, ways, limits, grounds, needs and rules, each with the clause it comes from.

Clauses are written as in profiles: FILE-ARTICLE for the five source regulations, LAW-ARTICLE for national law.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from domain.benchmarks import Amount
from domain.flows import LimitUnit
from domain.gate_names import GateName
from domain.profile_parts import Clause, Code
from domain.values import Value

MatterKind = Literal[
    "case",
    "penalty_case",
    "adjustment",
    "complaint",
    "supervision_case",
    "filing",
    "dossier_review",
    "reconsideration",
    "accountability",
    "decision",
    "rating_review",
]
"""办件 (all but penalties) and 案件 (penalties) are kinds of their own; the others are the government's own matters."""

Function = Literal[
    "source",
    "intake",
    "investigation",
    "review",
    "discussion",
    "notice",
    "hearing",
    "legality_review",
    "decision",
    "service",
    "execution",
    "closure",
    "handling",
]
"""What a step is for. Rules hang on the function, so that an item may name its steps as it likes."""

FUNCTION_NAMES: Final[Mapping[Function, str]] = MappingProxyType(
    {
        "source": "来源登记",
        "intake": "受理（立案）",
        "investigation": "调查核实",
        "review": "审核",
        "discussion": "讨论",
        "notice": "告知",
        "hearing": "听证",
        "legality_review": "法制审核",
        "decision": "决定",
        "service": "送达",
        "execution": "执行",
        "closure": "办结",
        "handling": "办理",
    }
)
KIND_NAMES: Final[Mapping[MatterKind, str]] = MappingProxyType(
    {
        "case": "办件",
        "penalty_case": "案件",
        "adjustment": "权力调整",
        "complaint": "投诉举报",
        "supervision_case": "督办件",
        "filing": "备案",
        "dossier_review": "案卷评查",
        "reconsideration": "行政复议",
        "accountability": "责任追究",
        "decision": "重大行政决策",
        "rating_review": "差评核查",
    }
)
OWN_MARKS: Final = ("received", "materials_received", "accepted", "decided", "served", "closed", "archived")
"""Milestones that the engine sets itself; documents, rights and steps may name more."""

Approver = Literal["organ_head", "government_head", "agency_head", "unit_head"]
APPROVER_NAMES: Final[Mapping[Approver, str]] = MappingProxyType(
    {
        "organ_head": "本机关负责人",
        "government_head": "本级人民政府负责人",
        "agency_head": "行政复议机构负责人",
        "unit_head": "本机构负责人",
    }
)


class ExtensionRule(Value):
    """How far a limit may be extended, in its own unit, how often, and whose approval the law asks for."""

    value: int = Field(ge=1, le=9999)
    times: int = Field(ge=1, le=9)
    approver: Approver
    clause: Clause


class ProcedureLimit(Value):
    """A limit between two milestones: of a step if it starts when a step is entered, else of the whole matter."""

    value: int = Field(ge=0, le=9999)
    unit: LimitUnit
    start: Code = "accepted"
    end: Code = "decided"
    name: str = Field(min_length=1)
    direction: Literal["max", "min", "before"] = "max"
    who: Literal["organ", "party"] = "organ"
    extension: ExtensionRule | None = None
    clause: Clause
    note: str = ""

    @model_validator(mode="after")
    def _value_fits_unit(self) -> Self:
        if (self.value == 0) != (self.unit == "immediate"):
            raise ValueError("a limit of 0 goes with the unit 'immediate', and only with it")
        return self


class StepLimit(Value):
    """The time a step has; it adds up over repeated visits of the step (supervision rule R04)."""

    value: int = Field(ge=0, le=9999)
    unit: LimitUnit
    clause: Clause

    @model_validator(mode="after")
    def _value_fits_unit(self) -> Self:
        if (self.value == 0) != (self.unit == "immediate"):
            raise ValueError("a limit of 0 goes with the unit 'immediate', and only with it")
        return self


class Ground(Value):
    """A lawful ground of an act, from a closed list."""

    name: str = Field(min_length=1)
    clause: Clause
    note: str = ""


class EndingGround(Ground):
    """A ground on which a matter may be terminated, while it is undecided or even after."""

    also_decided: bool = False


class DisputeRule(Ground):
    """That bodies may dispute over who is competent; ``pause`` is the ground on which the clock rests meanwhile."""

    pause: Code


class PauseGround(Ground):
    """A ground on which the clock may stand still: which limits it stops, and for how long at most.

    ``stops`` names limits, or "steps" for the time of the steps. ``told``: the time needed must be fixed beforehand
    and told in writing (行政许可法-45). ``most`` caps it; days beyond the budget count again, resumed or not.
    """

    stops: tuple[Code, ...] = Field(min_length=1)
    told: bool = False
    most: int | None = Field(None, ge=1, le=9999)
    unit: Literal["workday", "day"] = "workday"


class SupplementRule(Value):
    """补正: how often it may be asked, within which limit, and what silence means (行政许可法-32(1))."""

    times: int = Field(ge=1, le=9)
    limit: str = ""
    on_silence: Literal["overdue", "deemed_accepted"] = "overdue"
    party_limit: str = ""
    on_party_silence: Literal["nothing", "abandoned"] = "nothing"
    clause: Clause


class RepeatRule(Value):
    """R10 (003-32(5)): from which repetition on a return or a suspension is pointed out, and from which refused."""

    warn_from: int = Field(ge=1, le=99)
    most: int | None = Field(None, ge=1, le=99)
    clause: Clause


class ReminderRule(Value):
    """R10 (003-32(4)): the level that is due so many working days after the last day; 0: on the last day."""

    level: Literal["reminder", "warning", "alarm"]
    after: int = Field(ge=-99, le=99)
    of: Literal["matter", "step"] = "matter"
    clause: Clause


class Owned(Value):
    """What bodies bring to a matter: ``by`` any of them, the one whose matter it is, or the others."""

    name: str = Field(min_length=1)
    clause: Clause
    by: Literal["any", "own", "other"] = "any"

    def is_of(self, body: str, owner: str, bodies: Sequence[str]) -> bool:
        """Say whether it is a body's of a matter; everything is the owner's where no other body takes part."""
        others = any(one != owner for one in bodies)
        return self.by == "any" or not others or (body == owner) == (self.by == "own")


class DocumentRule(Owned):
    """A document of the matter, made and served by whose it is; making or serving it may set a milestone."""

    made_marks: Code | None = None
    served_marks: Code | None = None


class FactRule(Owned):
    """A key fact, kept as a typed value that can be counted (003-31(3)), and set by whose it is."""

    type: Literal["text", "number", "amount", "day", "moment", "yes_no"]
    unit: str = ""
    applicant: bool = Field(False, description="Whoever applies in the hall is asked for it.")


class RightRule(Value):
    """A right of the party: told by which milestone, exercised within which limit, marked how.

    Where no law sets a limit, the notice does: ``until`` names the fact that holds the last day it told.
    """

    name: str = Field(min_length=1)
    told: Code
    limit: str = ""
    until: str = ""
    exercised: Code
    waived: Code
    clause: Clause


class ResultRule(Value):
    """A result that a decision may have: a negative one needs reasons (003-31(4)), a punishing one its measures."""

    name: str = Field(min_length=1)
    negative: bool
    punishes: bool = False
    marks: Code | None = None
    clause: Clause


class ProcedureAmount(Value):
    """A number of the law that is no time: a ceiling of a fine, the least number of officers."""

    value: Amount
    unit: str = Field(min_length=1)
    clause: Clause
    note: str = ""


class HearingRule(Value):
    """When a hearing must be offered (行政处罚法-63(1)); amounts name entries of ``amounts``, by kind of party."""

    right: Code
    measures: tuple[Code, ...] = ()
    large_amounts: dict[Literal["citizen", "organisation"], Code] = Field({})
    held: Code
    clause: Clause


class Needs(Value):
    """What must be there before a step is left."""

    materials: bool = False
    opinion: bool = False
    proposal: bool = False
    documents: tuple[Code, ...] = ()
    served: tuple[Code, ...] = ()
    facts: tuple[Code, ...] = ()
    recordings: tuple[Code, ...] = ()


class FunctionRule(Value):
    """What a function asks of every step that has it; ``keys`` and ``words`` recognise it in an item's own flow.

    ``apart_from``: who acted in a step of these functions does not act in this one. ``marks``: milestones that are
    reached when such a step is done.
    """

    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    gates: tuple[GateName, ...] = ()
    apart_from: tuple[Function, ...] = ()
    marks: tuple[Code, ...] = ()
    clause: Clause


class ProcedureStep(Value):
    """One step: what it is for, who does it, in what time, and what it needs before it can be left.

    ``each``: done by every body of the matter in parallel (``body``), or by every one but the leading body (``other``).
    ``until``: the fact that says by which day it is to be done; supervision looks after it.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    name: str = Field(min_length=1)
    function: Function
    stage: str = ""
    unit: str = ""
    post: str = ""
    duty: str = ""
    requirements: tuple[str, ...] = ()
    limit: StepLimit | None = None
    needs: Needs = Needs()
    gates: tuple[GateName, ...] = ()
    marks: tuple[Code, ...] = ()
    end: bool = False
    fork: bool = False
    join: str = ""
    each: Literal["", "body", "other"] = ""
    until: str = ""


class Way(Value):
    """A way from one step to another. A return goes back against the flow and needs reasons."""

    source: str
    target: str
    condition: str = ""
    back: bool = False
    gates: tuple[GateName, ...] = ()
