"""The hall's documents: what was served in a matter, for whoever has its number and code (H2, 003-31(5)).

Number and code are sent in the body, as for the look-up itself; a wrong one gets the look-up's own answer.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal.forms import ForgedForm, FormTooLarge, limited, same_origin, text_value
from portal.matters_papers import answer
from portal.status import FORM_BYTES, not_found
from resolvers import papers
from resolvers.errors import NotFound


async def served(request: Request) -> Response:
    """Give a document that was served."""
    if not same_origin(request):
        raise ForgedForm
    form = await limited(request, FORM_BYTES, FormTooLarge()).form(max_files=0)
    number, code, paper = (text_value(form, name, 60) for name in ("number", "code", "paper"))
    try:
        wanted = int(paper) if paper.isascii() and paper.isdigit() and len(paper) < 18 else 0
        content = await papers.paper_of_party(request.state.context, number, code, wanted)
    except NotFound:
        return not_found(request, number)
    return answer(content, attached=True)


ROUTES: list[BaseRoute] = [Route("/status/papers", served, methods=["POST"], name="status_papers")]
