"""Figures 统计指标: what each one counts and rests on, and every published value, restated ones beside the value before."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from domain.metrics import BY_ID, GROUP_NAMES, METRICS, Metric
from domain.periods import Period, period_of
from portal import asking
from portal.editions import GROUPS, csv_line
from portal.labels import CATEGORIES, mark
from portal.publishing import asked_by, headers_of, published
from portal.rendering import link, render
from resolvers import metrics
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.metrics import FigureRow
from resolvers.reading import PageRequest

SHOWN: Final = 100
WAYS: Final[dict[str, str]] = {"government": mark("全市"), "body": mark("按机关"), "category": mark("按权力类别")}
COLUMNS: Final = ("时期", "指标", "名称", "单位", "机关代码", "机关", "类别", "数值", "重述前", "公布时间")
NAMES: Final = (
    *(
        mark("收到"),
        mark("受理"),
        mark("不予受理"),
        mark("作出决定"),
        mark("行政处罚决定"),
        mark("办结"),
        mark("按期办结"),
    ),
    *(
        mark("到期的诉求"),
        mark("按期答复"),
        mark("逾期答复"),
        mark("按期答复率"),
        mark("超期办结"),
        mark("期末超期未办结"),
        mark("应当办结"),
        mark("按期办结率"),
        mark("收到评价"),
        mark("差评"),
        mark("满意"),
    ),
    *(
        mark("满意率"),
        mark("在用事项"),
        mark("新增事项"),
        mark("变更事项"),
        mark("取消事项"),
        mark("公示结果"),
        mark("逾期未公示"),
    ),
    *(mark("件"), mark("项"), mark("次"), mark("人次")),
)
"""Names and units of the registry, so that the catalogue has them."""


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """The definitions of one subject."""

    name: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class FigureSection:
    """The values of one period and one subject, which a page folds together."""

    period: str
    name: str
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """Definitions, and the published values of a choice, by period and subject."""

    groups: tuple[MetricGroup, ...]
    sections: tuple[FigureSection, ...]
    period: str
    by: str
    metric: str
    ways: dict[str, str]
    names: tuple[tuple[str, str], ...]
    csv: str
    previous: str
    next: str


def period_asked(request: Request) -> Period | None:
    """Return the period that an address asks for; None for none. Raises ``InvalidInput``."""
    value = asking.text(request, "period", 10)
    found = period_of(value) if value else None
    if value and found is None:
        message, remedy = f"“{value}”不是有效的时期。", "年度写作 2026，季度写作 2026-Q3。"
        raise InvalidInput(message, remedy, (FieldProblem("period", "NOT_A_PERIOD", message, remedy),))
    return found


def _asked(request: Request) -> dict[str, str]:
    period = period_asked(request)
    by = "".join(asking.choices(request, "by", WAYS)[:1]) or "government"
    metric = "".join(asking.choices(request, "metric", BY_ID)[:1])
    return {
        "period": period.code if period else "",
        "by": by,
        "metric": metric,
        "body": asking.text(request, "body", 100),
    }


@published
async def figures(request: Request) -> Response:
    """Show what is counted and how, and the values that were published."""
    ctx, asked = request.state.context, _asked(request)
    found = await metrics.list_figures(ctx, asking.page_request(request, size=SHOWN), **asked)
    previous, following = asking.neighbours(request, found)
    groups = (MetricGroup(GROUPS[code], tuple(one for one in METRICS if one.group == code)) for code in GROUP_NAMES)
    page = FiguresPage(
        groups=tuple(groups),
        sections=_sections(found.rows),
        period=asked["period"],
        by=asked["by"],
        metric=asked["metric"],
        ways=WAYS,
        names=tuple((one.id, one.name) for one in METRICS),
        csv=link("figures.csv", **asked),
        previous=previous,
        next=following,
    )
    return render(request, "figures/figures.html", page)


def _sections(rows: Sequence[FigureRow]) -> tuple[FigureSection, ...]:
    """Return the rows in the order in which they came, those of one period and subject together."""
    found: dict[tuple[str, str], list[FigureRow]] = {}
    for row in rows:
        found.setdefault((row.period, row.about.group), []).append(row)
    return tuple(FigureSection(period, GROUPS[group], tuple(of)) for (period, group), of in found.items())


async def export(request: Request) -> Response:
    """Send published figures with the filters of the page as CSV."""
    ctx, wanted = request.state.context, _asked(request)

    async def lines() -> AsyncIterator[str]:
        yield "\ufeff" + csv_line(COLUMNS)
        page = PageRequest(first=SHOWN)
        while True:
            found = await metrics.list_figures(ctx, page, **wanted)
            for row in found.rows:
                yield csv_line(_cells(row))
            if not found.has_next or found.end_cursor is None:
                return
            page = PageRequest(first=SHOWN, after=found.end_cursor)

    asked = asked_by(request)
    headers = headers_of(asked.tag) if asked else {"Cache-Control": "private, no-store"}
    headers["Content-Disposition"] = 'attachment; filename="figures.csv"'
    return StreamingResponse(lines(), headers=headers, media_type="text/csv; charset=utf-8")


def _cells(row: FigureRow) -> list[str]:
    numbers = ("" if one is None else str(one) for one in (row.value, row.previous if row.restated else None))
    place = (row.body_code, row.body_name, CATEGORIES.get(row.category, row.category))
    return [row.period, row.metric, row.about.name, row.about.unit, *place, *numbers, row.published_at.isoformat()]


ROUTES: list[BaseRoute] = [
    Route("/figures", figures, methods=["GET"], name="figures"),
    Route("/figures.csv", export, methods=["GET"], name="figures_csv"),
]
