"""Sending copies of notices over mail, SMS and webhook, for the outbox: at least once, under the key of the letter.

What is sent and not noted (a crash in between) is sent again under the same key, by which whoever receives it knows it.
"""

from collections.abc import Mapping
from typing import Any, Final

from resolvers.context import UnitOfWork
from resolvers.errors import Unavailable
from resolvers.gateways import Gateways, Message, Send

TAKE: Final = """
SELECT c.id, c.channel, c.title, c.body, c.made_at, n.address, n.template, coalesce(s.mail, '') AS mail,
  coalesce(s.phone, '') AS phone
FROM notice_copy c JOIN notice n ON n.id = c.notice_id LEFT JOIN notice_setting s ON s.account_id = c.account_id
WHERE c.id = $1 AND c.sent_at IS NULL FOR UPDATE OF c
"""
SENT: Final = "UPDATE notice_copy SET sent_at = $2 WHERE id = $1"


async def send(uow: UnitOfWork, key: str, payload: Mapping[str, Any]) -> None:
    """Send one copy and note it. Raises what its gateway raises, and ``Unavailable`` where the channel is not set up."""
    connection = await uow.raw()
    row = await connection.fetchrow(TAKE, payload["copy"])
    if row is None:
        return
    to = {"mail": row["mail"], "sms": row["phone"]}.get(row["channel"], "")
    # Whoever took the address out since wants no letter any more; the desk has told it already.
    if to or row["channel"] == "webhook":
        gateway = _gateway(uow.ctx.gateways, row["channel"])
        words = (row["title"], row["body"], row["address"], row["made_at"].isoformat(), row["template"])
        await gateway(Message(key, to, *words))
    await connection.execute(SENT, row["id"], uow.ctx.now)


def _gateway(gateways: Gateways, channel: str) -> Send:
    found: Send | None = getattr(gateways, channel)
    if found is None:
        raise Unavailable("这一通知渠道没有设置。", "请系统管理员检查设置。")
    return found
