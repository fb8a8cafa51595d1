"""Tokens of integrators on the desk: issued, shown once, revoked."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, allowed
from portal import asking
from portal.accounts import identifier
from portal.forms import FormView, read_form, text_value
from portal.labels import mark
from portal.refusing import form_of
from portal.rendering import render
from portal.signing_in import no_store
from resolvers import accounts_reading, tokens
from resolvers.accounts_reading import TokenRow
from resolvers.errors import Refusal

SCOPE_TITLES: Final[dict[str, str]] = {
    "library:read": mark("查询行政权力库"),
    "documents:register": mark("登记查询文档"),
    "complaints:file": mark("转送咨询投诉举报"),
}
DEFAULT_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class TokensPage:
    """The tokens, and the form for a new one."""

    tokens: tuple[TokenRow, ...]
    previous: str
    following: str
    scopes: tuple[tuple[str, str], ...]
    scope_titles: dict[str, str]
    may_issue: bool
    may_revoke: bool
    longest: int
    days: int
    form: FormView


@dataclass(frozen=True, slots=True)
class NewTokenPage:
    """A new token, shown this once."""

    holder: str
    token: str


async def token_list(request: Request) -> Response:
    """Show the tokens; never the tokens themselves, which nobody has but their holders."""
    return await _page(request, FormView())


async def _page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx = request.state.context
    found = await accounts_reading.list_tokens(ctx, asking.page_request(request))
    page = TokensPage(
        found.rows,
        *asking.neighbours(request, found),
        tuple(SCOPE_TITLES.items()),
        SCOPE_TITLES,
        allowed(ctx.actor, Permission.TOKEN_ISSUE),
        allowed(ctx.actor, Permission.TOKEN_REVOKE),
        tokens.LONGEST_DAYS,
        DEFAULT_DAYS,
        form,
    )
    return render(request, "accounts/tokens.html", page, status=status)


async def issue(request: Request) -> Response:
    """Issue a token and show it, once."""
    form = await read_form(request)
    holder, days = text_value(form, "holder", 200), text_value(form, "days", 10)
    scopes = frozenset(value for value in form.getlist("scopes") if isinstance(value, str))
    number = int(days) if days.isascii() and days.isdigit() else 0
    try:
        made = await tokens.issue(request.state.context, holder, scopes, number)
    except Refusal as refusal:
        if refusal.status in (401, 403):
            raise
        return await _page(request, form_of(refusal, {"holder": holder, "days": days}, "holder"), refusal.status)
    return no_store(render(request, "accounts/new_token.html", NewTokenPage(holder, made.token)))


async def revoke(request: Request) -> Response:
    """Revoke a token at once."""
    token_id = identifier(request, "token", "令牌")
    await read_form(request)
    await tokens.revoke(request.state.context, token_id)
    return RedirectResponse("/desk/tokens", 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route("/desk/tokens", token_list, methods=["GET"]),
    Route("/desk/tokens", issue, methods=["POST"]),
    Route("/desk/tokens/{token}/revoke", revoke, methods=["POST"]),
]
