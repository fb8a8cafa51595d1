"""Drafts of acts: saved by a button, or by the page itself while it is filled in; shown when the form is opened again."""

from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal.forms import FIELD
from portal.identity import site_of
from portal.matters_acting import ACT, bench_of, read_act
from portal.matters_fields import Answers
from portal.matters_file_parts import guide_of
from portal.matters_handing import keep_files
from portal.matters_table import takes_files
from resolvers import drafts
from resolvers.drafts import Place
from resolvers.errors import InvalidInput
from resolvers.materials import ForMatter

LEFT_OUT: Final = frozenset({FIELD, "do", "key", "visit"})
"""What a form sends beside what was typed. ``seen`` stays: it tells what happened since."""

UNKEPT: Final = {"Cache-Control": "no-store"}


async def draft(request: Request) -> Response:
    """Save the draft of an act, or drop it, and lead back to the form; the page itself only hears that it was saved."""
    form = await read_act(request)
    try:
        return await _draft(request, form)
    finally:
        await form.close()


async def _draft(request: Request, form: FormData) -> Response:
    answers = Answers.of(form)
    bench = await bench_of(request, answers.whole("visit"))
    ctx, matter, doing = request.state.context, bench.view.row.id, answers.text("do")
    named = bench.visit.number if bench.visit and answers.text("visit") else 0
    place = Place(matter, bench.kind, named)
    if doing == "drop":
        await drafts.drop(ctx, place)
    else:
        if takes_files(bench.kind) and doing != "auto":
            await keep_files(ctx, ForMatter(matter), form, answers, guide_of(bench))
        values = {name: text for name, text in answers.values.items() if text and not _left_out(name)}
        await drafts.keep(ctx, place, values, site_of(request).draft_days)
    if answers.problems:
        first = answers.problems[0]
        raise InvalidInput(f"{first.message}其他内容已经保存。", first.remedy, tuple(answers.problems))
    if doing == "auto":
        return Response(status_code=204, headers=UNKEPT)
    here = request.url.path.removesuffix("/draft")
    return RedirectResponse(f"{here}?visit={named}" if named else here, 303, UNKEPT)


def _left_out(name: str) -> bool:
    # A script sends a chosen file as a word; files themselves are handed in and ticked.
    return name in LEFT_OUT or name.endswith("-file")


ROUTES: list[BaseRoute] = [Route(f"{ACT}/draft", draft, methods=["POST"], name="matter_draft")]
