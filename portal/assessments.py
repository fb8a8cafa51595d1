"""Assessment scores: what is published for everybody, and the desk's ledgers, objections and decisions (003-36(5), 003-43)."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission
from portal import asking
from portal.forms import FormView, read_form, text_value
from portal.labels import mark
from portal.navigation import may_anywhere
from portal.publishing import published
from portal.rendering import link, render
from resolvers import assessments
from resolvers.assessments import FrozenPeriod, ScoreRow, ScoreView
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.reading import Page, PageRequest

SHOWN: Final = 100
GRADES: Final[Mapping[str, str]] = {
    "excellent": mark("优秀"),
    "good": mark("良好"),
    "passed": mark("合格"),
    "failed": mark("不合格"),
}
STATES: Final[Mapping[str, str]] = {"filed": mark("待复核"), "upheld": mark("成立"), "rejected": mark("不成立")}
COLUMNS: Final = ("考核期", "名次", "机关代码", "机关", "得分", "等次", "版次", "更正理由")
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ScoresPage:
    """Published scores of a period, the best first."""

    period: str
    periods: tuple[str, ...]
    rows: tuple[ScoreRow, ...]
    grades: Mapping[str, str]
    csv: str
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class DeskScoresPage:
    """The desk: periods that were scored, the scores that the actor may see, and the form of a new period."""

    periods: tuple[FrozenPeriod, ...]
    rows: tuple[ScoreRow, ...]
    grades: Mapping[str, str]
    form: FormView
    may_score: bool
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One score with its ledger."""

    view: ScoreView
    grades: Mapping[str, str]
    states: Mapping[str, str]
    indicators: Mapping[str, str]
    form: FormView
    chosen: tuple[int, ...]


@published
async def scores(request: Request) -> Response:
    """Show the published scores of a period: the latest one unless another is asked for."""
    ctx = request.state.context
    known = tuple(dict.fromkeys(one.period for one in await assessments.periods(ctx)))
    period = asking.text(request, "period", 10) or (known[0] if known else "")
    found: Page[ScoreRow] = Page(())
    if period:
        assessments.period_asked(period)
        asked = asking.page_request(request, size=SHOWN)
        found = await assessments.list_scores(ctx, asked, period=period, published=True)
    previous, following = asking.neighbours(request, found)
    page = ScoresPage(period, known, found.rows, GRADES, link("scores.csv", period=period), previous, following)
    return render(request, "assessments/scores.html", page)


async def scores_csv(request: Request) -> Response:
    """Send the published scores of a period as CSV."""
    ctx, period = request.state.context, asking.text(request, "period", 10)
    if period:
        assessments.period_asked(period)
    found = await assessments.list_scores(ctx, PageRequest(first=SHOWN), period=period, published=True)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for one in found.rows:
        cells = (
            one.period,
            str(one.rank),
            one.body_code,
            one.body_name,
            one.total,
            GRADES[one.grade],
            str(one.edition),
        )
        writer.writerow([f"'{cell}" if cell.startswith(FORMULAS) else cell for cell in (*cells, one.reason)])
    headers = {"Cache-Control": "no-cache", "Content-Disposition": 'attachment; filename="scores.csv"'}
    return Response("\ufeff" + buffer.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")


async def desk(request: Request) -> Response:
    """Show the desk's scores."""
    return await _desk(request, FormView())


async def _desk(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    may_score = may_anywhere(ctx.actor, Permission.SCORE_FREEZE)
    found = await assessments.list_scores(ctx, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    own = {one.government_id for one in ctx.actor.postings}
    known = tuple(one for one in await assessments.periods(ctx, published=not may_score) if one.government_id in own)
    page = DeskScoresPage(known, found.rows, GRADES, form, may_score, previous, following)
    return render(request, "assessments/desk.html", page, status=status)


async def freeze(request: Request) -> Response:
    """Score a period, or publish it, or say what is wrong."""
    form, ctx = await read_form(request), request.state.context
    period, act = text_value(form, "period", 10), text_value(form, "do", 10)
    try:
        government = assessments.government_of(ctx)
        if act == "publish":
            await assessments.publish(ctx, government, period)
        else:
            await assessments.freeze(ctx, government, period)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("period", refused.code, refused.message, refused.remedy),)
        return await _desk(request, FormView({"period": period}, problems), refused.status)
    return RedirectResponse(DESK, 303, {"Cache-Control": "no-store"})


async def ledger(request: Request) -> Response:
    """Show a score with its ledger."""
    return await _ledger(request, FormView())


async def _ledger(request: Request, form: FormView, chosen: tuple[int, ...] = (), status: int = 200) -> Response:
    view = await assessments.score_view(request.state.context, int(request.path_params["score"]))
    indicators = {one.code: one.name for one in view.scheme.indicators}
    return render(
        request,
        "assessments/ledger.html",
        LedgerPage(view, GRADES, STATES, indicators, form, chosen),
        status=status,
    )


async def act(request: Request) -> Response:
    """File an objection to a score, or decide it; shows the score again with what is wrong."""
    form, ctx, number = await read_form(request), request.state.context, int(request.path_params["score"])
    values = {name: text_value(form, name, 2100) for name in ("do", "reasons", "decision")}
    chosen = tuple(int(str(one)) for one in form.getlist("entries") if str(one).isascii() and str(one).isdigit())
    made: int | None = None
    try:
        if values["do"] in ("upheld", "rejected"):
            made = await assessments.decide(ctx, number, upheld=values["do"] == "upheld", decision=values["decision"])
        else:
            await assessments.object_to(ctx, number, chosen, values["reasons"])
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        return await _ledger(request, FormView(values, problems), chosen, refused.status)
    return RedirectResponse(f"{DESK}/{made or number}", 303, {"Cache-Control": "no-store"})


DESK: Final = "/desk/scores"
ROUTES: list[BaseRoute] = [
    Route("/scores", scores, methods=["GET"], name="scores"),
    Route("/scores.csv", scores_csv, methods=["GET"], name="scores_csv"),
    Route(DESK, desk, methods=["GET"], name="scores_desk"),
    Route(DESK, freeze, methods=["POST"], name="scores_freeze"),
    Route(f"{DESK}/{{score:int}}", ledger, methods=["GET"], name="score_ledger"),
    Route(f"{DESK}/{{score:int}}", act, methods=["POST"], name="score_act"),
]
