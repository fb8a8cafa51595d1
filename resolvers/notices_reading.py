"""Notices as their reader sees them; how one wants to be told beside the desk; and what each template says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.notice_templates import LANGUAGES, NoticeTemplate, load_templates
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, NotSignedIn

LIST: Final = """
SELECT c.id, c.title, c.body, c.made_at, c.read_at, n.address, n.clause, n.template FROM notice_copy c
JOIN notice n ON n.id = c.notice_id
WHERE c.account_id = $1 AND c.channel = 'desk' AND c.id < coalesce($2, 9223372036854775807) ORDER BY c.id DESC LIMIT $3
"""
READ: Final = """
UPDATE notice_copy SET read_at = $2 WHERE account_id = $1 AND channel = 'desk' AND read_at IS NULL AND id <= $3
"""
SETTING: Final = "SELECT mail, phone, language, muted FROM notice_setting WHERE account_id = $1"
SET: Final = """
INSERT INTO notice_setting (account_id, mail, phone, language, muted, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account_id) DO UPDATE SET mail = $2, phone = $3, language = $4, muted = $5, changed_at = $6
"""
MAIL: Final = re.compile(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
PHONE: Final = re.compile(r"\+?[0-9]{6,20}")
SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class OwnNotice:
    """A notice as its reader sees it."""

    id: int
    title: str
    body: str
    made_at: datetime
    unread: bool
    address: str
    clause: str
    template: str


@dataclass(frozen=True, slots=True)
class NoticeWishes:
    """How somebody wants to be told beside the desk."""

    mail: str = ""
    phone: str = ""
    language: str = LANGUAGES[0]
    muted: tuple[str, ...] = ()


async def own_notices(ctx: Context, before: int | None = None, most: int = SHOWN) -> tuple[OwnNotice, ...]:
    """Return the actor's notices, the newest first. Raises ``NotSignedIn``."""
    rows = await ctx.db.reads.fetch(LIST, _account(ctx), before, most)
    names = ("id", "title", "body", "made_at", "address", "clause", "template")
    return tuple(OwnNotice(unread=row["read_at"] is None, **{name: row[name] for name in names}) for row in rows)


async def mark_own_read(ctx: Context, newest: int) -> None:
    """Note that the actor has read the notices up to one. Raises ``NotSignedIn``."""
    account = _account(ctx)
    async with unit_of_work(ctx, unrecorded="a notice that somebody was told and has seen") as uow:
        await (await uow.raw()).execute(READ, account, ctx.now, newest)


async def wishes(ctx: Context) -> NoticeWishes:
    """Return how the actor wants to be told. Raises ``NotSignedIn``."""
    row = await ctx.db.reads.fetchrow(SETTING, _account(ctx))
    return NoticeWishes(row["mail"], row["phone"], row["language"], tuple(row["muted"])) if row else NoticeWishes()


async def set_wishes(ctx: Context, given: NoticeWishes) -> None:
    """Keep how the actor wants to be told; what the law wants told cannot be muted.

    Raises ``NotSignedIn``, and ``InvalidInput`` with its fields.
    """
    account = _account(ctx)
    problems = list(_problems(given))
    if problems:
        raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))
    async with unit_of_work(ctx) as uow:
        muted = sorted(given.muted)
        await (await uow.raw()).execute(SET, account, given.mail, given.phone, given.language, muted, ctx.now)
        told: dict[str, Any] = {
            "language": given.language,
            "mail": bool(given.mail),
            "muted": muted,
            "phone": bool(given.phone),
        }
        await record.append(uow, f"account:{account}", "account.notices_set", told)


def _problems(given: NoticeWishes) -> Sequence[FieldProblem]:
    found = []
    if given.mail and not MAIL.fullmatch(given.mail):
        found.append(
            FieldProblem("mail", "NOT_AN_ADDRESS", "邮箱地址不正确。", "例如 name@example.gov.cn；不用邮件请留空。")
        )
    if given.phone and not PHONE.fullmatch(given.phone):
        found.append(FieldProblem("phone", "NOT_A_NUMBER", "手机号码不正确。", "只填数字；不用短信请留空。"))
    if given.language not in LANGUAGES:
        found.append(FieldProblem("language", "UNKNOWN", "没有这种语言。", "请从列表中选择。"))
    known = load_templates()
    if any(code not in known or not known[code].optional for code in given.muted):
        found.append(FieldProblem("muted", "NOT_OPTIONAL", "法定的通知不能关闭。", "请只选择列出的通知。"))
    return found


def templates() -> tuple[tuple[str, NoticeTemplate], ...]:
    """Return every template with its code, in the order of the files."""
    return tuple(load_templates().items())


def _account(ctx: Context) -> Any:
    if ctx.actor.kind != "official" or ctx.actor.account_id is None:
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    return ctx.actor.account_id
