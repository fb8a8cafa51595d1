"""The archive of the record: months that are old enough leave for bundles, are found there, and come back (003-33).

What is in the archive stays in the record: which act, of which matter, in which bundle, with which digest. Only what a
registered bundle holds can leave, by a function of the database that looks itself at what may.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.access import Permission
from domain.profile_parts import ProfileLimit
from domain.proof.archives import Kept, Manifest, Month
from domain.proof.auditing import Finding, Kind
from domain.proof.leaf import moment
from resolvers import record
from resolvers.context import LOCAL, Context, unit_of_work
from resolvers.errors import Conflict, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.reading.archives import GONE
from resolvers.reading.fetching import ReadConnection, Reading

STREAM: Final = "archive"
MADE, REMOVED, RESTORED = "archive.made", "archive.removed", "archive.restored"
LIMIT: Final = "online_retention"
IN_MONTHS: Final = {"year": 12, "month": 1}
CHUNK: Final = 5_000

_MONTHS: Final = """
SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date AS month FROM event WHERE at < $1 ORDER BY 1
"""
_BUNDLE: Final = "SELECT id, name, month, sha256, events FROM archive_bundle WHERE month = $1"
_BUNDLES: Final = "SELECT id, name, month, sha256, events FROM archive_bundle WHERE month < $1 ORDER BY month"
_REGISTER: Final = """
INSERT INTO archive_bundle (name, month, sha256, sm3, events, first_place, end_place, size, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""
_HELD: Final = """
INSERT INTO archive_event (event_id, bundle_id, stream, seq)
SELECT e.id, $1, e.stream, e.seq FROM event e WHERE e.id = ANY($2::bigint[])
"""
_BACK: Final = "SELECT archive_bring_back($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
_HERE: Final = """
SELECT count(*) FROM archive_event a JOIN event e ON e.id = a.event_id WHERE a.bundle_id = $1
"""
_OF_ACT: Final = """
SELECT b.name, b.month, encode(b.sha256, 'hex') AS digest, g.place, g.leaf
FROM archive_event a JOIN archive_bundle b ON b.id = a.bundle_id JOIN log_leaf g ON g.event_id = a.event_id
WHERE a.event_id = $1 AND NOT EXISTS (SELECT FROM event e WHERE e.id = a.event_id)
"""
_OF_STREAM: Final = (
    f"SELECT g.name, g.month, g.digest, g.first, g.last FROM ({GONE}) g WHERE g.stream = $1 ORDER BY g.month"
)
# A bundle may be let go in several turns, as its matters come to rest; what is there already stays.
_STATES: Final = """
INSERT INTO archive_matter (bundle_id, matter_id, seq, state)
SELECT $1, m.id, m.seq, sha256(convert_to(m.state::text, 'UTF8')) FROM matter m
WHERE m.id IN (SELECT substr(a.stream, 8)::bigint FROM archive_event a WHERE a.bundle_id = $1
               AND starts_with(a.stream, 'matter:') AND NOT EXISTS (SELECT FROM event e WHERE e.id = a.event_id))
ON CONFLICT DO NOTHING
"""
STATES_OF: Final = """
SELECT encode(sha256(coalesce(string_agg(int8send(s.matter_id) || int4send(s.seq) || s.state, ''::bytea ORDER BY s.matter_id),
  ''::bytea)), 'hex') FROM archive_matter s WHERE s.bundle_id = {bundle}
"""
# What is kept of the matter beside what was kept when its acts left, if nothing happened to it since.
_KEPT: Final = """
SELECT bool_and(s.state = sha256(convert_to(m.state::text, 'UTF8'))) FROM archive_matter s JOIN matter m ON m.id = s.matter_id
WHERE s.matter_id = $1 AND s.seq = m.seq
"""
# A bundle is what the record says that it is: its making is an act of the log, and so is every removal.
_CONTRADICTIONS: Final = f"""
SELECT b.name FROM archive_bundle b
LEFT JOIN event m ON m.stream = 'archive' AND m.kind = 'archive.made' AND m.body::jsonb ->> 'bundle' = b.name
LEFT JOIN LATERAL (
  SELECT encode(sha256(string_agg(int8send(a.event_id), ''::bytea ORDER BY a.event_id)), 'hex') AS ids,
         bool_or(e.id IS NULL) AS gone
  FROM archive_event a LEFT JOIN event e ON e.id = a.event_id WHERE a.bundle_id = b.id) h ON true
WHERE m.id IS NULL OR m.body::jsonb ->> 'manifest' IS DISTINCT FROM encode(b.sha256, 'hex')
   OR m.body::jsonb ->> 'ids' IS DISTINCT FROM h.ids
   OR (SELECT r.body::jsonb ->> 'states' FROM event r WHERE r.stream = 'archive' AND r.kind = 'archive.removed'
       AND r.body::jsonb ->> 'bundle' = b.name ORDER BY r.seq DESC LIMIT 1) <> ({STATES_OF.format(bundle="b.id").strip()})
   OR h.gone AND NOT EXISTS (SELECT FROM event r WHERE r.stream = 'archive' AND r.kind = 'archive.removed'
                             AND r.body::jsonb ->> 'bundle' = b.name)
ORDER BY b.name
"""


class NoKeepingLimit(InvalidInput):
    """The rules of this place do not say how long the record stays here; so nothing leaves."""

    code = "NO_KEEPING_LIMIT"


class OtherBundle(Conflict):
    """These files are not the bundle that the record knows."""

    code = "OTHER_BUNDLE"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that the record knows."""

    id: int
    name: str
    month: Month
    digest: str
    events: int


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The bundle in which something is that is not here any more, and which acts of its matter those are."""

    name: str
    month: Month
    digest: str
    first: int = 0
    last: int = 0


class InTheArchive(Conflict):
    """What was asked for is in a bundle of the archive: nothing is missing, and nothing is wrong."""

    code = "IN_THE_ARCHIVE"

    def __init__(self, where: Whereabouts) -> None:
        self.where = where
        super().__init__(
            f"这一记录已过联机保存期限，现存于归档包 {where.name}。", "需要查阅时，请向管理归档的机关申请。"
        )


def keeping_limit(ctx: Context) -> ProfileLimit:
    """Return how long the record stays online at least, with its clause. Raises ``NoKeepingLimit``."""
    limit = ctx.profile.limits.get(LIMIT)
    if limit is None or limit.unit not in IN_MONTHS:
        message = f"地方规则包“{ctx.profile.name}”没有规定运行记录的联机保存期限，不能归档移出。"
        raise NoKeepingLimit(message, f"请在规则包中写明 limits.{LIMIT} 及其条款。")
    return limit


def newest_limit(ctx: Context) -> Month:
    """Return the month before which every month is wholly older than the limit. Raises ``NoKeepingLimit``."""
    limit = keeping_limit(ctx)
    return Month.of(ctx.today).earlier(limit.value * IN_MONTHS[limit.unit])


def begins(month: Month) -> datetime:
    """Return the moment at which a month begins."""
    return datetime.combine(month.first, time(), LOCAL).astimezone(UTC)


async def months(ctx: Context, before: Month) -> list[Month]:
    """Return the months before one that the record holds acts of. Raises ``InvalidInput`` for what must stay online."""
    permit(ctx, Permission.RECORD_READ)
    if before > newest_limit(ctx):
        limit = keeping_limit(ctx)
        raise InvalidInput(
            f"按 {limit.clause}，运行记录至少联机保存 {limit.value} 年；现在只能归档 {newest_limit(ctx)} 以前的月份。",
            "请给出更早的月份。",
        )
    here = {Month.of(row["month"]) for row in await ctx.db.reads.fetch(_MONTHS, begins(before))}
    return sorted(here | {one.month for one in await bundles(ctx, before)})


async def bundles(ctx: Context, before: Month) -> list[Bundle]:
    """Return the bundles of months before one."""
    return [_bundle(row) for row in await ctx.db.reads.fetch(_BUNDLES, before.first)]


async def bundle_of(ctx: Context, month: Month) -> Bundle | None:
    """Return the bundle of a month, None if none was made."""
    row = await ctx.db.reads.fetchrow(_BUNDLE, month.first)
    return _bundle(row) if row else None


def _bundle(row: asyncpg.Record) -> Bundle:
    return Bundle(row["id"], row["name"], Month.of(row["month"]), row["sha256"].hex(), row["events"])


async def register(
    ctx: Context, name: str, manifest: Manifest, digests: tuple[bytes, bytes | None], ids: Sequence[int], told: str
) -> Bundle:
    """Record that a bundle was made and verified; ``told`` is the digest over the numbers of its acts."""
    permit(ctx, Permission.RECORD_READ)
    sha256, sm3 = digests
    row = (
        name,
        manifest.month.first,
        sha256,
        sm3,
        manifest.events,
        manifest.first,
        manifest.end,
        manifest.size,
        ctx.now,
    )
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        number = await connection.fetchval(_REGISTER, *row)
        await connection.execute(_HELD, number, list(ids))
        body = {"bundle": name, "events": manifest.events, "ids": told, "manifest": sha256.hex(), "size": manifest.size}
        await record.append(uow, STREAM, MADE, body | ({"sm3": sm3.hex()} if sm3 else {}))
    return Bundle(number, name, manifest.month, sha256.hex(), manifest.events)


async def remove(ctx: Context, bundle: Bundle, before: Month) -> tuple[int, int]:
    """Let go the acts of a bundle that may leave; returns how many left now, and how many are still here."""
    permit(ctx, Permission.RECORD_READ)
    if before > newest_limit(ctx):
        raise InvalidInput("这些月份还在联机保存期限内。", "请给出更早的月份。")
    async with unit_of_work(ctx, unrecorded="nothing of the bundle may leave yet, or nothing is left to") as uow:
        connection = await uow.raw()
        await connection.execute("SET LOCAL statement_timeout = 0")
        count = int(await connection.fetchval("SELECT archive_remove($1, $2)", bundle.id, begins(before)))
        stay = int(await connection.fetchval(_HERE, bundle.id))
        if count:
            await connection.execute(_STATES, bundle.id)
            states = await connection.fetchval(STATES_OF.format(bundle="$1"), bundle.id)
            told = {"bundle": bundle.name, "clause": keeping_limit(ctx).clause, "events": count, "stay": stay}
            await record.append(uow, STREAM, REMOVED, {**told, "states": states})
    return count, stay


async def bring_back(ctx: Context, bundle: Bundle, kept: Iterable[Kept]) -> int:
    """Put the acts of a verified bundle back; returns how many were away. The database refuses what the log does not say."""
    permit(ctx, Permission.RECORD_READ)
    count = 0
    async with unit_of_work(ctx, unrecorded="everything is here already") as uow:
        connection = await uow.raw()
        await connection.execute("SET LOCAL statement_timeout = 0")
        for chunk in _chunks(kept):
            count += int(await connection.fetchval(_BACK, bundle.id, *_columns(chunk)))
        if count:
            await record.append(uow, STREAM, RESTORED, {"bundle": bundle.name, "events": count})
    return count


def _chunks(kept: Iterable[Kept]) -> Iterable[list[Kept]]:
    chunk: list[Kept] = []
    for one in kept:
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _columns(chunk: Sequence[Kept]) -> list[list[Any]]:
    rows = [
        (
            one.event_id,
            one.salt,
            one.act.stream,
            one.act.seq,
            one.act.kind,
            one.act.body_code,
            moment(one.act.at),
            UUID(one.act.actor_id) if one.act.actor_id else None,
            one.act.actor_name,
            one.act.body,
        )
        for one in chunk
    ]
    return [list(column) for column in zip(*rows, strict=True)]


async def of_act(connection: Reading, act: int) -> tuple[Whereabouts, bytes] | None:
    """Return in which bundle an act is that is not here any more, and its leaf in the log."""
    row = await connection.fetchrow(_OF_ACT, act)
    return (Whereabouts(row["name"], Month.of(row["month"]), row["digest"]), row["leaf"]) if row else None


async def of_stream(connection: Reading, stream: str) -> tuple[Whereabouts, ...]:
    """Return in which bundles acts of a stream are that are not here any more."""
    return tuple(
        Whereabouts(row["name"], Month.of(row["month"]), row["digest"], row["first"], row["last"])
        for row in await connection.fetch(_OF_STREAM, stream)
    )


async def still_kept(connection: Reading, matter_id: int) -> bool:
    """Say whether what is kept of a matter is what was kept when its acts left; of one that went on nothing is said."""
    return await connection.fetchval(_KEPT, matter_id) is not False


async def contradictions(connection: ReadConnection) -> list[Finding]:
    """Return bundles that are not what the record says of them: whoever hides an act behind one is found."""
    return [Finding(Kind.ARCHIVE_BROKEN, row["name"]) for row in await connection.fetch(_CONTRADICTIONS)]


def same(bundle: Bundle | None, digest: str) -> Bundle:
    """Return the bundle that the record knows by this digest. Raises ``NotFound`` or ``OtherBundle``."""
    if bundle is None:
        raise NotFound("归档包")
    if bundle.digest != digest:
        message = f"归档包 {bundle.name} 与登记的不是同一份：清单摘要应为 {bundle.digest}。"
        raise OtherBundle(message, "不要使用这份归档包；请从其他副本恢复。")
    return bundle
