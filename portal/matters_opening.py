"""Registering a matter: choose the item, find or enter the party, tick the materials; number and code are shown once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.powers import PowerContent
from portal import asking
from portal.forms import FormView
from portal.labels import mark
from portal.matters import AREA
from portal.matters_fields import NONE, Answers, Control, FilesTold, Group, Options
from portal.matters_file_parts import material_controls
from portal.matters_handing import hand_in, read_with_files, told
from portal.parties_fields import Settled, party_groups, settled
from portal.refusing import form_of
from portal.rendering import render
from resolvers import matters
from resolvers.bodies_beside import neighbours
from resolvers.context import Context
from resolvers.errors import NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.materials import ForOpening, MaterialView
from resolvers.matters import MatterRefused, Opened, Opening
from resolvers.parties_reading import chosen
from resolvers.parties_values import MaskedParty
from resolvers.power_views import PowerFilter, PowerRow
from resolvers.powers import list_powers, power
from resolvers.reading import PageRequest

NEW: Final = f"{AREA}/new"
FOUND: Final = 20
PENALTY, LICENCE = "penalty", "licence"
JOINT: Final = 6
"""Rows for the other bodies of a joint handling."""

WAYS: Final = (("", mark("普通程序")), ("penalty-summary", mark("简易程序")))


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """The search for the item under which a matter is registered."""

    search: str
    items: tuple[PowerRow, ...]
    bodies: int
    party: str


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The form of a registration under one item."""

    item: PowerContent
    groups: tuple[Group, ...]
    form: FormView
    key: str
    clause: str
    files: FilesTold


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the form of a registration is made from, beside what is typed in it."""

    item: PowerContent
    key: str
    bodies: Options
    files: FilesTold
    found: tuple[MaskedParty, ...] = ()
    loose: tuple[MaterialView, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """What a registration gave: the number, and the look-up code that is shown here only."""

    opened: Opened
    item: PowerContent


def _may_open(ctx: Context) -> tuple[str, ...]:
    bodies = tuple(sorted(one for one in ctx.actor.body_codes if matters.may_open(ctx, one)))
    if not bodies:
        raise NotPermitted("您没有担任可以登记办件的岗位。", "请由承办机关的工作人员登记。")
    return bodies


async def open_form(request: Request) -> Response:
    """Show the search, or with an item the form."""
    ctx = request.state.context
    bodies = _may_open(ctx)
    code, named = asking.text(request, "item", 80), asking.text(request, "party", 60)
    if code:
        item = await _item(ctx, code, bodies)
        known = (await chosen(ctx, item.body, named),) if named else ()
        sheet = Sheet(item, uuid4().hex, await _others(ctx, item), told(ctx), known)
        return render(request, "matters/open.html", _page(sheet, FormView()))
    search = asking.text(request, "q", 100)
    found: list[PowerRow] = []
    for body in bodies:
        where = PowerFilter(search=search, body=body, status=("in_use",))
        found += (await list_powers(ctx, where, PageRequest(first=FOUND))).rows
    return render(request, "matters/choose.html", ChoosePage(search, tuple(found[:FOUND]), len(bodies), named))


async def _item(ctx: Context, code: str, bodies: tuple[str, ...]) -> PowerContent:
    content = (await power(ctx, code)).content
    if content.body not in bodies:
        raise NotFound("权力事项")
    return content


def _guide(item: PowerContent) -> tuple[tuple[str, bool], ...]:
    return tuple((one.name, one.required) for one in item.guide.materials) if item.guide else ()


def _page(sheet: Sheet, form: FormView, clause: str = "") -> OpenPage:
    item = sheet.item
    first = [
        Control("received", mark("收到的时间"), "datetime-local", mark("与登记时间不同的，请填写。")),
        Control("title", mark("名称"), hint=mark("留空即用事项的名称。"), most=200, wide=True),
    ]
    origin = Control("origin", mark("原办件编号"), hint=mark("由其他机关移送来的，填写原来的编号。"), most=60)
    first.append(origin)
    if item.category == PENALTY:
        first.append(Control("procedure", mark("程序"), "select", options=WAYS))
    controls = material_controls(_guide(item), set(), sheet.loose)
    hint = mark("按办事指南上传收到的材料；纸质的，勾选并填写份数。缺少的，可以在受理环节一次告知补正。")
    groups = (
        *party_groups(sheet.found),
        Group(mark("登记的内容"), tuple(first)),
        Group(mark("收到的材料"), controls, hint, folded=not _guide(item)),
        *_jointly(item, sheet.bodies),
    )
    return OpenPage(item, groups, form, sheet.key, clause, sheet.files)


# 003-11, 行政许可法-26(2): several bodies examine in parallel, one receives, decides and serves.
def _jointly(item: PowerContent, bodies: Options) -> Iterator[Group]:
    if item.category == LICENCE and bodies:
        names = [f"联合办理的机关{number}" for number in range(1, JOINT + 1)]
        rows = tuple(
            Control(f"joint{number}", name, "select", options=(NONE, *bodies)) for number, name in enumerate(names, 1)
        )
        hint = mark("需要几个机关共同审查的，选择其他机关；本机关牵头，统一受理、决定和送达。")
        yield Group(mark("联合办理"), rows, hint, folded=True)


async def _others(ctx: Context, item: PowerContent) -> Options:
    """Return the other bodies, where a matter of the item can be handled jointly."""
    if item.category != LICENCE:
        return ()
    government = next((one.government_id for one in ctx.actor.postings if one.body_code == item.body), 0)
    return await neighbours(ctx, government, item.body)


async def open_matter(request: Request) -> Response:
    """Register the matter. Sent twice, it is registered once and shown twice."""
    ctx = request.state.context
    bodies = _may_open(ctx)
    aim = ForOpening("before-the-form-is-read", bodies[0])
    form = await read_with_files(request, aim, ctx.intake.most_bytes)
    try:
        answers = Answers.of(form)
        item = await _item(ctx, answers.text("item"), bodies)
        return await _opened(request, item, form, answers)
    finally:
        await form.close()


async def _opened(request: Request, item: PowerContent, form: FormData, answers: Answers) -> Response:
    ctx, key = request.state.context, answers.text("key")[:120] or uuid4().hex
    received = answers.moment("received")
    joint = dict.fromkeys(filter(None, (answers.text(f"joint{number}")[:80] for number in range(1, JOINT + 1))))
    loose = await hand_in(ctx, ForOpening(key, item.body), form, answers, _guide(item))
    made = Settled()
    if not answers.problems:
        answers, made = await settled(ctx, item.body, answers)
    sheet = Sheet(item, key, await _others(ctx, item), told(ctx), made.found, loose)
    if answers.problems or made.again:
        shown = FormView(answers.values, tuple(answers.problems))
        return render(request, "matters/open.html", _page(sheet, shown), status=400 if answers.problems else 200)
    opening = Opening(
        item=item.code,
        key=key,
        body=item.body,
        bodies=(item.body, *joint) if joint else (),
        origin=answers.text("origin")[:60],
        procedure=answers.text("procedure") if item.category == PENALTY else "",
        party=made.party.reference if made.party else "",
        party_kind=made.party.kind if made.party else "citizen",
        received=datetime.fromisoformat(received) if received else None,
        title=answers.text("title")[:200],
        brings={"materials": answers.materials} if answers.materials else {},
    )
    try:
        opened = await matters.open_matter(ctx, opening)
    except Refusal as refusal:
        if isinstance(refusal, NotFound | NotPermitted | NotSignedIn):
            raise
        clause = refusal.clause if isinstance(refusal, MatterRefused) else ""
        page = _page(sheet, form_of(refusal, answers.values), clause)
        return render(request, "matters/open.html", page, status=refusal.status)
    response = render(request, "matters/opened.html", OpenedPage(opened, item))
    response.headers["Cache-Control"] = "private, no-store"
    return response


ROUTES: list[BaseRoute] = [
    Route(NEW, open_form, methods=["GET"], name="matter_new"),
    Route(NEW, open_matter, methods=["POST"], name="matter_open"),
]
