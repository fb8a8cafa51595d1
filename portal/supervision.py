"""The desk of supervision: the board of what is red and yellow now, the alerts, and one alert with its clock (003-36).

Every number of the board leads to exactly the rows it counts. What a page says of a matter is read with the reader's own
rights.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.engine.clocks import Deadline
from domain.engine.days import LOCAL
from domain.supervision.proposals import Proposal
from portal import asking
from portal import supervision_words as words
from portal.forms import FormView, read_form, text_value
from portal.imports import BATCH_STATES
from portal.rendering import link, render
from portal.supervision_chart import Chart, chart_of
from resolvers import matters, supervision
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.supervision import AlertFilter, AlertRow, AlertView, Application, Board

AREA: Final = "/desk/supervision"
SHOWN: Final = 30
UNFOLDED: Final = 8
"""Rows of a table of the board that stand open."""

FILTERS: Final = (
    "state",
    "grade",
    "kind",
    "rule",
    "body",
    "government",
    "matter",
    "item",
    "step",
    "post",
    "unit",
    "power",
    "nobody",
    "counted",
    "week",
    "from",
)
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
"""What a spreadsheet takes for a number is no formula, whatever its sign."""
COLUMNS: Final = (
    *("编号", "级别", "类别", "规则编码", "规则", "依据", "内容", "对象", "机关代码", "机关", "状态", "发现时间"),
    *("变动时间", "摘牌理由", "摘牌说明", "督办编号", "机构", "岗位", "事项编码"),
)


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The board: what is open at a moment, and how it went by weeks."""

    board: Board
    at: datetime
    chart: Chart | None
    grades: Mapping[str, str]
    signs: Mapping[str, str]
    kinds: Mapping[str, str]
    may_open: bool
    shown: int = UNFOLDED
    most: int = supervision.BOARD_ROWS


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """Alerts as a list, with the filter that made it."""

    rows: tuple[AlertRow, ...]
    where: AlertFilter
    grades: Mapping[str, str]
    signs: Mapping[str, str]
    kinds: Mapping[str, str]
    states: Mapping[str, str]
    only: tuple[tuple[str, str], ...]
    total: int | None
    exact: bool
    csv: str
    may_open: bool
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class AlertPage:
    """One alert: what was found, the clock of its matter, what was done with it, and what can be done."""

    view: AlertView
    deadlines: tuple[Deadline, ...]
    grades: Mapping[str, str]
    signs: Mapping[str, str]
    kinds: Mapping[str, str]
    states: Mapping[str, str]
    subjects: Mapping[str, str]
    happenings: Mapping[str, str]
    grounds: Mapping[str, str]
    proposal: Proposal | None
    application: Application | None
    applied: Mapping[str, str]
    may_apply: bool
    applying: bool
    form: FormView


async def board(request: Request) -> Response:
    """Show the board."""
    ctx = request.state.context
    found = await supervision.board(ctx)
    may_open = supervision.may_open_cases(ctx)
    page = BoardPage(found, ctx.now, chart_of(found.weeks), words.GRADES, words.GRADE_SIGNS, words.KINDS, may_open)
    return render(request, "supervision/board.html", page)


async def board_csv(request: Request) -> Response:
    """Send the board's counts as CSV."""
    found = await supervision.board(request.state.context)
    parts = (
        *(("机关", found.bodies), ("机构", found.units), ("岗位", found.posts), ("事项", found.powers)),
        *(("规则", found.rules), ("类别", found.kinds), ("地区", found.governments)),
    )
    lines: list[tuple[str, ...]] = [("口径", "代码", "名称", "报警", "预警", "提醒", "机关代码")]
    for name, counts in parts:
        lines += [
            (
                *(name, one.key, words.KINDS.get(one.key, one.name)),
                *(str(one.alarm), str(one.warning), str(one.reminder), one.body_code),
            )
            for one in counts
        ]
    lines += [
        ("周", one.first.isoformat(), "", str(one.alarm), str(one.warning), str(one.reminder), "")
        for one in found.weeks
    ]
    return send_csv(lines, "board.csv")


def _days(request: Request) -> tuple[datetime | None, datetime | None]:
    """Return from when and until when: of a week, or of everything since a day."""
    week, first = asking.text(request, "week", 10), asking.text(request, "from", 10)
    try:
        begins = datetime.combine(date.fromisoformat(week or first), time(), LOCAL)
    except ValueError:
        return None, None
    return begins, begins + timedelta(weeks=1) if week else None


def _where(request: Request) -> AlertFilter:
    since, until = _days(request)
    return AlertFilter(
        state=next(iter(asking.choices(request, "state", words.STATES)), ""),
        grade=next(iter(asking.choices(request, "grade", words.GRADES)), ""),
        kind=next(iter(asking.choices(request, "kind", words.KINDS)), ""),
        rule=asking.text(request, "rule", 10),
        body=asking.text(request, "body", 100),
        government=asking.number(request, "government", 1, 2**31),
        matter=asking.text(request, "matter", 60),
        item=asking.text(request, "item", 60),
        at_step=asking.text(request, "step", 60),
        at_post=asking.text(request, "post", 100),
        at_unit=asking.text(request, "unit", 200),
        power=asking.text(request, "power", 60),
        nobody=asking.text(request, "nobody", 3) == "on" or None,
        counted=asking.text(request, "counted", 3) == "on" or None,
        since=since,
        until=until,
    )


async def alerts(request: Request) -> Response:
    """Show alerts, the latest change first."""
    ctx, where = request.state.context, _where(request)
    found = await supervision.list_alerts(ctx, where, asking.page_request(request, count=True, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    query = {key: one for key, one in request.query_params.items() if key in FILTERS}
    page = AlertsPage(
        rows=found.rows,
        where=where,
        grades=words.GRADES,
        signs=words.GRADE_SIGNS,
        kinds=words.KINDS,
        states=words.STATES,
        only=words.narrowed(query),
        total=found.total.count if found.total else None,
        exact=not (found.total and found.total.is_lower_bound),
        csv=link("desk", "supervision", "alerts.csv", **query),
        may_open=supervision.may_open_cases(ctx),
        previous=previous,
        following=following,
    )
    return render(request, "supervision/alerts.html", page)


async def alerts_csv(request: Request) -> Response:
    """Send a list of alerts as CSV."""
    rows = await supervision.all_alerts(request.state.context, _where(request))
    return send_csv([COLUMNS, *(_cells(row) for row in rows)], "alerts.csv")


def _cells(row: AlertRow) -> tuple[str, ...]:
    about = row.matter_number or row.subject_key
    return (
        *(str(row.id), words.GRADES[row.grade], words.KINDS[row.kind], row.rule_code, row.rule_name, row.clause),
        *(row.message, about, row.body_code, row.body_name, words.STATES[row.state]),
        *(row.opened_at.isoformat(), row.changed_at.isoformat(), words.GROUNDS.get(row.lift_ground, "")),
        *(row.lift_reason, row.case_number or "", row.unit, row.post, row.item_code),
    )


def send_csv(lines: list[tuple[str, ...]], name: str) -> Response:
    """Send lines as CSV."""
    return Response("\ufeff" + csv_lines(lines), headers=csv_headers(name), media_type="text/csv; charset=utf-8")


def csv_headers(name: str) -> dict[str, str]:
    """Return the headers of a file that is for whoever asked alone."""
    return {"Cache-Control": "private, no-store", "Content-Disposition": f'attachment; filename="{name}"'}


def csv_lines(lines: Sequence[tuple[str, ...]]) -> str:
    """Return lines of CSV, with nothing in them that a spreadsheet would take for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for cells in lines:
        writer.writerow([f"'{one}" if one.startswith(FORMULAS) and not NUMBER.fullmatch(one) else one for one in cells])
    return buffer.getvalue()


async def alert(request: Request) -> Response:
    """Show one alert."""
    return await show_alert(request, FormView())


async def show_alert(request: Request, form: FormView, status: int = 200, *, applying: bool = False) -> Response:
    """Show an alert with a form as it was sent: that of lifting it, or of ``applying`` for what follows from it."""
    ctx = request.state.context
    view = await supervision.alert(ctx, int(request.path_params["alert"]))
    deadlines: tuple[Deadline, ...] = ()
    if view.row.matter_id is not None:
        try:
            limits = (await matters.matter(ctx, view.row.matter_id)).deadlines
        except NotFound:
            limits = ()
        deadlines = tuple(one for one in limits if one.who == "organ")
    values = {"seen": str(view.row.seq)} | dict(form.values)
    page = AlertPage(
        view=view,
        deadlines=deadlines,
        grades=words.GRADES,
        signs=words.GRADE_SIGNS,
        kinds=words.KINDS,
        states=words.STATES,
        subjects=words.SUBJECTS,
        happenings=words.HAPPENINGS,
        grounds=words.GROUNDS,
        proposal=await supervision.proposal(ctx, view.row),
        application=await supervision.application(ctx, view.row),
        applied=BATCH_STATES,
        may_apply=supervision.may_apply(ctx, view.row),
        applying=applying,
        form=FormView(values, form.problems),
    )
    return render(request, "supervision/alert.html", page, status=status)


async def lift(request: Request) -> Response:
    """Lift an alert, or show it again with what is wrong."""
    form = await read_form(request)
    number = int(request.path_params["alert"])
    values = {name: text_value(form, name, 600) for name in ("ground", "reason", "seen")}
    seen = int(values["seen"]) if values["seen"].isascii() and values["seen"].isdigit() else None
    try:
        await supervision.lift(request.state.context, [number], values["ground"], values["reason"], seen)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        kept = {name: one for name, one in values.items() if name != "seen"}
        return await show_alert(request, FormView(kept, problems), refused.status)
    return RedirectResponse(f"{AREA}/alerts/{number}", 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(AREA, board, methods=["GET"], name="supervision_board"),
    Route(f"{AREA}/board.csv", board_csv, methods=["GET"], name="supervision_board_csv"),
    Route(f"{AREA}/alerts", alerts, methods=["GET"], name="supervision_alerts"),
    Route(f"{AREA}/alerts.csv", alerts_csv, methods=["GET"], name="supervision_alerts_csv"),
    Route(f"{AREA}/alerts/{{alert:int}}", alert, methods=["GET"], name="supervision_alert"),
    Route(f"{AREA}/alerts/{{alert:int}}/lift", lift, methods=["POST"], name="supervision_lift"),
]
