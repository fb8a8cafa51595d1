"""The desk's door: closed unless somebody is signed in, and one step at a time until sign-in is complete.

It stands before every address under /desk, so that a page nobody thought about is closed as well (ASVS 8.3.1).
"""

import re
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from portal import errors
from portal.navigation import DESK, inside_desk
from resolvers.sessions import Signed

SIGN_IN: Final = "/desk/sign-in"
SECOND_FACTOR: Final = "/desk/second-factor"
PASSWORD: Final = "/desk/password"  # noqa: S105 -- an address
SET_UP: Final = "/desk/second-factor/set-up"
CONFIRM: Final = "/desk/second-factor/confirm"
SIGN_OUT: Final = "/desk/sign-out"
PROVIDER: Final = "/desk/sign-in/provider"
RETURN: Final = "/desk/sign-in/return"

OPEN: Final = frozenset({SIGN_IN, PROVIDER, RETURN})
"""Addresses of the desk for people who are not signed in."""

_LOCAL: Final = re.compile(r"/desk(?:/[A-Za-z0-9._~-]+)*/?(?:\?[A-Za-z0-9._~%&=+:,/-]*)?")
_ALLOWED: Final = {
    SECOND_FACTOR: {SECOND_FACTOR, SIGN_OUT},
    PASSWORD: {PASSWORD, SIGN_OUT},
    SET_UP: {SET_UP, CONFIRM, SIGN_OUT},
}
SAFE: Final = {"GET", "HEAD"}


def local_path(given: str) -> str:
    """Return an address of the desk as it is, and the desk itself instead of anything else.

    Whatever could lead to another host (``//host``, a scheme, a backslash, a control character) does not match, and
    neither does a way out of the desk (``/..``).
    """
    path = given.partition("?")[0]
    inside = "//" not in path and "/." not in path
    return given if _LOCAL.fullmatch(given) and len(given) <= 500 and inside else DESK


def with_next(address: str, onward: str) -> str:
    """Return an address that remembers where to go afterwards."""
    onward = local_path(onward)
    return address if onward == DESK else f"{address}?next={quote(onward, safe='')}"


def step_of(signed: Signed) -> str:
    """Return the address of the next step of a sign-in; empty when it is complete."""
    if not signed.verified:
        return SECOND_FACTOR
    if signed.must_change_password:
        return PASSWORD
    return SET_UP if signed.must_set_up_factor else ""


class DeskDoor:
    """ASGI middleware; stands behind the one that finds out who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or answer with the step that comes first."""
        answer = self._answer(Request(scope, receive)) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        path = request.url.path
        if not inside_desk(path):
            return None
        signed: Signed | None = request.state.signed
        if signed is None and request.state.context.actor.kind != "anonymous":
            # A token speaks for a machine: it opens the interface, never the desk.
            return errors.error_page(request, 403)
        if path in OPEN:
            return None
        if signed is None:
            return _not_signed_in(request)
        step = step_of(signed)
        if not step or path in _ALLOWED[step]:
            return None
        return RedirectResponse(with_next(step, _onward(request)), 303, {"Cache-Control": "no-store"})


def _onward(request: Request) -> str:
    if "next" in request.query_params:
        return request.query_params["next"]
    query = request.url.query
    return (f"{request.url.path}?{query}" if query else request.url.path) if request.method in SAFE else DESK


def _not_signed_in(request: Request) -> Response:
    if request.method in SAFE:
        return RedirectResponse(with_next(SIGN_IN, _onward(request)), 303, {"Cache-Control": "no-store"})
    return errors.error_page(request, 401)
