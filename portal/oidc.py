"""Signing in by the OpenID provider: to it, and back with an answer that must fit what this browser set out with.

What must come back unchanged travels in a sealed cookie, so that an answer is good in the browser that asked for it,
once, for ten minutes. Without a provider in the settings both addresses are not found.
"""

import hmac
import json
import secrets
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal import session_cookie
from portal.identity import site_of
from portal.provider import Journey, Provider, failed
from portal.signing_in import next_of
from portal.steps import PROVIDER, RETURN, local_path
from resolvers import sessions
from resolvers.errors import NotFound
from resolvers.keys import CannotOpen
from resolvers.provider_sign_in import sign_in_by_provider

COOKIE: Final = "provider_journey"
PLACE: Final = "cookie.provider_journey"
GOOD_FOR: Final = timedelta(minutes=10)


def provider_of(request: Request) -> Provider:
    """Return the provider in the settings. Raises ``NotFound`` when there is none."""
    found: Provider | None = getattr(request.app.state, "provider", None)
    if found is None:
        raise NotFound("页面")
    return found


async def set_out(request: Request) -> Response:
    """Send the browser to the provider; by a link, for a form may lead to no other host (Content-Security-Policy)."""
    provider, ctx = provider_of(request), request.state.context
    journey = Journey(*(secrets.token_urlsafe(32) for _ in range(3)))
    address = await provider.address(journey)
    carried = [journey.state, journey.nonce, journey.verifier, next_of(request), ctx.now.timestamp()]
    sealed = ctx.keys.seal(PLACE, json.dumps(carried).encode()).hex()
    response = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
    secure = site_of(request).secure_cookies
    name = session_cookie.cookie_name(COOKIE, secure=secure)
    seconds = int(GOOD_FOR.total_seconds())
    response.set_cookie(name, sealed, max_age=seconds, httponly=True, samesite="lax", secure=secure)
    return response


async def come_back(request: Request) -> Response:
    """Take the provider's answer and open a session for the linked account."""
    provider = provider_of(request)
    journey, onward = _journey(request)
    if not hmac.compare_digest(request.query_params.get("state", "").encode(), journey.state.encode()):
        raise failed("状态参数不符")
    identity = await provider.identity(journey, request.query_params)
    ctx = request.state.context
    opened, login = await sign_in_by_provider(ctx, identity, session_cookie.client_of(request, ""))
    await sessions.sign_out(ctx, session_cookie.own_token(request))
    response = RedirectResponse(onward, 303, {"Cache-Control": "no-store"})
    session_cookie.keep(request, response, opened.token)
    secure = site_of(request).secure_cookies
    response.delete_cookie(session_cookie.cookie_name(COOKIE, secure=secure), httponly=True, secure=secure)
    if not opened.needs_second_factor:
        session_cookie.keep_device(request, response, login)
    return response


def _journey(request: Request) -> tuple[Journey, str]:
    secure = site_of(request).secure_cookies
    ctx = request.state.context
    try:
        sealed = bytes.fromhex(request.cookies.get(session_cookie.cookie_name(COOKIE, secure=secure), ""))
        state, nonce, verifier, onward, began = json.loads(ctx.keys.open(PLACE, sealed))
    except (CannotOpen, ValueError, TypeError) as error:
        raise failed("没有找到这次登录，或者已经过期") from error
    if ctx.now.timestamp() - began > GOOD_FOR.total_seconds():
        raise failed("没有找到这次登录，或者已经过期")
    return Journey(state, nonce, verifier), local_path(onward)


ROUTES: list[BaseRoute] = [
    Route(PROVIDER, set_out, methods=["GET"]),
    Route(RETURN, come_back, methods=["GET"]),
]
