"""The desk's side of published results: what waits to be published or withdrawn, and the body's acts upon one (H7)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, Target, allowed
from domain.profile_hall import Choice, choice
from portal import asking
from portal.forms import FormView, read_form, text_value
from portal.labels import mark
from portal.matters_words import URGENCY_SIGNS
from portal.rendering import render
from portal.results import KINDS
from resolvers import results
from resolvers.errors import FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.results import ResultRow, ResultVersion, ResultView, Words

AREA: Final = "/desk/results"
SHOWN: Final = 30
STATES: Final[dict[str, str]] = {
    "draft": mark("待公示"),
    "published": mark("公示中"),
    "withheld": mark("不予公示"),
    "withdrawn": mark("已撤下"),
}
ACTS: Final[dict[str, str]] = {
    "publish": mark("公示"),
    "correct": mark("更正"),
    "withdraw": mark("撤下"),
    "withhold": mark("不予公示"),
}
NAMES: Final = ("decision_number", "party", "content", "basis", "valid_from", "valid_until", "ground", "reason", "seen")


@dataclass(frozen=True, slots=True)
class ToDoPage:
    """The desk's list: what waits for an act, or everything."""

    rows: tuple[ResultRow, ...]
    all: bool
    kinds: dict[str, str]
    states: dict[str, str]
    signs: dict[str, str]
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """An act upon the result in words."""

    version: ResultVersion
    act: str
    ground: str


@dataclass(frozen=True, slots=True)
class DeskResultPage:
    """One result: the words to check, what can be done with them, and what was done."""

    view: ResultView
    kind: str
    state: str
    signs: dict[str, str]
    form: FormView
    may: bool
    withholding: tuple[Choice, ...]
    withdrawing: tuple[Choice, ...]
    history: tuple[VersionLine, ...]
    act: str


async def listed(request: Request) -> Response:
    """Show what waits for an act of the actor's bodies, the most urgent first."""
    everything = asking.text(request, "scope", 5) == "all"
    found = await results.to_do(request.state.context, asking.page_request(request, size=SHOWN), everything=everything)
    previous, following = asking.neighbours(request, found)
    page = ToDoPage(found.rows, everything, KINDS, STATES, dict(URGENCY_SIGNS), previous, following)
    return render(request, "results_desk/list.html", page)


def _page(request: Request, view: ResultView, form: FormView, act: str = "", status: int = 200) -> Response:
    ctx, row = request.state.context, view.row
    rules = ctx.profile.results
    both = (*rules.withholding, *rules.withdrawing)
    history = tuple(
        VersionLine(one, ACTS[one.act], found.name if (found := choice(both, one.ground)) else "")
        for one in view.versions
    )
    page = DeskResultPage(
        view=view,
        kind=KINDS.get(row.kind, row.kind),
        state=STATES[row.state],
        signs=dict(URGENCY_SIGNS),
        form=form,
        may=allowed(ctx.actor, Permission.RESULT_PUBLISH, Target(row.government_id, row.body_code)),
        withholding=rules.withholding,
        withdrawing=rules.withdrawing,
        history=history,
        act=act,
    )
    return render(request, "results_desk/one.html", page, status=status)


def _begun(view: ResultView) -> FormView:
    content = view.row.content
    values = {name: str(getattr(content, name, "") or "") for name in NAMES}
    # What is kept of a party's name is masked already: the plain one is typed again, or comes from the file.
    return FormView(values | {"party": "", "seen": str(view.row.no), "ground": "", "reason": ""})


async def one(request: Request) -> Response:
    """Show one result."""
    view = await results.result(request.state.context, int(request.path_params["result"]))
    return _page(request, view, _begun(view))


def _day(values: dict[str, str], name: str) -> date | None:
    if not values[name]:
        return None
    try:
        return date.fromisoformat(values[name])
    except ValueError as error:
        problem = FieldProblem(name, "NOT_A_DAY", f"“{values[name]}”不是有效的日期。", "例如 2026-01-31。")
        raise InvalidInput(problem.message, problem.remedy, (problem,)) from error


def _words(values: dict[str, str]) -> Words:
    return Words(
        decision_number=values["decision_number"],
        party=values["party"],
        content=values["content"],
        basis=values["basis"],
        valid_from=_day(values, "valid_from"),
        valid_until=_day(values, "valid_until"),
    )


def _seen(values: dict[str, str]) -> int:
    return int(values["seen"]) if values["seen"].isascii() and values["seen"].isdigit() else -1


async def _publish(request: Request, number: int, values: dict[str, str]) -> None:
    await results.publish(request.state.context, number, _words(values), _seen(values))


async def _correct(request: Request, number: int, values: dict[str, str]) -> None:
    await results.correct(request.state.context, number, _words(values), values["reason"], _seen(values))


async def _withdraw(request: Request, number: int, values: dict[str, str]) -> None:
    await results.withdraw(request.state.context, number, values["ground"], values["reason"], _seen(values))


async def _withhold(request: Request, number: int, values: dict[str, str]) -> None:
    await results.withhold(request.state.context, number, values["ground"], values["reason"], _seen(values))


async def _changed(request: Request, number: int, values: dict[str, str]) -> None:
    await results.note_change(request.state.context, number, _seen(values))


Do = Callable[[Request, int, dict[str, str]], Awaitable[None]]


def _acting(act: str, do: Do) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of an act: done once, or the page again with what was typed and what is wrong."""

    async def endpoint(request: Request) -> Response:
        form: FormData = await read_form(request)
        number = int(request.path_params["result"])
        values = {name: text_value(form, name, 6000) for name in NAMES}
        try:
            await do(request, number, values)
        except (NotFound, NotPermitted, NotSignedIn):
            raise
        except Refusal as refused:
            problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
            view = await results.result(request.state.context, number)
            values["seen"] = str(view.row.no)
            return _page(request, view, FormView(values, problems), act, refused.status)
        return RedirectResponse(f"{AREA}/{number}", 303, {"Cache-Control": "no-store"})

    return endpoint


ONE: Final = f"{AREA}/{{result:int}}"
ROUTES: list[BaseRoute] = [
    Route(AREA, listed, methods=["GET"], name="results_desk"),
    Route(ONE, one, methods=["GET"], name="result_desk"),
    Route(f"{ONE}/publish", _acting("publish", _publish), methods=["POST"], name="result_publish"),
    Route(f"{ONE}/correct", _acting("correct", _correct), methods=["POST"], name="result_correct"),
    Route(f"{ONE}/withdraw", _acting("withdraw", _withdraw), methods=["POST"], name="result_withdraw"),
    Route(f"{ONE}/withhold", _acting("withhold", _withhold), methods=["POST"], name="result_withhold"),
    Route(f"{ONE}/changed", _acting("changed", _changed), methods=["POST"], name="result_changed"),
]
