"""Opening who a party of a matter is: for a purpose from the list, recorded, shown once and kept by nothing (003-31(1))."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.identity_documents import DOCUMENT_NAMES
from domain.parties import FIELDS, PURPOSES
from portal.forms import FormView, read_form
from portal.labels import mark
from portal.matters import AREA
from portal.matters_fields import NONE, Answers, Control, Group
from portal.parties_fields import LABELS, described
from portal.refusing import form_of
from portal.rendering import render
from resolvers import matters, parties
from resolvers.context import Context
from resolvers.errors import InvalidInput, NotFound
from resolvers.matters import MatterView
from resolvers.parties_reading import named
from resolvers.parties_values import MaskedParty

PARTY: Final = f"{AREA}/{{matter:int}}/party"
SUPERVISION: Final = "supervision"


@dataclass(frozen=True, slots=True)
class RevealPage:
    """The form that asks what for and which fields; after it what was opened."""

    view: MatterView
    masked: str
    groups: tuple[Group, ...]
    form: FormView


@dataclass(frozen=True, slots=True)
class RevealedPage:
    """What was opened, and the place of the reading in the record."""

    view: MatterView
    purpose: str
    event: int
    document: str
    values: tuple[tuple[str, str], ...]


async def _of(request: Request) -> tuple[Context, MatterView, MaskedParty]:
    ctx = request.state.context
    view = await matters.matter(ctx, int(request.path_params["matter"]))
    shown = (await named(ctx, [view.row.party])).get(view.row.party)
    if shown is None:
        raise NotFound("当事人")
    return ctx, view, shown


def _page(ctx: Context, view: MatterView, shown: MaskedParty, form: FormView) -> RevealPage:
    # 003-34: who watches opens for supervision only, and nobody else for that.
    watches = not ctx.actor.body_codes & set(view.row.bodies)
    purposes = tuple((code, name) for code, name in PURPOSES.items() if (code == SUPERVISION) is watches)
    hint = mark("用途、时间、查看人和所看的内容都记入操作记录，不能删除。")
    purpose = Control("purpose", mark("用途"), "select", hint, required=True, options=(NONE, *purposes))
    fields = tuple(Control(f"open-{name}", LABELS[name], "checkbox") for name in FIELDS if getattr(shown, name))
    groups = (Group("", (purpose,)), Group(mark("要查看的内容"), fields, mark("只勾选用得着的。")))
    return RevealPage(view, described(shown), groups, form)


async def reveal_form(request: Request) -> Response:
    """Ask what for and which fields."""
    ctx, view, shown = await _of(request)
    return render(request, "parties/reveal.html", _page(ctx, view, shown, FormView()))


async def reveal(request: Request) -> Response:
    """Open the fields and show them in this one answer."""
    answers = Answers.of(await read_form(request))
    ctx, view, shown = await _of(request)
    wanted = tuple(name for name in FIELDS if answers.ticked(f"open-{name}"))
    purpose = answers.text("purpose")
    try:
        opened = await parties.reveal(ctx, shown.id, purpose, view.row.id, wanted)
    except InvalidInput as refusal:
        page = _page(ctx, view, shown, form_of(refusal, answers.values))
        return _unkept(render(request, "parties/reveal.html", page, status=refusal.status))
    values = tuple((LABELS[name], text) for name, text in opened.values.items() if text)
    document = DOCUMENT_NAMES[opened.document]
    told = {str(code): name for code, name in PURPOSES.items()}[purpose]
    return _unkept(render(request, "parties/revealed.html", RevealedPage(view, told, opened.event, document, values)))


def _unkept(response: Response) -> Response:
    """Return an answer that nothing on its way and no history may keep."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


ROUTES: list[BaseRoute] = [
    Route(PARTY, reveal_form, methods=["GET"], name="party_reveal_form"),
    Route(PARTY, reveal, methods=["POST"], name="party_reveal"),
]
