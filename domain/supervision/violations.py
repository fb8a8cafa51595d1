"""The catalogue of violations, and how responsibility is divided (Q2, Q3; 003-50/51, 000-18/19, 001-16/17, 002-4.4.2)."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from pydantic import Field

from domain.profile_parts import Clause, Code
from domain.values import Value


class Violation(Value):
    """A breach that a regulation names: its clause, where else it is named, and which measures may follow."""

    code: Code
    name: str = Field(min_length=1)
    clause: Clause
    also: tuple[Clause, ...] = ()
    measures: tuple[Code, ...] = Field(min_length=1)


class Responsible(Value):
    """Who is responsible, in which way, and what is proposed to follow; a collective has no name of its own."""

    kind: Code
    who: str = Field("", max_length=100)
    measure: str = Field("", max_length=60)


class Rectification(Value):
    """How many working days are proposed for putting things right."""

    working_days: int = Field(ge=1, le=250)
    clause: Clause


class Catalogue(Value):
    """Violations, kinds of responsibility, and measures for teams and for persons."""

    violations: tuple[Violation, ...] = Field(min_length=1)
    rectification: Rectification
    responsibilities: dict[Code, str] = Field(min_length=1)
    team_measures: dict[Code, str] = Field(min_length=1)
    person_measures: dict[Code, str] = Field(min_length=1)

    def violation(self, code: str) -> Violation | None:
        """Return a violation by its code, or None."""
        return next((one for one in self.violations if one.code == code), None)

    # 002-4.4.2: collective and personal responsibility are told apart, and so are the measures for each.
    def problems(self, responsible: Sequence[Responsible]) -> tuple[str, ...]:
        """Return what is wrong with a division of responsibility, in Chinese."""
        found = []
        for one in responsible:
            collective = one.kind == "collective"
            if one.kind not in self.responsibilities:
                found.append(f"没有这一种责任：{one.kind}")
            elif not collective and not one.who.strip():
                found.append(f"{self.responsibilities[one.kind]}没有写明是谁")
            elif one.measure and one.measure not in (self.team_measures if collective else self.person_measures):
                found.append("责任追究的方式与责任主体不符")
        return tuple(dict.fromkeys(found))

    def worded(self, one: Responsible) -> str:
        """Return a division of responsibility in words."""
        measures = self.team_measures if one.kind == "collective" else self.person_measures
        parts = (one.who.strip(), self.responsibilities[one.kind], measures.get(one.measure, ""))
        return "，".join(part for part in parts if part)


@cache
def load_violations() -> Catalogue:
    """Return the shipped catalogue."""
    text = resources.files("domain").joinpath("supervision", "violations.toml").read_text("utf-8")
    return Catalogue.model_validate(tomllib.loads(text))
