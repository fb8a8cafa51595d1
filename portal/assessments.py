"""Assessment scores: what is published for everybody, and the ledgers, objections and decisions on the desk (003-36(5), 003-43)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.assessments.scheme import load_scheme
from domain.assessments.subjects import SubjectKind
from portal import asking
from portal import assessments_words as words
from portal.assessments_chart import Bars, Line, bars_of, line_of, name_of
from portal.assessments_csv import PUBLIC, send_scores
from portal.forms import FormView, read_form, text_value
from portal.publishing import published
from portal.rendering import link, render
from resolvers import assessments
from resolvers.assessments import ScoreRow, ScoreView
from resolvers.errors import FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.reading import Page

DESK: Final = "/desk/scores"
SHOWN: Final = 20
LINES: Final = 100
MOST: Final = 10**18 - 1
BETWEEN: Final = re.compile(r"[\s,，、;；]+")
NUMBER: Final = re.compile(r"\d{1,9}")
"""A number of a line, in any script; none is longer."""


@dataclass(frozen=True, slots=True)
class ScoresPage:
    """Published scores of a government in a period, the best first, beside those of another one if asked for; and one body's through its periods."""

    government: str
    governments: Mapping[str, str]
    period: str
    other: str
    periods: tuple[str, ...]
    rows: tuple[ScoreRow, ...]
    before: Mapping[str, ScoreRow]
    changes: Mapping[str, str]
    grades: Mapping[str, str]
    bars: Bars | None
    past: tuple[ScoreRow, ...]
    line: Line | None
    csv: str
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One score with its ledger."""

    view: ScoreView
    grades: Mapping[str, str]
    kinds: Mapping[SubjectKind, str]
    states: Mapping[str, str]
    not_given: Mapping[str, str]
    indicators: Mapping[str, str]
    form: FormView
    chosen: tuple[int, ...]
    line: Line | None
    title: str
    late: bool
    here: str
    neighbours: tuple[str, str]

    @property
    def paged(self) -> bool:
        """Whether there are lines on other pages, or some were written by their numbers."""
        return any(self.neighbours) or bool(self.form.value("lines"))


def asked_period(request: Request, name: str, otherwise: str = "") -> str:
    """Return the period that an address asks for. Raises ``InvalidInput`` for one that is none."""
    found = asking.text(request, name, 10) or otherwise
    if found:
        assessments.period_asked(found)
    return found


@published
async def scores(request: Request) -> Response:
    """Show the published scores of a period: the latest one unless another is asked for.

    Ranks are among the bodies of one government: the first, unless another is asked for.
    """
    ctx = request.state.context
    every = sorted(await assessments.periods(ctx), key=lambda one: one.government_id)
    governments = {str(one.government_id): one.government for one in every}
    government = next(iter((*asking.choices(request, "government", governments), *governments)), "")
    known = tuple(one.period for one in every if str(one.government_id) == government)
    period, other = asked_period(request, "period", known[0] if known else ""), asked_period(request, "with")
    found: Page[ScoreRow] = Page(())
    if period:
        asked = asking.page_request(request, size=SHOWN)
        found = await assessments.list_scores(
            ctx, asked, period=period, government=int(government or 0), published=True
        )
    before = await assessments.compared(ctx, found.rows, other, published=True)
    past = await _past(request, period)
    previous, following = asking.neighbours(request, found)
    place = government if len(governments) > 1 else ""
    page = ScoresPage(
        government=place,
        governments=governments,
        period=period,
        other=other,
        periods=known,
        rows=found.rows,
        before=before,
        changes=words.changes(found.rows, before),
        grades=words.GRADES,
        bars=bars_of(found.rows, before, load_scheme().full),
        past=past,
        line=line_of(past),
        csv=link("scores.csv", government=place, period=period, with_=other),
        previous=previous,
        following=following,
    )
    return render(request, "assessments/scores.html", page)


async def _past(request: Request, period: str) -> tuple[ScoreRow, ...]:
    """Return the published scores of the body that is asked for, through its periods of the same kind."""
    body, ctx = asking.text(request, "body", 40), request.state.context
    if not body or not period:
        return ()
    of = (await assessments.list_scores(ctx, period=period, body=body, published=True)).rows
    return await assessments.history(ctx, of[0], published=True) if of else ()


async def scores_csv(request: Request) -> Response:
    """Send the published scores of a period as CSV, with those of another one beside them if asked for.

    Of all governments unless one is asked for.
    """
    ctx, period, other = request.state.context, asked_period(request, "period"), asked_period(request, "with")
    government = asking.number(request, "government", 1, MOST)
    answer = await send_scores(ctx, PUBLIC, other, period=period, government=government, published=True)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


async def ledger(request: Request) -> Response:
    """Show a score with its ledger."""
    return await _ledger(request, FormView())


async def _ledger(request: Request, form: FormView, chosen: tuple[int, ...] = (), status: int = 200) -> Response:
    asked = asking.page_request(request, size=LINES)
    ctx = request.state.context
    view = await assessments.score_view(ctx, int(request.path_params["score"]), asked)
    filed = view.objection
    page = LedgerPage(
        view=view,
        grades=words.GRADES,
        kinds=words.KINDS,
        states=words.STATES,
        not_given=words.NOT_GIVEN,
        indicators={one.code: one.name for one in view.scheme.indicators},
        form=form,
        chosen=chosen,
        line=line_of(view.history),
        title=name_of(view.row),
        late=filed is not None and filed.state == "filed" and filed.due_on < ctx.today,
        here=link("desk", "scores", view.row.id, after=asked.after, before=asked.before),
        neighbours=asking.neighbours(request, view.entries),
    )
    return render(request, "assessments/ledger.html", page, status=status)


async def act(request: Request) -> Response:
    """File an objection to a score, or decide it; shows the score again with what is wrong."""
    form, ctx, number = await read_form(request), request.state.context, int(request.path_params["score"])
    values = {name: text_value(form, name, 2100) for name in ("do", "reasons", "decision", "lines")}
    ticked = tuple(int(str(one)) for one in form.getlist("entries") if NUMBER.fullmatch(str(one)))
    made: int | None = None
    try:
        if values["do"] in ("upheld", "rejected"):
            made = await assessments.decide(ctx, number, upheld=values["do"] == "upheld", decision=values["decision"])
        else:
            await assessments.object_to(ctx, number, (*ticked, *_numbers(values["lines"])), values["reasons"])
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        return await _ledger(request, FormView(values, _problems(refused, values["lines"])), ticked, refused.status)
    return RedirectResponse(f"{DESK}/{made or number}", 303, {"Cache-Control": "no-store"})


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of lines that are written in a field, since ticks of one page do not stand on another."""
    written = [one for one in BETWEEN.split(text) if one]
    for one in written:
        if not NUMBER.fullmatch(one):
            raise _no_lines(f"“{one[:20]}”不是明细的序号。")
    return tuple(int(one) for one in written)


def _no_lines(message: str) -> InvalidInput:
    remedy = "请按明细填写序号，用逗号隔开，例如 1，7，130。"
    return InvalidInput(message, remedy, (FieldProblem("lines", "NOT_LINES", message, remedy),))


def _problems(refused: Refusal, lines: str) -> tuple[FieldProblem, ...]:
    """Return what is wrong where it was entered: numbers that the ledger does not have stand in their own field."""
    if not refused.problems:
        return (FieldProblem("", refused.code, refused.message, refused.remedy),)
    (beyond,) = _no_lines("所写的序号里有明细没有的。").problems
    return tuple(beyond if lines and one.path == "entries" else one for one in refused.problems)


ROUTES: list[BaseRoute] = [
    Route("/scores", scores, methods=["GET"], name="scores"),
    Route("/scores.csv", scores_csv, methods=["GET"], name="scores_csv"),
    Route(f"{DESK}/{{score:int}}", ledger, methods=["GET"], name="score_ledger"),
    Route(f"{DESK}/{{score:int}}", act, methods=["POST"], name="score_act"),
]
