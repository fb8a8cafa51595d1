"""Assigning several matters at once, from the load of a body's officials (R16, 003-14)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, Target, allowed
from portal import asking
from portal.forms import FormView, read_form
from portal.labels import mark
from portal.matters import AREA
from portal.matters_fields import NONE, Answers, Control
from portal.rendering import link, render
from resolvers import matters
from resolvers.colleagues import colleagues
from resolvers.context import Context
from resolvers.errors import Conflict, NotFound, Refusal
from resolvers.matters import MatterFilter, MatterRow, MatterView
from resolvers.reading import PageRequest

ASSIGN: Final = f"{AREA}/assign"
SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is looked at: a step of a body, and who has it (empty: nobody yet)."""

    body: str
    step: str
    official: str


@dataclass(frozen=True, slots=True)
class AssignPage:
    """The matters that stand in a step with one official, and to whom they can be given."""

    chosen: Chosen
    rows: tuple[MatterRow, ...]
    assignee: Control
    form: FormView
    key: str
    done: int | None
    failed: tuple[tuple[str, str], ...]


def _chosen(ctx: Context, body: str, step: str, official: str) -> Chosen:
    if not allowed(ctx.actor, Permission.MATTER_ACT, Target(body_code=body)):
        raise NotFound("机关")
    return Chosen(body, step, official)


async def _rows(ctx: Context, chosen: Chosen) -> tuple[MatterRow, ...]:
    """Return the most urgent open matters in the step; nobody's are told from somebody's by their assignees."""
    where = MatterFilter(body=chosen.body, step=chosen.step, assignee=chosen.official, open_only=True)
    found = await matters.list_matters(ctx, where, PageRequest(first=SHOWN), "due")
    return tuple(one for one in found.rows if chosen.official or not one.assignees)


async def _page(
    ctx: Context,
    chosen: Chosen,
    form: FormView,
    key: str,
    done: int | None = None,
    failed: tuple[tuple[str, str], ...] = (),
) -> AssignPage:
    people = tuple((one.id, f"{one.name}（{'、'.join(one.posts)}）") for one in await colleagues(ctx, chosen.body))
    control = Control("assignee", mark("承办人"), "select", required=True, options=(NONE, *people))
    return AssignPage(chosen, await _rows(ctx, chosen), control, form, key, done, failed)


async def assign_form(request: Request) -> Response:
    """Show the matters of a step and an official."""
    ctx = request.state.context
    own = min(ctx.actor.body_codes, default="")
    body = asking.text(request, "body", 80) or own
    chosen = _chosen(ctx, body, asking.text(request, "step", 80), asking.text(request, "official", 40))
    done = asking.number(request, "done", 0, SHOWN)
    return render(request, "matters/assign.html", await _page(ctx, chosen, FormView(), uuid4().hex, done))


async def assign(request: Request) -> Response:
    """Give the ticked matters to an official, one act each; what cannot be given is told with its reason."""
    ctx, answers = request.state.context, Answers.of(await read_form(request))
    body = answers.text("body") or min(ctx.actor.body_codes, default="")
    chosen = _chosen(ctx, body, answers.text("step")[:80], answers.text("official")[:40])
    to, key = answers.needed("assignee", "承办人"), answers.text("key")[:60]
    ticked = [one for name in answers.values if (one := name.removeprefix("matter-")) != name and one.isdecimal()]
    if not ticked:
        answers.wrong("", "没有勾选办件。", "请勾选要分派的办件。")
    if answers.problems:
        form = FormView(answers.values, tuple(answers.problems))
        return render(request, "matters/assign.html", await _page(ctx, chosen, form, key), status=400)
    failed: list[tuple[str, str]] = []
    for number in ticked[:SHOWN]:
        try:
            view = await matters.matter(ctx, int(number[:18]))
            await matters.act(ctx, view.row.id, _act(view, chosen, to, f"{key}-{number}"))
        except Refusal as refusal:
            failed.append((number, f"{refusal.message}{refusal.remedy}"))
    done = len(ticked[:SHOWN]) - len(failed)
    if not failed:
        here = link("desk", "matters", "assign", body=body, step=chosen.step, official=chosen.official, done=done)
        return RedirectResponse(here, 303, {"Cache-Control": "no-store"})
    page = await _page(ctx, chosen, FormView(answers.values), uuid4().hex, done, tuple(failed))
    return render(request, "matters/assign.html", page, status=409)


def _act(view: MatterView, chosen: Chosen, to: str, key: str) -> dict[str, Any]:
    """Return the act on the body's visit of the step. Raises ``Conflict`` where the step has been left meanwhile."""
    visits = (one for one in view.matter.open_visits if one.step == chosen.step or not chosen.step)
    visit = next((one.number for one in visits if (one.body or view.row.body_code) == chosen.body), None)
    if visit is None:
        raise Conflict("这一办件已经离开该环节。", "无需分派。")
    return {"kind": "assign", "key": key, "to": to, "visit": visit}


ROUTES: list[BaseRoute] = [
    Route(ASSIGN, assign_form, methods=["GET"], name="matters_assign_form"),
    Route(ASSIGN, assign, methods=["POST"], name="matters_assign"),
]
