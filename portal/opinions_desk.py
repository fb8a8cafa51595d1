"""意见征集 on the desk: publishing, reading what was said, answering, concluding (002-4.2.8, H10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal import asking
from portal.complaints_forms import new_key, unkept
from portal.forms import FormView, read_form, text_value
from portal.opinions_words import SIDES, call_of
from portal.rendering import render
from resolvers import opinions_desk
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.opinions_values import CallRow, DeskCall

AREA: Final = "/desk/opinions"
SHOWN: Final = 30
NAMES: Final = ("title", "content", "closes_on", "questions", "hearing_at", "hearing_place", "body")
PASSED_ON: Final = (NotFound, NotPermitted, NotSignedIn)


@dataclass(frozen=True, slots=True)
class ListPage:
    """What the actor's body asked."""

    rows: tuple[CallRow, ...]
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """The form of a new call."""

    form: FormView
    key: str
    bodies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnePage:
    """One call: what was said, the form for each answer, and the conclusion."""

    view: DeskCall
    form: FormView
    at: str
    sides: Mapping[str, str]


async def listed(request: Request) -> Response:
    """Show what the actor's body asked."""
    found = await opinions_desk.desk_calls(request.state.context, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    return unkept(render(request, "opinions_desk/list.html", ListPage(found.rows, previous, following)))


async def new(request: Request) -> Response:
    """Show the form of a new call."""
    opinions_desk.permit_any(request.state.context)
    return _form(request, FormView(), new_key())


def _form(request: Request, form: FormView, key: str, status: int = 200) -> Response:
    page = NewPage(form, key, opinions_desk.own_bodies(request.state.context))
    return unkept(render(request, "opinions_desk/new.html", page, status=status))


async def publish(request: Request) -> Response:
    """Publish a new call, or show what is wrong with it."""
    form = await read_form(request)
    ctx: Context = request.state.context
    opinions_desk.permit_any(ctx)
    values, key = {name: text_value(form, name, 30_000) for name in NAMES}, text_value(form, "key", 120)
    own = opinions_desk.own_bodies(ctx)
    body = values["body"] if values["body"] in own else next(iter(own), "")
    try:
        which = await opinions_desk.publish(ctx, body, key, call_of(values))
    except Refusal as refusal:
        if isinstance(refusal, PASSED_ON):
            raise
        return _form(request, FormView(values, _told(refusal)), key or new_key(), refusal.status)
    return RedirectResponse(f"{AREA}/{which}", status_code=303)


def _told(refusal: Refusal) -> tuple[FieldProblem, ...]:
    return refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)


async def one(request: Request) -> Response:
    """Show one call with what was said."""
    return await _one(request, FormView())


async def _one(request: Request, form: FormView, at: str = "", status: int = 200) -> Response:
    before = asking.text(request, "before", 20)
    view = await opinions_desk.desk_call(
        request.state.context,
        int(request.path_params["call"]),
        int(before) if before.isascii() and before.isdigit() else None,
    )
    return unkept(render(request, "opinions_desk/one.html", OnePage(view, form, at, SIDES), status=status))


async def answer(request: Request) -> Response:
    """Publish a comment with its answer, or show what is wrong with it."""
    form = await read_form(request)
    which, comment = int(request.path_params["call"]), int(request.path_params["comment"])
    values = {name: text_value(form, name, 20_000) for name in ("shown", "reply")}
    try:
        await opinions_desk.answer(request.state.context, which, comment, values["shown"], values["reply"])
    except Refusal as refusal:
        if isinstance(refusal, PASSED_ON):
            raise
        told = tuple(FieldProblem("", one.code, one.message, one.remedy) for one in _told(refusal))
        return await _one(request, FormView(values, told), str(comment), refusal.status)
    return RedirectResponse(f"{AREA}/{which}", status_code=303)


async def conclude(request: Request) -> Response:
    """Publish what came of a call, or show what is wrong with it."""
    form = await read_form(request)
    which, text = int(request.path_params["call"]), text_value(form, "conclusion", 30_000)
    try:
        await opinions_desk.conclude(request.state.context, which, text)
    except Refusal as refusal:
        if isinstance(refusal, PASSED_ON):
            raise
        return await _one(request, FormView({"conclusion": text}, _told(refusal)), "conclusion", refusal.status)
    return RedirectResponse(f"{AREA}/{which}", status_code=303)


ROUTES: list[BaseRoute] = [
    Route(AREA, listed, methods=["GET"], name="desk_opinions"),
    Route(f"{AREA}/new", new, methods=["GET"], name="desk_opinion_new"),
    Route(f"{AREA}/new", publish, methods=["POST"], name="desk_opinion_publish"),
    Route(f"{AREA}/{{call:int}}", one, methods=["GET"], name="desk_opinion"),
    Route(f"{AREA}/{{call:int}}/comments/{{comment:int}}", answer, methods=["POST"], name="desk_opinion_answer"),
    Route(f"{AREA}/{{call:int}}/conclusion", conclude, methods=["POST"], name="desk_opinion_conclude"),
]
