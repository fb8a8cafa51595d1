"""The context of each request: who asks, when, under which request id. Put in ``request.state.context``."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.actors import ANONYMOUS, Actor
from domain.profiles import Profile
from portal import session_cookie
from portal.errors import on_refusal
from portal.navigation import inside_desk
from resolvers import exchange_platforms, inbox, sessions, tokens
from resolvers.complaints_sealing import IdentityKeys
from resolvers.context import AccessPolicy, Context
from resolvers.database import Database
from resolvers.errors import Refusal
from resolvers.file_store import FileStore
from resolvers.gateways import Gateways
from resolvers.issuing import Issuer
from resolvers.keys import Keyring
from resolvers.log_watch import LogWatch
from resolvers.materials_intake import Intake
from resolvers.press import Press
from resolvers.reading.fetching import understood

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
    secure_cookies: bool = False
    identity_keys: IdentityKeys | None = None
    gateways: Gateways = field(default_factory=Gateways)

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
            identity_keys=self.identity_keys,
            gateways=self.gateways,
        )

    async def who(self, ctx: Context, connection: HTTPConnection) -> tuple[Actor, sessions.Signed | None]:
        """Return who asks, and the live session if it is one's. Raises ``Unavailable`` when the database is away."""
        authorization = connection.headers.get("Authorization", "")
        if authorization.lower().startswith(BEARER):
            token = authorization[len(BEARER) :].strip()
            upper = token.startswith(exchange_platforms.PREFIX)
            return await (exchange_platforms if upper else tokens).actor_of_token(ctx, token), None
        found = await self.signed(ctx, connection)
        return (found.actor if found else ANONYMOUS), found

    async def signed(self, ctx: Context, connection: HTTPConnection, *, touch: bool = True) -> sessions.Signed | None:
        """Return the live session of a request; without ``touch`` the look at it does not count as use."""
        return await sessions.signed(ctx, session_cookie.token_of(connection, secure=self.secure_cookies), touch=touch)


class RequestContext:
    """ASGI middleware that gives each request its context and finds its actor.

    A bearer token speaks for an integrator and wins over a cookie; a session's cookie speaks for an official. The
    live session, also one that still has to show its second factor, is in ``request.state.signed``. On the desk,
    ``request.state.unread`` says how many notices wait, for its navigation.
    """

    def __init__(self, app: ASGIApp, *, visitors: Visitors) -> None:
        self.app, self.visitors = app, visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its context and pass it on."""
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            ctx = self.visitors.context(scope["app"].state.database, state.get("request_id") or secrets.token_hex(8))
            state["context"], state["signed"] = ctx, None
            try:
                with understood():
                    await self._look_up(scope, ctx)
            except Refusal as refusal:
                # The framework turns refusals into answers further in only: out here one would count as a failure.
                await (await on_refusal(Request(scope), refusal))(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _look_up(self, scope: Scope, ctx: Context) -> None:
        state, connection = scope["state"], HTTPConnection(scope)
        if scope["path"].startswith(STATIC):
            return
        actor, signed = await self.visitors.who(ctx, connection)
        state["context"], state["signed"] = replace(ctx, actor=actor), signed
        if signed is not None:
            state["renew"] = partial(self._again, ctx, connection)
            if inside_desk(scope["path"]):
                state["unread"] = await inbox.unread(state["context"])

    async def _again(self, ctx: Context, connection: HTTPConnection) -> Context | None:
        """Return the context of now for a session; None once it has ended or its account has no post any more."""
        now = self.visitors.context(ctx.db, ctx.request_id)
        found = await self.visitors.signed(now, connection, touch=False)
        return now.acting_as(found.actor) if found is not None and found.actor.postings else None
