"""Drafts of acts: saved by a button, or by the page itself while it is filled in; shown when the form is opened again."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal.forms import FIELD, read_form
from portal.identity import site_of
from portal.matters_acting import ACT, bench_of
from portal.matters_fields import Answers
from resolvers import drafts
from resolvers.drafts import Place

LEFT_OUT: Final = frozenset({FIELD, "do", "key", "visit"})
"""What a form sends beside what was typed. ``seen`` stays: it tells what happened since."""

UNKEPT: Final = {"Cache-Control": "no-store"}


async def draft(request: Request) -> Response:
    """Save the draft of an act, or drop it, and lead back to the form; the page itself only hears that it was saved."""
    answers = Answers.of(await read_form(request))
    bench = await bench_of(request, answers.whole("visit"))
    ctx, matter, doing = request.state.context, bench.view.row.id, answers.text("do")
    named = bench.visit.number if bench.visit and answers.text("visit") else 0
    place = Place(matter, bench.kind, named)
    if doing == "drop":
        await drafts.drop(ctx, place)
    else:
        values = {name: text for name, text in answers.values.items() if text and name not in LEFT_OUT}
        await drafts.keep(ctx, place, values, site_of(request).draft_days)
    if doing == "auto":
        return Response(status_code=204, headers=UNKEPT)
    here = request.url.path.removesuffix("/draft")
    return RedirectResponse(f"{here}?visit={named}" if named else here, 303, UNKEPT)


ROUTES: list[BaseRoute] = [Route(f"{ACT}/draft", draft, methods=["POST"], name="matter_draft")]
