"""Signing in by an OpenID provider: the account that an administrator has linked to issuer and subject, or nobody.

Accounts are never made by a sign-in: who comes with an identity that nobody linked is told so, and nothing more.
"""

from dataclasses import dataclass

from sqlmodel import col, select

from domain.actors import Actor
from domain.tables.accounts import Account
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.errors import InvalidInput
from resolvers.sessions import PROVIDER, VOUCHED, SignIn, open_session
from resolvers.throttles import Client, take_sign_in


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is. ``vouched``: the provider says that it saw a second factor."""

    issuer: str
    subject: str
    vouched: bool = False


async def sign_in_by_provider(ctx: Context, identity: Identity, client: Client) -> tuple[SignIn, str]:
    """Open a session for the linked account; returns it with the login. Raises ``InvalidInput`` for anybody else.

    Our own second factor is asked for unless the policy trusts the provider's and the provider vouches for one.
    """
    await take_sign_in(ctx, client)
    mine = (col(Account.issuer) == identity.issuer) & (col(Account.subject) == identity.subject)
    async with ctx.db.sessions() as session:
        account = (await session.exec(select(Account).where(mine))).first()
    if account is None or account.state != "active":
        stream = f"account:{account.id}" if account else "account:unknown"
        async with unit_of_work(ctx) as uow:
            await record.append(uow, stream, "account.sign_in_failed", {"method": PROVIDER})
        raise InvalidInput("该身份没有可以使用的账号。", "请联系安全管理员，把您的统一身份关联到本系统的账号。")
    trusted = identity.vouched and ctx.policy.trust_provider_factor
    needs = account.totp_confirmed_at is not None and not trusted
    async with unit_of_work(ctx.acting_as(Actor("official", account.id, account.name))) as uow:
        method = VOUCHED if trusted else PROVIDER
        token, opened = await open_session(uow, account, verified=not needs, method=method)
    return SignIn(token, opened.id or 0, account.id, needs, must_change_password=False), account.login
