"""Flows, limits and risk points (003-14, 000-8, 002-4.2.4)."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal
from urllib.parse import quote

import strawberry

from domain import flows
from domain.words import UNIT_NAMES
from resolvers.reading.shows import OfDrawn, OfLimitText
from schema.fields import computed, told


@strawberry.enum(description="Unit in which a limit is counted (003-53: working days without statutory holidays).")
class LimitUnit(Enum):
    """Units of limits."""

    WORKDAY = strawberry.enum_value("workday", description="工作日: working day by the official calendar (003-53).")
    DAY = strawberry.enum_value("day", description="日: calendar day.")
    MONTH = strawberry.enum_value("month", description="月: ends on the matching day (民法典-202).")
    YEAR = strawberry.enum_value("year", description="年: ends on the matching day (民法典-202).")
    HOUR = strawberry.enum_value("hour", description="小时: hour of the clock, on every day (民法典-201(2)).")
    IMMEDIATE = strawberry.enum_value("immediate", description="即时: handled on the spot.")


@strawberry.enum(description="Grade of an integrity risk (000-8).")
class RiskGrade(Enum):
    """Grades of risks."""

    HIGH = strawberry.enum_value("high", description="高: high risk.")
    MEDIUM = strawberry.enum_value("medium", description="中: medium risk.")
    LOW = strawberry.enum_value("low", description="低: low risk.")


@strawberry.type(description="期限: a time limit, its unit, the event it is counted from and its clause (003-13).")
class Limit:
    """A limit."""

    value: int = told(flows.Limit, "value", "003-13")
    unit: LimitUnit = told(flows.Limit, "unit", "003-53")
    start: str = told(flows.Limit, "start")
    clause: str = told(flows.Limit, "clause")
    note: str = told(flows.Limit, "note")

    @computed(shows=OfLimitText())
    @staticmethod
    def text(root: strawberry.Parent[flows.Limit]) -> str:
        """期限表述: the limit in words, such as 20个工作日."""
        return "即时" if root.unit == "immediate" else f"{root.value}{UNIT_NAMES[root.unit]}"


@strawberry.type(description="环节: a step of a flow with its post, duty and limit; no person is named (003-14).")
class Step:
    """A step."""

    key: str = told(flows.Step, "key")
    name: str = told(flows.Step, "name", "003-14")
    unit: str = told(flows.Step, "unit", "003-14")
    post: str = told(flows.Step, "post", "003-14")
    duty: str = told(flows.Step, "duty", "003-14")
    limit: Limit | None = told(flows.Step, "limit", "003-14")
    requirements: list[str] = told(flows.Step, "requirements")


@strawberry.type(description="流转: a way from one step to the next.")
class Transition:
    """A transition."""

    source: str = told(flows.Transition, "source")
    target: str = told(flows.Transition, "target")
    condition: str = told(flows.Transition, "condition")


@strawberry.type(description="风险点: an integrity-risk point on a step, its grade and its prevention (000-8).")
class RiskPoint:
    """A risk point."""

    step: str = told(flows.RiskPoint, "step", "000-8")
    risk: str = told(flows.RiskPoint, "risk", "000-8")
    grade: RiskGrade = told(flows.RiskPoint, "grade", "000-8")
    measures: list[str] = told(flows.RiskPoint, "measures", "000-8")
    post: str = told(flows.RiskPoint, "post", "000-8")


ChartKind = Literal["external", "internal", "risk"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A flow as one item shows it: its own, or the generic chart of its class under ``chart_code``."""

    kind: ChartKind
    item_code: str
    flow: flows.Flow | None
    points: tuple[flows.RiskPoint, ...] = ()
    chart_code: str = ""


def svg_path(drawn: Drawn) -> str:
    """Return the path of the chart of an item."""
    return f"/powers/{quote(drawn.item_code, safe='')}/charts/{drawn.kind}.svg"


@strawberry.type(
    description="流程图: steps and transitions of an item, or of the generic chart it shares (003-14, 000-8)."
)
class Flow:
    """A flow of an item."""

    @computed(shows=OfDrawn("name"))
    @staticmethod
    def name(root: strawberry.Parent[Drawn]) -> str:
        """流程名称: Name of the chart."""
        return root.flow.name if root.flow else ""

    @computed(shows=OfDrawn("steps"))
    @staticmethod
    def steps(root: strawberry.Parent[Drawn]) -> list[Step]:
        """环节: The steps, in reading order (003-14)."""
        return list(root.flow.steps) if root.flow else []  # type: ignore[arg-type]

    @computed(shows=OfDrawn("transitions"))
    @staticmethod
    def transitions(root: strawberry.Parent[Drawn]) -> list[Transition]:
        """流转: The ways between steps; a straight line when the list names none."""
        return list(root.flow.ways()) if root.flow else []  # type: ignore[arg-type]

    @computed(shows=OfDrawn("chart_code"))
    @staticmethod
    def chart_code(root: strawberry.Parent[Drawn]) -> str:
        """通用图编码: Code of the generic chart; empty if the item has a chart of its own (000-8)."""
        return root.chart_code

    @computed(shows=OfDrawn("svg_path"))
    @staticmethod
    def svg_path(root: strawberry.Parent[Drawn]) -> str:
        """图: Path of the drawn chart on this site (image/svg+xml)."""
        return svg_path(root)


@strawberry.type(description="廉政风险防控图: the risk points of an item, or of the generic chart it shares (000-8).")
class RiskChart:
    """Risks of an item."""

    @computed(shows=OfDrawn("points"))
    @staticmethod
    def points(root: strawberry.Parent[Drawn]) -> list[RiskPoint]:
        """风险点: The risk points in the order of the steps (000-8)."""
        return list(root.points)  # type: ignore[arg-type]

    @computed(shows=OfDrawn("chart_code"))
    @staticmethod
    def chart_code(root: strawberry.Parent[Drawn]) -> str:
        """通用图编码: Code of the generic chart; empty if the item has its own (000-8)."""
        return root.chart_code

    @computed(shows=OfDrawn("svg_path"))
    @staticmethod
    def svg_path(root: strawberry.Parent[Drawn]) -> str:
        """图: Path of the drawn chart on this site (image/svg+xml)."""
        return svg_path(root)
