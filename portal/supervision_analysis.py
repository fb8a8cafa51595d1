"""The analysis of supervision on the desk: heat by body and week, risk with its ingredients, where the days go, risk points that fired (S6)."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.supervision.risk import RiskScheme, load_risk
from portal import supervision_words as words
from portal.rendering import render
from portal.supervision import AREA, send_csv
from resolvers import supervision
from resolvers.supervision import Analysis

SHADES = 4
"""Steps of the heat map's colour; the number stands in every field as well."""


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """The analysis, with how dark each field of the heat map is."""

    found: Analysis
    most: int
    scheme: RiskScheme
    risk_grades: Mapping[str, str]
    may_open: bool

    def shade(self, count: int) -> int:
        """Return how dark a count is, from 0 to the darkest."""
        return -(-count * SHADES // self.most) if self.most else 0


async def analysis(request: Request) -> Response:
    """Show the analysis."""
    ctx = request.state.context
    found = await supervision.analysis(ctx)
    most = max((count for row in found.heat for count in row.counts), default=0)
    page = AnalysisPage(found, most, load_risk(), words.RISKS, supervision.may_open_cases(ctx))
    return render(request, "supervision/analysis.html", page)


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
        lines += [("环节", step.name, "平均天数", str(step.mean)), ("环节", step.name, "占全部天数%", str(step.share))]
    lines += [("岗位", f"{one.body} {one.unit} {one.post}", "预警", str(one.count)) for one in found.posts]
    lines += [("风险点", f"{one.item_code} {one.item}", one.risk, str(one.count)) for one in found.fired]
    return send_csv(lines, "analysis.csv")


ROUTES: list[BaseRoute] = [
    Route(f"{AREA}/analysis", analysis, methods=["GET"], name="supervision_analysis"),
    Route(f"{AREA}/analysis.csv", analysis_csv, methods=["GET"], name="supervision_analysis_csv"),
]
