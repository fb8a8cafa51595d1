"""Registering a matter: choose the item, tell the party's reference, tick the materials; number and code are shown once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.powers import PowerContent
from portal import asking
from portal.forms import FormView, read_form
from portal.labels import mark
from portal.matters import AREA
from portal.matters_fields import Answers, Control, Group
from portal.matters_file_parts import material_controls, materials_read
from portal.matters_words import PARTIES
from portal.refusing import form_of
from portal.rendering import render
from resolvers import matters
from resolvers.context import Context
from resolvers.errors import NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.matters import MatterRefused, Opened, Opening
from resolvers.power_views import PowerFilter, PowerRow
from resolvers.powers import list_powers, power
from resolvers.reading import PageRequest

NEW: Final = f"{AREA}/new"
FOUND: Final = 20
PENALTY: Final = "penalty"
WAYS: Final = (("", mark("普通程序")), ("penalty-summary", mark("简易程序")))


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """The search for the item under which a matter is registered."""

    search: str
    items: tuple[PowerRow, ...]
    bodies: int


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The form of a registration under one item."""

    item: PowerContent
    groups: tuple[Group, ...]
    form: FormView
    key: str
    clause: str


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
    code = asking.text(request, "item", 80)
    if code:
        item = await _item(ctx, code, bodies)
        return render(request, "matters/open.html", _page(item, FormView(), uuid4().hex))
    search = asking.text(request, "q", 100)
    found: list[PowerRow] = []
    for body in bodies:
        where = PowerFilter(search=search, body=body, status=("in_use",))
        found += (await list_powers(ctx, where, PageRequest(first=FOUND))).rows
    return render(request, "matters/choose.html", ChoosePage(search, tuple(found[:FOUND]), len(bodies)))


async def _item(ctx: Context, code: str, bodies: tuple[str, ...]) -> PowerContent:
    content = (await power(ctx, code)).content
    if content.body not in bodies:
        raise NotFound("权力事项")
    return content


def _guide(item: PowerContent) -> tuple[tuple[str, bool], ...]:
    return tuple((one.name, one.required) for one in item.guide.materials) if item.guide else ()


def _page(item: PowerContent, form: FormView, key: str, clause: str = "") -> OpenPage:
    hint = mark("当事人在本系统中的代号，不填写姓名和证件号码；不知道的留空。")
    first = [
        Control("party", mark("当事人"), hint=hint, most=200),
        Control("party_kind", mark("当事人的类型"), "select", required=True, options=tuple(PARTIES.items())),
        Control("received", mark("收到的时间"), "datetime-local", mark("与登记时间不同的，请填写。")),
        Control("title", mark("名称"), hint=mark("留空即用事项的名称。"), most=200, wide=True),
    ]
    if item.category == PENALTY:
        first.append(Control("procedure", mark("程序"), "select", options=WAYS))
    materials = material_controls(_guide(item), set())
    hint = mark("按办事指南核对，勾选已经收到的材料；缺少的，可以在受理环节一次告知补正。")
    groups = (Group("", tuple(first)), Group(mark("收到的材料"), materials, hint, folded=not _guide(item)))
    return OpenPage(item, groups, form, key, clause)


async def open_matter(request: Request) -> Response:
    """Register the matter. Sent twice, it is registered once and shown twice."""
    ctx, answers = request.state.context, Answers.of(await read_form(request))
    item = await _item(ctx, answers.text("item"), _may_open(ctx))
    received = answers.moment("received")
    materials = materials_read(answers, _guide(item))
    if answers.problems:
        return _again(request, item, answers.values, FormView(answers.values, tuple(answers.problems)), 400)
    opening = Opening(
        item=item.code,
        key=answers.text("key"),
        body=item.body,
        procedure=answers.text("procedure") if item.category == PENALTY else "",
        party=answers.text("party")[:200],
        party_kind="organisation" if answers.text("party_kind") == "organisation" else "citizen",
        received=datetime.fromisoformat(received) if received else None,
        title=answers.text("title")[:200],
        brings={"materials": materials} if materials else {},
    )
    try:
        opened = await matters.open_matter(ctx, opening)
    except Refusal as refusal:
        if isinstance(refusal, NotFound | NotPermitted | NotSignedIn):
            raise
        clause = refusal.clause if isinstance(refusal, MatterRefused) else ""
        return _again(request, item, answers.values, form_of(refusal, answers.values), refusal.status, clause)
    response = render(request, "matters/opened.html", OpenedPage(opened, item))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _again(
    request: Request, item: PowerContent, values: Mapping[str, str], form: FormView, status: int, clause: str = ""
) -> Response:
    page = _page(item, form, values.get("key", "")[:120] or uuid4().hex, clause)
    return render(request, "matters/open.html", page, status=status)


ROUTES: list[BaseRoute] = [
    Route(NEW, open_form, methods=["GET"], name="matter_new"),
    Route(NEW, open_matter, methods=["POST"], name="matter_open"),
]
