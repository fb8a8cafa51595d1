"""Public pages from memory: who is unknown and asks for a page that somebody had before gets the very same bytes.

Nothing is older than the question: the public revision is read for each one, after it arrived. Whoever brings a
session or a token, or changes the view by a link, passes by and has a page made.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import cookie_parser
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.profiles import Profile
from portal.identity import Site
from portal.publishing import Asked, PageKey, build, headers_of, matches, tag_for
from portal.session_cookie import SESSION, cookie_name
from portal.view import LANGUAGE_CHOICES, LANGUAGE_COOKIE, MODE_COOKIE, MODES
from resolvers.context import LOCAL
from resolvers.errors import Unavailable
from resolvers.kept import IDENTITY, Kept, KeptBodies
from resolvers.log_watch import LogWatch

DEBUG: Final = "http.response.debug"
"""Starlette's extension by which a test learns template and context: there is none of a page from memory."""

_READ_HEADERS: Final = frozenset({b"cookie", b"authorization", b"accept-encoding", b"if-none-match", b"host"})


def first_segments(routes: Collection[BaseRoute]) -> frozenset[str]:
    """Return the first path segments under which there are published pages: only these are looked after."""
    found = (one.path for one in routes if isinstance(one, Route) and hasattr(one.endpoint, "is_published"))
    return frozenset(_first(path) for path in found)


def _first(path: str) -> str:
    return path[1:].partition("/")[0]


def _headers(scope: Scope) -> dict[bytes, str]:
    """Return the headers that matter here; several of one name are joined as RFC 9110 §5.3 does."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in _READ_HEADERS:
            text = value.decode("latin-1")
            joint = "; " if name == b"cookie" else ", "
            found[name] = f"{found[name]}{joint}{text}" if name in found else text
    return found


def _changes_view(query: bytes) -> bool:
    """Say whether an address chooses a language or mode: the answer carries cookies and is one visitor's own."""
    return bool(query) and any(
        name in ("lang", "mode") for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    )


class KeptPages:
    """ASGI middleware, before the one that finds out who asks. The request's ``state.asked`` lets a page be kept."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        site: Site,
        profile: Profile,
        routes: Collection[BaseRoute],
        store: KeptBodies,
        watch: LogWatch,
        now: Callable[[], datetime],
    ) -> None:
        self.app = app
        self.now = now
        self.store = store
        self.watch = watch
        self.root = site.public_url
        self.segments = first_segments(routes)
        self.session = cookie_name(SESSION, secure=site.secure_cookies)
        told = repr((build(), profile.id, replace(site, secret=bytes(32))))
        self.secret = hashlib.sha256(b"etag|" + site.secret + told.encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on with what its page will be kept under."""
        asks = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _first(scope["path"]) in self.segments
        headers = _headers(scope) if asks else {}
        key = self._key(scope, headers) if asks else None
        if key is None or not await self._answered(scope, send, key, headers):
            await self.app(scope, receive, send)

    async def _answered(self, scope: Scope, send: Send, key: PageKey, headers: dict[bytes, str]) -> bool:
        """Answer from memory if possible; else note what the page will be kept under, and say that it is to be made."""
        try:
            revision = await scope["app"].state.database.publicity.revision()
        except Unavailable:
            return False  # the page says so itself, if it needs the database
        kept = None if DEBUG in scope.get("extensions", ()) else self.store.get(key, revision)
        condition, accepted = headers.get(b"if-none-match"), headers.get(b"accept-encoding", "")
        if kept is not None and kept.note is not None:
            scope["route"] = kept.note  # counted as the page that it is
        tag = "" if kept is not None and condition is None else tag_for(self.secret, key, revision)
        if tag and matches(condition, tag):
            await _unchanged(send, tag)
        elif kept is not None:
            await self._send(scope, send, key, kept, accepted)
        else:
            scope.setdefault("state", {})["asked"] = Asked(key, revision, tag, accepted, self.store)
            return False
        return True

    def _key(self, scope: Scope, headers: dict[bytes, str]) -> PageKey | None:
        """Return what the page is kept under; None for whoever is perhaps known, or changes the view."""
        if b"authorization" in headers:
            return None
        language, mode = LANGUAGE_CHOICES[0], MODES[0]
        if b"cookie" in headers:
            cookies = cookie_parser(headers[b"cookie"])
            if self.session in cookies:
                return None
            language = next((one for one in LANGUAGE_CHOICES if one == cookies.get(LANGUAGE_COOKIE)), language)
            mode = next((one for one in MODES if one == cookies.get(MODE_COOKIE)), mode)
        query = scope["query_string"]
        if _changes_view(query):
            return None
        root = self.root or f"{scope['scheme']}://{headers.get(b'host', '')}"
        now = self.now()
        return PageKey(scope["path"], query, language, mode, now.astimezone(LOCAL).date(), root, self.watch.state(now))

    async def _send(self, scope: Scope, send: Send, key: PageKey, kept: Kept, accepted: str) -> None:
        coding, body = self.store.encoded(key, kept, accepted)
        head = [*kept.head, (b"content-length", str(len(body)).encode())]
        if coding != IDENTITY:
            head.append((b"content-encoding", coding.encode()))
        await _answer(send, 200, head, b"" if scope["method"] == "HEAD" else body)


async def _unchanged(send: Send, tag: str) -> None:
    head = ((name.lower().encode(), value.encode()) for name, value in headers_of(tag).items())
    await _answer(send, 304, [*head], b"")


async def _answer(send: Send, status: int, head: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
