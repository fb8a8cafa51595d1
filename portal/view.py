"""How one visitor sees the site: language and senior mode, chosen by a link and kept in two cookies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.identity import site_of
from portal.languages import LANGUAGES, SIMPLIFIED

LANGUAGE_COOKIE, MODE_COOKIE = "language", "mode"
LANGUAGE_CHOICES = tuple(dict.fromkeys((SIMPLIFIED, *LANGUAGES)))
MODES = ("standard", "senior")
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class View:
    """The visitor's language and mode, and the page's own address for switch links."""

    language: str
    mode: str
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def senior(self) -> bool:
        """Whether the large, calm presentation is on (GB/T 37668)."""
        return self.mode == "senior"

    def switched(self, **choice: str) -> str:
        """Return this page's address with another language or mode; it never leads to another host (``//host``)."""
        return self._before_choice() + urlencode(choice)

    def languages(self) -> tuple[tuple[str, str, str], ...]:
        """Return code and name of each language, and this page's address in it."""
        start = self._before_choice()
        return tuple((code, name, f"{start}lang={code}") for code, name in LANGUAGES.items())

    def _before_choice(self) -> str:
        own = "/" + quote(self.path.lstrip("/\\"), safe="/:@!$&'()*+,;=~")
        kept = urlencode([(key, value) for key, value in self.query if key not in ("lang", "mode")])
        return f"{own}?{kept}&" if kept else f"{own}?"

    def nearest(self, addresses: Sequence[str]) -> str:
        """Return the one of several addresses at or below which this page lies most closely; empty for none."""
        around = [one for one in addresses if self.path == one or self.path.startswith(f"{one}/")]
        return max(around, key=len, default="")


def _chosen(request: Request, parameter: str, cookie: str, allowed: tuple[str, ...]) -> str:
    for value in (request.query_params.get(parameter), request.cookies.get(cookie)):
        if value in allowed:
            return str(value)
    return allowed[0]


def view_of(request: Request) -> View:
    """Return how this visitor sees the page; worked out once for each request."""
    if not hasattr(request.state, "view"):
        request.state.view = View(
            language=_chosen(request, "lang", LANGUAGE_COOKIE, LANGUAGE_CHOICES),
            mode=_chosen(request, "mode", MODE_COOKIE, MODES),
            path=request.url.path,
            query=tuple(request.query_params.multi_items()),
        )
    return cast(View, request.state.view)


def remember(request: Request, response: Response) -> None:
    """Keep a choice that was made by a link in its cookie; such a response is not stored by caches."""
    view, secure = view_of(request), site_of(request).secure_cookies
    for parameter, cookie, value in (("lang", LANGUAGE_COOKIE, view.language), ("mode", MODE_COOKIE, view.mode)):
        if request.query_params.get(parameter) == value and request.cookies.get(cookie) != value:
            response.set_cookie(cookie, value, max_age=YEAR_SECONDS, httponly=True, samesite="lax", secure=secure)
            response.headers["Cache-Control"] = "private, no-cache"
