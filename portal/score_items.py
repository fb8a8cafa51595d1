"""Items of scores that no rule counts, on the desk: proposed with evidence, decided by somebody else (003-43)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.assessments.scheme import Indicator
from portal import asking
from portal.assessments import DESK
from portal.forms import FormView, read_form, text_value
from portal.labels import mark
from portal.rendering import render
from resolvers import score_items, supervision
from resolvers.errors import FieldProblem, NotFound, NotSignedIn, Refusal
from resolvers.score_items import ItemRow, ItemText

ITEMS: Final = f"{DESK}/items"
FIELDS: Final = ("key", "body", "period", "indicator", "points", "words", "evidence")
STATES: Final[Mapping[str, str]] = {
    "proposed": mark("待核定"),
    "confirmed": mark("已核定"),
    "rejected": mark("不予采纳"),
}


@dataclass(frozen=True, slots=True)
class ItemsPage:
    """The items, those to be decided first, and the form of a new one."""

    rows: tuple[ItemRow, ...]
    own: str
    bodies: tuple[tuple[str, str], ...]
    indicators: tuple[Indicator, ...]
    names: Mapping[str, str]
    states: Mapping[str, str]
    form: FormView
    previous: str
    following: str


async def items(request: Request) -> Response:
    """Show the items."""
    return await _page(request, FormView({"key": uuid4().hex}))


async def _page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    found = await score_items.items(ctx, asking.page_request(request))
    previous, following = asking.neighbours(request, found)
    known = score_items.indicators()
    page = ItemsPage(
        rows=found.rows,
        own=str(ctx.actor.account_id or ""),
        bodies=await supervision.undertakers(ctx),
        indicators=known,
        names={one.code: one.name for one in known},
        states=STATES,
        form=form,
        previous=previous,
        following=following,
    )
    return render(request, "assessments/items.html", page, status=status)


async def act(request: Request) -> Response:
    """Propose an item or decide one; shows the page again with what is wrong."""
    form, ctx = await read_form(request), request.state.context
    values = {name: text_value(form, name, 600) for name in (*FIELDS, "decision", "item", "do")}
    try:
        if values["do"] in ("confirm", "reject"):
            item = values["item"]
            number = int(item) if item.isascii() and item.isdigit() and len(item) <= 18 else 0
            await score_items.decide(ctx, number, confirmed=values["do"] == "confirm", decision=values["decision"])
        else:
            await score_items.propose(ctx, ItemText(**{name: values[name] for name in FIELDS}))
    except (NotFound, NotSignedIn):
        raise
    except Refusal as refused:
        if not refused.problems and refused.status == 403 and not supervision.may_open_cases(ctx):
            raise
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        return await _page(request, _form(values, problems), refused.status)
    return RedirectResponse(ITEMS, 303, {"Cache-Control": "no-store"})


def _form(values: dict[str, str], problems: tuple[FieldProblem, ...]) -> FormView:
    """Return what was sent, so that it stands again where it was written: each item has its own field for a decision."""
    own = f"decision-{values['item']}"
    named = tuple(replace(one, path=own) if one.path == "decision" else one for one in problems)
    return FormView(values | {"key": values["key"] or uuid4().hex, own: values["decision"]}, named)


ROUTES: list[BaseRoute] = [
    Route(ITEMS, items, methods=["GET"], name="score_items"),
    Route(ITEMS, act, methods=["POST"], name="score_items_act"),
]
