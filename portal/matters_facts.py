"""Statistics of facts: counts, sums and averages of what matters recorded as values, and the same as CSV (R6)."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission
from portal import asking
from portal.matters import AREA, FORMULAS
from portal.navigation import may_anywhere
from portal.rendering import link, render
from resolvers.bodies_beside import body_names
from resolvers.context import Context
from resolvers.errors import NotPermitted
from resolvers.matters_facts import FactFigures, Facts, facts

COLUMNS = ("事实", "单位", "办件数", "为“是”的", "合计", "平均", "最小", "最大")


@dataclass(frozen=True, slots=True)
class FactsPage:
    """The figures with what they were asked for."""

    body: str
    bodies: tuple[tuple[str, str], ...]
    item: str
    since: date
    lines: tuple[tuple[str, ...], ...]
    csv: str


def figure(value: Decimal | None) -> str:
    """Return a figure with at most two places, without trailing zeros; empty where there is none."""
    if value is None:
        return ""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def _line(one: FactFigures) -> tuple[str, ...]:
    yes = str(one.yes) if one.yes else ""
    numbers = (one.total, one.average, one.least, one.greatest)
    return (one.name, one.unit, str(one.matters), yes, *map(figure, numbers))


async def _asked(request: Request) -> tuple[Context, Facts, str]:
    ctx: Context = request.state.context
    if not may_anywhere(ctx.actor, Permission.MATTER_READ):
        raise NotPermitted("您的岗位没有进行此操作的权限。", "统计由承办机关和监察机关查看。")
    body = asking.text(request, "body", 80) or min(ctx.actor.body_codes, default="")
    item = asking.text(request, "item", 80)
    return ctx, await facts(ctx, body, asking.day(request, "since"), item), item


async def statistics(request: Request) -> Response:
    """Show the figures of a body."""
    ctx, found, item = await _asked(request)
    names = await body_names(ctx, [*ctx.actor.body_codes, found.body])
    page = FactsPage(
        body=found.body,
        bodies=tuple(sorted(names.items())),
        item=item,
        since=found.since,
        lines=tuple(map(_line, found.figures)),
        csv=link("desk", "matters", "facts.csv", body=found.body, item=item, since=found.since),
    )
    return render(request, "matters/facts.html", page)


async def export(request: Request) -> Response:
    """Send the figures as CSV."""
    _, found, _ = await _asked(request)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for name, *rest in map(_line, found.figures):
        # A spreadsheet reads what begins so as a formula; figures are figures.
        writer.writerow(("'" + name if name.startswith(FORMULAS) else name, *rest))
    headers = {
        "Content-Disposition": f'attachment; filename="facts-{found.since}.csv"',
        "Cache-Control": "private, no-store",
    }
    return Response("\ufeff" + buffer.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


ROUTES: list[BaseRoute] = [
    Route(f"{AREA}/facts", statistics, methods=["GET"], name="matter_facts"),
    Route(f"{AREA}/facts.csv", export, methods=["GET"], name="matter_facts_csv"),
]
