"""意见征集 in the hall: what offices ask, and saying something about it without account, script or cookie (H10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.opinions import Attendance
from portal import asking, session_cookie
from portal.complaints_forms import new_key, read, unkept
from portal.forms import FormView, text_value
from portal.identity import absolute, site_of
from portal.opinions_words import SIDES, answers_of
from portal.publishing import published
from portal.receipts import Block, block
from portal.rendering import LOCAL, link, render, render_text
from portal.view import view_of
from resolvers import opinions
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound, Refusal
from resolvers.opinions_values import AnsweredComment, CallRow
from resolvers.reading import PageRequest

SHOWN: Final = 20
FEED_ENTRIES: Final = 50


@dataclass(frozen=True, slots=True)
class ListPage:
    """What is asked."""

    rows: tuple[CallRow, ...]
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class Done:
    """Which form was just taken, and its receipt."""

    what: str
    receipt: Block | None


@dataclass(frozen=True, slots=True)
class CallEntry:
    """An entry of the feed."""

    row: CallRow
    address: str
    updated: str


@dataclass(frozen=True, slots=True)
class CallsFeed:
    """The Atom feed: what is asked, and what came of it."""

    address: str
    page_address: str
    updated: str
    title: str
    author: str
    entries: tuple[CallEntry, ...]


@dataclass(frozen=True, slots=True)
class OnePage:
    """One call with its forms; ``done`` says what was just taken."""

    row: CallRow
    answers: tuple[AnsweredComment, ...]
    next: str
    form: FormView
    key: str
    done: Done | None
    sides: Mapping[str, str]


@published
async def listed(request: Request) -> Response:
    """Show what offices ask, what closes last first."""
    ctx: Context = request.state.context
    found = await opinions.list_calls(ctx, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    return render(request, "opinions/list.html", ListPage(found.rows, previous, following))


@published
async def feed(request: Request) -> Response:
    """Send what is asked as an Atom feed; a call whose result is published is news again."""
    ctx: Context = request.state.context
    rows = (await opinions.list_calls(ctx, PageRequest(first=FEED_ENTRIES))).rows
    entries = tuple(
        CallEntry(one, absolute(request, link("opinions", one.id)), _stamp(one.concluded_at or one.published_at))
        for one in rows
    )
    page = CallsFeed(
        address=absolute(request, "/opinions.atom"),
        page_address=absolute(request, "/opinions"),
        updated=max((one.updated for one in entries), default=_stamp(ctx.now)),
        title=site_of(request).name,
        author=site_of(request).office,
        entries=entries,
    )
    view = view_of(request)
    return Response(render_text(view, "opinions/feed.xml", page=page, view=view), media_type="application/atom+xml")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


async def one(request: Request) -> Response:
    """Show one call with what was said and answered."""
    return await _one(request, FormView())


async def _one(
    request: Request, form: FormView, key: str = "", done: Done | None = None, status: int = 200
) -> Response:
    ctx, which = request.state.context, int(request.path_params["call"])
    row = await opinions.call(ctx, which)
    found = await opinions.list_answers(ctx, which, asking.page_request(request, size=SHOWN))
    _, following = asking.neighbours(request, found)
    page = OnePage(row, found.rows, following, form, key or new_key(), done, SIDES)
    return unkept(render(request, "opinions/one.html", page, status=status))


async def send(request: Request) -> Response:
    """Take a comment or a wish to speak; refused, the page shows why and what was typed."""
    form = await read(request)
    try:
        return await _sent(request, form)
    finally:
        await form.close()


async def _sent(request: Request, form: FormData) -> Response:
    ctx, which = request.state.context, int(request.path_params["call"])
    what, key, client = text_value(form, "do", 10), text_value(form, "key", 120), session_cookie.client_of(request, "")
    names = ("text", "name", "contact", "side", "gist")
    values = {name: text_value(form, name, 4_000) for name in names}
    row = await opinions.call(ctx, which)
    chosen = answers_of(form, len(row.questions))
    try:
        if what == "attend":
            who = Attendance(values["name"], values["contact"], values["side"], values["gist"])
            receipt = await opinions.attend(ctx, which, key, who, client)
        else:
            receipt = await opinions.say(ctx, which, key, values["text"], chosen, client)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        told = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
        typed = values | {f"q{question}": str(option) for question, option in chosen.items()}
        again = key if len(key) >= opinions.LEAST_KEY else ""
        return await _one(request, FormView(typed, tuple(told)), again, status=refusal.status)
    return await _one(request, FormView(), done=Done("attend" if what == "attend" else "say", block(receipt)))


ROUTES: list[BaseRoute] = [
    Route("/opinions", listed, methods=["GET"], name="opinions"),
    Route("/opinions.atom", feed, methods=["GET"], name="opinions_feed"),
    Route("/opinions/{call:int}", one, methods=["GET"], name="opinion"),
    Route("/opinions/{call:int}", send, methods=["POST"], name="opinion_sent"),
]
