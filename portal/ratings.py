"""Ratings 评价: given in the hall by number and code, and published as figures with a chart, its table and CSV (H6).

Rating needs no account: number and code are sent in the body, where no log keeps them. Figures are those of whole months;
where fewer than the profile's number answered, the page says so instead of a figure.
"""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from domain.profile_hall import Choice, Grade
from portal import asking
from portal.forms import FormView, read_form, text_value
from portal.labels import mark
from portal.publishing import asked_by, headers_of, published
from portal.ratings_chart import Chart, chart_of
from portal.receipts import Block, block
from portal.rendering import link, render
from resolvers import ratings
from resolvers.bodies import body
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.ratings import Figure, Given, MonthFigure, NotInvited, Rated
from resolvers.reading import PageRequest

SHOWN, CSV_PAGE, MONTHS = 50, 100, 24
GRADE_WORDS: Final[dict[str, str]] = {
    "very_satisfied": mark("非常满意"),
    "satisfied": mark("满意"),
    "fairly_satisfied": mark("基本满意"),
    "dissatisfied": mark("不满意"),
    "very_dissatisfied": mark("非常不满意"),
}
REASON_WORDS: Final = (
    mark("办理时间长，超过承诺"),
    mark("没有一次告知需要的材料"),
    mark("要求提供清单以外的材料"),
    mark("收取标准以外的费用"),
    mark("多次往返或者多处奔走"),
    mark("服务态度不好"),
    mark("网上办理不好用"),
    mark("对办理结果或者说明的理由不认可"),
    mark("其他"),
)
"""The reasons of the shipped profiles, so that the catalogue has them; a profile may bring others."""

COLUMNS: Final = (
    *("月份", "机关代码", "机关", "权力编码", "事项", "邀请", "评价", *GRADE_WORDS.values()),
    *("差评", "已核查", "按期核查", "再次评价", "评价改善"),
)
# A spreadsheet reads what begins so as a formula.
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class GivePage:
    """The form of a rating, and after it was sent what became of it."""

    form: FormView
    grades: tuple[Grade, ...]
    reasons: tuple[Choice, ...]
    chosen: tuple[str, ...]
    channel: str
    done: Rated | None
    receipt: Block | None


@dataclass(frozen=True, slots=True)
class RatingsPage:
    """The figures of a month: all bodies, or the items of one; with the months before as a chart."""

    month: date | None
    months: tuple[date, ...]
    body: str
    body_name: str
    sum: MonthFigure | None
    series: tuple[MonthFigure, ...]
    chart: Chart | None
    rows: tuple[Figure, ...]
    words: dict[str, str]
    least: int
    csv: str
    previous: str
    next: str


def month_asked(request: Request) -> date | None:
    """Return the month that an address asks for (YYYY-MM); None for none. Raises ``InvalidInput``."""
    value = asking.text(request, "month", 10)
    if not value:
        return None
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError as error:
        message, remedy = f"“{value}”不是有效的月份。", "请按“年-月”填写，例如 2026-10。"
        raise InvalidInput(message, remedy, (FieldProblem("month", "NOT_A_MONTH", message, remedy),)) from error


@published
async def figures(request: Request) -> Response:
    """Show the figures of a month: the latest one unless another is asked for."""
    ctx, code = request.state.context, asking.text(request, "body", 100)
    name = (await body(ctx, code)).body.name if code else ""
    series = await ratings.monthly(ctx, code, most=MONTHS)
    chosen = month_asked(request) or (series[-1].month if series else None)
    found = await ratings.list_figures(ctx, asking.page_request(request, size=SHOWN), chosen, code, of_items=bool(code))
    previous, following = asking.neighbours(request, found)
    page = RatingsPage(
        month=chosen,
        months=tuple(reversed([one.month for one in series])),
        body=code,
        body_name=name,
        sum=next((one for one in series if one.month == chosen), None),
        series=series[-12:],
        chart=chart_of(series[-12:]),
        rows=tuple(reversed(found.rows)),
        words=GRADE_WORDS,
        least=ctx.profile.ratings.least_shown,
        csv=link("ratings.csv", body=code, month=chosen.strftime("%Y-%m") if chosen else ""),
        previous=previous,
        next=following,
    )
    return render(request, "ratings/figures.html", page)


async def export(request: Request) -> Response:
    """Send the figures as CSV: of a month or of all, of all bodies with their items or of one."""
    ctx, month, code = request.state.context, month_asked(request), asking.text(request, "body", 100)

    async def lines() -> AsyncIterator[str]:
        yield "\ufeff" + _line(COLUMNS)
        asked = PageRequest(first=CSV_PAGE)
        while True:
            found = await ratings.list_figures(ctx, asked, month, code)
            for row in found.rows:
                yield _line(_cells(row))
            if not found.has_next or found.end_cursor is None:
                return
            asked = PageRequest(first=CSV_PAGE, after=found.end_cursor)

    asked_for = asked_by(request)
    headers = headers_of(asked_for.tag) if asked_for else {"Cache-Control": "private, no-store"}
    headers["Content-Disposition"] = 'attachment; filename="ratings.csv"'
    return StreamingResponse(lines(), headers=headers, media_type="text/csv; charset=utf-8")


def _cells(row: Figure) -> tuple[str, ...]:
    counts = (row.answered, *(getattr(row, one) for one in GRADE_WORDS))
    counts += (row.bad, row.reviewed, row.in_time, row.again, row.better)
    place = (row.month.strftime("%Y-%m"), row.body_code, row.body_name, row.item_code, row.item_name)
    return (*place, str(row.invited), *("" if one is None else str(one) for one in counts))


def _line(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([f"'{one}" if one.startswith(FORMULAS) else one for one in cells])
    return buffer.getvalue()


def _page(
    request: Request, form: FormView, chosen: tuple[str, ...], channel: str, done: Rated | None, status: int = 200
) -> Response:
    rules = request.state.context.profile.ratings
    page = GivePage(form, rules.grades, rules.reasons, chosen, channel, done, block(done.receipt) if done else None)
    response = render(request, "ratings/give.html", page, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def give_form(request: Request) -> Response:
    """Show the form; a device at the counter says so in its address."""
    channel = "counter" if asking.text(request, "at", 10) == "counter" else "online"
    return _page(request, FormView(), (), channel, None)


async def give(request: Request) -> Response:
    """Take a rating, or show the form again with what is wrong; nothing that was typed is lost."""
    form = await read_form(request)
    names = ("number", "code", "grade", "remarks", "channel")
    values = {name: text_value(form, name, 2000) for name in names}
    known = {one.code for one in request.state.context.profile.ratings.reasons}
    chosen = tuple(dict.fromkeys(str(one) for one in form.getlist("reasons") if one in known))
    channel = values["channel"] or "online"
    given = Given(values["grade"], chosen, values["remarks"])
    try:
        done = await ratings.give(request.state.context, values["number"], values["code"], given, channel)
    except NotFound:
        message, remedy = "没有找到：编号或者查询码不正确。", "请对照受理时收到的凭证重新填写。"
        problems: tuple[FieldProblem, ...] = (FieldProblem("number", "NOT_FOUND", message, remedy),)
        return _page(request, FormView(values, problems), chosen, channel, None, 422)
    except (InvalidInput, NotInvited) as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        return _page(request, FormView(values, problems), chosen, channel, None, refused.status)
    return _page(request, FormView(), (), channel, done)


ROUTES: list[BaseRoute] = [
    Route("/ratings", figures, methods=["GET"], name="ratings"),
    Route("/ratings.csv", export, methods=["GET"], name="ratings_csv"),
    Route("/ratings/give", give_form, methods=["GET"], name="rating_form"),
    Route("/ratings/give", give, methods=["POST"], name="rating_give"),
]
