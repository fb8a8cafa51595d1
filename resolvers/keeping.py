"""Housekeeping: what must be looked at or swept from time to time. What is due is read from the database."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from domain.access import Permission
from domain.values import canonical_json
from resolvers import files, record
from resolvers.context import LOCAL, Context, unit_of_work
from resolvers.permits import permit
from resolvers.reading.fetching import ReadConnection

STREAM: Final = "library"
CHECKED: Final = "library.checked"
FILES, SWEPT = "files", "files.swept"
NAMED: Final = 20
KEEP_SESSIONS: Final = timedelta(days=200)
"""Ended sessions are kept for more than the six months that 网络安全法 asks of logs."""

LAST_CHECK = "SELECT max(at) FROM event WHERE stream = $1 AND kind = $2"
VERSIONS = "SELECT code, no, content::text AS content, digest FROM power_version ORDER BY id"
LOST_BASES = """
SELECT v.code, v.no FROM power_version v
WHERE (SELECT count(*) FROM jsonb_array_elements(v.content -> 'bases') b WHERE coalesce(b ->> 'title', '') <> '')
      <> (SELECT count(*) FROM power_basis p WHERE p.version_id = v.id)
ORDER BY v.id
"""
SWEEP_SESSIONS = "DELETE FROM session WHERE expires_at < $1"


@dataclass(frozen=True, slots=True)
class LibraryCheck:
    """What a check found: how many versions it read, and which are not as they were recorded (``code#no``)."""

    versions: int
    altered: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.altered


async def check_is_due(ctx: Context) -> bool:
    """Say whether the library has not been checked yet on this civil day; a missed day is caught up."""
    return await _is_due(ctx, STREAM, CHECKED)


async def files_are_due(ctx: Context) -> bool:
    """Say whether contents that nobody refers to have not been looked for yet on this civil day."""
    return await _is_due(ctx, FILES, SWEPT)


async def _is_due(ctx: Context, stream: str, kind: str) -> bool:
    start_of_day = datetime.combine(ctx.today, time(), LOCAL).astimezone(UTC)
    last: datetime | None = await ctx.db.reads.fetchval(LAST_CHECK, stream, kind)
    return last is None or last < start_of_day


# 003-21: what the public sees equals the library; 003-33: what is kept is not altered.
async def check_library(ctx: Context) -> LibraryCheck:
    """Recompute the digest of every version and compare it and its projections with what was recorded."""
    permit(ctx, Permission.RECORD_READ)
    async with ctx.db.reads.acquire() as connection, connection.transaction():
        count, altered = await altered_versions(connection)
    async with unit_of_work(ctx) as uow:
        told = {"altered": altered[:NAMED], "altered_count": len(altered), "versions": count}
        await record.append(uow, STREAM, CHECKED, told)
    return LibraryCheck(count, tuple(altered))


async def altered_versions(connection: ReadConnection) -> tuple[int, list[str]]:
    """Read every version in the caller's transaction; returns how many there are, and which are altered (``code#no``)."""
    altered: list[str] = []
    count = 0
    async for row in connection.cursor(VERSIONS, prefetch=500):
        count += 1
        if _digest_of(row["content"]) != row["digest"]:
            altered.append(f"{row['code']}#{row['no']}")
    return count, altered + [f"{row['code']}#{row['no']}" for row in await connection.fetch(LOST_BASES)]


def _digest_of(content: str) -> bytes:
    # Of the document as it is, not through today's types: a later release may know more fields.
    try:
        return hashlib.sha256(canonical_json(json.loads(content))).digest()
    except ValueError:
        return b""


async def sweep_sessions(ctx: Context) -> int:
    """Remove sessions that ended long ago; their events stay."""
    async with unit_of_work(ctx, unrecorded="sessions that ended long ago; their events stay") as uow:
        connection = await uow.raw()
        status: str = await connection.execute(SWEEP_SESSIONS, ctx.now - KEEP_SESSIONS)
    return int(status.rsplit(" ", 1)[1])


async def sweep_files(ctx: Context) -> int:
    """Remove contents that nothing refers to, which a crash may leave behind, and record how many they were."""
    removed = await files.sweep(ctx, ctx.intake.hours)
    async with unit_of_work(ctx) as uow:
        await record.append(uow, FILES, SWEPT, {"removed": removed})
    return removed
