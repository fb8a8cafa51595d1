"""Complaints on the desk: the list by urgency, one with all that was said, acts, registering, extracts, identities (S4, H5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, Target, allowed
from domain.profile_hall import Choice
from portal import asking
from portal.complaints import grouped
from portal.complaints_following import file_answer
from portal.complaints_forms import FIELDS, filing_of, new_key, unkept, values_of
from portal.complaints_words import ABOUT, CAPACITIES, CHANNELS, KINDS, RESULTS, ROLES, STEPS, TEXTS, VERBS, VERIFIED
from portal.forms import FormView, read_form, text_value
from portal.matters_words import ENDINGS, PHASES, URGENCY_SIGNS
from portal.rendering import LOCAL, render
from resolvers import complaints, matters, supervision
from resolvers.complaints import Coming, ComplaintFilter, ComplaintRow, ComplaintView, Deed, Extract, Filed
from resolvers.context import Context
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.matters import MatterFilter, MatterRow
from resolvers.reading import PageRequest

AREA: Final = "/desk/complaints"
SHOWN: Final = 30
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "kinds": KINDS,
    "capacities": CAPACITIES,
    "channels": CHANNELS,
    "about": ABOUT,
    "roles": ROLES,
    "steps": STEPS,
    "phases": PHASES,
    "endings": ENDINGS,
    "texts": TEXTS,
    "verbs": VERBS,
    "results": RESULTS,
    "verified": VERIFIED,
    "signs": URGENCY_SIGNS,
}
PASSED_ON: Final = (NotFound, NotPermitted, NotSignedIn)


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list, and what other bodies ask of the actor's."""

    rows: tuple[ComplaintRow, ...]
    extracts: tuple[Extract, ...]
    scope: str
    may_register: bool
    key: str
    words: Mapping[str, Mapping[str, str]]
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class OnePage:
    """One complaint: texts, clocks, what happened, the forms of what can be done, and an identity that was just opened."""

    view: ComplaintView
    words: Mapping[str, Mapping[str, str]]
    form: FormView
    verb: str
    key: str
    bodies: tuple[tuple[str, str], ...]
    purposes: tuple[Choice, ...]
    may_ask: bool
    may_countersign: bool
    may_open_case: bool
    cases: tuple[MatterRow, ...]
    identity: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The form for what came by phone, visit or letter; after it was sent, number and code."""

    form: FormView
    key: str
    words: Mapping[str, Mapping[str, str]]
    receivers: tuple[str, ...]
    bodies: tuple[tuple[str, str], ...]
    named: bool
    filed: Filed | None = None
    code: str = ""


async def listed(request: Request) -> Response:
    """Show the complaints that the actor may read, the most urgent first."""
    ctx: Context = request.state.context
    scope = asking.text(request, "scope", 12)
    where = ComplaintFilter(
        number=asking.text(request, "number", 60),
        overdue=scope == "overdue",
        escalated=scope == "escalated",
        everything=scope == "all",
    )
    found = await complaints.list_complaints(ctx, where, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    page = ListPage(
        found.rows,
        await complaints.extracts(ctx),
        scope,
        bool(_receivers(ctx)),
        new_key(),
        WORDS,
        previous,
        following,
    )
    return unkept(render(request, "complaints_desk/list.html", page))


def _receivers(ctx: Context) -> tuple[str, ...]:
    """Return the bodies for which the actor may register complaints."""
    held = {one.body_code: one.government_id for one in ctx.actor.postings}
    return tuple(sorted(b for b, g in held.items() if allowed(ctx.actor, Permission.COMPLAINT_ACT, Target(g, b))))


def _which(request: Request) -> int:
    return int(request.path_params["complaint"])


async def one(request: Request) -> Response:
    """Show one complaint; the look is recorded."""
    return await _one(request, FormView())


async def _one(
    request: Request,
    form: FormView,
    verb: str = "",
    key: str = "",
    status: int = 200,
    identity: Mapping[str, str] | None = None,
) -> Response:
    ctx: Context = request.state.context
    view = await complaints.complaint(ctx, _which(request))
    here, supervises = Target(view.row.government_id, view.row.body_code), supervision.may_open_cases(ctx)
    page = OnePage(
        view=view,
        words=WORDS,
        form=form,
        verb=verb,
        key=key or new_key(),
        bodies=await complaints.bodies(ctx),
        purposes=ctx.profile.complaints.purposes,
        may_ask=view.named and allowed(ctx.actor, Permission.COMPLAINT_REVEAL, here),
        may_countersign=allowed(ctx.actor, Permission.COMPLAINT_COUNTERSIGN, here),
        may_open_case=supervises,
        cases=await _cases(ctx, view.row.number) if supervises else (),
        identity=identity or {},
    )
    return unkept(render(request, "complaints_desk/one.html", page, status=status))


async def _cases(ctx: Context, number: str) -> tuple[MatterRow, ...]:
    """Return the supervision cases that follow a complaint up."""
    found = await matters.list_matters(ctx, MatterFilter(follows=number), PageRequest(first=30), "number")
    return found.rows


async def act(request: Request) -> Response:
    """Do something with a complaint; refused, the page shows why and what was typed."""
    form = await read_form(request)
    ctx: Context = request.state.context
    which, verb, key = _which(request), str(request.path_params["verb"]), text_value(form, "key", 120)
    names = ("text", "result", "ground", "to", "question", "answer", "seen")
    values = {name: text_value(form, name, 6_000) for name in names}
    try:
        if verb == "publish":
            await complaints.publish_question(ctx, which, values["question"], values["answer"], key)
        elif verb == "take_down":
            await complaints.take_down_of(ctx, which)
        else:
            await complaints.act(ctx, which, _deed(verb, key, values))
    except Refusal as refusal:
        if isinstance(refusal, PASSED_ON):
            raise
        return await _one(request, _told(values, refusal), verb, key, refusal.status)
    try:
        await complaints.complaint(ctx, which)
    except NotFound:
        # It has gone to another body: there is nothing to show here any more.
        return RedirectResponse(AREA, status_code=303)
    return RedirectResponse(f"{AREA}/{which}", status_code=303)


def _deed(verb: str, key: str, values: Mapping[str, str]) -> Deed:
    seen = int(values["seen"]) if values["seen"].isascii() and values["seen"].isdigit() else None
    return Deed(verb, key, values["text"], values["result"], values["ground"], values["to"], seen=seen)


def _told(values: Mapping[str, str], refusal: Refusal) -> FormView:
    told = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
    # The forms of one page share the names of their fields, so problems are told above them all.
    return FormView(values, tuple(FieldProblem("", one.code, one.message, one.remedy) for one in told))


async def identity(request: Request) -> Response:
    """Ask to know who filed, countersign somebody else's request, or read; the code is never shown again."""
    form = await read_form(request)
    ctx, which = request.state.context, _which(request)
    what, code, number = text_value(form, "do", 20), text_value(form, "code", 80), _number(form, "opening")
    try:
        if what == "ask":
            await complaints.ask_identity(ctx, which, text_value(form, "purpose", 40))
        elif what == "countersign":
            await complaints.countersign(ctx, which, number, code)
        else:
            found = await complaints.read_identity(ctx, which, number, code)
            return await _one(request, FormView(), identity=found)
    except Refusal as refusal:
        if isinstance(refusal, PASSED_ON):
            raise
        return await _one(request, _told({}, refusal), "identity", status=refusal.status)
    return RedirectResponse(f"{AREA}/{which}#identity", status_code=303)


def _number(form: FormData, name: str) -> int:
    text = text_value(form, name, 18)
    return int(text) if text.isascii() and text.isdigit() else 0


async def opened_file(request: Request) -> Response:
    """Send a file of a complaint, to be saved."""
    found = await complaints.opened_file(request.state.context, _which(request), str(request.path_params["file"]))
    return file_answer(found.content, found.kind, found.name)


async def new(request: Request) -> Response:
    """Show the form for what came by phone, visit or letter."""
    ctx: Context = request.state.context
    complaints.permit_register(ctx)
    return await _register(request, FormView({"kind": "complaint", "channel": "phone"}), new_key())


async def _register(
    request: Request, form: FormView, key: str, filed: Filed | None = None, status: int = 200
) -> Response:
    ctx: Context = request.state.context
    page = RegisterPage(
        form,
        key,
        WORDS,
        _receivers(ctx),
        await complaints.bodies(ctx),
        ctx.identity_keys is not None,
        filed,
        grouped(filed.code) if filed else "",
    )
    return unkept(render(request, "complaints_desk/new.html", page, status=status))


async def register(request: Request) -> Response:
    """Register what came by phone, visit or letter; number and code are shown once, to be handed on."""
    form = await read_form(request)
    ctx: Context = request.state.context
    complaints.permit_register(ctx)
    values = values_of(form, (*FIELDS, "channel", "received", "verified", "receiver"))
    key = text_value(form, "key", 120)
    receivers = _receivers(ctx)
    receiver = values["receiver"] if values["receiver"] in receivers else next(iter(receivers), "")
    coming: dict[str, Any] = {"channel": values["channel"], "verified": values["verified"]}
    try:
        came = Coming(received=_moment(values["received"]), **coming)
        filed = await complaints.register(ctx, filing_of(values), key, came, receiver)
    except Refusal as refusal:
        if isinstance(refusal, PASSED_ON):
            raise
        told = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
        return await _register(request, FormView(values, tuple(told)), key or new_key(), status=refusal.status)
    return await _register(request, FormView(), new_key(), filed)


def _moment(text: str) -> datetime | None:
    """Return the local moment that a form names; None for none. Raises ``InvalidInput``."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL)
    except ValueError:
        raise complaints.wrong("received", "收到的时间看不懂。", "请按“年-月-日 时:分”填写。") from None


async def answer_extract(request: Request) -> Response:
    """Answer what another body asked; nothing of what was filed is shown."""
    form = await read_form(request)
    number = int(request.path_params["extract"])
    key, text = text_value(form, "key", 120), text_value(form, "text", 6_000)
    await complaints.answer_extract(request.state.context, number, key, text)
    return RedirectResponse(f"{AREA}#extracts", status_code=303)


ROUTES: list[BaseRoute] = [
    Route(AREA, listed, methods=["GET"], name="desk_complaints"),
    Route(f"{AREA}/new", new, methods=["GET"], name="desk_complaint_new"),
    Route(f"{AREA}/new", register, methods=["POST"], name="desk_complaint_register"),
    Route(f"{AREA}/extracts/{{extract:int}}", answer_extract, methods=["POST"], name="desk_complaint_extract"),
    Route(f"{AREA}/{{complaint:int}}", one, methods=["GET"], name="desk_complaint"),
    Route(f"{AREA}/{{complaint:int}}/acts/{{verb}}", act, methods=["POST"], name="desk_complaint_act"),
    Route(f"{AREA}/{{complaint:int}}/identity", identity, methods=["POST"], name="desk_complaint_identity"),
    Route(f"{AREA}/{{complaint:int}}/files/{{file}}", opened_file, methods=["GET"], name="desk_complaint_file"),
]
