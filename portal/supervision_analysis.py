"""The analysis of supervision on the desk: heat by body and week, risk with its ingredients, where the days go, risk points that fired (S6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.supervision.risk import RiskScheme, load_risk
from portal import asking
from portal import supervision_words as words
from portal.items import Drawing, risk_drawing
from portal.rendering import render
from portal.supervision import AREA, send_csv
from portal.supervision_chart import Strips, strips_of
from resolvers import powers, supervision
from resolvers.power_views import Power
from resolvers.supervision import Analysis, TrendRow

SHADES = 4
"""Steps of the heat map's colour; the number stands in every field as well."""


@dataclass(frozen=True, slots=True)
class TrendPart:
    """One way of looking at trends: its name, the parameter that lists what a number counts, the rows and their chart."""

    key: str
    title: str
    parameter: str
    rows: tuple[TrendRow, ...]
    chart: Strips


@dataclass(frozen=True, slots=True)
class RisksPage:
    """The chart of integrity risks of an item with how much was found at each step, since a day."""

    power: Power
    drawing: Drawing | None
    found: Mapping[str, int]
    first: date


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """The analysis, with how dark each field of the heat map is."""

    found: Analysis
    most: int
    scheme: RiskScheme
    risk_grades: Mapping[str, str]
    trends: tuple[TrendPart, ...]
    principal: tuple[str, ...]
    may_open: bool

    def shade(self, count: int) -> int:
        """Return how dark a count is, from 0 to the darkest."""
        return -(-count * SHADES // self.most) if self.most else 0


async def analysis(request: Request) -> Response:
    """Show the analysis."""
    ctx = request.state.context
    found = await supervision.analysis(ctx)
    most = max((count for row in found.heat for count in row.counts), default=0)
    page = AnalysisPage(
        found=found,
        most=most,
        scheme=load_risk(),
        risk_grades=words.RISKS,
        trends=_parts(found),
        # Whoever supervises nothing is told of matters that the own bodies handle, and opens those.
        principal=() if found.supervises else tuple(sorted(ctx.actor.body_codes)),
        may_open=supervision.may_open_cases(ctx),
    )
    return render(request, "supervision/analysis.html", page)


def _parts(found: Analysis) -> tuple[TrendPart, ...]:
    trends = found.trends
    parts = (
        ("governments", words.TRENDS["governments"], "government", trends.governments),
        ("units", words.TRENDS["units"], "unit", trends.units),
        ("posts", words.TRENDS["posts"], "post", trends.posts),
        ("powers", words.TRENDS["powers"], "power", trends.powers),
    )
    return tuple(TrendPart(*part, chart) for part in parts if (chart := strips_of(part[3])) is not None)


async def risks(request: Request) -> Response:
    """Show the chart of integrity risks of an item with the points that fired."""
    ctx = request.state.context
    power = await powers.power(ctx, asking.code_of(request))
    first, found = await supervision.fired_of(ctx, power.row.code)
    drawing = risk_drawing(request, power, found)
    return render(request, "supervision/risks.html", RisksPage(power, drawing, found, first))


async def analysis_csv(request: Request) -> Response:
    """Send every number of the analysis as CSV."""
    found = await supervision.analysis(request.state.context)
    lines: list[tuple[str, ...]] = [("表", "对象", "项目", "数值")]
    lines += [
        ("热力图", f"{row.code} {row.name}", week.isoformat(), str(count))
        for row in found.heat
        for week, count in zip(found.weeks, row.counts, strict=True)
    ]
    for one in found.risks:
        about = f"{one.code} {one.name}"
        lines += [("风险", about, one.risk.name, str(one.risk.points)), ("风险", about, "办件", str(one.risk.matters))]
        lines += [("风险", about, part.name, str(part.count)) for part in one.risk.ingredients]
    for step in found.steps:
        told = {"办件": step.matters, "次数": step.stays, "平均天数": step.mean, "九成不超过": step.long}
        told |= {"停留更久的办件": step.slow, "占全部天数%": step.share}
        lines += [("环节", step.name, name, str(value)) for name, value in told.items()]
    lines += [("岗位", f"{one.body} {one.unit} {one.post}", "预警", str(one.count)) for one in found.posts]
    for part in _parts(found):
        lines += [
            (f"趋势：{part.title}", f"{row.body_code} {row.key} {row.name}".strip(), week.isoformat(), str(count))
            for row in part.rows
            for week, count in zip(found.weeks, row.counts, strict=True)
        ]
    lines += [("风险点", f"{one.item_code} {one.item}", one.risk, str(one.count)) for one in found.fired]
    return send_csv(lines, "analysis.csv")


ROUTES: list[BaseRoute] = [
    Route(f"{AREA}/analysis", analysis, methods=["GET"], name="supervision_analysis"),
    Route(f"{AREA}/risks/{{code}}", risks, methods=["GET"], name="supervision_risks"),
    Route(f"{AREA}/analysis.csv", analysis_csv, methods=["GET"], name="supervision_analysis_csv"),
]
