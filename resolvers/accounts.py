"""Accounts: made and reset by the system administrator; each change is an event (N5; GB/T 22239 三员)."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from domain.access import Permission, Target
from domain.passwords import weaknesses
from domain.tables.accounts import Account
from resolvers import record, second_factors, sessions
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.passwords import PASSWORDS
from resolvers.permits import permit
from resolvers.sessions import Signed, SignIn
from resolvers.throttles import Client, forgive, take_attempt, throttle_key

LOGIN_LENGTH: Final = range(3, 65)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A new account and its first password, which is shown once and must be changed at first sign-in."""

    account_id: UUID
    login: str
    password: str


def generated_password() -> str:
    """Return a random password of 100 bits that can be read aloud: five groups of four letters and digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))


async def check_new(ctx: Context, login: str, name: str, password: str = "") -> None:
    """Look at what a new account would be; raises what ``create`` would, and enters nothing."""
    permit(ctx, Permission.ACCOUNT_CREATE)
    login, name = login.strip().lower(), name.strip()
    _check_names(login, name)
    if password:
        _check_password(ctx, password, (login, name))
    async with ctx.db.sessions() as session:
        if (await session.exec(select(Account).where(col(Account.login) == login))).first():
            raise Conflict(f"登录名“{login}”已被使用。", "请换一个登录名。")


def _check_password(ctx: Context, new: str, about: tuple[str, ...], old: str | None = None) -> None:
    weak = weaknesses(new, ctx.policy.password_rules, about=about)
    if new == old:
        weak = (*weak, "新口令不能与原口令相同")
    if weak:
        problems = tuple(FieldProblem("new", "WEAK_PASSWORD", text) for text in weak)
        raise InvalidInput("新口令不符合要求。", "请换一个更长、不常见的口令。", problems)


async def create(ctx: Context, login: str, name: str, *, password: str = "", must_change: bool = True) -> NewAccount:
    """Make an account without any post. Raises ``InvalidInput`` for a bad login, ``Conflict`` for a taken one.

    Without ``password`` one is generated. ``must_change`` is off only for demonstration accounts, and where the
    owner has chosen the password.
    """
    await check_new(ctx, login, name, password)
    login, name = login.strip().lower(), name.strip()
    chosen, password = bool(password), password or generated_password()
    hashed = await PASSWORDS.hash(password, generated=not chosen)
    async with unit_of_work(ctx) as uow:
        account = Account(
            login=login,
            name=name,
            password_hash=hashed,
            password_changed_at=ctx.now,
            must_change_password=must_change,
            created_at=ctx.now,
        )
        uow.session.add(account)
        try:
            await uow.session.flush()
        except IntegrityError as error:
            raise Conflict(f"登录名“{login}”已被使用。", "请换一个登录名。") from error
        await record.append(uow, f"account:{account.id}", "account.created", {"login": login, "name": name})
    return NewAccount(account.id, login, password)


def _check_names(login: str, name: str) -> None:
    problems = []
    if len(login) not in LOGIN_LENGTH or not login.isascii() or not login.replace("-", "").replace(".", "").isalnum():
        text = "登录名须为 3 至 64 个小写字母、数字、点或连字符"
        problems.append(FieldProblem("login", "BAD_LOGIN", text))
    if not name:
        problems.append(FieldProblem("name", "REQUIRED", "请填写姓名"))
    if problems:
        raise InvalidInput("账号信息填写有误。", "请按提示修改。", tuple(problems))


async def get(uow: UnitOfWork, account_id: UUID) -> Account:
    """Return an account for a change; raises ``NotFound``."""
    account = await uow.session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("账号")
    return account


async def disable(ctx: Context, account_id: UUID, reason: str) -> None:
    """Disable an account and end its sessions at once."""
    permit(ctx, Permission.ACCOUNT_DISABLE, Target(account_id=account_id))
    _check_reason(reason)
    async with unit_of_work(ctx) as uow:
        account = await get(uow, account_id)
        account.state = "disabled"
        uow.session.add(account)
        await record.append(uow, f"account:{account_id}", "account.disabled", {"reason": reason})
        await sessions.end(uow, account_id)


async def enable(ctx: Context, account_id: UUID, reason: str) -> None:
    """Make a disabled account active again; its posts are what they are."""
    permit(ctx, Permission.ACCOUNT_ENABLE, Target(account_id=account_id))
    _check_reason(reason)
    async with unit_of_work(ctx) as uow:
        account = await get(uow, account_id)
        account.state = "active"
        uow.session.add(account)
        await record.append(uow, f"account:{account_id}", "account.enabled", {"reason": reason})


def _check_reason(reason: str) -> None:
    if not reason.strip():
        problem = FieldProblem("reason", "REQUIRED", "请填写理由")
        raise InvalidInput("没有填写理由。", "请写明理由后再提交。", (problem,))


async def reset(ctx: Context, account_id: UUID) -> NewAccount:
    """Give an account a new first password and end its sessions; its second factor stays."""
    permit(ctx, Permission.ACCOUNT_RESET, Target(account_id=account_id))
    password = generated_password()
    hashed = await PASSWORDS.hash(password, generated=True)
    async with unit_of_work(ctx) as uow:
        account = await get(uow, account_id)
        account.password_hash, account.password_changed_at, account.must_change_password = hashed, ctx.now, True
        uow.session.add(account)
        await record.append(uow, f"account:{account_id}", "account.password_reset", {})
        await sessions.end(uow, account_id)
        login = account.login
    return NewAccount(account_id, login, password)


async def reset_second_factor(ctx: Context, account_id: UUID, reason: str) -> None:
    """Forget the second factor of somebody who has lost it, and end that account's sessions."""
    permit(ctx, Permission.SECOND_FACTOR_RESET, Target(account_id=account_id))
    _check_reason(reason)
    async with unit_of_work(ctx) as uow:
        await second_factors.forget(uow, account_id, reason)
        await sessions.end(uow, account_id)


async def end_sessions(ctx: Context, account_id: UUID, session_id: int | None = None) -> int:
    """End one session of an account, or all of them; one's own, or anybody's for the security administrator."""
    permit(ctx, Permission.SESSION_END, Target(account_id=account_id))
    async with unit_of_work(ctx) as uow:
        await get(uow, account_id)
        return await sessions.end(uow, account_id, session_id)


async def link(ctx: Context, account_id: UUID, issuer: str, subject: str) -> None:
    """Let a person of an OpenID provider sign in to this account, or nobody when both are empty.

    The key is issuer and subject together (OpenID Connect Core 5.7); names and mail addresses can change hands.
    Raises ``Conflict`` when that person is linked to another account.
    """
    permit(ctx, Permission.ACCOUNT_LINK, Target(account_id=account_id))
    issuer, subject = issuer.strip().rstrip("/"), subject.strip()
    if bool(issuer) != bool(subject):
        problem = FieldProblem("subject", "REQUIRED", "请填写该人员在统一身份认证中的标识（sub）")
        raise InvalidInput("身份信息不完整。", "发行方和标识须同时填写，或者同时留空。", (problem,))
    async with unit_of_work(ctx) as uow:
        account = await get(uow, account_id)
        account.issuer, account.subject = issuer or None, subject or None
        uow.session.add(account)
        try:
            await uow.session.flush()
        except IntegrityError as error:
            raise Conflict("该身份已经关联到另一个账号。", "请先解除原有关联。") from error
        told = {"issuer": issuer, "subject": subject}
        await record.append(uow, f"account:{account_id}", "account.linked" if subject else "account.unlinked", told)
        await sessions.end(uow, account_id)


def must_be_equal(new: str, again: str) -> None:
    """Raise ``InvalidInput`` when a new password and its repetition differ: a slip of the hand would lock one out."""
    if new != again:
        problem = FieldProblem("again", "NOT_EQUAL", "两次输入的新口令不一致")
        raise InvalidInput("两次输入的新口令不一致。", "请重新输入。", (problem,))


async def change_password(ctx: Context, found: Signed, old: str, new: str, client: Client) -> SignIn:
    """Change one's own password; ends all sessions and opens a new one. Raises ``InvalidInput``."""
    if not found.verified:
        raise Conflict("请先完成双因素验证。", "输入验证码后再修改口令。")
    key = throttle_key(ctx, f"password:{found.account_id}", client)
    await take_attempt(ctx, key)
    async with ctx.db.sessions() as session:
        account = await session.get(Account, found.account_id)
    if account is None or not await PASSWORDS.check(old, account.password_hash):
        problem = FieldProblem("old", "WRONG_PASSWORD", "原口令不正确")
        raise InvalidInput("原口令不正确。", "请重新输入；忘记口令请联系系统管理员重置。", (problem,))
    await forgive(ctx, key)
    _check_password(ctx, new, (account.login, account.name), old)
    hashed = await PASSWORDS.hash(new)
    async with unit_of_work(ctx.acting_as(found.actor)) as uow:
        account = await get(uow, found.account_id)
        account.password_hash, account.password_changed_at, account.must_change_password = hashed, ctx.now, False
        uow.session.add(account)
        await record.append(uow, f"account:{account.id}", "account.password_changed", {})
        await sessions.end(uow, account.id)
        token, opened = await sessions.open_session(uow, account, verified=True, method="password_change")
    return SignIn(token, opened.id or 0, account.id, needs_second_factor=False, must_change_password=False)
