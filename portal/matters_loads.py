"""Load and rotation of a body's officials, for its head and for the supervision bureau (R16: 002-4.2.1, 004-8)."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, Target, allowed
from portal import asking, known
from portal.matters import AREA
from portal.navigation import may_load
from portal.rendering import render
from resolvers import matters
from resolvers.bodies import list_bodies
from resolvers.errors import NotPermitted
from resolvers.matters import Load, Rotation, Tenure
from resolvers.reading import PageRequest

BODIES = 100
TOO_MUCH = 0.8
"""From this share of a step's visits on, one person's doing is pointed out, where there were several visits."""

SEVERAL = 5


@dataclass(frozen=True, slots=True)
class RotationLine:
    """Who did how much of a step, and whether it is nearly all of it."""

    rotation: Rotation
    percent: int
    alone: bool


@dataclass(frozen=True, slots=True)
class TenureLine:
    """Who holds which post, since when, and for how many full years."""

    tenure: Tenure
    years: int


@dataclass(frozen=True, slots=True)
class LoadsPage:
    """A body's load today and its rotation since a day."""

    body: str
    bodies: tuple[tuple[str, str], ...]
    since: date
    loads: tuple[Load, ...]
    open: int
    overdue: int
    rotation: tuple[tuple[str, tuple[RotationLine, ...]], ...]
    tenures: tuple[TenureLine, ...]
    may_assign: bool


async def loads(request: Request) -> Response:
    """Show load and rotation of a body; another's is not found."""
    ctx = request.state.context
    if not may_load(ctx.actor):
        raise NotPermitted("您的岗位没有进行此操作的权限。", "工作量由本机关负责人和监察机关查看。")
    mine = await _watched(request)
    own = next((code for code, _ in mine if code in ctx.actor.body_codes), mine[0][0] if mine else "")
    body = asking.text(request, "body", 80) or own
    found = await matters.loads(ctx, body, asking.day(request, "since"))
    lines = tuple(
        RotationLine(one, round(one.share * 100), one.share >= TOO_MUCH and one.visits >= SEVERAL)
        for one in found.rotation
    )
    page = LoadsPage(
        body=body,
        bodies=mine,
        since=found.since,
        loads=found.loads,
        open=sum(one.open for one in found.loads),
        overdue=sum(one.overdue for one in found.loads),
        rotation=tuple((step, tuple(some)) for step, some in groupby(lines, lambda line: line.rotation.step)),
        tenures=tuple(TenureLine(one, (ctx.today - one.since).days // 365) for one in found.tenures),
        may_assign=body in ctx.actor.body_codes,
    )
    return render(request, "matters/loads.html", page)


async def _watched(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the bodies whose load the actor may see: of every government of the actor's, so many at most."""
    actor = request.state.context.actor
    own = {one.government_id for one in actor.postings}
    found: list[tuple[str, str]] = []
    for government in await known.governments(request):
        if government.id not in own:
            continue
        page = PageRequest(first=BODIES)
        listed = await list_bodies(request.state.context, page, government=government.division_code)
        targets = ((one, Target(government.id, one.code)) for one in listed.rows)
        found += [(one.code, one.name) for one, target in targets if allowed(actor, Permission.LOAD_READ, target)]
    return tuple(found)


ROUTES: list[BaseRoute] = [Route(f"{AREA}/loads", loads, methods=["GET"], name="matter_loads")]
