"""Sessions: signing in with password and second factor, and who stands behind a session's token.

Sessions live in PostgreSQL, so they survive the loss of Redis, can be listed and can be ended at any moment. Tokens are
256 random bits, kept as SHA-256. Rights are read anew at every request: a post that ended yesterday gives none today.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select, update

from domain.actors import ANONYMOUS, Actor, Posting
from domain.passwords import expired
from domain.tables.accounts import Account, Session
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import InvalidInput, NotFound, NotSignedIn
from resolvers.passwords import PASSWORDS
from resolvers.reading.fetching import run_quick
from resolvers.throttles import Client, forgive, take_attempt, take_sign_in, throttle_key

TOUCH_AFTER: Final = timedelta(minutes=1)
PROVIDER: Final = "oidc"
"""How a session was opened by an OpenID provider; ``VOUCHED``: the provider says it saw a second factor."""
VOUCHED: Final = "oidc+mfa"

HELD = """
SELECT p.post_id, t.unit_id, b.code AS body_code, b.government_id, t.roles, t.name AS post
FROM posting p JOIN post t ON t.id = p.post_id JOIN unit u ON u.id = t.unit_id JOIN body b ON b.id = u.body_id
WHERE p.account_id = {account} AND p.valid @> {day}::date AND t.valid @> {day}::date AND u.valid @> {day}::date
  AND b.valid @> {day}::date
"""
POSTINGS: Final = f"{HELD.format(account='$1', day='$2')} ORDER BY p.post_id"
FIND: Final = f"""
SELECT s.id, s.account_id, s.last_seen_at, s.verified_at, s.method, a.name, a.login, a.must_change_password,
       a.password_changed_at, a.totp_confirmed_at IS NOT NULL AS has_totp, held.*
FROM session s JOIN account a ON a.id = s.account_id
LEFT JOIN LATERAL ({HELD.format(account="a.id", day="$4")}) held ON true
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3 AND a.state = 'active'
ORDER BY held.post_id
"""
"""A live session with the posts its account holds today, one row for each: every request of an official asks it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A live session: whose it is and what it still has to show before it gives any right."""

    session_id: int
    account_id: UUID
    name: str
    login: str
    verified: bool
    has_second_factor: bool
    must_change_password: bool
    must_set_up_factor: bool
    actor: Actor
    method: str = "password"

    @property
    def complete(self) -> bool:
        """Whether everything was shown that this sign-in asks for."""
        return self.verified and not self.must_change_password and not self.must_set_up_factor


@dataclass(frozen=True, slots=True)
class SignIn:
    """The outcome of a password: the session's token (shown to the browser once) and what comes next."""

    token: str
    session_id: int
    account_id: UUID
    needs_second_factor: bool
    must_change_password: bool


def token_hash(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def wrong_credentials() -> InvalidInput:
    """Return the one answer to a wrong login, a wrong password and a disabled account."""
    return InvalidInput("登录名或口令不正确。", "请检查后重新输入；忘记口令请联系系统管理员重置。")


async def sign_in(ctx: Context, login: str, password: str, client: Client) -> SignIn:
    """Sign in with login and password; raises ``InvalidInput`` (one text for all reasons) or ``TooMany``.

    Time and text are equal whether the login exists or not. With a second factor the new session gives no right
    until the factor is shown.
    """
    login = login.strip().lower()
    await take_sign_in(ctx, client)
    key = throttle_key(ctx, login, client)
    await take_attempt(ctx, key)
    async with ctx.db.sessions() as session:
        account = (await session.exec(select(Account).where(col(Account.login) == login))).first()
    matches = await PASSWORDS.check(password, account.password_hash if account else None)
    if account is None or not matches or account.state != "active":
        # The same work for a login that nobody has: the time taken must not tell.
        stream = f"account:{account.id}" if account else "account:unknown"
        async with unit_of_work(ctx) as uow:
            await record.append(uow, stream, "account.sign_in_failed", {})
        raise wrong_credentials()
    await forgive(ctx, key)
    needs = account.totp_confirmed_at is not None
    async with unit_of_work(ctx.acting_as(Actor("official", account.id, account.name))) as uow:
        token, opened = await open_session(uow, account, verified=not needs, method="password")
    return SignIn(token, opened.id or 0, account.id, needs, account.must_change_password)


async def open_session(uow: UnitOfWork, account: Account, *, verified: bool, method: str) -> tuple[str, Session]:
    """Open a session and return its token with it; every privilege step gets a token of its own."""
    ctx = uow.ctx
    token = secrets.token_urlsafe(32)
    opened = Session(
        token_hash=token_hash(token),
        account_id=account.id,
        created_at=ctx.now,
        last_seen_at=ctx.now,
        expires_at=ctx.now + timedelta(hours=ctx.policy.lifetime_hours),
        verified_at=ctx.now if verified else None,
        method=method,
    )
    uow.session.add(opened)
    await uow.session.flush()
    told: dict[str, Any] = {"method": method, "session": opened.id, "verified": verified}
    await record.append(uow, f"account:{account.id}", "session.opened", told)
    return token, opened


async def signed(ctx: Context, token: str, *, touch: bool = True) -> Signed | None:
    """Return the live session behind a token, with today's rights; ``None`` when there is none.

    A session that has not shown its second factor, or whose account must have one and has none, has an actor
    without posts: it can go on to show or set up the factor, and nothing else. Without ``touch`` a look at it does not
    count as use, so that what only waits keeps no session alive. Raises ``Unavailable`` when the database is away.
    """
    if not token:
        return None
    idle = timedelta(minutes=ctx.policy.idle_minutes)
    rows = await run_quick(ctx, FIND, (token_hash(token), ctx.now, ctx.now - idle, ctx.today))
    if not rows:
        return None
    row = rows[0]
    if touch and ctx.now - row["last_seen_at"] > TOUCH_AFTER:
        await _touch(ctx, row["id"])
    found = _signed(ctx, row)
    if not found.complete or row["post_id"] is None:
        return found
    return replace(found, actor=replace(found.actor, postings=tuple(map(posting_of, rows))))


def _signed(ctx: Context, row: Mapping[str, Any]) -> Signed:
    policy, method = ctx.policy, row["method"]
    # Who comes by the provider shows no password of ours, so its age and its first change do not matter.
    by_provider = method.startswith(PROVIDER)
    old = expired(row["password_changed_at"], ctx.now, policy.password_rules, policy.password_days)
    vouched = method == VOUCHED and policy.trust_provider_factor
    return Signed(
        session_id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        login=row["login"],
        verified=row["verified_at"] is not None,
        has_second_factor=row["has_totp"],
        must_change_password=not by_provider and (row["must_change_password"] or old),
        must_set_up_factor=policy.second_factor_required and not row["has_totp"] and not vouched,
        actor=Actor("official", row["account_id"], row["name"]),
        method=method,
    )


async def actor_of(ctx: Context, token: str) -> Actor:
    """Return the actor behind a session's token; anonymous when there is none."""
    found = await signed(ctx, token)
    return found.actor if found else ANONYMOUS


async def _touch(ctx: Context, session_id: int) -> None:
    async with unit_of_work(ctx, unrecorded="when a session was last seen") as uow:
        await uow.session.exec(update(Session).where(col(Session.id) == session_id).values(last_seen_at=ctx.now))


def posting_of(row: Mapping[str, Any]) -> Posting:
    """Return a row of ``POSTINGS`` as a value."""
    roles = frozenset(row["roles"])
    return Posting(row["post_id"], row["unit_id"], row["body_code"], row["government_id"], roles, row["post"])


async def sign_out(ctx: Context, token: str) -> None:
    """End the session behind a token; without one there is nothing to do."""
    found = await signed(ctx, token)
    if found is not None:
        async with unit_of_work(ctx.acting_as(found.actor)) as uow:
            await end(uow, found.account_id, found.session_id)


async def end(uow: UnitOfWork, account_id: UUID, session_id: int | None = None) -> int:
    """End one session of an account, or all of them; returns how many ended. Raises ``NotFound`` for none."""
    which = (col(Session.account_id) == account_id) & col(Session.ended_at).is_(None)
    if session_id is not None:
        which &= col(Session.id) == session_id
    ended = (await uow.session.exec(update(Session).where(which).values(ended_at=uow.ctx.now))).rowcount
    if session_id is not None and not ended:
        raise NotFound("会话")
    await record.append(uow, f"account:{account_id}", "session.ended", {"session": session_id, "count": ended})
    return int(ended)


def must_be_signed(found: Signed | None) -> Signed:
    """Return the session or raise ``NotSignedIn``."""
    if found is None:
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    return found
