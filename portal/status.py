"""The hall's look-up 办件查询: where a matter stands, by its number and the code that its party was given (H2).

Asking changes nothing, so it needs no cookie; number and code are sent in the body, where no log keeps them. A wrong
number and a wrong code are the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.profile_hall import Choice, Grade
from portal.forms import ForgedForm, FormTooLarge, FormView, limited, same_origin, text_value
from portal.labels import mark
from portal.materials import answer
from portal.matters_fields import Answers
from portal.matters_handing import MOST_FILES
from portal.matters_words import ENDINGS, PHASES
from portal.publishing import published
from portal.receipts import Block, block
from portal.rendering import render
from portal.session_cookie import client_of
from portal.status_account import Account, Acting, account_of, acting_of
from portal.status_handing import Handing, OwnFile, hand_in, handing_of, kind_of, own_files
from resolvers import materials, matters, papers, receipts
from resolvers.errors import FieldProblem, NotFound, Refusal
from resolvers.file_store import FileTooLarge, megabytes
from resolvers.materials import ForParty
from resolvers.matters import PublicStatus
from resolvers.papers import PaperView
from resolvers.ratings import RatingStatus, rating_status
from resolvers.throttles import forgive, take_look_up

FORM_BYTES: Final = 100_000
HANDED_IN: Final = mark("材料已经提交。")


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The form, and after it was sent what was found."""

    form: FormView
    found: PublicStatus | None
    phase: str
    account: Account | None
    acting: Acting | None
    handing: Handing | None
    own: tuple[OwnFile, ...]
    done: str
    """What was done by this very request, in words."""
    code: str
    """The look-up code, for the forms of this answer, which nothing keeps."""

    papers: tuple[PaperView, ...]
    rating: RatingStatus | None
    grades: tuple[Grade, ...]
    reasons: tuple[Choice, ...]
    receipt: Block | None


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is shown beside a matter that was found."""

    handing: Handing | None = None
    own: tuple[OwnFile, ...] = ()
    done: str = ""
    code: str = ""
    papers: tuple[PaperView, ...] = ()
    rating: RatingStatus | None = None
    receipt: Block | None = None


def _page(
    request: Request, form: FormView, found: PublicStatus | None, status: int = 200, beside: _Beside = _Beside()
) -> Response:
    phase = (ENDINGS.get(found.ending) or PHASES.get(found.phase, found.phase)) if found else ""
    account, acting = (account_of(found), acting_of(found)) if found else (None, None)
    rules = request.state.context.profile.ratings
    more = (beside.handing, beside.own, beside.done, beside.code, beside.papers, beside.rating)
    page = StatusPage(form, found, phase, account, acting, *more, rules.grades, rules.reasons, beside.receipt)
    return render(request, "status.html", page, status=status)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an act of the party: done, with its receipt, or what is wrong with what was typed.

    ``key`` is that of the form for files, where it is to be sent once more.
    """

    done: str = ""
    receipt: Block | None = None
    problems: tuple[FieldProblem, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


async def shown(request: Request, found: PublicStatus, code: str, answered: Answered = Answered()) -> Response:
    """Show a matter to its party with everything that belongs to it; what was typed stays beside what is wrong."""
    ctx, problems = request.state.context, answered.problems
    handing = await handing_of(ctx, found, code, answered.key)
    ticks = {one.name: one.default for one in handing.controls} if handing and problems else {}
    beside = _Beside(
        handing,
        await own_files(ctx, found, code),
        answered.done,
        code,
        await papers.papers_of_party(ctx, found.number, code),
        await rating_status(ctx, found.number, code),
        answered.receipt,
    )
    form = FormView({"number": found.number, **ticks, **answered.typed}, problems)
    return _unkept(_page(request, form, found, 422 if problems else 200, beside))


@published
async def look_up(request: Request) -> Response:
    """Show the form. An acceptance slip leads here with the number; the look-up code is never part of an address."""
    return _page(request, FormView({"number": request.query_params.get("number", "")[:60]}), None)


async def status(request: Request) -> Response:
    """Show where the matter stands, or that number and code do not belong together."""
    if not same_origin(request):
        raise ForgedForm
    form = await limited(request, FORM_BYTES, FormTooLarge()).form(max_files=0)
    number, code = text_value(form, "number", 60), text_value(form, "code", 40)
    ctx = request.state.context
    count = await take_look_up(ctx, client_of(request, ""))
    try:
        found = await matters.status(ctx, number, code)
    except NotFound:
        return not_found(request, number)
    await forgive(ctx, count)
    return await shown(request, found, code)


def not_found(request: Request, number: str) -> Response:
    """Say that number and code do not belong together, whichever of them is wrong."""
    told = FieldProblem("number", "NOT_FOUND", "没有找到：编号或者查询码不正确。", "请对照受理时收到的凭证重新填写。")
    return _unkept(_page(request, FormView({"number": number}, (told,)), None, 422))


async def hand_in_files(request: Request) -> Response:
    """Take files of the party: a supplement that was asked for, or further materials. Sent twice, it is done once.

    The form needs no cookie: it carries number and code, and without these nothing can be done in anybody's name.
    """
    if not same_origin(request):
        raise ForgedForm
    ctx = request.state.context
    most = ctx.intake.party_bytes
    refusal = FileTooLarge(f"提交的内容合计超过 {megabytes(most)} MB。", "请减少文件后重新提交，可以分几次提交。")
    form = await limited(request, most + FORM_BYTES, refusal).form(max_files=MOST_FILES)
    try:
        return await _handed_in(request, form)
    finally:
        await form.close()


async def _handed_in(request: Request, form: FormData) -> Response:
    ctx, answers = request.state.context, Answers.of(form)
    number, code, key = (answers.text(name)[:60] for name in ("number", "code", "key"))
    try:
        found = await matters.status(ctx, number, code)
    except NotFound:
        return not_found(request, number)
    kind, problems, receipt = kind_of(found), answers.problems, None
    if not kind:
        answers.wrong("", "现在不能提交材料。", "请查看办理进度。")
    else:
        brought = await hand_in(ctx, found, code, form, answers)
    if not problems:
        try:
            done = await matters.act_as_party(ctx, number, code, {"kind": kind, "key": key, "materials": brought})
            receipt = block(await receipts.given_for(ctx, done))
        except Refusal as refused:
            problems.append(FieldProblem("", refused.code, refused.message, refused.remedy))
    now = await matters.status(ctx, number, code)
    answered = Answered(problems=tuple(problems), key=key) if problems else Answered(HANDED_IN, receipt)
    return await shown(request, now, code, answered)


async def own_file(request: Request) -> Response:
    """Send the party a file that the party handed in; a wrong number, code or file is the same answer."""
    if not same_origin(request):
        raise ForgedForm
    form = await limited(request, FORM_BYTES, FormTooLarge()).form(max_files=0)
    number, code = text_value(form, "number", 60), text_value(form, "code", 40)
    ctx = request.state.context
    count = await take_look_up(ctx, client_of(request, ""))
    try:
        which = UUID(text_value(form, "material", 40))
        opened = await materials.opened_for_party(ctx, ForParty(number, code), which)
    except (ValueError, NotFound):
        return not_found(request, number)
    await forgive(ctx, count)
    return answer(request, opened, save=True)


def _unkept(response: Response) -> Response:
    """Return an answer that nothing on its way may keep."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


ROUTES: list[BaseRoute] = [
    Route("/status", look_up, methods=["GET"], name="status"),
    Route("/status", status, methods=["POST"], name="status_found"),
    Route("/status/materials", hand_in_files, methods=["POST"], name="status_materials"),
    Route("/status/material", own_file, methods=["POST"], name="status_material"),
]
