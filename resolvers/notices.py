"""Notices: written with their cause, told to whoever holds the office that day, once for a person and a channel.

A notice and its row in the outbox are one transaction with what it tells of; whoever tells it asks anew whether it is
still so (a report that has come needs no reminder). What is told at the desk is told by the database; letters to mail,
SMS and webhook leave rows of their own, which `resolvers.notices_sending` sends.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.access import Role
from domain.notice_templates import FIRST_LANGUAGE, NoticeTemplate, load_templates
from domain.planning import outside_quiet_hours
from domain.values import canonical_json
from resolvers.context import LOCAL, UnitOfWork
from resolvers.errors import InvalidInput

ADD: Final = """
INSERT INTO notice (key, template, reach, government_id, body_code, roles, subject, only_if, address, facts, clause, due_at,
  made_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11, $12, $13, 'waiting')
ON CONFLICT (key) DO NOTHING RETURNING id
"""
LETTER: Final = """
INSERT INTO outbox (topic, key, payload, due_at, next_try) VALUES ($1, $2, $3::text::jsonb, $4, $4)
ON CONFLICT (key) DO NOTHING
"""
TAKE: Final = """
SELECT id, template, reach, government_id, body_code, roles, subject, only_if, facts::text AS facts FROM notice
WHERE id = $1 AND state = 'waiting' FOR UPDATE
"""
DONE: Final = "UPDATE notice SET state = $2, told_at = $3, reason = $4 WHERE id = $1"
REPORT_OPEN, COMPLAINT_OPEN, OBJECTION_OPEN = "report_open", "complaint_open", "objection_open"
STILL: Final[Mapping[str, str]] = {
    REPORT_OPEN: "SELECT state IN ('open', 'returned') FROM report WHERE id = $1",
    OBJECTION_OPEN: "SELECT state = 'filed' FROM score_objection WHERE id = $1",
    COMPLAINT_OPEN: """
SELECT last AND phase IN ('received', 'running') AND answered_at IS NULL FROM complaint_run WHERE id = $1
""",
}
"""Conditions that are asked when a notice is told, of the row that its subject names."""

# Who holds the office today. Where nobody of a body holds one of the roles, all its officials are told: somebody must be.
# What is confidential ($6) is told to nobody else, but then to whoever supervises (000-16).
HOLDERS: Final = """
WITH held AS (
  SELECT DISTINCT p.account_id, t.roles && $4::text[] AS fits
  FROM posting p JOIN post t ON t.id = p.post_id JOIN unit u ON u.id = t.unit_id JOIN body b ON b.id = u.body_id
  JOIN account a ON a.id = p.account_id AND a.state = 'active'
  WHERE p.valid @> $5::date AND CASE $1::text WHEN 'body' THEN b.code = $3 WHEN 'government' THEN b.government_id = $2
    ELSE true END)
SELECT h.account_id, coalesce(s.mail, '') AS mail, coalesce(s.phone, '') AS phone, coalesce(s.language, 'zh-Hans') AS language,
  coalesce(s.muted, '{}') AS muted
FROM (SELECT account_id, bool_or(fits) AS fits FROM held GROUP BY account_id) h
LEFT JOIN notice_setting s ON s.account_id = h.account_id
WHERE h.fits OR $1::text = 'body' AND NOT $6::bool AND NOT EXISTS (SELECT FROM held WHERE fits) ORDER BY h.account_id
"""
COPY: Final = """
INSERT INTO notice_copy (notice_id, account_id, channel, title, body, made_at, sent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to write. ``key`` says what it is about; ``only_if`` names a condition that is asked when it is told."""

    key: str
    template: str
    clause: str
    roles: Sequence[str]
    reach: str = "body"
    government_id: int | None = None
    body_code: str = ""
    subject: str = ""
    only_if: str = ""
    address: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None


async def write(uow: UnitOfWork, new: NewNotice) -> int | None:
    """Write a notice with its letter, in the transaction of its cause; None if one of this key is there already."""
    ctx, connection = uow.ctx, await uow.raw()
    template(new.template).worded(FIRST_LANGUAGE, new.facts)  # a fact that is missing is told here, not by night
    due = new.due_at or ctx.now
    place = (new.reach, new.government_id, new.body_code, list(new.roles), new.subject, new.only_if, new.address)
    facts = canonical_json(dict(new.facts)).decode()
    made: int | None = await connection.fetchval(ADD, new.key, new.template, *place, facts, new.clause, due, ctx.now)
    if made is not None:
        payload = canonical_json({"notice": made}).decode()
        await connection.execute(LETTER, "notice", f"notice:{made}", payload, max(due, ctx.now))
    return made


def template(code: str) -> NoticeTemplate:
    """Return a template. Raises ``InvalidInput`` for one that there is not."""
    found = load_templates().get(code)
    if found is None:
        raise InvalidInput("没有这种通知。", "请从列表中选择。")
    return found


async def tell(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Tell one notice for the outbox: to everybody who holds the office, at the desk at once, beside it by letters."""
    ctx, connection = uow.ctx, await uow.raw()
    row = await connection.fetchrow(TAKE, payload["notice"])
    if row is None:
        return
    if not await _still(connection, row):
        await connection.execute(DONE, row["id"], "dropped", ctx.now, "已经办理，无需再提醒")
        return
    confidential = template(row["template"]).confidential
    for holder in await _holders(uow, row, confidential=confidential):
        await _copies(uow, row, holder)
    if ctx.gateways.webhook is not None and not confidential:
        await _letter(uow, row, None, "webhook", FIRST_LANGUAGE, ctx.now)
    await connection.execute(DONE, row["id"], "told", ctx.now, "")


async def _holders(uow: UnitOfWork, row: asyncpg.Record, *, confidential: bool) -> Sequence[asyncpg.Record]:
    """Return whom a notice is for today, each with the wishes of their own."""
    connection, today = await uow.raw(), uow.ctx.now.astimezone(LOCAL).date()
    place = (row["reach"], row["government_id"], row["body_code"], row["roles"])
    found = await connection.fetch(HOLDERS, *place, today, confidential)
    if found or not confidential:
        return found
    above = ("government", row["government_id"], "", [Role.SUPERVISION_BUREAU.value])
    return await connection.fetch(HOLDERS, *above, today, confidential)


async def _still(connection: asyncpg.Connection, row: asyncpg.Record) -> bool:
    """Say whether what a notice tells is still so."""
    sql = STILL.get(row["only_if"])
    return sql is None or bool(await connection.fetchval(sql, int(row["subject"].partition(":")[2])))


async def _copies(uow: UnitOfWork, row: asyncpg.Record, holder: asyncpg.Record) -> None:
    """Make the copies of one person: the desk always, mail and SMS where there is an address and no wish against it."""
    ctx, kind = uow.ctx, template(row["template"])
    await _copy(uow, row, holder["account_id"], "desk", holder["language"])
    if kind.optional and row["template"] in holder["muted"]:
        return
    when = ctx.now if kind.urgent else outside_quiet_hours(ctx.profile.planning.quiet, ctx.now)
    for channel, address, gateway in (
        ("mail", holder["mail"], ctx.gateways.mail),
        ("sms", holder["phone"], ctx.gateways.sms),
    ):
        if address and gateway is not None:
            await _letter(uow, row, holder["account_id"], channel, holder["language"], when)


async def _letter(
    uow: UnitOfWork, row: asyncpg.Record, account: UUID | None, channel: str, language: str, when: datetime
) -> None:
    made = await _copy(uow, row, account, channel, language)
    if made is not None:
        payload = canonical_json({"copy": made}).decode()
        await (await uow.raw()).execute(LETTER, channel, f"{channel}:{made}", payload, when)


async def _copy(uow: UnitOfWork, row: asyncpg.Record, account: UUID | None, channel: str, language: str) -> int | None:
    said = template(row["template"]).worded(language, facts_of(row))
    sent = uow.ctx.now if channel == "desk" else None
    values = (row["id"], account, channel, said.title, said.body, uow.ctx.now, sent)
    found: int | None = await (await uow.raw()).fetchval(COPY, *values)
    return found


def facts_of(row: asyncpg.Record) -> Mapping[str, Any]:
    """Return the facts of a notice."""
    found: dict[str, Any] = json.loads(row["facts"])
    return found
