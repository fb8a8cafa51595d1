"""Applying in the hall: who you are, what it is about, a look at the whole, then the receipt (003-26, H2).

No account, no script. What was typed travels in the form itself until it is sent, and is kept by nothing before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.identity_documents import DOCUMENT_NAMES
from domain.parties import FIELDS, Party
from domain.powers import Material, PowerContent
from portal import session_cookie
from portal.forms import FormView, read_form
from portal.labels import mark
from portal.matters_fields import Answers, Control, Group
from portal.matters_file_parts import FactField, fact_control, fact_values
from portal.parties_fields import DO, DOCUMENTS, LABELS, PREFIX, at_its_field, field_control, typed_party
from portal.receipts import Block, block
from portal.rendering import render
from resolvers import applications, receipts
from resolvers.applications import Application, Offer
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound, NotPermitted, Refusal
from resolvers.matters import Opened

KEY_BYTES: Final = 24
SEND, EDIT = "send", "edit"


@dataclass(frozen=True, slots=True)
class ApplyPage:
    """The form: who applies, the facts, and what the guide wants handed in."""

    content: PowerContent
    groups: tuple[Group, ...]
    materials: tuple[Material, ...]
    form: FormView
    key: str


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """Everything that is to be sent, to be looked through; ``carried`` are the fields that are sent on."""

    content: PowerContent
    lines: tuple[tuple[str, str], ...]
    materials: tuple[Material, ...]
    carried: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """The receipt: number and look-up code, which is shown here only."""

    content: PowerContent
    opened: Opened
    code: str
    receipt: Block | None


def _facts(offer: Offer) -> tuple[FactField, ...]:
    # By which clause a fact is kept is for officials to know.
    return tuple(FactField(code, one.name, one.type, one.unit, "") for code, one in offer.facts.items())


def _groups(offer: Offer) -> tuple[Group, ...]:
    document = Control(f"{PREFIX}document", mark("证件种类"), "select", required=True, options=DOCUMENTS)
    who = (
        document,
        field_control("number", required=True),
        field_control("name", required=True),
        field_control("phone"),
        field_control("address"),
        field_control("email"),
    )
    unit = (field_control("representative"), field_control("contact"))
    facts = tuple(fact_control(one) for one in _facts(offer))
    groups = [Group(mark("申请人"), who), Group(mark("单位申请的，还请填写"), unit, folded=True)]
    return (*groups, Group(mark("申请的内容"), facts)) if facts else tuple(groups)


def _page(offer: Offer, form: FormView, key: str) -> ApplyPage:
    guide = offer.content.guide
    return ApplyPage(offer.content, _groups(offer), guide.materials if guide else (), form, key)


def _read(answers: Answers, offer: Offer, code: str) -> Application:
    facts = fact_values(answers, _facts(offer))
    typed = typed_party(answers) or Party("citizen", "citizen_id", "", "")
    brings: dict[str, Any] = {"facts": facts} if facts else {}
    return Application(code, answers.text("key")[:120], typed, brings)


def _lines(answers: Answers, offer: Offer, application: Application) -> tuple[tuple[str, str], ...]:
    who = [(mark("证件种类"), DOCUMENT_NAMES[application.party.document])]
    who += [(LABELS[name], text) for name in FIELDS if (text := application.party.value(name))]
    facts = [(one, answers.text(control.name)) for one in _facts(offer) for control in (fact_control(one),)]
    return (*who, *((one.name, f"{text}{one.unit}") for one, text in facts if text))


async def apply_form(request: Request) -> Response:
    """Show the form of an application. Whether an item can be applied for online, its guide says."""
    offer = await applications.offer(request.state.context, str(request.path_params["code"]))
    return render(request, "applications/apply.html", _page(offer, FormView(), token_urlsafe(KEY_BYTES)))


async def apply(request: Request) -> Response:
    """Show the whole to be confirmed, or take it; a refusal loses nothing that was typed."""
    answers, code = Answers.of(await read_form(request)), str(request.path_params["code"])
    ctx: Context = request.state.context
    offer = await applications.offer(ctx, code)
    application = _read(answers, offer, code)
    try:
        applications.check(ctx, application)
        if answers.problems or answers.text(DO) == EDIT:
            return _again(request, offer, answers)
        if answers.text(DO) != SEND:
            return _confirm(request, offer, answers, application)
        opened = await applications.submit(ctx, application, session_cookie.client_of(request, ""))
    except Refusal as refusal:
        if isinstance(refusal, NotFound | NotPermitted):
            raise
        return _again(request, offer, answers, refusal)
    words = "-".join(opened.code[place : place + 4] for place in range(0, len(opened.code), 4))
    page = ReceiptPage(offer.content, opened, words, block(await receipts.given_for(ctx, opened.done)))
    return _unkept(render(request, "applications/receipt.html", page))


def _confirm(request: Request, offer: Offer, answers: Answers, application: Application) -> Response:
    names = {control.name for group in _groups(offer) for control in group.controls} | {"key"}
    carried = tuple((name, text) for name, text in answers.values.items() if name in names and text)
    guide = offer.content.guide
    lines = _lines(answers, offer, application)
    page = ConfirmPage(offer.content, lines, guide.materials if guide else (), carried)
    return _unkept(render(request, "applications/confirm.html", page))


def _again(request: Request, offer: Offer, answers: Answers, refusal: Refusal | None = None) -> Response:
    """Show the form with what was typed, under a new key: what was refused is another application when it comes again."""
    problems = list(answers.problems)
    if refusal is not None:
        told = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
        problems += [at_its_field(one) for one in told]
    values: Mapping[str, str] = dict(answers.values)
    page = _page(offer, FormView(values, tuple(problems)), token_urlsafe(KEY_BYTES))
    status = refusal.status if refusal is not None else 400 if problems else 200
    return _unkept(render(request, "applications/apply.html", page, status=status))


def _unkept(response: Response) -> Response:
    """Return an answer that nothing on its way may keep."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


ROUTES: list[BaseRoute] = [
    Route("/apply/{code:path}", apply_form, methods=["GET"], name="apply"),
    Route("/apply/{code:path}", apply, methods=["POST"], name="apply_sent"),
]
