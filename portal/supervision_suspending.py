"""The application to suspend an item that nobody asks for, sent from the alert that found the silence (003-18; L12)."""

from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal.forms import FormView, read_form, text_value
from portal.supervision import AREA, show_alert
from resolvers import supervision
from resolvers.errors import FieldProblem, NotFound, NotPermitted, NotSignedIn, Refusal

FIELDS: Final = ("why", "from")


async def apply(request: Request) -> Response:
    """Apply for the body, or show the alert again with what is wrong."""
    form, number = await read_form(request), int(request.path_params["alert"])
    values = {name: text_value(form, name, 600) for name in FIELDS}
    try:
        since = _day(values["from"])
        await supervision.apply_to_suspend(request.state.context, number, values["why"], since)
    except (NotFound, NotPermitted, NotSignedIn):
        raise
    except Refusal as refused:
        problems = refused.problems or (FieldProblem("", refused.code, refused.message, refused.remedy),)
        return await show_alert(request, FormView(values, problems), refused.status, applying=True)
    return RedirectResponse(f"{AREA}/alerts/{number}#proposal", 303, {"Cache-Control": "no-store"})


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


ROUTES: list[BaseRoute] = [
    Route(f"{AREA}/alerts/{{alert:int}}/suspension", apply, methods=["POST"], name="supervision_apply"),
]
