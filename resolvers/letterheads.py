"""Letterheads 版头: what each body prints on its documents, and its word 代字 in their numbers (GB/T 9704, 7.2.5)."""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from domain.access import Permission, Target
from domain.paper_words import character_words, unfit
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.reading.fetching import ReadConnection

READ: Final = """
SELECT b.code AS body_code, b.name, b.short_name, b.place, b.contact_phone, g.name AS government, b.government_id,
  l.word, l.address, l.phone, l.court, l.bank_name, l.bank_account, l.changed_at
FROM body b JOIN government g ON g.id = b.government_id LEFT JOIN letterhead l ON l.body_code = b.code
WHERE b.code = $1
"""
WRITE: Final = """
INSERT INTO letterhead (body_code, word, address, phone, court, bank_name, bank_account, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (body_code) DO UPDATE SET word = EXCLUDED.word, address = EXCLUDED.address, phone = EXCLUDED.phone,
  court = EXCLUDED.court, bank_name = EXCLUDED.bank_name, bank_account = EXCLUDED.bank_account,
  changed_at = EXCLUDED.changed_at
"""
WORD: Final = re.compile(r"[\u4e00-\u9fff]{1,12}")
LONGEST: Final = 200
ENDINGS: Final = "局委办厅处院队所"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a body prints. Without a word of its own its short name stands in for it, without the ending."""

    word: str
    address: str = ""
    phone: str = ""
    court: str = ""
    bank_name: str = ""
    bank_account: str = ""


LABELS: Final = {
    "word": "发文代字",
    "address": "办公地址",
    "phone": "联系电话",
    "court": "有管辖权的人民法院",
    "bank_name": "代收罚款的银行",
    "bank_account": "罚款缴入账户",
}


@dataclass(frozen=True, slots=True)
class HeldLetterhead:
    """A body's letterhead as it stands, with the names that go with it; ``changed_at`` is None while none was set."""

    body: str
    organ: str
    government: str
    government_id: int
    head: Letterhead
    changed_at: datetime | None


async def letterhead_of(connection: ReadConnection, body: str) -> HeldLetterhead:
    """Return the letterhead of a body; raises ``NotFound`` for a body that there is not."""
    row = await connection.fetchrow(READ, body)
    if row is None:
        raise NotFound("机关")
    head = Letterhead(
        word=row["word"] or word_of(row["short_name"] or row["name"]),
        address=row["address"] or row["place"],
        phone=row["phone"] or row["contact_phone"],
        court=row["court"] or "有管辖权的人民法院",
        bank_name=row["bank_name"] or "",
        bank_account=row["bank_account"] or "",
    )
    return HeldLetterhead(body, row["name"], row["government"], row["government_id"], head, row["changed_at"])


def word_of(name: str) -> str:
    """Return the word that stands in for one that was never set: the short name without its ending.

    A city's 市场监管局 is called 市市场监管局; a number that begins with the level twice reads like a slip.
    """
    short = name[1:] if name[:1] == name[1:2] else name
    return short[:-1] if len(short) > 2 and short[-1] in ENDINGS else short


async def letterhead(ctx: Context, body: str) -> HeldLetterhead:
    """Return the letterhead of a body to whoever may set it; raises ``NotFound``, ``NotPermitted``, ``NotSignedIn``."""
    async with ctx.db.reads.acquire() as connection:
        held = await letterhead_of(connection, body)
    permit(ctx, Permission.LETTERHEAD_SET, Target(held.government_id, body))
    return held


async def set_letterhead(ctx: Context, body: str, head: Letterhead) -> None:
    """Set what a body prints from now on; documents that were made keep theirs. Raises ``InvalidInput`` as well."""
    held = await letterhead(ctx, body)
    problems = tuple(_problems(head))
    if problems:
        raise InvalidInput("版头信息填写有误。", "请按提示改正后重新提交。", problems)
    values = {one.name: getattr(head, one.name).strip() for one in fields(head)}
    async with unit_of_work(ctx) as uow:
        await (await uow.raw()).execute(WRITE, body, *values.values(), ctx.now)
        before = {one.name: getattr(held.head, one.name) for one in fields(head)}
        told = {"before": before, "after": values}
        await record.append(uow, f"letterhead:{body}", "letterhead.set", told, body_code=body)


def _problems(head: Letterhead) -> list[FieldProblem]:
    found = []
    if not WORD.fullmatch(head.word.strip()):
        found.append(FieldProblem("word", "WRONG_VALUE", "发文代字应为1至12个汉字。", "例如：云城管。"))
    for name, label in LABELS.items():
        text = getattr(head, name)
        if len(text) > LONGEST:
            found.append(FieldProblem(name, "TOO_LONG", f"“{label}”超过{LONGEST}字。", "请缩短。"))
        if wrong := unfit(text):
            told = f"“{label}”中有不能印在文书上的字符{character_words(wrong)}。"
            found.append(FieldProblem(name, "UNFIT_CHARACTER", told, "请删去这个字符。"))
    return found
