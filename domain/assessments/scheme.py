"""The scheme of an assessment: indicators with their formula, weight and clause; a period is scored by the one it was frozen with."""

import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.metrics import BY_ID
from domain.profile_parts import Clause, Code
from domain.supervision.violations import load_violations
from domain.values import Value

Points = Annotated[Decimal, Field(ge=0, le=1000, max_digits=6, decimal_places=2)]
Source = Literal["alerts", "findings", "metric", "manual"]
ADDITIONS = "additions"


class ScoreGrade(Value):
    """A grade and the score from which it is given."""

    code: Code
    name: str = Field(min_length=1)
    least: Points


class Indicator(Value):
    """What is looked at, and at most how many points it takes off; ``additions`` gives them.

    ``alerts``: each costs what its rule says. ``findings``: each costs ``points`` of its result. ``metric``: each whole
    unit on the wrong side of ``threshold`` costs ``each``. ``manual``: what one supervisor proposed and another confirmed.
    """

    code: Code
    name: str = Field(min_length=1)
    source: Source
    most: Points
    clause: Clause
    points: dict[Code, Points] = Field({})
    metric: str = ""
    direction: Literal["", "higher", "lower"] = ""
    threshold: Decimal = Decimal(0)
    each: Points = Decimal(0)

    @model_validator(mode="after")
    def _formula_is_whole(self) -> Self:
        if self.source == "metric" and (self.metric not in BY_ID or not self.direction or not self.each):
            raise ValueError("an indicator of a metric names a known metric, its direction and its points")
        if self.source == "findings" and not self.points:
            raise ValueError("an indicator of findings says what each result costs")
        return self


class Veto(Value):
    """一票否决: findings after which no score above ``most`` is given."""

    violations: tuple[Code, ...]
    most: Points
    clause: Clause


class Scheme(Value):
    """A version of the scheme."""

    code: str = Field(min_length=1)
    version: int = Field(ge=1)
    name: str = Field(min_length=1)
    clause: Clause
    full: Points
    freeze_after: int = Field(ge=0, le=60)
    object_within: int = Field(ge=1, le=60)
    decide_within: int = Field(ge=1, le=60)
    objection_clause: Clause
    grades: tuple[ScoreGrade, ...] = Field(min_length=2)
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    veto: Veto

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        least = [one.least for one in self.grades]
        if least != sorted(least, reverse=True) or least[-1] != 0:
            raise ValueError("grades: the best stands first, the last begins at 0")
        if len({one.code for one in self.indicators}) != len(self.indicators):
            raise ValueError("indicators: a code stands twice")
        if unknown := [one for one in self.veto.violations if load_violations().violation(one) is None]:
            raise ValueError(f"veto: no such violation: {', '.join(unknown)}")
        return self

    def grade(self, total: Decimal) -> ScoreGrade:
        """Return the grade of a score."""
        return next(one for one in self.grades if total >= one.least)

    def indicator(self, code: str) -> Indicator | None:
        """Return an indicator by its code, or None."""
        return next((one for one in self.indicators if one.code == code), None)


def parse_scheme(text: str) -> Scheme:
    """Return the scheme of a TOML text; ValidationError where it is wrong."""
    return Scheme.model_validate(tomllib.loads(text))


@cache
def load_scheme() -> Scheme:
    """Return the shipped scheme."""
    return parse_scheme(resources.files("domain").joinpath("assessments", "scheme.toml").read_text("utf-8"))
