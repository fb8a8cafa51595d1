"""How public pages are cached: an ETag made of address and public revision, and answers that a check keeps fresh.

The tag covers whatever shapes a page: the address, the revision, the day (states are those of today), language, mode,
what the site says of itself, release. It is sealed: a tag that fits was given with a page of this very address, so an
unchanged page costs one shared read of the revision, and nobody is told "unchanged" of a page that does not exist.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, wraps
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from resolvers.kept import IDENTITY, Head, KeptBodies
from resolvers.log_watch import LogState

Endpoint = Callable[[Request], Awaitable[Response]]
MAX_AGE_SECONDS: Final = 60
SHARED: Final = f"public, max-age={MAX_AGE_SECONDS}, must-revalidate"
MADE_BY: Final = ("domain", "portal", "resolvers")
VARY: Final = "Cookie, Accept-Encoding"


class PageKey(NamedTuple):
    """All that distinguishes one public page from another under one revision; ``root`` is the site's own address."""

    path: str
    query: bytes
    language: str
    mode: str
    day: date
    root: str
    log: LogState = ""
    """Whether the public log is late, which every page says."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A public page as asked for by somebody unknown: whatever is made of it may be kept and given to others."""

    key: PageKey
    revision: int
    tag: str
    accepted: str
    store: KeptBodies


@lru_cache(maxsize=1)
def build() -> str:
    """Return a hash of all files that pages are made by: a new release makes every kept page stale."""
    whole, root = hashlib.sha256(), Path(__file__).parents[1]
    for path in sorted(path for folder in MADE_BY for path in (root / folder).rglob("*")):
        if path.suffix in {".py", ".html", ".xml", ".css", ".js", ".po", ".toml"} and path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def tag_for(secret: bytes, key: PageKey, revision: int) -> str:
    """Return the weak ETag of a page; ``secret`` is of this site in this release, so that nobody can guess a tag."""
    return f'W/"{hmac.digest(secret, repr((*key, revision)).encode(), "sha256").hex()[:32]}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names the tag (weak comparison, RFC 9110 §13.1.2).

    ``*`` asks whether there is a page at all, which no tag can tell: it is answered with the page.
    """
    wanted = tag.removeprefix("W/")
    return any(one.strip().removeprefix("W/") == wanted for one in (header or "").split(","))


def headers_of(tag: str) -> dict[str, str]:
    """Return the headers of a page that everybody may keep for a while."""
    return {"ETag": tag, "Vary": VARY, "Cache-Control": SHARED}


def asked_by(request: Request) -> Asked | None:
    """Return what a reader asks for if the reader is unknown; None for officials, machines and changes of view."""
    found: Asked | None = getattr(request.state, "asked", None)
    return found


def published(endpoint: Endpoint) -> Endpoint:
    """Mark a public page: who asks without a session gets cache headers on it, and the page is kept."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        response = await endpoint(request)
        asked = asked_by(request)
        if asked is None or response.status_code != 200 or not _is_for_everybody(request, response):
            response.headers.setdefault("Vary", VARY)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response
        for name, value in headers_of(asked.tag).items():
            response.headers.setdefault(name, value)
        return _kept(request, asked, response)

    answer.is_published = True  # type: ignore[attr-defined]
    return answer


def _is_for_everybody(request: Request, response: Response) -> bool:
    """Say whether nothing of a person went into an answer: neither who asks, nor a cookie, nor a form's key."""
    context = request.state.context
    known = context.actor.kind != "anonymous" or request.state.signed is not None
    return not known and "set-cookie" not in response.headers and "cache-control" not in response.headers


def _kept(request: Request, asked: Asked, response: Response) -> Response:
    """Keep an answer, and pack it as its reader wants it. One made after midnight is not that of the day before."""
    body = bytes(response.body)
    if asked.key.day != request.state.context.today:
        return response
    head: Head = tuple((name, value) for name, value in response.raw_headers if name != b"content-length")
    made = asked.store.put(asked.key, asked.revision, body, head, request.scope.get("route"))
    coding, packed = asked.store.encoded(asked.key, made, asked.accepted)
    if coding != IDENTITY:
        response.body = packed
        response.headers["Content-Encoding"] = coding
        response.headers["Content-Length"] = str(len(packed))
    return response
