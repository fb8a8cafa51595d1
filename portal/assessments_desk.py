"""The desk's scores: bodies, units and posts of a period, ranked, beside another period and through the periods (003-36(5); S7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission
from domain.assessments.scheme import load_scheme
from domain.assessments.scored_periods import kind_of, scored_period
from domain.assessments.subjects import SUBJECT_KINDS, SubjectKind
from portal import asking
from portal import assessments_words as words
from portal.assessments import DESK, asked_period
from portal.assessments_chart import Bars, bars_of, name_of, spark_of
from portal.forms import FormView, read_form, text_value
from portal.navigation import may_anywhere
from portal.rendering import link, render
from portal.supervision import send_csv
from resolvers import assessments
from resolvers.assessments import FrozenPeriod, OpenObjection, ScoreRow
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal

SHOWN: Final = 16
"""Rows of a page: with the six periods of each they are no more than one statement gives."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: of which subjects, of which period, beside which."""

    period: str
    other: str
    kind: str
    body: str

    @property
    def where(self) -> dict[str, str]:
        """The scores that are shown."""
        return {"period": self.period, "kind": self.kind, "body": self.body}


@dataclass(frozen=True, slots=True)
class DeskScoresPage:
    """The desk: periods that were scored, the scores that the actor may see, and the form of a new period."""

    asked: Asked
    periods: tuple[FrozenPeriod, ...]
    codes: tuple[str, ...]
    bodies: tuple[tuple[str, str], ...]
    kinds: Mapping[SubjectKind, str]
    rows: tuple[ScoreRow, ...]
    before: Mapping[str, ScoreRow]
    changes: Mapping[str, str]
    trends: Mapping[str, str]
    grades: Mapping[str, str]
    bars: Bars | None
    objections: tuple[OpenObjection, ...]
    form: FormView
    may_score: bool
    csv: str
    previous: str
    following: str

    def name(self, row: ScoreRow) -> str:
        """Return what a subject is called."""
        return name_of(row)


async def _periods(ctx: Context) -> tuple[FrozenPeriod, ...]:
    own = {one.government_id for one in ctx.actor.postings}
    return tuple(one for one in await assessments.periods(ctx, published=False) if one.government_id in own)


def _asked(request: Request, known: Sequence[str]) -> Asked:
    """Return what is asked for: of the latest period, beside the one of the same kind before it, unless it says otherwise."""
    period = asked_period(request, "period", known[0] if known else "")
    other = asked_period(request, "with")
    if "with" not in request.query_params and (now := scored_period(period)) is not None:
        alike = [
            one for one in known if one < period and (before := scored_period(one)) and kind_of(before) == kind_of(now)
        ]
        other = max(alike, default="")
    kinds = asking.choices(request, "kind", SUBJECT_KINDS)
    return Asked(period, other, kinds[0] if kinds else "body", asking.text(request, "body", 40))


async def desk(request: Request) -> Response:
    """Show the desk's scores."""
    return await _desk(request, FormView())


async def _desk(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    may_score = may_anywhere(ctx.actor, Permission.SCORE_FREEZE)
    known = await _periods(ctx)
    codes = tuple(dict.fromkeys(one.period for one in known))
    asked = _asked(request, codes)
    found = await assessments.list_scores(ctx, asking.page_request(request, size=SHOWN), **asked.where)
    before = await assessments.compared(ctx, found.rows, asked.other)
    trends = words.by_subject(await assessments.trends(ctx, found.rows) if asked.period else ())
    previous, following = asking.neighbours(request, found)
    full = load_scheme().full
    page = DeskScoresPage(
        asked=asked,
        periods=known,
        codes=codes,
        bodies=await _bodies(ctx, asked.period),
        kinds=words.KINDS,
        rows=found.rows,
        before=before,
        changes=words.changes(found.rows, before),
        trends={key: spark_of(rows, full) for key, rows in trends.items()},
        grades=words.GRADES,
        bars=bars_of(found.rows, before, full) if asked.period else None,
        objections=await assessments.open_objections(ctx, assessments.government_of(ctx)) if may_score else (),
        form=form,
        may_score=may_score,
        csv=link("desk", "scores.csv", period=asked.period, with_=asked.other, kind=asked.kind, body=asked.body),
        previous=previous,
        following=following,
    )
    return render(request, "assessments/desk.html", page, status=status)


async def _bodies(ctx: Context, period: str) -> tuple[tuple[str, str], ...]:
    """Return code and name of the bodies whose scores of a period the actor sees."""
    found = await assessments.all_scores(ctx, period=period) if period else ()
    return tuple(sorted({(one.body_code, one.body_name) for one in found}))


async def desk_csv(request: Request) -> Response:
    """Send the scores that are asked for as CSV, those of the other period beside them."""
    ctx = request.state.context
    asked = _asked(request, tuple(dict.fromkeys(one.period for one in await _periods(ctx))))
    rows = await assessments.all_scores(ctx, **asked.where)
    before = await assessments.compared(ctx, rows, asked.other)
    more = words.OTHER_COLUMNS if asked.other else ()
    lines = [(*words.DESK_COLUMNS, *more)]
    lines += [(*words.desk_line(one), *(words.beside(one, before, asked.other) if asked.other else ())) for one in rows]
    return send_csv(lines, "scores.csv")


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
    return RedirectResponse(f"{DESK}?period={period}", 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(DESK, desk, methods=["GET"], name="scores_desk"),
    Route(DESK, freeze, methods=["POST"], name="scores_freeze"),
    Route(f"{DESK}.csv", desk_csv, methods=["GET"], name="scores_desk_csv"),
]
