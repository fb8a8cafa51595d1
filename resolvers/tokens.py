"""Tokens of integrators: scoped, expiring, revocable; kept hashed and shown once."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from domain.access import Permission
from domain.actors import ANONYMOUS, Actor
from domain.tables.accounts import ApiToken
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.reading.fetching import run_quick
from resolvers.sessions import token_hash

PREFIX: Final = "yg_"
SCOPES: Final = {
    "library:read": "查询行政权力库",
    "documents:register": "登记查询文档",
    "complaints:file": "转送咨询投诉举报",
}
LONGEST_DAYS: Final = 730

FIND = "SELECT id, holder, scopes FROM api_token WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A new token; ``token`` is shown this once."""

    token_id: UUID
    token: str


async def issue(ctx: Context, holder: str, scopes: frozenset[str], days: int) -> NewToken:
    """Issue a token to an integrator for some days; raises ``InvalidInput`` naming each wrong field."""
    permit(ctx, Permission.TOKEN_ISSUE)
    problems = []
    if not holder.strip():
        problems.append(FieldProblem("holder", "REQUIRED", "请填写使用单位"))
    if not scopes or not scopes <= SCOPES.keys():
        problems.append(FieldProblem("scopes", "UNKNOWN_SCOPE", f"权限范围只能是：{'、'.join(SCOPES)}"))
    if not 0 < days <= LONGEST_DAYS:
        problems.append(FieldProblem("days", "OUT_OF_RANGE", f"有效天数应在 1 至 {LONGEST_DAYS} 之间"))
    if problems:
        raise InvalidInput("令牌信息填写有误。", "请按提示修改。", tuple(problems))
    token = PREFIX + secrets.token_urlsafe(32)
    async with unit_of_work(ctx) as uow:
        row = ApiToken(
            holder=holder.strip(),
            token_hash=token_hash(token),
            scopes=sorted(scopes),
            created_by=ctx.actor.account_id,
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(days=days),
        )
        uow.session.add(row)
        await uow.session.flush()
        told = {"expires": row.expires_at.isoformat(), "holder": row.holder, "scopes": row.scopes}
        await record.append(uow, f"token:{row.id}", "token.issued", told)
    return NewToken(row.id, token)


async def revoke(ctx: Context, token_id: UUID) -> None:
    """Revoke a token at once; revoking it twice is harmless."""
    permit(ctx, Permission.TOKEN_REVOKE)
    async with unit_of_work(ctx) as uow:
        row = await uow.session.get(ApiToken, token_id, with_for_update=True)
        if row is None:
            raise NotFound("令牌")
        row.revoked_at = row.revoked_at or ctx.now
        uow.session.add(row)
        await record.append(uow, f"token:{token_id}", "token.revoked", {"holder": row.holder})


async def actor_of_token(ctx: Context, token: str) -> Actor:
    """Return the integrator behind a bearer token; anonymous for one that is unknown, expired or revoked.

    Raises ``Unavailable`` when the database is away.
    """
    rows = await run_quick(ctx, FIND, (token_hash(token), ctx.now)) if token.startswith(PREFIX) else []
    if not rows:
        return ANONYMOUS
    row = rows[0]
    return Actor("integrator", row["id"], row["holder"], scopes=frozenset(row["scopes"]))
