"""Signing in: password, second factor, first password, setting up the factor, signing out. Each step is its own page."""

from dataclasses import dataclass
from typing import Final

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal import session_cookie
from portal.errors import say_when
from portal.forms import FormView, read_form, text_value
from portal.refusing import form_of
from portal.rendering import render
from portal.steps import CONFIRM, PASSWORD, SECOND_FACTOR, SET_UP, SIGN_IN, SIGN_OUT, local_path
from resolvers import accounts, second_factors, sessions
from resolvers.errors import Refusal
from resolvers.second_factors import Enrolment
from resolvers.sessions import Signed, must_be_signed

PASSWORD_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The form for login and password; ``provider`` is the name of the OpenID provider, if there is one."""

    form: FormView
    next: str
    provider: str


@dataclass(frozen=True, slots=True)
class SecondFactorPage:
    """The form for a one-time password or a recovery code."""

    form: FormView
    next: str


@dataclass(frozen=True, slots=True)
class PasswordPage:
    """The form for a new password; ``first`` when it must be changed before anything else."""

    form: FormView
    next: str
    first: bool
    kinds: bool


@dataclass(frozen=True, slots=True)
class SetUpPage:
    """Setting up an authenticator: nothing yet, or the secret as drawing and as text."""

    form: FormView
    next: str
    required: bool
    exists: bool
    secret: str = ""
    drawing: str = ""


@dataclass(frozen=True, slots=True)
class RecoveryPage:
    """The recovery codes, shown this once."""

    codes: tuple[str, ...]
    login: str
    next: str


def signed_of(request: Request) -> Signed:
    """Return the live session of a request. Raises ``NotSignedIn``."""
    return must_be_signed(request.state.signed)


def next_of(request: Request) -> str:
    """Return where to go afterwards: an address of the desk, whatever was asked for."""
    return local_path(request.query_params.get("next", ""))


def onward(request: Request, token: str = "") -> Response:
    """Go where the visitor wanted to go, with a new session if there is one."""
    response = RedirectResponse(next_of(request), 303, {"Cache-Control": "no-store"})
    if token:
        session_cookie.keep(request, response, token)
    return response


def no_store(response: Response) -> Response:
    """Forbid every copy of a page that holds something secret."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _sign_in_page(request: Request, form: FormView, status: int = 200) -> Response:
    provider = getattr(request.app.state, "provider", None)
    page = SignInPage(form, next_of(request), provider.config.name if provider else "")
    return no_store(render(request, "accounts/sign_in.html", page, status=status))


async def sign_in_form(request: Request) -> Response:
    """Ask for login and password; who is signed in already goes on."""
    return onward(request) if request.state.signed else _sign_in_page(request, FormView())


async def sign_in(request: Request) -> Response:
    """Open a session, or say in one sentence for all reasons that login and password do not fit."""
    ctx = request.state.context
    form = await read_form(request)
    login, password = text_value(form, "login", 100), _password(form, "password")
    try:
        opened = await sessions.sign_in(ctx, login, password, session_cookie.client_of(request, login))
    except Refusal as refusal:
        return say_when(_sign_in_page(request, form_of(refusal, {"login": login}), refusal.status), refusal)
    # A session that was there before ends: nobody goes on under a token that existed before the password.
    await sessions.sign_out(ctx, session_cookie.own_token(request))
    response = onward(request, opened.token)
    if not opened.needs_second_factor:
        session_cookie.keep_device(request, response, login)
    return response


async def second_factor_form(request: Request) -> Response:
    """Ask for the second factor."""
    if signed_of(request).verified:
        return onward(request)
    return no_store(render(request, "accounts/second_factor.html", SecondFactorPage(FormView(), next_of(request))))


async def second_factor(request: Request) -> Response:
    """Take the second factor; the session goes on under a new token."""
    found = signed_of(request)
    form = await read_form(request)
    client = session_cookie.client_of(request, found.login)
    try:
        token = session_cookie.own_token(request)
        opened = await second_factors.verify(request.state.context, token, text_value(form, "code", 60), client)
    except Refusal as refusal:
        page = SecondFactorPage(form_of(refusal, {}, "code"), next_of(request))
        return no_store(render(request, "accounts/second_factor.html", page, status=refusal.status))
    response = onward(request, opened.token)
    session_cookie.keep_device(request, response, found.login)
    return response


def _password(form: object, name: str) -> str:
    # A password is taken as it is typed: spaces at its ends belong to it.
    value = form.get(name, "") if hasattr(form, "get") else ""
    return value[:PASSWORD_LENGTH] if isinstance(value, str) else ""


def _password_page(request: Request, form: FormView, status: int = 200) -> Response:
    rules = request.state.context.policy.password_rules
    page = PasswordPage(form, next_of(request), signed_of(request).must_change_password, rules == "mlps3")
    return no_store(render(request, "accounts/password.html", page, status=status))


async def password_form(request: Request) -> Response:
    """Ask for the old password and a new one."""
    return _password_page(request, FormView())


async def password(request: Request) -> Response:
    """Change one's own password; every other session of the account ends."""
    found = signed_of(request)
    form = await read_form(request)
    old, new, again = (_password(form, name) for name in ("old", "new", "again"))
    try:
        accounts.must_be_equal(new, again)
        client = session_cookie.client_of(request, found.login)
        opened = await accounts.change_password(request.state.context, found, old, new, client)
    except Refusal as refusal:
        return _password_page(request, form_of(refusal, {}, "old"), refusal.status)
    return onward(request, opened.token)


def _set_up_page(request: Request, form: FormView, enrolment: Enrolment | None = None, status: int = 200) -> Response:
    found, drawing = signed_of(request), ""
    if enrolment is not None:
        drawing = segno.make(enrolment.address, error="m").svg_data_uri(scale=5, border=4, light="#ffffff")
    page = SetUpPage(
        form,
        next_of(request),
        found.must_set_up_factor,
        found.has_second_factor,
        " ".join(_groups(enrolment.secret)) if enrolment else "",
        drawing,
    )
    return no_store(render(request, "accounts/set_up.html", page, status=status))


def _groups(secret: str) -> list[str]:
    return [secret[start : start + 4] for start in range(0, len(secret), 4)]


async def set_up_form(request: Request) -> Response:
    """Explain the second factor, or show the secret that this session has asked for."""
    return _set_up_page(
        request, FormView(), await second_factors.pending_enrolment(request.state.context, signed_of(request))
    )


async def set_up(request: Request) -> Response:
    """Make a new secret and show it; one that was not confirmed is void."""
    found = signed_of(request)
    await read_form(request)
    await second_factors.begin_enrolment(request.state.context, found)
    query = request.url.query
    return RedirectResponse(f"{SET_UP}?{query}" if query else SET_UP, 303, {"Cache-Control": "no-store"})


async def confirm(request: Request) -> Response:
    """Take the first code of the new secret and show the recovery codes, once."""
    ctx, found = request.state.context, signed_of(request)
    form = await read_form(request)
    try:
        codes = await second_factors.confirm_enrolment(ctx, found, text_value(form, "code", 60))
    except Refusal as refusal:
        pending = await second_factors.pending_enrolment(ctx, found)
        return _set_up_page(request, form_of(refusal, {}, "code"), pending, refusal.status)
    page = RecoveryPage(codes, found.login, next_of(request))
    response = no_store(render(request, "accounts/recovery.html", page))
    session_cookie.keep_device(request, response, found.login)
    return response


async def sign_out(request: Request) -> Response:
    """End the session and let the browser forget what it keeps of the desk."""
    await read_form(request)
    await sessions.sign_out(request.state.context, session_cookie.own_token(request))
    headers = {"Cache-Control": "no-store", "Clear-Site-Data": '"cache"'}
    response = RedirectResponse(SIGN_IN, 303, headers)
    session_cookie.drop(request, response)
    return response


ROUTES: list[BaseRoute] = [
    Route(SIGN_IN, sign_in_form, methods=["GET"]),
    Route(SIGN_IN, sign_in, methods=["POST"]),
    Route(SECOND_FACTOR, second_factor_form, methods=["GET"]),
    Route(SECOND_FACTOR, second_factor, methods=["POST"]),
    Route(PASSWORD, password_form, methods=["GET"]),
    Route(PASSWORD, password, methods=["POST"]),
    Route(SET_UP, set_up_form, methods=["GET"]),
    Route(SET_UP, set_up, methods=["POST"]),
    Route(CONFIRM, confirm, methods=["POST"]),
    Route(SIGN_OUT, sign_out, methods=["POST"]),
]
