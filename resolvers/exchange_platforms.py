"""The platforms above: added with a token that is shown once, known by it when they ask, ended for good (X1; 003-28, 003-35)."""

import secrets
from typing import Final
from uuid import UUID, uuid4

from domain.access import Permission
from domain.actors import ANONYMOUS, Actor
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.reading.fetching import run_quick
from resolvers.sessions import token_hash

PREFIX: Final = "ygup_"
SCOPES: Final = frozenset({"exchange:take"})
LONGEST_NAME: Final = 60
ADDED, ENDED = "exchange.added", "exchange.ended"

_ADD: Final = """
INSERT INTO exchange_platform (id, name, token_hash, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id
"""
_END: Final = "UPDATE exchange_platform SET ended_at = $2 WHERE name = $1 AND ended_at IS NULL RETURNING id"
_FIND: Final = "SELECT id, name FROM exchange_platform WHERE token_hash = $1 AND ended_at IS NULL"


def stream_of(platform: UUID) -> str:
    """Return the stream of what is recorded of a platform."""
    return f"exchange:{platform}"


async def add(ctx: Context, name: str) -> str:
    """Add a platform above and return its token, this once. Raises ``InvalidInput``, ``Conflict`` for a name that is in use."""
    permit(ctx, Permission.EXCHANGE_SET)
    called = " ".join(name.split())
    if not 1 <= len(called) <= LONGEST_NAME or not called.isprintable():
        problem = FieldProblem("name", "WRONG_NAME", f"名称应为 1 至 {LONGEST_NAME} 个字")
        raise InvalidInput("上级平台的名称填写有误。", "请写明上级平台的名称。", (problem,))
    token, platform = PREFIX + secrets.token_urlsafe(32), uuid4()
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        if await connection.fetchval(_ADD, platform, called, token_hash(token), ctx.now) is None:
            raise Conflict(f"已经有名为“{called}”的上级平台。", "请换一个名称，或者先停用原来的平台。")
        await record.append(uow, stream_of(platform), ADDED, {"name": called})
    return token


async def end(ctx: Context, name: str) -> None:
    """End a platform: its token opens nothing any more, what it has got stays listed. Raises ``NotFound``."""
    permit(ctx, Permission.EXCHANGE_SET)
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        platform = await connection.fetchval(_END, name, ctx.now)
        if platform is None:
            raise NotFound("上级平台")
        await record.append(uow, stream_of(platform), ENDED, {"name": name})


async def actor_of_token(ctx: Context, token: str) -> Actor:
    """Return the platform behind a bearer token; anonymous for one that is unknown or of a platform that was ended.

    Raises ``Unavailable`` when the database is away.
    """
    rows = await run_quick(ctx, _FIND, (token_hash(token),)) if token.startswith(PREFIX) else []
    if not rows:
        return ANONYMOUS
    return Actor("integrator", rows[0]["id"], rows[0]["name"], scopes=SCOPES)
