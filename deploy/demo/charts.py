"""Reading charts.toml: generic charts shared by the items of one class (000-8)."""

from typing import Any

from deploy.demo.errors import DemoError, placed
from deploy.demo.notation import flow, risk
from domain.powers import Chart

FILE = "charts.toml"


def read_charts(document: dict[str, Any]) -> tuple[Chart, ...]:
    """Read the charts; a risk chart borrows its steps, and every risk must lie on one of them."""
    found: dict[str, Chart] = {}
    for table in document["chart"]:
        code = table.get("code", "?")
        with placed(FILE, code):
            if code in found:
                raise ValueError("the code is used twice")
            found[code] = _chart(table, found)
    return tuple(found.values())


def _chart(table: dict[str, Any], earlier: dict[str, Chart]) -> Chart:
    drawn = (
        earlier[table["steps_of"]].flow
        if "steps_of" in table
        else flow(table["name"], table["steps"], table.get("ways", ()))
    )
    risks = tuple(risk(line) for line in table.get("risks", ()))
    if (table["kind"] == "risk") != bool(risks):
        raise DemoError(FILE, table["code"], "risk points belong to risk charts, and only to them")
    if lost := {point.step for point in risks} - {step.key for step in drawn.steps}:
        raise ValueError(f"risks on unknown steps: {', '.join(sorted(lost))}")
    return Chart(
        code=table["code"],
        kind=table["kind"],
        name=table["name"],
        category=table.get("category", ""),
        flow=drawn,
        risk_points=risks,
    )
