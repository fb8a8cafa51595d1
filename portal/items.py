"""The page of one power item, of each of its versions, and the drawings on it (003-13, 001-6, 000-8, L4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType

import segno
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.flows import Flow, RiskPoint, Step, Transition
from domain.powers import LegalBasis
from portal import asking, labels
from portal.drawing import draw
from portal.identity import absolute
from portal.languages import ENGLISH, TRADITIONAL, page_to_traditional, translate
from portal.publishing import published
from portal.rendering import NO_TEXT, link, render
from portal.results import KINDS
from portal.view import view_of
from resolvers import ratings
from resolvers.errors import NotFound
from resolvers.power_views import AsOf, Power, VersionRow
from resolvers.powers import power, version, versions
from resolvers.ratings import MonthFigure


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as a row of the table beside the drawing: its number, what follows it, and the risks on it."""

    number: int
    step: Step
    follows: tuple[tuple[str, str], ...]
    risks: tuple[RiskPoint, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with the same content as a list; ``shared`` is the name of the generic chart, if it is one."""

    kind: str
    title: str
    svg: Markup
    lines: tuple[StepLine, ...]
    shared: str
    address: str


@dataclass(frozen=True, slots=True)
class BasisLine:
    """A legal basis and the page of its law, if there is one."""

    basis: LegalBasis
    law_address: str


@dataclass(frozen=True, slots=True)
class ItemPage:
    """What the page of an item shows. ``fixed`` is set on the page of one version, ``at`` on a state asked for."""

    power: Power
    fixed: bool
    newest: int
    at: AsOf
    today: date
    bases: tuple[BasisLine, ...]
    drawings: tuple[Drawing, ...]
    versions: tuple[VersionRow, ...]
    address: str
    version_address: str
    qr: Markup
    sections: tuple[tuple[str, str], ...]
    publishes_results: bool
    rated: MonthFigure | None


def chart_of(found: Power, kind: str) -> tuple[Flow | None, tuple[RiskPoint, ...], str]:
    """Return the flow of a chart, the risk points on it, and the name of the generic chart it comes from."""
    content, shared = found.content, found.charts.get(kind)
    if kind == "risk":
        if shared:
            return shared.chart.flow, shared.chart.risk_points, shared.chart.name
        flow = content.internal_flow or content.external_flow
        generic = found.charts.get("internal") or found.charts.get("external")
        flow = flow or (generic.chart.flow if generic else None)
        return (flow if content.risk_points else None), content.risk_points, ""
    own = content.external_flow if kind == "external" else content.internal_flow
    return (own or (shared.chart.flow if shared else None)), (), "" if own or not shared else shared.chart.name


def limit_words(language: str, step: Step) -> str:
    """Return a step's limit in words."""
    number, unit = labels.limit_parts(step.limit)
    return f"{number}{' ' if language == ENGLISH and number else ''}{translate(language, unit)}"


def _follows(flow: Flow, key: str) -> tuple[tuple[str, str], ...]:
    names = {step.key: step.name for step in flow.steps}
    ways: tuple[Transition, ...] = flow.ways()
    return tuple((names[way.target], way.condition) for way in ways if way.source == key)


def risk_drawing(request: Request, found: Power, fired: Mapping[str, int]) -> Drawing | None:
    """Return the chart of integrity risks of an item with how much was found at each step (003-36(4)); None without one."""
    return drawing_of(request, found, "risk", link("powers", found.row.code), fired)


def drawing_of(
    request: Request, found: Power, kind: str, root: str, fired: Mapping[str, int] = MappingProxyType({})
) -> Drawing | None:
    """Return the drawing of a kind for an item, or None when the item has none. ``root`` is the item's address."""
    flow, risks, shared = chart_of(found, kind)
    if flow is None:
        return None
    language = view_of(request).language
    spoken = "zh-Hans" if language == TRADITIONAL else language
    title = translate(spoken, labels.CHARTS[kind])
    described = translate(spoken, "共 {count} 个环节，文字内容见图旁的列表。").format(count=len(flow.steps))
    names = {step.key: step.name for step in flow.steps}
    told = translate(spoken, "发现 {count} 条")
    marks = {key: told.format(count=count) for key, count in fired.items() if key in names}
    if marks:
        described += " " + "；".join(f"{names[key]}：{mark}" for key, mark in marks.items())
    svg = draw(
        flow,
        key=f"chart-{kind}",
        title=f"{title}：{found.row.name}",
        description=described,
        words=lambda text: translate(spoken, text),
        limit=lambda step: limit_words(spoken, step),
        risks=risks,
        fired=marks,
    )
    lines = tuple(
        StepLine(place, step, _follows(flow, step.key), tuple(one for one in risks if one.step == step.key))
        for place, step in enumerate(flow.steps, 1)
    )
    return Drawing(kind, labels.CHARTS[kind], svg, lines, shared, f"{root}/charts/{kind}.svg")


@lru_cache(maxsize=1024)
def _qr(address: str) -> Markup:
    """Return a QR code of an address as SVG, without any style, for paper. Drawing one costs as much as the page."""
    buffer = BytesIO()
    segno.make(address, error="m", micro=False).save(
        buffer, kind="svg", scale=3, border=2, xmldecl=False, svgclass="qr", lineclass=None, omitsize=False
    )
    return Markup(buffer.getvalue().decode())  # noqa: S704 -- made here of path data only


def _sections(found: Power, drawings: tuple[Drawing, ...], rated: MonthFigure | None) -> tuple[tuple[str, str], ...]:
    content = found.content
    has = {
        "info": True,
        "basis": bool(content.bases),
        "guide": content.guide is not None,
        "limits": bool(content.statutory_limit or content.promised_limit),
        "fees": bool(content.fees or content.fee_note),
        "flow": any(one.kind != "risk" for one in drawings),
        "benchmark": bool(content.benchmarks),
        "duty": bool(content.responsibilities or content.accountability or content.accountable_persons),
        "remedy": bool(content.remedies),
        "risk": any(one.kind == "risk" for one in drawings),
        "supervision": bool(content.supervision),
        "entrust": bool(content.entrustments),
        "outcome": content.category in KINDS or rated is not None,
        "versions": True,
        "cite": True,
    }
    return tuple((name, title) for name, title in SECTIONS if has[name])


SECTIONS: tuple[tuple[str, str], ...] = (
    ("info", labels.mark("职权信息")),
    ("basis", labels.mark("实施依据")),
    ("guide", labels.mark("办事指南")),
    ("limits", labels.mark("办理期限")),
    ("fees", labels.mark("收费")),
    ("flow", labels.mark("流程图")),
    ("benchmark", labels.mark("裁量基准")),
    ("duty", labels.mark("责任与追责")),
    ("remedy", labels.mark("救济渠道")),
    ("risk", labels.mark("廉政风险防控")),
    ("supervision", labels.mark("事中事后监管")),
    ("entrust", labels.mark("委托")),
    ("outcome", labels.mark("结果和评价")),
    ("versions", labels.mark("历次版本")),
    ("cite", labels.mark("引用与永久地址")),
)


async def _page(request: Request, found: Power, *, fixed: bool, at: AsOf) -> ItemPage:
    code = found.row.code
    ctx = request.state.context
    history = await versions(ctx, code)
    # The last month that is published for the item; None while there is none, and nothing is told of ratings then.
    rated = next(iter(await ratings.monthly(ctx, item=code, most=1)), None)
    root = link("powers", code)
    own = link("powers", code, "versions", found.row.no)
    laws = found.law_ids or (None,) * len(found.content.bases)
    drawings = tuple(one for kind in labels.CHARTS if (one := drawing_of(request, found, kind, own if fixed else root)))
    permanent = absolute(request, own)
    return ItemPage(
        power=found,
        fixed=fixed,
        newest=history[0].no,
        at=at,
        today=ctx.today,
        bases=tuple(
            BasisLine(basis, link("laws", law_id) if law_id else "")
            for basis, law_id in zip(found.content.bases, laws, strict=True)
        ),
        drawings=drawings,
        versions=history,
        address=absolute(request, root),
        version_address=permanent,
        qr=_qr(permanent),
        sections=_sections(found, drawings, rated),
        # Decisions on licences and penalties are published one by one (004-3); those of other powers are not.
        publishes_results=found.content.category in KINDS,
        rated=rated,
    )


@published
async def item(request: Request) -> Response:
    """Show an item as it is in force, or in the state asked for."""
    at = asking.as_of(request)
    code = asking.code_of(request)
    try:
        found = await power(request.state.context, code, at=at)
    except NotFound:
        return await _not_then(request, code, at)
    return render(request, "powers/item.html", await _page(request, found, fixed=False, at=at))


@dataclass(frozen=True, slots=True)
class NotThenPage:
    """An item that exists, but not in the state asked for."""

    code: str
    at: AsOf
    versions: tuple[VersionRow, ...]


async def _not_then(request: Request, code: str, at: AsOf) -> Response:
    history = await versions(request.state.context, code)
    return render(request, "powers/not_then.html", NotThenPage(code, at, history), status=404)


@published
async def one_version(request: Request) -> Response:
    """Show one version of an item, whatever came after it."""
    found = await version(request.state.context, asking.code_of(request), request.path_params["no"])
    return render(request, "powers/item.html", await _page(request, found, fixed=True, at=AsOf()))


@published
async def chart(request: Request) -> Response:
    """Send a drawing as an SVG file of its own."""
    kind = str(request.path_params["kind"])
    if kind not in labels.CHARTS:
        raise HTTPException(404)
    code, no = asking.code_of(request), request.path_params.get("no")
    ctx = request.state.context
    found = await (version(ctx, code, no) if no is not None else power(ctx, code, at=asking.as_of(request)))
    drawing = drawing_of(request, found, kind, "")
    if drawing is None:
        raise NotFound("图")
    svg = NO_TEXT.sub("", str(drawing.svg))
    if view_of(request).language == TRADITIONAL:
        svg = page_to_traditional(svg)
    return Response(svg, media_type="image/svg+xml")


ROUTES: list[BaseRoute] = [
    Route("/powers/{code:path}/versions/{no:int}/charts/{kind}.svg", chart, name="version_chart"),
    Route("/powers/{code:path}/charts/{kind}.svg", chart, name="chart"),
    Route("/powers/{code:path}/versions/{no:int}", one_version, name="version"),
]
# The item's own address matches whatever stands below it, so `portal.versions` puts it last.
ITEM = Route("/powers/{code:path}", item, name="power")
