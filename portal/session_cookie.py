"""The cookie that carries a session's token, and the mark of a device that has signed in before."""

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from portal.identity import site_of
from resolvers.devices import known_device, new_mark
from resolvers.throttles import Client

SESSION, DEVICE = "session", "device"
DEVICE_SECONDS = 365 * 24 * 3600


def cookie_name(name: str, *, secure: bool) -> str:
    """Return a cookie's name; the prefix makes browsers refuse it from any other host or path, and needs https."""
    return f"__Host-{name}" if secure else name


def token_of(connection: HTTPConnection, *, secure: bool) -> str:
    """Return the session's token that a request carries, or nothing."""
    return connection.cookies.get(cookie_name(SESSION, secure=secure), "")


def own_token(request: Request) -> str:
    """Return the session's token of this request, or nothing."""
    return token_of(request, secure=site_of(request).secure_cookies)


def client_of(request: Request, login: str) -> Client:
    """Return who knocks: the address, and the device's name if it has signed in with this login before."""
    mark = request.cookies.get(cookie_name(DEVICE, secure=site_of(request).secure_cookies), "")
    address = request.client.host if request.client else ""
    return Client(address, known_device(request.state.context.keys, login, mark))


def keep(request: Request, response: Response, token: str) -> None:
    """Give the browser its session; the cookie ends with the browser, the session at the latest with its term."""
    secure = site_of(request).secure_cookies
    name = cookie_name(SESSION, secure=secure)
    response.set_cookie(name, token, httponly=True, samesite="lax", secure=secure)


def keep_device(request: Request, response: Response, login: str) -> None:
    """Give the device its mark after a complete sign-in with this login."""
    secure = site_of(request).secure_cookies
    mark, name = new_mark(request.state.context.keys, login), cookie_name(DEVICE, secure=secure)
    response.set_cookie(name, mark, max_age=DEVICE_SECONDS, httponly=True, samesite="strict", secure=secure)


def drop(request: Request, response: Response) -> None:
    """Take the session's cookie away; the device's mark stays."""
    secure = site_of(request).secure_cookies
    response.delete_cookie(cookie_name(SESSION, secure=secure), httponly=True, samesite="lax", secure=secure)
