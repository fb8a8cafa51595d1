"""Applying in the hall: who you are, what it is about, the files, a look at the whole, then the receipt (003-26, H2).

No account, no script. What was typed travels in the form itself until it is sent, and is kept by nothing before. Files
are handed in with the first step (`portal.applications_files`), so that whatever is refused afterwards loses none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.identity_documents import DOCUMENT_NAMES
from domain.parties import FIELDS, Party
from domain.powers import Material, PowerContent
from portal import session_cookie
from portal.applications_files import BROUGHT, KEY, brought_of, carried_files, controls_for, hand_in, loose, told
from portal.applications_many import (
    ALSO,
    CODES,
    DONE,
    Bundle,
    Receipted,
    bundle_in,
    bundle_of,
    named,
    of_party,
    problems,
    typed_codes,
)
from portal.forms import FIELD, FormView
from portal.identity import site_of
from portal.labels import mark
from portal.matters_fields import Answers, Control, Data, FilesTold, Group
from portal.matters_file_parts import FactField, fact_control, fact_values
from portal.matters_handing import read_with_files
from portal.parties_fields import DO, DOCUMENTS, LABELS, PREFIX, at_its_field, field_control, typed_party
from portal.receipts import Block, block
from portal.rendering import render
from resolvers import application_drafts, applications, receipts
from resolvers.application_drafts import KeptDraft
from resolvers.applications import Application, Beside, Offer
from resolvers.context import Context
from resolvers.errors import Conflict, FieldProblem, NotFound, NotPermitted, Refusal
from resolvers.materials import ForApplication, MaterialView
from resolvers.matters import KeyReused, Opened
from resolvers.throttles import Client

KEY_BYTES: Final = 24
SEND, EDIT, KEEP, RESUME = "send", "edit", "keep", "resume"
DRAFT: Final = "draft"
NOT_KEPT: Final = frozenset((DO, DRAFT, BROUGHT, ALSO, CODES, DONE, FIELD))
CONDITION, NOT_MET = "condition-", "no"
MEETS: Final = (("", mark("没有回答")), ("yes", mark("符合")), (NOT_MET, mark("不符合")))


@dataclass(frozen=True, slots=True)
class ApplyPage:
    """The form: who applies, the facts, and the files; ``files`` says which are taken."""

    content: PowerContent
    groups: tuple[Group, ...]
    form: FormView
    key: str
    files: FilesTold
    bundle: Bundle
    offered: tuple[tuple[Beside, bool], ...]
    codes: str
    draft: KeptDraft | None
    draft_code: str


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """Everything that is to be sent, to be looked through; ``carried`` are the fields that are sent on.

    ``files`` are the names of what is handed in, ``missing`` are materials of the guide for which nothing is.
    """

    content: PowerContent
    lines: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    missing: tuple[Material, ...]
    unmet: tuple[str, ...]
    carried: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """The receipt: number and look-up code, which is shown here only."""

    content: PowerContent
    opened: Opened
    code: str
    receipt: Block | None
    done: tuple[Receipted, ...]


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
    if conditions := _conditions(offer):
        hint = mark("先看看是否符合条件。不回答也可以；答“不符合”的仍然可以提交，由机关依法决定。")
        groups.insert(0, Group(mark("办理条件"), conditions, hint))
    return (*groups, Group(mark("申请的内容"), facts)) if facts else tuple(groups)


def _conditions(offer: Offer) -> tuple[Control, ...]:
    """Return a question for each condition of the guide: what an item asks for is data, and so are its questions."""
    found = offer.content.guide.conditions if offer.content.guide else ()
    return tuple(Control(f"{CONDITION}{at}", one, "select", options=MEETS) for at, one in enumerate(found))


def _unmet(answers: Answers, offer: Offer) -> tuple[str, ...]:
    return tuple(one.label for one in _conditions(offer) if answers.text(one.name) == NOT_MET)


async def _page(
    ctx: Context,
    offer: Offer,
    form: FormView,
    key: str,
    bundle: Bundle,
    files: tuple[MaterialView, ...] = (),
    draft: KeptDraft | None = None,
) -> ApplyPage:
    hint = mark("每项可以选择多个文件。现在没有的，可以以后提交；缺少的，机关会一次告知补正。")
    handing = Group(mark("申请材料"), controls_for(_guide(offer), files), hint)
    # Once the first is sent the others stand fixed.
    others = () if bundle.done else await applications.beside(ctx, offer.content)
    groups = (*_groups(offer), handing)
    return ApplyPage(
        offer.content,
        groups,
        form,
        key,
        told(ctx),
        bundle,
        named(bundle, others),
        typed_codes(bundle, others),
        draft,
        draft.code if draft else form.value(DRAFT)[:60],
    )


def _guide(offer: Offer) -> tuple[Material, ...]:
    return offer.content.guide.materials if offer.content.guide else ()


def _read(answers: Answers, offer: Offer, code: str, brought: list[Data]) -> Application:
    facts = fact_values(answers, _facts(offer))
    typed = typed_party(answers) or Party("citizen", "citizen_id", "", "")
    brings: dict[str, Any] = {"facts": facts} if facts else {}
    if brought:
        brings["materials"] = brought
    return Application(code, answers.text("key")[:120], typed, brings)


def _lines(answers: Answers, offer: Offer, application: Application) -> tuple[tuple[str, str], ...]:
    who = [(mark("证件种类"), DOCUMENT_NAMES[application.party.document])]
    who += [(LABELS[name], text) for name in FIELDS if (text := application.party.value(name))]
    facts = [(one, answers.text(control.name)) for one in _facts(offer) for control in (fact_control(one),)]
    return (*who, *((one.name, f"{text}{one.unit}") for one, text in facts if text))


async def apply_form(request: Request) -> Response:
    """Show the form of an application. Whether an item can be applied for online, its guide says."""
    ctx: Context = request.state.context
    offer = await applications.offer(ctx, str(request.path_params["code"]))
    page = await _page(ctx, offer, FormView(), token_urlsafe(KEY_BYTES), Bundle())
    return render(request, "applications/apply.html", page)


async def apply(request: Request) -> Response:
    """Show the whole to be confirmed, or take it; a refusal loses nothing that was typed or handed in."""
    ctx: Context = request.state.context
    offer = await applications.offer(ctx, str(request.path_params["code"]))
    form = await read_with_files(request, ForApplication(KEY), ctx.intake.party_bytes)
    try:
        return await _answered(request, offer, form)
    finally:
        await form.close()


async def _answered(request: Request, offer: Offer, form: FormData) -> Response:
    ctx: Context = request.state.context
    answers, code = Answers.of(form), str(request.path_params["code"])
    sending, bundle = answers.text(DO) == SEND, bundle_of(form, code)
    client = session_cookie.client_of(request, "")
    try:
        if answers.text(DO) == RESUME:
            typed = answers.text(DRAFT)
            answers.values = {**await application_drafts.kept(ctx, code, typed, client), DRAFT: typed}
            return await _again(request, offer, answers, bundle_in(answers.values, code))
        # What is sent is what was looked through: sent twice, it is the same application.
        brought = brought_of(answers) if sending else await hand_in(ctx, form, answers, _guide(offer))
        if answers.text(DO) == KEEP:
            return await _kept(request, offer, answers, bundle, client)
        application = _read(answers, offer, code, brought)
        applications.check(ctx, application)
        answers.problems += [] if sending else await problems(ctx, bundle)
        if answers.problems or answers.text(DO) == EDIT:
            return await _again(request, offer, answers, bundle)
        if not sending:
            return _confirm(request, offer, answers, application, bundle)
        opened = await applications.submit(ctx, application, client)
        await application_drafts.done_with(ctx, answers.text(DRAFT)[:60])
    except Refusal as refusal:
        if isinstance(refusal, NotFound) and answers.text(DO) == RESUME:
            answers.wrong(DRAFT, "没有找到草稿：草稿码不正确，或者已经过期。", "请核对，或者重新填写。")
            return await _again(request, offer, answers, bundle)
        if isinstance(refusal, NotFound | NotPermitted):
            raise
        return await _again(request, offer, answers, bundle, refusal)
    words = "-".join(opened.code[place : place + 4] for place in range(0, len(opened.code), 4))
    if bundle.also:
        sent = Receipted(opened.number, words, offer.content.sub_item or offer.content.name)
        return await _next(request, answers, bundle, sent)
    receipt = block(await receipts.given_for(ctx, opened.done))
    page = ReceiptPage(offer.content, opened, words, receipt, bundle.done)
    return _unkept(render(request, "applications/receipt.html", page))


async def _kept(request: Request, offer: Offer, answers: Answers, bundle: Bundle, client: Client) -> Response:
    """Keep what was typed and show the form again, with the code by which one goes on."""
    ctx, item, key = request.state.context, offer.content.code, answers.text("key")[:120]
    named_values = {name: text for name, text in answers.values.items() if text and name not in NOT_KEPT}
    together = {ALSO: " ".join(bundle.also)} if bundle.also else {}
    code, days = answers.text(DRAFT), site_of(request).draft_days
    draft = await application_drafts.keep(ctx, item, named_values | together, client, code, days=days)
    form = FormView(answers.values)
    page = await _page(ctx, offer, form, key, bundle, await loose(ctx, key), draft)
    return _unkept(render(request, "applications/apply.html", page))


async def _next(request: Request, answers: Answers, bundle: Bundle, sent: Receipted) -> Response:
    """Show the form of the next item, with who applies filled in."""
    ctx: Context = request.state.context
    offer = await applications.offer(ctx, bundle.also[0])
    page = await _page(ctx, offer, FormView(of_party(answers.values)), token_urlsafe(KEY_BYTES), bundle.after(sent))
    return _unkept(render(request, "applications/apply.html", page))


def _confirm(request: Request, offer: Offer, answers: Answers, application: Application, bundle: Bundle) -> Response:
    names = {control.name for group in _groups(offer) for control in group.controls} | {"key", DRAFT}
    carried = tuple((name, text) for name, text in answers.values.items() if name in names and text)
    brought = application.brings.get("materials", [])
    files = tuple(str(one["name"]) for one in brought)
    missing = tuple(one for one in _guide(offer) if one.name not in files)
    lines = _lines(answers, offer, application)
    carried = (*carried, *carried_files(answers, brought), *bundle.fields())
    page = ConfirmPage(offer.content, lines, files, missing, _unmet(answers, offer), carried)
    return _unkept(render(request, "applications/confirm.html", page))


async def _again(
    request: Request, offer: Offer, answers: Answers, bundle: Bundle, refusal: Refusal | None = None
) -> Response:
    """Show the form with what was typed and handed in.

    The key stays, for the files are kept under it; only where it stands for another application already, it is new.
    """
    ctx: Context = request.state.context
    wrong = list(answers.problems)
    if refusal is not None:
        told_of = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
        wrong += [at_its_field(one) for one in told_of]
    used = isinstance(refusal, Conflict | KeyReused)
    key = answers.text("key")[:120]
    if used or len(key) < KEY_BYTES:
        key = token_urlsafe(KEY_BYTES)
    values: Mapping[str, str] = {name: text for name, text in answers.values.items() if name != BROUGHT}
    page = await _page(ctx, offer, FormView(values, tuple(wrong)), key, bundle, await loose(ctx, key))
    status = refusal.status if refusal is not None else 400 if wrong else 200
    return _unkept(render(request, "applications/apply.html", page, status=status))


def _unkept(response: Response) -> Response:
    """Return an answer that nothing on its way may keep."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


ROUTES: list[BaseRoute] = [
    Route("/apply/{code:path}", apply_form, methods=["GET"], name="apply"),
    Route("/apply/{code:path}", apply, methods=["POST"], name="apply_sent"),
]
