"""The desk's scores: bodies, units and posts of a period, ranked, beside another period and through the periods (003-36(5); S7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, Target, allowed
from domain.assessments.orders import OrderState
from domain.assessments.scheme import load_scheme
from domain.assessments.scored_periods import kind_of, scored_period
from domain.assessments.subjects import SUBJECT_KINDS, SubjectKind
from portal import asking
from portal import assessments_words as words
from portal.assessments import DESK, asked_period
from portal.assessments_chart import Bars, bars_of, name_of, spark_of
from portal.assessments_csv import DESK as DESK_CSV
from portal.assessments_csv import send_scores
from portal.forms import FormView, read_form, text_value
from portal.rendering import link, render
from resolvers import assessments
from resolvers.assessments import Frozen, FrozenPeriod, OpenObjection, Order, ScoreRow
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal

SHOWN: Final = 16
"""Rows of a page: with the six periods of each they are no more than one statement gives."""
OPEN: Final = 4
"""Periods that stand open; earlier ones unfold, so that a phone shows the scores and not a calendar."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: of which subjects of a government, of which period, beside which."""

    government: int
    period: str
    other: str
    kind: str
    body: str

    @property
    def where(self) -> dict[str, Any]:
        """The scores that are shown: of one government, since ranks are among its bodies."""
        return {"government": self.government, "period": self.period, "kind": self.kind, "body": self.body}


@dataclass(frozen=True, slots=True)
class DeskScoresPage:
    """The desk: periods that were scored, the scores that the actor may see, and the form of a new period."""

    asked: Asked
    governments: tuple[tuple[int, str], ...]
    periods: tuple[FrozenPeriod, ...]
    open: int
    codes: tuple[str, ...]
    bodies: tuple[tuple[str, str], ...]
    kinds: Mapping[SubjectKind, str]
    rows: tuple[ScoreRow, ...]
    open_to: frozenset[str]
    """Codes of the bodies whose ledgers the actor may read; of the others the published total is all there is to see."""
    before: Mapping[str, ScoreRow]
    changes: Mapping[str, str]
    trends: Mapping[str, str]
    grades: Mapping[str, str]
    bars: Bars | None
    objections: tuple[OpenObjection, ...]
    orders: tuple[Order, ...]
    order_states: Mapping[OrderState, str]
    form: FormView
    may_score: bool
    csv: str
    previous: str
    following: str

    def name(self, row: ScoreRow) -> str:
        """Return what a subject is called."""
        return name_of(row)


def _government(request: Request, known: Sequence[tuple[int, str]]) -> int:
    """Return the government that is chosen, the first unless it says otherwise; 0, which none has, where there is none."""
    own = [str(one) for one, _ in known] or ["0"]
    return int((asking.choices(request, "government", own) or own)[0])


def _asked(request: Request, government: int, known: Sequence[str]) -> Asked:
    """Return what is asked for: of the latest period, beside the one of the same kind before it, unless it says otherwise."""
    period = asked_period(request, "period", known[0] if known else "")
    other = asked_period(request, "with")
    if "with" not in request.query_params and (now := scored_period(period)) is not None:
        alike = [
            one for one in known if one < period and (before := scored_period(one)) and kind_of(before) == kind_of(now)
        ]
        other = max(alike, default="")
    kinds = asking.choices(request, "kind", SUBJECT_KINDS)
    return Asked(government, period, other, kinds[0] if kinds else "body", asking.text(request, "body", 40))


async def desk(request: Request) -> Response:
    """Show the desk's scores."""
    return await _desk(request, FormView())


async def _desk(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    governments = await assessments.governments(ctx)
    government = _government(request, governments)
    may_score = allowed(ctx.actor, Permission.SCORE_FREEZE, Target(government))
    known = await assessments.periods_of(ctx, government)
    codes = tuple(one.period for one in known)
    asked = _asked(request, government, codes)
    found = await assessments.list_scores(ctx, asking.page_request(request, size=SHOWN), **asked.where)
    before = await assessments.compared(ctx, found.rows, asked.other, government=government)
    trends = words.by_subject(await assessments.trends(ctx, found.rows) if asked.period else ())
    previous, following = asking.neighbours(request, found)
    full = load_scheme().full
    page = DeskScoresPage(
        asked=asked,
        governments=governments,
        periods=known,
        open=OPEN,
        codes=codes,
        bodies=await assessments.bodies_scored(ctx, government, asked.period),
        kinds=words.KINDS,
        rows=found.rows,
        open_to=frozenset(
            one.body_code
            for one in found.rows
            if allowed(ctx.actor, Permission.SCORE_READ, Target(one.government_id, one.body_code))
        ),
        before=before,
        changes=words.changes(found.rows, before),
        trends={key: spark_of(rows, full) for key, rows in trends.items()},
        grades=words.GRADES,
        bars=bars_of(found.rows, before, full) if asked.period else None,
        objections=await assessments.open_objections(ctx, government) if may_score else (),
        orders=await assessments.orders(ctx, government) if may_score else (),
        order_states=words.ORDER_STATES,
        form=form,
        may_score=may_score,
        csv=link("desk", "scores.csv", **asked.where, with_=asked.other),
        previous=previous,
        following=following,
    )
    return render(request, "assessments/desk.html", page, status=status)


async def desk_csv(request: Request) -> Response:
    """Send the scores that are asked for as CSV, those of the other period beside them."""
    ctx = request.state.context
    government = _government(request, await assessments.governments(ctx))
    asked = _asked(request, government, [one.period for one in await assessments.periods_of(ctx, government)])
    return await send_scores(ctx, DESK_CSV, asked.other, **asked.where)


async def freeze(request: Request) -> Response:
    """Score a period, or have it scored where that takes long, or publish it, or say what is wrong."""
    form, ctx = await read_form(request), request.state.context
    period, act = text_value(form, "period", 10), text_value(form, "do", 10)
    government = _government(request, await assessments.governments(ctx))
    made = Frozen(0)
    try:
        if act == "publish":
            await assessments.publish(ctx, government, period)
        else:
            made = await assessments.freeze_or_order(ctx, government, period)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("period", refused.code, refused.message, refused.remedy),)
        return await _desk(request, FormView({"period": period}, problems), refused.status)
    onward = link("desk", "scores", government=government, period="" if made.order else period)
    onward += "#orders" if made.order else ""
    return RedirectResponse(onward, 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(DESK, desk, methods=["GET"], name="scores_desk"),
    Route(DESK, freeze, methods=["POST"], name="scores_freeze"),
    Route(f"{DESK}.csv", desk_csv, methods=["GET"], name="scores_desk_csv"),
]
