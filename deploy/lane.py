"""The hot lane: requests to /graphql are answered before the framework's stack of middleware.

The endpoint is the same one, and this file only supplies what the middleware supplies on the ordinary way: request id,
context, security headers, figures and log. Whoever carries neither token nor session is a visitor, so there is nothing
to look up. What is in the least unusual (a stream, a header that stands twice, a host not known to be ours) goes the
ordinary way. A test sends the same requests both ways and compares the answers.
"""

import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from deploy.request_context import Visitors
from deploy.request_log import REQUEST, RequestNotes, request_id
from deploy.whole import whole_of
from portal.closing import Door
from portal.headers import header_lines
from portal.session_cookie import SESSION
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import Refusal
from schema.http import OWN, PATH, Endpoint, Reply, joined
from schema.streaming import wants_stream

_HOST: Final = re.compile(rb"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_SESSION: Final = SESSION.encode()
"""The name alone decides, wherever it stands in a cookie: more may be looked up than must."""

_LENGTH_SAID: Final = frozenset({200, 304})
"""Answers of these statuses say their length, or have no body."""


class Lane:
    """Answers what it takes as the ordinary way would."""

    def __init__(
        self,
        endpoint: Endpoint,
        visitors: Visitors,
        notes: RequestNotes,
        *,
        door: Door,
        database: Callable[[], Database],
        hosts: Sequence[str],
        https: bool,
    ) -> None:
        self._door = door
        self._endpoint, self._visitors, self._notes, self._database = endpoint, visitors, notes, database
        self._is_ours = lru_cache(maxsize=64)(_host_check(hosts))
        self._headers = [line for line in header_lines(PATH, https=https) if line[0] not in OWN]
        self._head = joined(self._headers)

    def takes(self, scope: Scope) -> bool:
        """Say whether this request may go here."""
        if self._door.closed is not None:
            return False
        if scope.get("path") != PATH or scope["type"] != "http" or scope.get("root_path"):
            return False
        headers = scope["headers"]
        given = dict(headers)
        return len(given) == len(headers) and self._is_ours(given.get(b"host", b"")) and not wants_stream(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that the lane takes."""
        started, status = time.perf_counter(), 500
        number, database = request_id(scope), self._database()
        somebody = _may_be_somebody(scope)
        if scope["method"] == "GET" and not somebody:
            ready = await self._endpoint.at_hand(scope, database)
            if ready is not None:
                # Nothing is looked up and nothing runs, so that no entry of a log asks for a context.
                await self._send(scope, ready, number, send)
                self._notes.note("GET", PATH, PATH, ready.status, time.perf_counter() - started)
                return
        bound = REQUEST.set(number)
        try:
            reply = await self._answer(scope, receive, self._visitors.context(database, number), somebody=somebody)
            await self._send(scope, reply, number, send)
            status = reply.status
        finally:
            self._notes.note(scope["method"], PATH, PATH, status, time.perf_counter() - started)
            REQUEST.reset(bound)

    async def _answer(self, scope: Scope, receive: Receive, ctx: Context, *, somebody: bool) -> Reply:
        """Return the answer to whoever asks; where nobody can be looked up, the refusal that says so."""
        if somebody:
            try:
                actor, _ = await self._visitors.who(ctx, HTTPConnection(scope))
            except Refusal as refusal:
                return self._endpoint.refused(scope, refusal)
            ctx = ctx.acting_as(actor)
        return await self._endpoint.answer(scope, receive, ctx)

    async def _send(self, scope: Scope, reply: Reply, number: str, send: Send) -> None:
        """Send an answer: by one write where that may be, else step by step."""
        said = number.encode()
        whole = whole_of(scope) if reply.status in _LENGTH_SAID else None
        if whole is not None:
            head = b"%b%b%bx-request-id: %b\r\n" % (reply.fixed.wire, joined(reply.headers), self._head, said)
            if whole.send(reply.status, head, reply.body):
                return
        await self._endpoint.send(reply, send, [*self._headers, (b"x-request-id", said)])


class Application(Starlette):
    """The application; whatever its lane takes does not enter the stack."""

    lane: Lane | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self.lane is not None and self.lane.takes(scope):
            await self.lane(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _may_be_somebody(scope: Scope) -> bool:
    """Say whether a request carries what may name an actor."""
    return any(
        name == b"authorization" or (name == b"cookie" and _SESSION in value) for name, value in scope["headers"]
    )


def _host_check(hosts: Sequence[str]) -> Callable[[bytes], bool]:
    """Return a check that a Host header names one of ours; a wildcard ``*.name`` means every name below it.

    The ordinary way's own check (Starlette's ``TrustedHostMiddleware``) decides about whatever this one does not know.
    """
    anybody = "*" in hosts
    names = frozenset(host.lower().encode() for host in hosts if not host.startswith("*"))
    below = tuple(host[1:].lower().encode() for host in hosts if host.startswith("*"))

    def is_ours(given: bytes) -> bool:
        found = _HOST.fullmatch(given.lower())
        return anybody or (found is not None and (found[1] in names or found[1].endswith(below)))

    return is_ours
