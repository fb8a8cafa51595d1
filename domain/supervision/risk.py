"""The risk grade of a body (S3; 002-4.3.3): points for what was found, on the matters of the same time, with every ingredient."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.profile_parts import Clause, Code
from domain.values import Value

Points = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]
NAMES: Mapping[str, str] = {
    "alarm": "报警",
    "warning": "预警",
    "reminder": "提醒",
    "established": "督办认定属实",
    "unlifted": "至今没有摘牌",
}


class RiskGrade(Value):
    """A grade and the points from which it is given."""

    code: Code
    name: str = Field(min_length=1)
    least: Points


class RiskScheme(Value):
    """How risk is graded."""

    clause: Clause
    days: int = Field(ge=1, le=400)
    least_matters: int = Field(ge=1)
    weights: dict[Code, Points]
    grades: tuple[RiskGrade, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.weights.keys() != NAMES.keys():
            raise ValueError("weights: one for each ingredient")
        least = [one.least for one in self.grades]
        if least != sorted(least, reverse=True) or least[-1] != 0:
            raise ValueError("grades: the highest stands first, the last begins at 0")
        return self


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What a grade is made of: how many, and the points they give."""

    code: str
    name: str
    count: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class Risk:
    """A grade with its ingredients; ``points`` are for each hundred matters."""

    grade: str
    name: str
    points: Decimal
    matters: int
    ingredients: tuple[Ingredient, ...]


def risk_of(scheme: RiskScheme, matters: int, counts: Mapping[str, int]) -> Risk:
    """Return the risk of a body that ran so many matters, of which so much was found."""
    base = Decimal(max(matters, scheme.least_matters))
    parts = tuple(
        Ingredient(code, name, counts.get(code, 0), round(100 * scheme.weights[code] * counts.get(code, 0) / base, 1))
        for code, name in NAMES.items()
    )
    points = round(sum((100 * scheme.weights[one.code] * one.count for one in parts), Decimal(0)) / base, 1)
    grade = next(one for one in scheme.grades if points >= one.least)
    return Risk(grade.code, grade.name, points, matters, parts)


@cache
def load_risk() -> RiskScheme:
    """Return the shipped scheme."""
    text = resources.files("domain").joinpath("supervision", "risk.toml").read_text("utf-8")
    return RiskScheme.model_validate(tomllib.loads(text))
