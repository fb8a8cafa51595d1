"""Following a complaint with its code: what happens next, until when and why, messages, satisfaction, review (H3, H6).

The code is sent in the body, where no log keeps it; asking needs no cookie. A wrong code and none are one answer.
"""

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.clock import DayLine
from domain.materials import extensions_of, kind_of
from portal import session_cookie
from portal.complaints import grouped
from portal.complaints_forms import new_key, read, sent_of, unkept
from portal.complaints_words import CAPACITIES, KINDS, TEXTS, next_words
from portal.forms import FormView, text_value
from portal.receipts import Block, block
from portal.rendering import render
from resolvers import complaints
from resolvers.complaints import Done, FollowView
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound, Refusal
from resolvers.throttles import Client

LOOK: Final = "look"
SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class FollowPage:
    """The form for the code, and what was found."""

    form: FormView
    found: FollowView | None
    code: str
    key: str
    next: str
    kind: str
    capacity: str
    texts: dict[str, str]
    days: tuple[DayLine, ...]
    done: str
    receipt: Block | None
    extensions: str
    most: int


async def ask(request: Request) -> Response:
    """Show the form."""
    return _page(request, FormView(), None, "")


async def follow(request: Request) -> Response:
    """Show where a complaint stands, or do what its citizen wants, and then show it."""
    form = await read(request)
    try:
        return await _followed(request, form)
    finally:
        await form.close()


async def _followed(request: Request, form: FormData) -> Response:
    ctx: Context = request.state.context
    code, what = text_value(form, "code", 60), text_value(form, "do", 20)
    client, key = session_cookie.client_of(request, ""), text_value(form, "key", 120)
    done: Done | None = None
    problems: tuple[FieldProblem, ...] = ()
    try:
        if what in ("message", "rate", "review", "withdraw"):
            done = await _do(ctx, form, what, code, key, client)
            found = await complaints.follow_again(ctx, code)
        else:
            found = await complaints.follow(ctx, code, client)
    except NotFound:
        told = FieldProblem("code", "NOT_FOUND", "没有找到：查询码不正确。", "请对照提交时显示的查询码重新填写。")
        return _page(request, FormView({}, (told,)), None, "", status=422)
    except Refusal as refusal:
        problems = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
        if refusal.status == 429:
            return _page(request, FormView({}, problems), None, "", status=429)
        found = await complaints.follow_again(ctx, code)
    typed = {f"{what}-text": text_value(form, "text", 6_000)} if problems else {}
    status = 422 if problems else 200
    return _page(request, FormView(typed, problems), found, code, what if done else "", done, status)


async def _do(ctx: Context, form: FormData, what: str, code: str, key: str, client: Client) -> Done:
    text = text_value(form, "text", 6_000)
    if what == "message":
        return await complaints.say(ctx, code, key, text, client, sent_of(form))
    if what == "rate":
        return await complaints.rate(ctx, code, key, text_value(form, "grade", 40), text, client)
    if what == "review":
        return await complaints.ask_review(ctx, code, key, text, client)
    return await complaints.withdraw(ctx, code, key, text, client)


def _page(
    request: Request,
    form: FormView,
    found: FollowView | None,
    code: str,
    what: str = "",
    done: Done | None = None,
    status: int = 200,
) -> Response:
    ctx: Context = request.state.context
    page = FollowPage(
        form=form,
        found=found,
        code=grouped(code.replace("-", "").upper()) if found else "",
        key=new_key(),
        next=next_words(found) if found else "",
        kind=KINDS.get(found.kind, found.kind_name) if found else "",
        capacity=CAPACITIES.get(found.capacity, "") if found else "",
        texts=dict(TEXTS),
        days=found.answer.receipt.days[:SHOWN] if found and found.answer else (),
        done=what,
        receipt=block(done.receipt) if done else None,
        extensions="、".join(extensions_of(complaints.kinds_taken(ctx))),
        most=complaints.MOST_FILES,
    )
    return unkept(render(request, "complaints/follow.html", page, status=status))


async def own_file(request: Request) -> Response:
    """Send whoever has the code a file of the complaint; a wrong code and a wrong file are one answer."""
    form = await read(request)
    code, which = text_value(form, "code", 60), text_value(form, "file", 40)
    await form.close()
    try:
        found = await complaints.own_file(request.state.context, code, which, session_cookie.client_of(request, ""))
    except NotFound:
        told = FieldProblem("code", "NOT_FOUND", "没有找到：查询码或者附件不正确。", "请重新查询。")
        return _page(request, FormView({}, (told,)), None, "", status=422)
    return file_answer(found.content, found.kind, found.name)


def file_answer(content: bytes, kind: str, name: str) -> Response:
    """Return a file to be saved: never shown in a page of this site, and kept by nothing on its way."""
    extension = name.rpartition(".")[2] if name.isascii() else kind_of(kind).extensions[0]
    response = Response(content, media_type=kind_of(kind).media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="attachment.{extension}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return unkept(response)


ROUTES: list[BaseRoute] = [
    Route("/complaints/follow", ask, methods=["GET"], name="complaint_follow"),
    Route("/complaints/follow", follow, methods=["POST"], name="complaint_followed"),
    Route("/complaints/file", own_file, methods=["POST"], name="complaint_file"),
]
