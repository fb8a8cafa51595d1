"""The hall's look-up 办件查询: where a matter stands, by its number and the code that its party was given (H2).

Asking changes nothing, so it needs no cookie; number and code are sent in the body, where no log keeps them. A wrong
number and a wrong code are the same answer.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal.forms import ForgedForm, FormTooLarge, FormView, limited, same_origin, text_value
from portal.labels import mark
from portal.matters_words import ENDINGS, PHASES
from portal.publishing import published
from portal.rendering import render
from resolvers import matters
from resolvers.errors import FieldProblem, NotFound
from resolvers.matters import PublicStatus

FORM_BYTES: Final = 10_000
PHASE_HINTS: Final = {
    "received": mark("材料已经收到，正在决定是否受理。"),
    "running": mark("已经受理，正在办理。"),
    "closed": mark("办理已经结束。"),
    "archived": mark("办理已经结束，案卷已归档。"),
}


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The form, and after it was sent what was found."""

    form: FormView
    found: PublicStatus | None
    phase: str
    hint: str


def _page(request: Request, form: FormView, found: PublicStatus | None, status: int = 200) -> Response:
    phase = (ENDINGS.get(found.ending) or PHASES.get(found.phase, found.phase)) if found else ""
    hint = PHASE_HINTS.get(found.phase, "") if found else ""
    return render(request, "status.html", StatusPage(form, found, phase, hint), status=status)


@published
async def look_up(request: Request) -> Response:
    """Show the form."""
    return _page(request, FormView(), None)


async def status(request: Request) -> Response:
    """Show where the matter stands, or that number and code do not belong together."""
    if not same_origin(request):
        raise ForgedForm
    form = await limited(request, FORM_BYTES, FormTooLarge()).form(max_files=0)
    number, code = text_value(form, "number", 60), text_value(form, "code", 40)
    view = FormView({"number": number})
    try:
        found = await matters.status(request.state.context, number, code)
    except NotFound:
        told = FieldProblem(
            "number", "NOT_FOUND", "没有找到：编号或者查询码不正确。", "请对照受理时收到的凭证重新填写。"
        )
        return _unkept(_page(request, FormView({"number": number}, (told,)), None, 422))
    return _unkept(_page(request, view, found))


def _unkept(response: Response) -> Response:
    """Return an answer that nothing on its way may keep."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


ROUTES: list[BaseRoute] = [
    Route("/status", look_up, methods=["GET"], name="status"),
    Route("/status", status, methods=["POST"], name="status_found"),
]
