"""The letterhead of a body, set by its head; and the templates of all documents, looked at with sample data."""

from dataclasses import dataclass, fields
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal.forms import FormView, read_form, text_value
from portal.labels import mark
from portal.rendering import render
from resolvers import letterheads, papers
from resolvers.errors import InvalidInput
from resolvers.letterheads import HeldLetterhead, Letterhead
from resolvers.papers import SamplePaper

SAMPLES: Final = "/desk/papers"
HEAD: Final = "/desk/letterheads/{body}"
LABELS: Final = (
    ("word", mark("发文代字"), mark("机关的代字，例如：云城管；文号为“云城管罚〔2026〕1号”。")),
    ("address", mark("办公地址"), ""),
    ("phone", mark("联系电话"), ""),
    ("court", mark("有管辖权的人民法院"), mark("决定书告知当事人向哪个法院起诉。")),
    ("bank_name", mark("代收罚款的银行"), mark("作出罚款决定的机关不收缴罚款。")),
    ("bank_account", mark("罚款缴入账户"), ""),
)


@dataclass(frozen=True, slots=True)
class SamplesPage:
    """The kinds of documents of every procedure."""

    groups: tuple[tuple[str, tuple[SamplePaper, ...]], ...]


@dataclass(frozen=True, slots=True)
class LetterheadPage:
    """The form of a letterhead."""

    held: HeldLetterhead
    labels: tuple[tuple[str, str, str], ...]
    form: FormView
    saved: bool


async def samples(request: Request) -> Response:
    """List the kinds of documents."""
    found: dict[str, list[SamplePaper]] = {}
    for one in await papers.sample_papers(request.state.context):
        found.setdefault(one.procedure_name, []).append(one)
    groups = tuple((name, tuple(each)) for name, each in found.items())
    return render(request, "papers/samples.html", SamplesPage(groups))


async def sample(request: Request) -> Response:
    """Show a kind of document as it is printed, with sample data."""
    procedure, code = request.path_params["procedure"], request.path_params["code"]
    made = await papers.sample_paper(request.state.context, procedure, code)
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'inline; filename="sample-{code}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


async def letterhead(request: Request) -> Response:
    """Show the form of a body's letterhead."""
    held = await letterheads.letterhead(request.state.context, request.path_params["body"])
    form = FormView({one.name: getattr(held.head, one.name) for one in fields(Letterhead)})
    return _page(request, held, form, saved="saved" in request.query_params)


async def set_letterhead(request: Request) -> Response:
    """Set it, or show the form again with what is wrong."""
    ctx, body = request.state.context, str(request.path_params["body"])
    sent = await read_form(request)
    values = {one.name: text_value(sent, one.name, 300) for one in fields(Letterhead)}
    try:
        await letterheads.set_letterhead(ctx, body, Letterhead(**values))
    except InvalidInput as refusal:
        held = await letterheads.letterhead(ctx, body)
        return _page(request, held, FormView(values, refusal.problems), saved=False, status=refusal.status)
    return RedirectResponse(f"/desk/letterheads/{body}?saved", 303, {"Cache-Control": "no-store"})


def _page(request: Request, held: HeldLetterhead, form: FormView, *, saved: bool, status: int = 200) -> Response:
    return render(request, "papers/letterhead.html", LetterheadPage(held, LABELS, form, saved), status=status)


ROUTES: list[BaseRoute] = [
    Route(SAMPLES, samples, methods=["GET"], name="paper_samples"),
    Route(f"{SAMPLES}/{{procedure}}/{{code}}.pdf", sample, methods=["GET"], name="paper_sample"),
    Route(HEAD, letterhead, methods=["GET"], name="letterhead"),
    Route(HEAD, set_letterhead, methods=["POST"], name="letterhead_set"),
]
