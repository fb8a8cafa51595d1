"""Consultation, complaint, help and report in the hall: about it, the one form, the receipt, figures and questions (H3, H5).

No account, no script, no cookie. The form is one page; the follow-up code is shown once.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.clock import Receipt
from domain.materials import extensions_of
from domain.profile_parts import ProfileLimit
from portal import asking, session_cookie
from portal.complaints_forms import FIELDS, filing_of, new_key, read, sent_of, unkept, values_of
from portal.complaints_words import ABOUT, CAPACITIES, CAPACITY_HINTS, KIND_HINTS, KINDS
from portal.forms import FormView, text_value
from portal.publishing import published
from portal.ratings import month_asked
from portal.receipts import Block, block
from portal.rendering import render
from resolvers import complaints
from resolvers.complaints import AskedAbout, ComplaintFigure, Filed, Question
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound, NotPermitted, Refusal

SHOWN: Final = 50
QUESTIONS: Final = 20
MOST_ASKED: Final = 10
CODE: Final = "contact_code"
# A browser gives no file back: it is said at its field, so that nobody believes it was sent.
AGAIN: Final = (FieldProblem("files", "AGAIN", "附件需要重新选择。", "浏览器不保留选过的文件。"),)


@dataclass(frozen=True, slots=True)
class AboutPage:
    """What can be filed, by when it is answered, and what is asked most."""

    kinds: tuple[tuple[str, str, str, ProfileLimit], ...]
    named: ProfileLimit
    asked: tuple[AskedAbout, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class NewPage:
    """The form."""

    form: FormView
    key: str
    kinds: dict[str, str]
    hints: dict[str, str]
    capacities: dict[str, str]
    capacity_hints: dict[str, str]
    about: dict[str, str]
    bodies: tuple[tuple[str, str], ...]
    item_name: str
    named: bool
    extensions: str
    most: int
    megabytes: int
    channels: tuple[str, ...]
    sent: str


@dataclass(frozen=True, slots=True)
class FiledPage:
    """What was filed: number, code, and by when it is answered."""

    filed: Filed
    code: str
    answer: Receipt | None
    receipt: Block | None


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """How bodies answer: one month, all kinds together and each by itself."""

    month: date | None
    months: tuple[date, ...]
    rows: tuple[ComplaintFigure, ...]
    kinds: dict[str, str]
    least: int
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class QuestionsPage:
    """Published questions, and what is asked most."""

    rows: tuple[Question, ...]
    words: str
    asked: tuple[AskedAbout, ...]
    previous: str
    next: str


def _limit(ctx: Context, procedure: str) -> ProfileLimit:
    names = {"consultation": "consultation_answer", "report": "report_answer", "report-named": "reply_real_name"}
    return ctx.profile.limits[names.get(procedure, "complaint_answer")]


@published
async def about(request: Request) -> Response:
    """Show what can be filed and how."""
    ctx: Context = request.state.context
    rules = ctx.profile.complaints
    kinds = tuple(
        (code, KINDS.get(code, one.name), KIND_HINTS.get(code, one.about), _limit(ctx, one.procedure))
        for code, one in rules.kinds.items()
    )
    found = await complaints.list_questions(ctx, asking.page_request(request, size=5))
    page = AboutPage(kinds, _limit(ctx, "report-named"), await complaints.most_asked(ctx, 5), found.rows)
    return render(request, "complaints/about.html", page)


async def new(request: Request) -> Response:
    """Show the form, for what the address says: kind, body, item, case number."""
    names = ("kind", "body", "item", "detail")
    values = {name: asking.text(request, name, 100) for name in names}
    chosen = next(
        (about for name, about in (("item", "item"), ("detail", "case"), ("body", "body")) if values[name]), ""
    )
    return await _form(request, FormView(values | {"about": chosen}), new_key())


async def _form(request: Request, form: FormView, key: str, status: int = 200, sent: str = "") -> Response:
    ctx: Context = request.state.context
    page = NewPage(
        form=form,
        key=key,
        kinds={code: KINDS.get(code, one.name) for code, one in ctx.profile.complaints.kinds.items()},
        hints=dict(KIND_HINTS),
        capacities=dict(CAPACITIES),
        capacity_hints=dict(CAPACITY_HINTS),
        about=dict(ABOUT),
        bodies=await complaints.bodies(ctx),
        item_name=await complaints.item_name(ctx, form.value("item")),
        named=ctx.identity_keys is not None,
        extensions="、".join(extensions_of(complaints.kinds_taken(ctx))),
        most=complaints.MOST_FILES,
        megabytes=complaints.MOST_BYTES // 1_000_000,
        channels=complaints.contact_channels(ctx),
        sent=sent,
    )
    return unkept(render(request, "complaints/new.html", page, status=status))


async def send(request: Request) -> Response:
    """Take what was filed and show number and code, or the form with what is wrong; send the code that proves an address."""
    form, ctx = await read(request), request.state.context
    try:
        values, key, files = values_of(form, (*FIELDS, CODE)), text_value(form, "key", 120), sent_of(form)
        filing, client = filing_of(values), session_cookie.client_of(request, "")
        try:
            if text_value(form, "do", 20) == CODE:
                by = await complaints.send_contact_code(ctx, key, filing.identity, client)
                return await _coded(request, values, key, by, files=bool(files))
            filed = await complaints.file(ctx, filing, key, client, files, values[CODE])
        except Refusal as refusal:
            if isinstance(refusal, NotFound | NotPermitted):
                raise
            return await _again(request, values, key, refusal, files=bool(files))
    finally:
        await form.close()
    words = grouped(filed.code)
    page = FiledPage(filed, words, filed.answer, block(filed.receipt))
    return unkept(render(request, "complaints/filed.html", page))


async def _coded(request: Request, values: dict[str, str], key: str, by: str, *, files: bool) -> Response:
    """Show the form again with everything typed, now that a code is on its way."""
    return await _form(request, FormView({**values, CODE: ""}, AGAIN if files else ()), key, sent=by)


async def _again(request: Request, values: dict[str, str], key: str, refusal: Refusal, *, files: bool) -> Response:
    told = list(refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),))
    if files and not any(one.path == "files" for one in told):
        told += AGAIN
    key = key if len(key) >= complaints.LEAST_KEY and refusal.status != 409 else new_key()
    return await _form(request, FormView(values, tuple(told)), key, refusal.status)


def grouped(code: str) -> str:
    """Return a code in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


@published
async def figures(request: Request) -> Response:
    """Show how bodies answered what fell due in a month."""
    ctx: Context = request.state.context
    months = tuple(await complaints.months(ctx, 24))
    month = month_asked(request) or (months[0] if months else None)
    found = await complaints.list_figures(ctx, asking.page_request(request, size=SHOWN), month)
    previous, following = asking.neighbours(request, found)
    rows = tuple(reversed(found.rows))
    page = FiguresPage(month, months, rows, dict(KINDS), ctx.profile.ratings.least_shown, previous, following)
    return render(request, "complaints/figures.html", page)


@published
async def questions(request: Request) -> Response:
    """Show published questions, all or those with some words."""
    ctx, words = request.state.context, asking.text(request, "q", 60)
    found = await complaints.list_questions(ctx, asking.page_request(request, size=QUESTIONS), words)
    previous, following = asking.neighbours(request, found)
    asked = await complaints.most_asked(ctx, MOST_ASKED)
    return render(request, "complaints/questions.html", QuestionsPage(found.rows, words, asked, previous, following))


ROUTES: list[BaseRoute] = [
    Route("/complaints", about, methods=["GET"], name="complaints"),
    Route("/complaints/new", new, methods=["GET"], name="complaint_new"),
    Route("/complaints/new", send, methods=["POST"], name="complaint_sent"),
    Route("/complaints/figures", figures, methods=["GET"], name="complaint_figures"),
    Route("/complaints/questions", questions, methods=["GET"], name="complaint_questions"),
]
