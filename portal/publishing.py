"""How public pages are cached: an ETag made of the library's revision, and answers that a check keeps fresh.

The tag is known before anything is read but the revision, so an unchanged page costs one small statement. It also
covers whatever else shapes a page: the day (states are those of today), language, mode, banners, release.
"""

import hashlib
from collections.abc import Awaitable, Callable
from functools import lru_cache, wraps
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from portal.identity import site_of
from portal.view import view_of
from resolvers.library import revision

View = Callable[[Request], Awaitable[Response]]
MAX_AGE_SECONDS = 60


@lru_cache(maxsize=1)
def build() -> str:
    """Return a hash of the portal's own files: a new release makes every kept page stale."""
    whole = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in {".py", ".html", ".xml", ".css", ".js", ".po"} and path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


async def tag_of(request: Request) -> str:
    """Return the weak ETag of a public page for this visitor."""
    context, view, site = request.state.context, view_of(request), site_of(request)
    parts = (build(), await revision(context), context.today, view, context.profile.id, site.banners, site.name)
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names the tag (weak comparison, RFC 9110 §13.1.2)."""
    named = [one.strip() for one in (header or "").split(",")]
    return "*" in named or tag.removeprefix("W/") in [one.removeprefix("W/") for one in named]


def published(view: View) -> View:
    """Wrap a public page: 304 when nothing changed, else cache headers on the answer."""

    @wraps(view)
    async def answer(request: Request) -> Response:
        signed_in = request.state.context.actor.kind != "anonymous"
        tag = await tag_of(request)
        headers = {"ETag": tag, "Vary": "Cookie"}
        headers["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}, must-revalidate"
        if not signed_in and matches(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
        response = await view(request)
        if signed_in or response.status_code != 200:
            headers = {"Vary": "Cookie", "Cache-Control": "private, no-store"}
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return answer
