"""Handing the record over to a platform above, place by place, and taking note of what it has (X1; 003-28, 003-35).

The platform pulls: a page after a place is the same whoever asks how often, so loss, repetition and a line that was cut
need nothing of their own. It says what it has by the root that it computed itself; a root that is not ours means that one of
the two was shown something else, and is told at once. Nothing here makes an act for each page: that would be the next
thing to hand over, and so on for ever.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.access import Permission, Role, allowed
from domain.exchange import Allowed, Entry, EntryBroken
from domain.proof.leaf import opening
from domain.proof.merkle import range_hash
from domain.proof.tiles import TileBroken
from domain.values import canonical_json
from resolvers import notices, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotPermitted, Unavailable
from resolvers.exchange_platforms import stream_of
from resolvers.exchange_standing import Standing, standing_of
from resolvers.issuing import Issuer
from resolvers.notices import NewNotice
from resolvers.receipts import RecordAltered, act_of, alarm

MOST: Final = 1_000
USUAL: Final = 500
MOST_BYTES: Final = 1_000_000
"""About so much text is in a page at most; one act is always in it."""

CONTRADICTED, CAUGHT_UP = "exchange.contradicted", "exchange.caught_up"
NOTICE: Final = "exchange_contradicted"
TOLD: Final = (Role.AUDIT_ADMIN.value, Role.SUPERVISION_BUREAU.value)
HEARD_EVERY: Final = timedelta(minutes=1)

# Heads of a log that came before this one stay in the table, under their own name.
_PUBLISHED: Final = r"SELECT size FROM log_checkpoint WHERE starts_with(note, $1 || E'\n') ORDER BY id DESC LIMIT 1"
_ROOT: Final = r"SELECT root FROM log_checkpoint WHERE size = $2 AND starts_with(note, $1 || E'\n') LIMIT 1"
_LINES: Final = """
SELECT n.* FROM (
  SELECT g.place, g.entry AS logged, l.salt, e.id, e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id,
    e.actor_name, e.body, b.name AS bundle, v.content::text AS content,
    sum(octet_length(coalesce(e.body, '')) + octet_length(coalesce(v.content::text, ''))) OVER (ORDER BY g.place) AS bytes
  FROM log_leaf g LEFT JOIN event_leaf l ON l.event_id = g.event_id LEFT JOIN event e ON e.id = g.event_id
  LEFT JOIN archive_event a ON a.event_id = g.event_id LEFT JOIN archive_bundle b ON b.id = a.bundle_id
  LEFT JOIN power_version v ON v.item_id = CASE WHEN e.stream ~ '^power:[0-9]+$' THEN substr(e.stream, 7)::bigint END
    AND v.no = CASE WHEN starts_with(e.stream, 'power:') THEN (e.body::jsonb ->> 'no')::int END
  WHERE g.place >= $1 AND g.place < $2) n
WHERE n.bytes <= $3 OR n.place = $1 ORDER BY n.place
"""
_HEARD: Final = "UPDATE exchange_platform SET seen_at = $2 WHERE id = $1"
_LIVE: Final = "SELECT id FROM exchange_platform WHERE id = $1 AND ended_at IS NULL FOR UPDATE"
_LOG: Final = "SELECT event_id FROM log_leaf WHERE place = 0"
_TAKEN: Final = """
INSERT INTO exchange_handover (platform_id, log, size, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_DISPUTED: Final = """
INSERT INTO exchange_dispute (platform_id, log, size, root, told_at) VALUES ($1, $2, $3, $4, $5) RETURNING id
"""


class PositionUnknown(Conflict):
    """A place that no published head of this log covers: it was never given out, or the log has begun anew."""

    code = "POSITION_UNKNOWN"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"已发布的公开日志只有 {size} 条，没有这个位置：系统从备份恢复过，或者启用了新的日志。",
            "请核对 /log/checkpoint 中的日志名称；日志已经更换的，从 0 开始另存一份。",
        )


class RootContradicted(Conflict):
    """The platform's root is not ours: one of the two holds something else. It was told to whoever looks after the record."""

    code = "ROOT_CONTRADICTED"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"前 {size} 条的根与本系统的公开日志不符，没有记为已接收。",
            "请不要丢弃已经接收的数据；用 verify.py 核对日志和接收的条目，并与下级平台的审计管理员联系。",
        )


class AlteredHere(Conflict):
    """The record does not hold an act as the log has it: nothing from there on can be handed over as proven."""

    code = "RECORD_ALTERED"

    def __init__(self, index: int) -> None:
        super().__init__(
            f"第 {index} 条的记录与公开日志不符，不能作为数据上报。", "请通知监察机关；本系统的核查也会发现并告知。"
        )


@dataclass(frozen=True, slots=True)
class Entries:
    """A page: entries from a place on, how far the published log goes, and what this platform has said that it has."""

    origin: str
    after: int
    entries: tuple[Entry, ...]
    size: int
    received: int

    @property
    def following(self) -> int:
        """Where the next page begins."""
        return self.after + len(self.entries)


def permit_upper(ctx: Context, permission: Permission) -> None:
    """Let a platform above pass. Raises ``NotPermitted``: the same for no token, a wrong one and one that was ended."""
    if not allowed(ctx.actor, permission):
        raise _refused()


def _taker(ctx: Context, permission: Permission) -> tuple[Issuer, UUID]:
    """Return the log and who takes it. Raises as ``permit_upper`` does."""
    permit_upper(ctx, permission)
    if ctx.issuer is None or ctx.actor.account_id is None:
        raise Unavailable("公开日志暂时不可用。", "请稍后再试。")
    return ctx.issuer, ctx.actor.account_id


def _refused() -> NotPermitted:
    return NotPermitted(
        "没有提供上级平台的令牌，或者令牌无效、已经停用。", "请使用下级平台发给的令牌，或者请其重新登记。"
    )


async def entries(ctx: Context, after: int, most: int = USUAL) -> Entries:
    """Return what stands from a place on, under a published head only.

    Raises ``NotPermitted``, ``InvalidInput`` for a wrong page size, ``PositionUnknown``, ``AlteredHere``.
    """
    issuer, platform = _taker(ctx, Permission.EXCHANGE_ENTRY_READ)
    if not 1 <= most <= MOST:
        message, remedy = f"每页条数应为 1 至 {MOST}。", "请改小后重试。"
        raise InvalidInput(message, remedy, (FieldProblem("first", "OUT_OF_RANGE", message, remedy),))
    size = int(await ctx.db.reads.fetchval(_PUBLISHED, issuer.origin) or 0)
    if after > size:
        raise PositionUnknown(size)
    rows = await ctx.db.reads.fetch(_LINES, after, min(size, after + most), MOST_BYTES)
    standing = await standing_of(ctx.db.reads, platform)
    if standing.seen_at is None or ctx.now - standing.seen_at >= HEARD_EVERY:
        async with unit_of_work(ctx, unrecorded="when a platform above was last heard") as uow:
            await (await uow.raw()).execute(_HEARD, platform, ctx.now)
    return Entries(issuer.origin, after, _proven(rows, after), size, standing.size)


def _proven(rows: Sequence[asyncpg.Record], after: int) -> tuple[Entry, ...]:
    """Return the rows as entries, up to the first that is not what the log says. Raises ``AlteredHere`` if that is the first."""
    found: list[Entry] = []
    for index, row in enumerate(rows, after):
        try:
            found.append(_entry(row, index))
        except RecordAltered as error:
            alarm(error)
            if not found:
                raise AlteredHere(index) from error
            break
    return tuple(found)


def _entry(row: asyncpg.Record, index: int) -> Entry:
    if row["place"] != index:
        raise RecordAltered(f"place {index} of the log is missing")
    if row["id"] is None and row["bundle"] is not None:
        return Entry(index, row["logged"], bundle=row["bundle"])
    if row["id"] is None or row["salt"] is None:
        raise RecordAltered(f"the record does not hold the act at place {index} of the log")
    content = "" if row["content"] is None else canonical_json(json.loads(row["content"])).decode()
    found = Entry(index, row["logged"], opening(act_of(row), row["salt"]), content=content)
    try:
        found.check()
    except EntryBroken as error:
        raise RecordAltered(str(error)) from error
    return found


async def received(ctx: Context, size: int, root: bytes) -> Standing:
    """Take note that a platform has all places below ``size`` and computed this root of them; twice is as once.

    What it has never gets less. Raises ``NotPermitted``, ``PositionUnknown``, and ``RootContradicted`` once that is told.
    """
    issuer, platform = _taker(ctx, Permission.EXCHANGE_ENTRY_RECEIVE)
    if size < 1:
        message, remedy = "size 应为已接收的条数，至少为 1。", "还没有接收任何条目的，不必确认。"
        raise InvalidInput(message, remedy, (FieldProblem("size", "OUT_OF_RANGE", message, remedy),))
    published = int(await ctx.db.reads.fetchval(_PUBLISHED, issuer.origin) or 0)
    if size > published:
        raise PositionUnknown(published)
    same = root == await _root(ctx, issuer, size, published)
    async with unit_of_work(
        ctx, unrecorded="what a platform above has; an event would be the next thing to hand over"
    ) as uow:
        connection = await uow.raw()
        if await connection.fetchval(_LIVE, platform) is None:
            raise _refused()
        await connection.execute(_HEARD, platform, ctx.now)
        before, log = await standing_of(connection, platform), await connection.fetchval(_LOG)
        if same and size > before.size:
            await connection.execute(_TAKEN, platform, log, size, ctx.now)
        elif not same:
            await _contradicted(uow, before, (log, size, root))
        after = await standing_of(connection, platform)
        await _caught_up(uow, before, after)
    if not same:
        raise RootContradicted(size)
    return after


async def _root(ctx: Context, issuer: Issuer, size: int, published: int) -> bytes:
    """Return our root of a size: of a published head out of its row, of any other out of the published files."""
    known: bytes | None = await ctx.db.reads.fetchval(_ROOT, issuer.origin, size)
    if known is not None:
        return known
    try:
        return range_hash(issuer.folder.reader(published).read, 0, size)
    except TileBroken as error:
        raise Unavailable("公开日志的文件暂时读不到。", "请稍后再试。") from error


async def _contradicted(uow: UnitOfWork, standing: Standing, said: tuple[int, int, bytes]) -> None:
    """Keep and tell a contradiction. After one has been told the next is when the platform agreed with us in between."""
    if standing.disputes:
        return
    connection, (log, size, root) = await uow.raw(), said
    number = await connection.fetchval(_DISPUTED, standing.id, log, size, root, uow.ctx.now)
    told: dict[str, Any] = {"name": standing.name, "root": root.hex(), "size": size}
    await record.append(uow, stream_of(standing.id), CONTRADICTED, told)
    facts = {"name": standing.name, "size": str(size)}
    new = NewNotice(
        f"exchange.contradicted:{number}",
        NOTICE,
        "003-33",
        TOLD,
        reach="everywhere",
        address="/desk/exchange",
        facts=facts,
    )
    await notices.write(uow, new)


async def _caught_up(uow: UnitOfWork, before: Standing, after: Standing) -> None:
    """Record that a delay beyond the limit is over: once for each delay, so it does not go round in a circle."""
    allowed, now = Allowed.by(uow.ctx.profile), uow.ctx.now
    if before.delay(allowed, now) == "late" and after.delay(allowed, now) != "late":
        hours = int(before.lag(now).total_seconds() // 3600)
        told: dict[str, Any] = {"hours": hours, "name": before.name, "size": after.size}
        await record.append(uow, stream_of(before.id), CAUGHT_UP, told)
