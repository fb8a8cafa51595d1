"""Keeping contents and reading them again, for use-cases that know what a file is and who may have it.

    measured = await files.keep(ctx, content)                  # bytes, or an open file that may be large
    INSERT INTO … (digest, …) in a unit of work                # digest text REFERENCES stored_file (digest)
    pieces = await files.read(ctx, measured.digest)            # after the caller's own guard

A content that no row refers to is removed by housekeeping (`sweep`) once it is old enough.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import IO, Final

import asyncpg

from resolvers.context import Context, unit_of_work
from resolvers.errors import NotFound
from resolvers.file_store import Measured, held_in_memory, measure

MOST: Final = 2_000_000_000
"""Bytes beyond which nothing is kept, whoever asks; what people may send is decided by materials."""

KEEP: Final = """
INSERT INTO stored_file (digest, size, kept_at) VALUES ($1, $2, $3)
ON CONFLICT (digest) DO UPDATE SET kept_at = greatest(stored_file.kept_at, EXCLUDED.kept_at)
"""
REFERRERS: Final = """
SELECT c.conrelid::regclass::text AS referrer, quote_ident(a.attname) AS referring
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.confrelid = 'stored_file'::regclass ORDER BY 1, 2
"""
REMOVE: Final = "DELETE FROM stored_file WHERE digest = $1 AND kept_at < $2"


async def keep(ctx: Context, content: bytes | IO[bytes], most: int = MOST) -> Measured:
    """Keep a content and return what it is known by; kept twice, it is there once.

    Raises ``FileTooLarge``, and ``Unavailable`` when the store is away.
    """
    file = held_in_memory(content) if isinstance(content, bytes) else content
    measured = await measure(file, most)
    await keep_measured(ctx, file, measured)
    return measured


async def keep_measured(ctx: Context, file: IO[bytes], measured: Measured) -> None:
    """Keep a content that was measured before: first the row, so that nothing is in the store that no row knows of."""
    async with unit_of_work(ctx, unrecorded="a content that nothing refers to yet: whoever does records it") as uow:
        await (await uow.raw()).execute(KEEP, measured.digest, measured.size, ctx.now)
    await ctx.files.put(file, measured)


async def read(ctx: Context, digest: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
    """Return a content piece by piece, from ``start`` to before ``end``. The caller has decided that it may be read.

    Raises ``NotFound`` for a content that is not there and ``Unavailable`` when the store is away.
    """
    try:
        return await ctx.files.read(digest, start, end)
    except FileNotFoundError as error:
        raise NotFound("文件") from error


async def sweep(ctx: Context, hours: int, most: int = 1_000) -> int:
    """Remove contents that nothing refers to and that were kept more than ``hours`` ago; return how many.

    Which tables refer is read from the database's own catalogue, so whoever adds one need not tell this module.
    """
    referrers = await ctx.db.reads.fetch(REFERRERS)
    nobody = " AND ".join(
        f"NOT EXISTS (SELECT FROM {row['referrer']} r WHERE r.{row['referring']} = s.digest)" for row in referrers
    )
    sql = f"SELECT s.digest FROM stored_file s WHERE s.kept_at < $1 AND {nobody or 'true'} LIMIT $2"
    found = await ctx.db.reads.fetch(sql, ctx.now - timedelta(hours=hours), most)
    return sum([await remove_loose(ctx, row["digest"], hours) for row in found])


async def remove_loose(ctx: Context, digest: str, hours: int) -> int:
    """Remove one content unless something refers to it or it was kept lately; return how many were removed.

    This happens under the lock of its row: whoever is about to refer to it waits, and is then refused.
    """
    async with unit_of_work(ctx, unrecorded="a content that nothing refers to") as uow:
        connection = await uow.raw()
        try:
            async with connection.transaction():
                done = await connection.execute(REMOVE, digest, ctx.now - timedelta(hours=hours))
        except asyncpg.ForeignKeyViolationError:
            return 0
        if done == "DELETE 1":
            await ctx.files.remove(digest)
    return int(done == "DELETE 1")
