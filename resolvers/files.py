"""Keeping contents and reading them again, for use-cases that know what a file is and who may have it.

    measured = await files.keep(ctx, content)                  # bytes, or an open file that may be large
    INSERT INTO … (digest, …) in a unit of work                # digest text REFERENCES stored_file (digest)
    pieces = await files.read(ctx, measured.digest)            # after the caller's own guard

A content that no row refers to is removed by housekeeping (`sweep`) once it is old enough.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import IO, Final

import asyncpg

from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import NotFound
from resolvers.file_store import Measured, held_in_memory, measure

MOST: Final = 2_000_000_000
"""Bytes beyond which nothing is kept, whoever asks; what people may send is decided by materials."""

KEEP: Final = """
INSERT INTO stored_file (digest, size, kept_at) VALUES ($1, $2, $3)
ON CONFLICT (digest) DO UPDATE SET kept_at = greatest(stored_file.kept_at, EXCLUDED.kept_at)
"""
OLD: Final = "SELECT digest FROM stored_file WHERE kept_at < $1 AND digest > $2 ORDER BY digest LIMIT $3"
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


async def sweep(ctx: Context, hours: int, most: int = 200) -> int:
    """Remove contents that nothing refers to and that were kept more than ``hours`` ago; return how many.

    Who refers is asked by trying: the foreign keys of all tables answer, also of those that this module knows nothing of.
    """
    before, removed, last = ctx.now - timedelta(hours=hours), 0, ""
    while found := await ctx.db.reads.fetch(OLD, before, last, most):
        for row in found:
            async with unit_of_work(ctx, unrecorded="a content that nothing refers to") as uow:
                removed += await _removed(uow, row["digest"], before)
        last = found[-1]["digest"]
    return removed


async def _removed(uow: UnitOfWork, digest: str, before: datetime) -> int:
    """Remove a content under the lock of its row: whoever refers to it at this moment waits, and is then refused."""
    connection = await uow.raw()
    try:
        async with connection.transaction():
            done = await connection.execute(REMOVE, digest, before)
    except asyncpg.ForeignKeyViolationError:
        return 0
    if done != "DELETE 1":
        return 0
    await uow.ctx.files.remove(digest)
    return 1
