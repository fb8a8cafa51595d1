"""Parties on the desk: found by number, shown masked with their matters, corrected by a further version (R4, 003-31(1)).

A number travels in forms only, never in an address; every search is recorded.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, Target, allowed
from domain.identity_documents import DOCUMENT_NAMES, DOCUMENTS_OF
from domain.parties import CORRECTION_GROUNDS, FIELDS, KIND_NAMES, reference
from portal import asking
from portal.forms import FormView, read_form
from portal.labels import mark
from portal.matters_fields import NONE, Answers, Control, Group
from portal.matters_words import ENDINGS, PHASES
from portal.navigation import may_anywhere
from portal.parties_fields import LABELS, PREFIX, at_its_field, described, field_control
from portal.rendering import render
from resolvers import matters, parties
from resolvers.errors import FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.matters import MatterFilter, MatterRow
from resolvers.parties_reading import VersionRow, with_versions
from resolvers.parties_values import MaskedParty

AREA: Final = "/desk/parties"
SHOWN: Final = 20
NUMBER: Final = f"{PREFIX}number"


@dataclass(frozen=True, slots=True)
class FindPage:
    """The search by number, and after it what was found."""

    form: FormView
    found: tuple[tuple[str, str, str], ...]
    sought: bool


@dataclass(frozen=True, slots=True)
class PartyPage:
    """A party masked, its corrections, and its matters as far as the actor sees them."""

    party: MaskedParty
    kind: str
    document: str
    fields: tuple[tuple[str, str], ...]
    versions: tuple[VersionRow, ...]
    rows: tuple[MatterRow, ...]
    states: dict[str, str]
    may_correct: bool
    done: bool
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class CorrectPage:
    """The form of a correction."""

    party: MaskedParty
    title: str
    groups: tuple[Group, ...]
    form: FormView


def party_in_path(request: Request) -> UUID:
    """Return the party in the path; what cannot be one is simply not found."""
    try:
        return UUID(str(request.path_params["party"]))
    except ValueError:
        raise NotFound("当事人") from None


async def find_form(request: Request) -> Response:
    """Show the search."""
    if not may_anywhere(request.state.context.actor, Permission.PARTY_FIND):
        raise NotPermitted("您没有担任可以查找当事人的岗位。", "请由承办机关的工作人员查找。")
    return render(request, "parties/find.html", FindPage(FormView(), (), sought=False))


async def find(request: Request) -> Response:
    """Show the parties of the actor's bodies that have the number; the number itself is not shown again."""
    ctx, answers = request.state.context, Answers.of(await read_form(request))
    try:
        found = await parties.find(ctx, answers.text(NUMBER))
    except InvalidInput as refusal:
        form = FormView({}, tuple(at_its_field(one) for one in refusal.problems))
        return render(request, "parties/find.html", FindPage(form, (), sought=False), status=400)
    lines = tuple((str(one.id), described(one), one.body) for one in found)
    return render(request, "parties/find.html", FindPage(FormView(), lines, sought=True))


async def party(request: Request) -> Response:
    """Show one party masked, with its matters. Whoever may not see it is told that there is none."""
    ctx, party_id = request.state.context, party_in_path(request)
    shown, versions = await with_versions(ctx, party_id)
    where = MatterFilter(party=reference(party_id))
    found = await matters.list_matters(ctx, where, asking.page_request(request, size=SHOWN))
    previous, following = asking.neighbours(request, found)
    page = PartyPage(
        party=shown,
        kind=KIND_NAMES[shown.kind],
        document=DOCUMENT_NAMES[shown.document],
        fields=tuple((LABELS[name], text) for name in FIELDS if (text := getattr(shown, name))),
        versions=versions,
        rows=found.rows,
        states=dict(PHASES) | {code: name for code, name in ENDINGS.items() if code},
        may_correct=allowed(ctx.actor, Permission.PARTY_CORRECT, Target(body_code=shown.body)),
        done=asking.text(request, "done", 3) == "on",
        previous=previous,
        following=following,
    )
    return render(request, "parties/party.html", page)


def _page(shown: MaskedParty, form: FormView) -> CorrectPage:
    grounds = tuple(CORRECTION_GROUNDS.items())
    documents = tuple((one, DOCUMENT_NAMES[one]) for one in DOCUMENTS_OF[shown.kind])
    ground = Control("ground", mark("更正的理由"), "select", required=True, options=(NONE, *grounds))
    kind = Control(f"{PREFIX}document", mark("证件种类"), "select", options=documents, default=shown.document)
    fields = []
    for name in FIELDS:
        text = getattr(shown, name)
        fields.append(field_control(name, hint=f"现在是：{text}" if text else "现在没有登记。"))
        if text and name not in ("name", "number"):
            fields.append(Control(f"clear-{name}", f"删去“{LABELS[name]}”", "checkbox"))
    hint = mark("只填写要更正的项目，留空的不变。原来的内容加密保留，更正另记一版。")
    groups = (Group("", (ground,)), Group(mark("更正为"), (kind, *fields), hint))
    return CorrectPage(shown, described(shown), groups, form)


async def correct_form(request: Request) -> Response:
    """Show the form of a correction."""
    shown, _ = await with_versions(request.state.context, party_in_path(request))
    if not allowed(request.state.context.actor, Permission.PARTY_CORRECT, Target(body_code=shown.body)):
        raise NotFound("当事人")
    return render(request, "parties/correct.html", _page(shown, FormView()))


async def correct(request: Request) -> Response:
    """Correct the fields that were filled in; a refusal loses nothing that was typed."""
    ctx, party_id = request.state.context, party_in_path(request)
    answers = Answers.of(await read_form(request))
    shown, _ = await with_versions(ctx, party_id)
    typed = {str(name): answers.text(f"{PREFIX}{name}") for name in ("document", *FIELDS)}
    changes = {name: text for name, text in typed.items() if text}
    changes |= {str(name): "" for name in FIELDS if answers.ticked(f"clear-{name}")}
    try:
        await parties.amend(ctx, party_id, changes, answers.text("ground"), answers.whole("seen") or 0)
    except Refusal as refusal:
        if isinstance(refusal, NotFound | NotPermitted | NotSignedIn):
            raise
        told = refusal.problems or (FieldProblem("", refusal.code, refusal.message, refusal.remedy),)
        problems = tuple(one if one.path == "ground" else at_its_field(one) for one in told)
        page = _page(shown, FormView(answers.values, problems))
        return render(request, "parties/correct.html", page, status=refusal.status)
    return RedirectResponse(f"{AREA}/{party_id}?done=on", 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(AREA, find_form, methods=["GET"], name="parties"),
    Route(AREA, find, methods=["POST"], name="parties_found"),
    Route(f"{AREA}/{{party}}", party, methods=["GET"], name="party"),
    Route(f"{AREA}/{{party}}/correct", correct_form, methods=["GET"], name="party_correct_form"),
    Route(f"{AREA}/{{party}}/correct", correct, methods=["POST"], name="party_correct"),
]
