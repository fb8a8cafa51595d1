"""The context of each request: who asks, when, under which request id. Put in ``request.state.context``."""

import secrets
from datetime import UTC, datetime

from starlette.types import ASGIApp, Receive, Scope, Send

from domain.profiles import Profile
from resolvers.context import AccessPolicy, Context
from resolvers.keys import Keyring


class RequestContext:
    """ASGI middleware; this is where a request's time is taken, once."""

    def __init__(self, app: ASGIApp, *, profile: Profile, keys: Keyring, policy: AccessPolicy) -> None:
        self.app = app
        self.profile, self.keys, self.policy = profile, keys, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its context and pass it on."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["context"] = Context(
                db=scope["app"].state.database,
                now=datetime.now(UTC),
                profile=self.profile,
                request_id=scope["state"].get("request_id") or secrets.token_hex(8),
                keys=self.keys,
                policy=self.policy,
            )
        await self.app(scope, receive, send)
