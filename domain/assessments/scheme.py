"""The scheme of an assessment: indicators with their formula, weight and clause; a period is scored by the one it was frozen with."""

import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from domain.assessments.subjects import SubjectKind
from domain.metrics import BY_ID
from domain.profile_parts import Clause, Code
from domain.supervision.violations import load_violations
from domain.values import Value

Points = Annotated[Decimal, Field(ge=0, le=1000, max_digits=6, decimal_places=2)]
Source = Literal["alerts", "findings", "metric", "manual"]
PeriodKind = Literal["month", "quarter", "year"]
STEPPED: frozenset[Source] = frozenset({"alerts", "findings"})
"""Sources whose lines can tell whose step it was; the others are about a body as a whole."""
ADDITIONS = "additions"


class ScoreGrade(Value):
    """A grade and the score from which it is given; ``rectify``: kinds of periods after which it asks for a rectification (003-48)."""

    code: Code
    name: str = Field(min_length=1)
    least: Points
    rectify: tuple[PeriodKind, ...] = ()


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


class ScoredKind(Value):
    """A kind of period that is scored by itself: so many working days after its end, and how many of them are caught up."""

    kind: PeriodKind
    freeze_after: int = Field(ge=0, le=60)
    back: int = Field(ge=1, le=24)


class ScoredSubject(Value):
    """A kind of subject with the indicators that count for it."""

    kind: SubjectKind
    name: str = Field(min_length=1)
    indicators: tuple[Code, ...] = Field(min_length=1)


class Scheme(Value):
    """A version of the scheme."""

    code: str = Field(min_length=1)
    version: int = Field(ge=1)
    name: str = Field(min_length=1)
    clause: Clause
    full: Points
    periods: tuple[ScoredKind, ...] = Field(min_length=1)
    subjects: tuple[ScoredSubject, ...] = Field(min_length=1)
    object_within: int = Field(ge=1, le=60)
    decide_within: int = Field(ge=1, le=60)
    objection_clause: Clause
    grades: tuple[ScoreGrade, ...] = Field(min_length=2)
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    veto: Veto

    # Scores are read by the scheme they were made with: the first two versions scored bodies alone, by quarters and years, after
    # one time for both.
    @model_validator(mode="before")
    @classmethod
    def _first_versions(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "freeze_after" not in given:
            return given
        kept = {name: value for name, value in given.items() if name != "freeze_after"}
        after, codes = given["freeze_after"], [one.get("code", "") for one in given.get("indicators", ())]
        periods = [{"kind": kind, "freeze_after": after, "back": 1} for kind in ("quarter", "year")]
        return {"periods": periods, "subjects": [{"kind": "body", "name": "机关", "indicators": codes}], **kept}

    @model_validator(mode="after")
    def _subjects_hold_together(self) -> Self:
        known = {one.code: one for one in self.indicators}
        if len({one.kind for one in self.periods}) != len(self.periods):
            raise ValueError("periods: a kind stands twice")
        if len({one.kind for one in self.subjects}) != len(self.subjects):
            raise ValueError("subjects: a kind stands twice")
        for one in self.subjects:
            if unknown := [code for code in one.indicators if code not in known]:
                raise ValueError(f"subjects: no such indicator: {', '.join(unknown)}")
            if one.kind != "body" and (whole := [c for c in one.indicators if known[c].source not in STEPPED]):
                raise ValueError(f"subjects: about a body as a whole, not about a {one.kind}: {', '.join(whole)}")
        if self.of("body") != known.keys():
            raise ValueError("subjects: every indicator counts for the body, whose ledger it is")
        return self

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

    def of(self, kind: SubjectKind) -> frozenset[str]:
        """Return the indicators that count for a kind of subject; none where it is not scored."""
        return frozenset(code for one in self.subjects if one.kind == kind for code in one.indicators)

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
