"""The context of each request: who asks, when, under which request id. Put in ``request.state.context``."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.actors import ANONYMOUS, Actor
from domain.profiles import Profile
from portal import session_cookie
from portal.navigation import inside_desk
from resolvers import inbox, sessions, tokens
from resolvers.context import AccessPolicy, Context
from resolvers.database import Database
from resolvers.file_store import FileStore
from resolvers.issuing import Issuer
from resolvers.keys import Keyring
from resolvers.log_watch import LogWatch
from resolvers.materials_intake import Intake
from resolvers.press import Press

STATIC = "/static/"
BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Visitors:
    """Makes the context of a request of which nothing is known yet: an anonymous visitor's, now."""

    profile: Profile
    keys: Keyring
    policy: AccessPolicy
    files: FileStore
    intake: Intake
    press: Press
    issuer: Issuer
    watch: LogWatch
    now: Callable[[], datetime]

    def context(self, database: Database, request_id: str) -> Context:
        """Return the context; this is where a request's time is taken, once."""
        return Context(
            db=database,
            now=self.now(),
            profile=self.profile,
            request_id=request_id,
            keys=self.keys,
            policy=self.policy,
            files=self.files,
            intake=self.intake,
            press=self.press,
            issuer=self.issuer,
            watch=self.watch,
        )


class RequestContext:
    """ASGI middleware that gives each request its context and finds its actor.

    A bearer token speaks for an integrator and wins over a cookie; a session's cookie speaks for an official. The
    live session, also one that still has to show its second factor, is in ``request.state.signed``. On the desk,
    ``request.state.unread`` says how many notices wait, for its navigation.
    """

    def __init__(self, app: ASGIApp, *, visitors: Visitors, secure_cookies: bool) -> None:
        self.app = app
        self.visitors, self.secure_cookies = visitors, secure_cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its context and pass it on."""
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            number = state.get("request_id") or secrets.token_hex(8)
            ctx = self.visitors.context(scope["app"].state.database, number)
            actor, state["signed"] = await self._who(ctx, HTTPConnection(scope))
            state["context"] = replace(ctx, actor=actor)
            if state["signed"] is not None and inside_desk(scope["path"]):
                state["unread"] = await inbox.unread(state["context"])
            if state["signed"] is not None:
                state["renew"] = partial(self._again, ctx, HTTPConnection(scope))
        await self.app(scope, receive, send)

    async def _again(self, ctx: Context, connection: HTTPConnection) -> Context | None:
        """Return the context of now for a session; None once it has ended or its account has no post any more."""
        now = self.visitors.context(ctx.db, ctx.request_id)
        found = await sessions.signed(now, session_cookie.token_of(connection, secure=self.secure_cookies), touch=False)
        return now.acting_as(found.actor) if found is not None and found.actor.postings else None

    async def _who(self, ctx: Context, connection: HTTPConnection) -> tuple[Actor, sessions.Signed | None]:
        if connection.url.path.startswith(STATIC):
            return ANONYMOUS, None
        authorization = connection.headers.get("Authorization", "")
        if authorization.lower().startswith(BEARER):
            return await tokens.actor_of_token(ctx, authorization[len(BEARER) :].strip()), None
        found = await sessions.signed(ctx, session_cookie.token_of(connection, secure=self.secure_cookies))
        return (found.actor if found else ANONYMOUS), found
