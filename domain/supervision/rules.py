"""A rule of supervision 监察规则 (003-37; S2): data with the clause it enforces, graded thresholds, and a state.

A rule never changes: what a supervisor alters becomes its next version, and an alert names the version that found it.
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from domain.access import Role
from domain.profile_parts import Clause, Code
from domain.supervision.conditions import CONDITIONS, EXPRESSED, Condition
from domain.values import Value, digest

Kind = Literal["time", "flow", "content", "discretion", "risk", "disclosure", "silence"]
Grade = Literal["reminder", "warning", "alarm"]
State = Literal["draft", "on_trial", "active", "retired"]

KIND_NAMES: Final[Mapping[str, str]] = {
    "time": "时效",
    "flow": "流程",
    "content": "内容",
    "discretion": "裁量",
    "risk": "风险防控",
    "disclosure": "公开",
    "silence": "静默",
}
GRADE_NAMES: Final[Mapping[str, str]] = {"reminder": "提醒", "warning": "预警", "alarm": "报警"}
STATE_NAMES: Final[Mapping[str, str]] = {"draft": "草案", "on_trial": "试运行", "active": "启用", "retired": "停用"}
RANKS: Final[Mapping[str, int]] = {"reminder": 1, "warning": 2, "alarm": 3}
"""Grades in their order; an alert rises and never falls."""

RuleCode = Annotated[
    str, Field(pattern=r"^[A-Z][0-9]{2,4}[A-Z]?$", description="Code of a rule or of one of its grades.")
]
Number = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class Threshold(Value):
    """From which measure on a grade is due; ``code`` is its number in the table, ``points`` what it costs (S7)."""

    grade: Grade
    least: Number
    code: str = ""
    points: Number = Decimal(0)


class Scope(Value):
    """Which matters a rule looks at; an empty list is no restriction, nor is no government."""

    kinds: tuple[Code, ...] = ()
    categories: tuple[Code, ...] = ()
    government: int = Field(0, ge=0)


class Rule(Value):
    """One version of a rule. One of the supervisors' own has an ``expression``, and an ``author`` who does not switch it on."""

    code: RuleCode
    name: str = Field(min_length=1, max_length=100)
    clause: Clause
    kind: Kind
    condition: Code
    grades: tuple[Threshold, ...] = Field(min_length=1, max_length=3)
    scope: Scope = Scope()
    message: str = Field(min_length=1, max_length=300)
    owner: Role = Role.SUPERVISION_BUREAU
    state: State = "active"
    note: str = ""
    expression: str = ""
    author: str = ""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if (self.condition == EXPRESSED.name) != bool(self.expression):
            raise ValueError("an expression stands where the condition is one, and nowhere else")
        if not self.expression and self.condition not in CONDITIONS:
            raise ValueError(f"no such condition: {self.condition}")
        return self

    @model_validator(mode="after")
    def _grades_rise(self) -> Self:
        order = [(RANKS[one.grade], one.least) for one in self.grades]
        rising = all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(order))
        if not rising:
            raise ValueError("grades: a higher grade stands later and has a higher threshold")
        if set("{}") & set(self.worded("", Decimal(0))):
            raise ValueError("message: only {detail} and {measure} can be filled in")
        return self

    @property
    def asks(self) -> Condition:
        """The condition of the rule."""
        return EXPRESSED if self.expression else CONDITIONS[self.condition]

    @property
    def content(self) -> bytes:
        """The digest of what the rule finds and says, whatever its state: what was tried is what is switched on."""
        return digest(self.model_copy(update={"state": "active", "note": "", "author": ""}))

    def worded(self, detail: str, measure: Decimal) -> str:
        """Return what an alert of this rule says.

        Two names are filled in and nothing is formatted: whoever writes a message could ask a format for anything.
        """
        return self.message.replace("{measure}", f"{measure.normalize():f}").replace("{detail}", detail)

    def threshold(self, grade: str) -> Threshold | None:
        """Return the threshold of a grade, or None if the rule has no such grade."""
        return next((one for one in self.grades if one.grade == grade), None)


# R20 of the table: a system that runs sweeps every fifteen minutes in office hours; here acts are answered at once,
# and the sweep finds what time and the library have made.
class Schedule(Value):
    """How often everything is looked at, in which hours of the day."""

    every_minutes: int = Field(ge=1, le=1440)
    from_hour: int = Field(ge=0, le=23)
    until_hour: int = Field(ge=1, le=24)
    clause: Clause


class Bound(Value):
    """A number that a condition is bounded by, and where it comes from."""

    value: int = Field(ge=1, le=100_000)
    clause: Clause


class Bounds(Value):
    """What bounds the conditions themselves, whatever the thresholds of a rule are.

    ``rate_matters``: a rate of fewer matters says nothing. ``in_use_days``: a body or an item without a matter for so long is
    not in use. ``idle_days``: before that nobody calls an item idle. ``report_days``: so long after its day a report is late,
    ``objection_days``: and a decision on an objection. ``score_days``: so long after it was made a failing score asks for a
    rectification. ``watch_hours``: what was due is looked after so late before it counts.
    """

    rate_matters: Bound
    in_use_days: Bound
    idle_days: Bound
    report_days: Bound
    objection_days: Bound
    score_days: Bound
    watch_hours: Bound


class RuleLibrary(Value):
    """The rules that are shipped, and when they run."""

    schedule: Schedule
    bounds: Bounds
    rules: tuple[Rule, ...] = Field(min_length=1)
    lifting: dict[Code, str] = Field(min_length=1, description="Grounds on which an alert is lifted 摘牌.")

    @model_validator(mode="after")
    def _codes_are_their_own(self) -> Self:
        codes = [one.code for one in self.rules]
        if len(set(codes)) != len(codes):
            raise ValueError("rules: a code stands twice")
        return self

    def rule(self, code: str) -> Rule | None:
        """Return a shipped rule by its code, or None."""
        return next((one for one in self.rules if one.code == code), None)
