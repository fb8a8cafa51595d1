"""The cookie that carries a session's token, and the mark of a device that has signed in before."""

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from portal.identity import site_of

SESSION, DEVICE = "session", "device"
DEVICE_SECONDS = 365 * 24 * 3600


def _name(name: str, *, secure: bool) -> str:
    # The prefix makes browsers refuse the cookie from any other host or path; it needs https.
    return f"__Host-{name}" if secure else name


def token_of(connection: HTTPConnection, *, secure: bool) -> str:
    """Return the session's token that a request carries, or nothing."""
    return connection.cookies.get(_name(SESSION, secure=secure), "")


def device_of(request: Request) -> str:
    """Return the mark of a device that has signed in before, or nothing."""
    return request.cookies.get(_name(DEVICE, secure=site_of(request).secure_cookies), "")


def keep(request: Request, response: Response, token: str, device: str) -> None:
    """Give the browser its session and the device its mark; the session's cookie ends with the browser."""
    secure = site_of(request).secure_cookies
    response.set_cookie(_name(SESSION, secure=secure), token, httponly=True, samesite="lax", secure=secure)
    response.set_cookie(
        _name(DEVICE, secure=secure), device, max_age=DEVICE_SECONDS, httponly=True, samesite="strict", secure=secure
    )


def drop(request: Request, response: Response) -> None:
    """Take the session's cookie away; the device's mark stays."""
    secure = site_of(request).secure_cookies
    response.delete_cookie(_name(SESSION, secure=secure), httponly=True, samesite="lax", secure=secure)
