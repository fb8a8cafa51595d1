"""The second factor: time-based one-time passwords (RFC 6238) and recovery codes, each good once (ASVS 6.5.1)."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy import delete
from sqlmodel import col, update

from domain.tables.accounts import Account, RecoveryCode, Session
from resolvers import record, sessions
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, InvalidInput, NotFound
from resolvers.keys import CannotOpen
from resolvers.sessions import Signed, SignIn
from resolvers.throttles import Client, forgive, take_factor_attempt

ISSUER: Final = "阳光"
STEP_SECONDS: Final = 30
STEPS_BESIDE: Final = (-1, 0, 1)
RECOVERY_CODES: Final = 10

# Compare-and-set: of fifty parallel uses of one code exactly one finds the older step.
TAKE_STEP = "UPDATE account SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 RETURNING id"
TAKE_CODE = """
UPDATE recovery_code SET used_at = $3 WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING account_id
"""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the owner needs to set up an authenticator: the secret as text and as an ``otpauth`` address."""

    secret: str
    address: str


def sealed_place(account_id: UUID) -> str:
    """Name the place that an account's confirmed secret is sealed for."""
    return f"account.totp_sealed.{account_id}"


def _pending_place(found: Signed) -> str:
    # Until it is confirmed a secret opens only in the session that asked for it: whoever knows somebody's first
    # password cannot lay a secret of their own for the owner to confirm.
    return f"account.totp_sealed.{found.account_id}.session.{found.session_id}"


def wrong_code() -> InvalidInput:
    """Return the one answer to a wrong, an old and a used code."""
    return InvalidInput("验证码不正确或已经使用过。", "请等待验证器显示新的验证码后重新输入。")


def normalised(code: str) -> str:
    """Return a code without the spaces and hyphens people type into it; nothing else is forgiven."""
    return "".join(code.split()).replace("-", "").lower()


async def begin_enrolment(ctx: Context, found: Signed) -> Enrolment:
    """Make a new secret for the signed-in account; it counts only once ``confirm_enrolment`` has seen a code.

    Raises ``Conflict`` when a confirmed factor exists: it must be reset by an administrator first.
    """
    secret = pyotp.random_base32()
    async with unit_of_work(ctx.acting_as(found.actor)) as uow:
        account = await _locked(uow, found.account_id)
        if account.totp_confirmed_at is not None:
            raise Conflict("已经设置了双因素登录。", "如需更换验证器，请联系系统管理员重置。")
        account.totp_sealed = ctx.keys.seal(_pending_place(found), secret.encode())
        account.totp_last_step = 0
        uow.session.add(account)
        await record.append(uow, f"account:{account.id}", "second_factor.begun", {})
    return _enrolment(found, secret)


def _enrolment(found: Signed, secret: str) -> Enrolment:
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=found.login, issuer_name=ISSUER))


async def pending_enrolment(ctx: Context, found: Signed) -> Enrolment | None:
    """Return the secret that this session has asked for and not confirmed yet, if there is one."""
    async with ctx.db.sessions() as session:
        account = await session.get(Account, found.account_id)
    if account is None or account.totp_sealed is None or account.totp_confirmed_at is not None:
        return None
    try:
        return _enrolment(found, ctx.keys.open(_pending_place(found), account.totp_sealed).decode())
    except CannotOpen:
        return None


async def confirm_enrolment(ctx: Context, found: Signed, code: str) -> tuple[str, ...]:
    """Take the first code of the new secret; returns the recovery codes, which are shown this once."""
    pending = await pending_enrolment(ctx, found)
    async with unit_of_work(ctx.acting_as(found.actor)) as uow:
        account = await _locked(uow, found.account_id)
        if pending is None or account.totp_confirmed_at is not None:
            raise Conflict("没有待确认的验证器。", "请重新开始设置。")
        account.totp_sealed = ctx.keys.seal(sealed_place(account.id), pending.secret.encode())
        uow.session.add(account)
        await _take_totp(uow, account, code)
        account.totp_confirmed_at = ctx.now
        uow.session.add(account)
        codes = await _new_recovery_codes(uow, account.id)
        verified = update(Session).where(col(Session.id) == found.session_id).values(verified_at=ctx.now)
        await uow.session.exec(verified)
        await record.append(uow, f"account:{account.id}", "second_factor.confirmed", {})
    return codes


async def verify(ctx: Context, token: str, code: str, client: Client) -> SignIn:
    """Show the second factor (a one-time password or a recovery code); returns a session with a new token.

    The half-open session ends, so that a token seen before the second factor is worth nothing after it.
    """
    found = sessions.must_be_signed(await sessions.signed(ctx, token))
    if found.verified:
        raise Conflict("本次登录已经完成验证。", "请返回工作台。")
    key = await take_factor_attempt(ctx, found.account_id, client)
    async with unit_of_work(ctx.acting_as(found.actor)) as uow:
        account = await _locked(uow, found.account_id)
        method = await _take_any(uow, account, code)
        await sessions.end(uow, account.id, found.session_id)
        # The session goes on to say whether it began at the provider: then our password plays no part.
        method = f"{found.method}+{method}"
        fresh, opened = await sessions.open_session(uow, account, verified=True, method=method)
    await forgive(ctx, key)
    return SignIn(fresh, opened.id or 0, account.id, False, found.must_change_password)


async def forget(uow: UnitOfWork, account_id: UUID, reason: str = "") -> None:
    """Remove an account's second factor and its recovery codes; who may do so is the caller's question."""
    account = await _locked(uow, account_id)
    account.totp_sealed, account.totp_confirmed_at = None, None
    uow.session.add(account)
    await uow.session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    await record.append(uow, f"account:{account_id}", "second_factor.reset", {"reason": reason})


async def _locked(uow: UnitOfWork, account_id: UUID) -> Account:
    account = await uow.session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("账号")
    return account


async def _take_any(uow: UnitOfWork, account: Account, code: str) -> str:
    """Take a one-time password or, by its length, a recovery code; returns the method for the record."""
    digits = normalised(code)
    if digits.isdigit() and len(digits) == 6:
        await _take_totp(uow, account, digits)
        return "totp"
    connection = await uow.raw()
    hashed = uow.ctx.keys.keyed_hash(f"recovery/{account.id}", digits)
    if await connection.fetchval(TAKE_CODE, account.id, hashed, uow.ctx.now) is None:
        raise wrong_code()
    return "recovery_code"


async def _take_totp(uow: UnitOfWork, account: Account, code: str) -> None:
    if account.totp_sealed is None:
        raise wrong_code()
    totp = pyotp.TOTP(uow.ctx.keys.open(sealed_place(account.id), account.totp_sealed).decode())
    typed = normalised(code).encode()
    this_step = int(uow.ctx.now.timestamp()) // STEP_SECONDS
    steps = [this_step + beside for beside in STEPS_BESIDE]
    good = [step for step in steps if secrets.compare_digest(totp.at(step * STEP_SECONDS).encode(), typed)]
    await uow.session.flush()
    connection = await uow.raw()
    if not good or await connection.fetchval(TAKE_STEP, account.id, max(good)) is None:
        raise wrong_code()
    await uow.session.refresh(account)


async def _new_recovery_codes(uow: UnitOfWork, account_id: UUID) -> tuple[str, ...]:
    codes = tuple(secrets.token_hex(8) for _ in range(RECOVERY_CODES))
    await uow.session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    for code in codes:
        hashed = uow.ctx.keys.keyed_hash(f"recovery/{account_id}", code)
        uow.session.add(RecoveryCode(account_id=account_id, code_hash=hashed))
    return tuple("-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes)
