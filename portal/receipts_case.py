"""The export of a case as a file that verifies without us: for officials at the desk, for the party in the hall (003-33)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal.forms import ForgedForm, FormTooLarge, limited, read_form, same_origin, text_value
from portal.matters import AREA
from portal.receipts import FORM_BYTES, file_answer
from portal.status import not_found
from resolvers import receipts_case
from resolvers.errors import NotFound


async def for_official(request: Request) -> Response:
    """Send the export of a matter. Whoever may not see the matter is told that there is none."""
    await read_form(request)
    made = await receipts_case.for_official(request.state.context, int(request.path_params["matter"]))
    return file_answer(f"case-{made.number}.txt", made.text)


async def for_party(request: Request) -> Response:
    """Send a party the export of its matter; a wrong number and a wrong code are the same answer."""
    if not same_origin(request):
        raise ForgedForm
    form = await limited(request, FORM_BYTES, FormTooLarge()).form(max_files=0)
    number, code = text_value(form, "number", 60), text_value(form, "code", 40)
    try:
        made = await receipts_case.for_party(request.state.context, number, code)
    except NotFound:
        return not_found(request, number)
    return file_answer(f"case-{made.number}.txt", made.text)


ROUTES: list[BaseRoute] = [
    Route(f"{AREA}/{{matter:int}}/export", for_official, methods=["POST"], name="matter_export"),
    Route("/status/export", for_party, methods=["POST"], name="status_export"),
]
