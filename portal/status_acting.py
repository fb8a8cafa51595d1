"""The party's own acts from the hall, by number and code: withdrawing, using a right or giving it up (H2, 003-30).

The forms need no cookie and no script: they carry number and code, without which nothing can be done in anybody's name.
Sent twice, an act is done once.
"""

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal.forms import ForgedForm, FormTooLarge, limited, same_origin, text_value
from portal.labels import mark
from portal.receipts import block
from portal.session_cookie import client_of
from portal.status import FORM_BYTES, Answered, not_found, shown
from resolvers import matters, receipts
from resolvers.errors import FieldProblem, NotFound, Refusal
from resolvers.throttles import forgive, take_look_up

WITHDRAWN: Final = mark("申请已经撤回。")
USED: Final = mark("已经登记：您行使这一权利。")
WAIVED: Final = mark("已经登记：您放弃这一权利。")
TYPED: Final = ("reasons", "confirm")
LONGEST_REASON: Final = 1_000


def _asked(values: dict[str, str]) -> tuple[dict[str, Any], str, tuple[FieldProblem, ...]]:
    """Return the act that a form asks for, what is said when it is done, and what is wrong with the form."""
    if values["act"] == "withdraw":
        if values["confirm"] == "on":
            return {"kind": "withdraw", "key": values["key"], "reasons": values["reasons"]}, WITHDRAWN, ()
        told = FieldProblem("confirm", "MISSING", "没有确认撤回。", "撤回以后不能恢复；确实要撤回的，请先勾选。")
        return {}, "", (told,)
    waive = values["do"] == "waive"
    data: dict[str, Any] = {"kind": "exercise", "key": values["key"], "right": values["right"], "waive": waive}
    return data, WAIVED if waive else USED, ()


async def act(request: Request) -> Response:
    """Do an act of the party, and show the matter as it is then; a refusal is told and changes nothing."""
    if not same_origin(request):
        raise ForgedForm
    form = await limited(request, FORM_BYTES, FormTooLarge()).form(max_files=0)
    names = ("number", "code", "key", "act", "right", "do", "confirm")
    values = {name: text_value(form, name, 60) for name in names} | {
        "reasons": text_value(form, "reasons", LONGEST_REASON)
    }
    ctx, number, code = request.state.context, values["number"], values["code"]
    count = await take_look_up(ctx, client_of(request, ""))
    data, done, problems = _asked(values)
    answered = Answered(problems=problems, typed={name: values[name] for name in TYPED})
    try:
        await matters.status(ctx, number, code)
        await forgive(ctx, count)
        if not problems:
            acted = await matters.act_as_party(ctx, number, code, data)
            answered = Answered(done, block(await receipts.given_for(ctx, acted)))
    except NotFound:
        return not_found(request, number)
    except Refusal as refused:
        told = FieldProblem("", refused.code, refused.message, refused.remedy)
        answered = replace(answered, problems=(told,))
    return await shown(request, await matters.status(ctx, number, code), code, answered)


ROUTES: list[BaseRoute] = [Route("/status/acts", act, methods=["POST"], name="status_act")]
