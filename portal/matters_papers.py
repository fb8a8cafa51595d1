"""Documents made in an act's form, seen before they are made, and opened afterwards (R7, R13, 003-31(5)).

Each document is a group of the form: a box that says it is to be made, and its texts. The preview sends the same form to
an address of its own and opens beside it; it makes nothing.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal.matters import AREA
from portal.matters_acting import ACT, bench_of, read_act
from portal.matters_fields import Answers
from portal.matters_paper_parts import offered, order_of
from portal.matters_table import data_of
from portal.rendering import render
from resolvers import papers
from resolvers.papers import PaperContent

PDF: Final = "application/pdf"
"""Contents of documents are for whoever asked, and kept nowhere on the way."""

HEADERS: Final = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A document as text, with its number and digests."""

    number: str
    matter: int
    content: PaperContent
    address: str


def answer(content: PaperContent, *, attached: bool) -> Response:
    """Return the PDF of a document, to be shown or to be saved under its name."""
    name = f"{content.paper.name}{content.paper.number}.pdf"
    how = "attachment" if attached else "inline"
    disposition = f"{how}; filename=\"paper-{content.paper.id}.pdf\"; filename*=UTF-8''{quote(name)}"
    return Response(content.pdf, media_type=PDF, headers={**HEADERS, "Content-Disposition": disposition})


async def preview(request: Request) -> Response:
    """Show how a document would look if it were made now."""
    form = await read_act(request)
    try:
        answers = Answers.of(form)
    finally:
        await form.close()
    bench = await bench_of(request, answers.whole("visit"), offered(answers))
    data = data_of(answers, bench)
    data.pop("papers", None)
    code = answers.text("preview")
    shown = await papers.preview(request.state.context, bench.view.row.id, data, order_of(answers, code))
    disposition = f'inline; filename="preview-{bench.view.row.id}.pdf"'
    return Response(shown.pdf, media_type=PDF, headers={**HEADERS, "Content-Disposition": disposition})


async def paper(request: Request) -> Response:
    """Show a document as text, with what it can be checked by."""
    content = await _content(request)
    matter = int(request.path_params["matter"])
    address = f"{AREA}/{matter}/papers/{content.paper.id}.pdf"
    return render(request, "matters/paper.html", PaperPage(content.paper.number, matter, content, address))


async def paper_pdf(request: Request) -> Response:
    """Give a document as PDF, as it was made."""
    return answer(await _content(request), attached="save" in request.query_params)


async def _content(request: Request) -> PaperContent:
    matter, number = int(request.path_params["matter"]), int(request.path_params["paper"])
    return await papers.paper(request.state.context, matter, number)


ROUTES: list[BaseRoute] = [
    Route(f"{ACT}/preview", preview, methods=["POST"], name="paper_preview"),
    Route(f"{AREA}/{{matter:int}}/papers/{{paper:int}}", paper, methods=["GET"], name="paper"),
    Route(f"{AREA}/{{matter:int}}/papers/{{paper:int}}.pdf", paper_pdf, methods=["GET"], name="paper_pdf"),
]
