"""What supervision inspections look at and how (000-14, 000-15; S9): the contents by kind of power, as data."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from pydantic import Field

from domain.profile_parts import Clause, Code
from domain.values import Value

STATE_NAMES: Final[Mapping[str, str]] = {"planned": "已计划", "drawn": "检查中", "closed": "已结束"}


class Point(Value):
    """One thing that a sheet asks about."""

    code: Code
    name: str = Field(min_length=1)


class Group(Value):
    """The points for one kind of powers."""

    code: Code
    name: str = Field(min_length=1)
    clause: Clause
    points: tuple[Point, ...] = Field(min_length=1)

    def point(self, code: str) -> Point | None:
        """Return a point by its code, or None."""
        return next((one for one in self.points if one.code == code), None)


class InspectionContents(Value):
    """The least size of a team, ways, methods, verdicts, and the groups of points."""

    least_team: int = Field(ge=1)
    ways: dict[Code, str] = Field(min_length=1)
    methods: dict[Code, str] = Field(min_length=1)
    verdicts: dict[Code, str] = Field(min_length=1)
    groups: tuple[Group, ...] = Field(min_length=1)

    def group(self, code: str) -> Group | None:
        """Return a group by its code, or None."""
        return next((one for one in self.groups if one.code == code), None)


@cache
def load_inspections() -> InspectionContents:
    """Return the shipped contents."""
    text = resources.files("domain").joinpath("supervision", "inspections.toml").read_text("utf-8")
    return InspectionContents.model_validate(tomllib.loads(text))
