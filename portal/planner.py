"""The operator's page of notices: what will be sent and why, what was, what waits; and what each template says (N1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission
from domain.notice_templates import LANGUAGES, Wording
from portal.forms import read_form
from portal.labels import mark
from portal.rendering import render
from resolvers import notices_reading, planner
from resolvers.permits import permit
from resolvers.planner import PlanView

AREA: Final = "/desk/planner"
STATES: Final[dict[str, str]] = {"waiting": mark("等待发出"), "told": mark("已告知"), "dropped": mark("无需告知")}
CHANNELS: Final[dict[str, str]] = {
    "notice": mark("站内"),
    "mail": mark("邮件"),
    "sms": mark("短信"),
    "webhook": mark("接口推送"),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A template with its samples put in, in every language."""

    code: str
    name: str
    clause: str
    optional: bool
    urgent: bool
    texts: tuple[tuple[str, Wording], ...]


@dataclass(frozen=True, slots=True)
class PlannerPage:
    """What is planned, told, waiting; and the templates."""

    view: PlanView
    late: datetime | None
    states: dict[str, str]
    channels: dict[str, str]
    names: dict[str, str]
    templates: tuple[Preview, ...]


def _previews() -> tuple[Preview, ...]:
    return tuple(
        Preview(
            code=code,
            name=one.name,
            clause=one.clause,
            optional=one.optional,
            urgent=one.urgent,
            texts=tuple((language, one.worded(language, one.facts)) for language in LANGUAGES),
        )
        for code, one in notices_reading.templates()
    )


async def shown(request: Request) -> Response:
    """Show what will be sent and why."""
    ctx = request.state.context
    view = await planner.plan_view(ctx)
    waiting: list[dict[str, Any]] = [one for one in view.waiting if one["due_at"] < ctx.now]
    page = PlannerPage(
        view=view,
        late=min((one["due_at"] for one in waiting), default=None),
        states=STATES,
        channels=CHANNELS,
        names={code: one.name for code, one in notices_reading.templates()},
        templates=_previews(),
    )
    return render(request, "desk/planner.html", page)


async def again(request: Request) -> Response:
    """Have tried again what did not go out."""
    await read_form(request)
    permit(request.state.context, Permission.PLAN_REPLAY)
    await planner.send_again(request.state.context)
    return RedirectResponse(AREA, 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(AREA, shown, methods=["GET"], name="planner"),
    Route(f"{AREA}/again", again, methods=["POST"], name="planner_again"),
]
