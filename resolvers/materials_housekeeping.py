"""Housekeeping of materials: what waits for the scanner is scanned, what no act took up is removed; both are recorded."""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Final

from resolvers import files, record
from resolvers.context import Context, unit_of_work
from resolvers.errors import NotFound
from resolvers.scanners import ScannerAway

AT_ONCE: Final = 50
WAITING: Final = "SELECT id, digest, body_code FROM material WHERE scan = 'waiting' ORDER BY no LIMIT $1"
SCANNED: Final = "UPDATE material SET scan = $2, found = $3, scanned_at = $4 WHERE id = $1 AND scan = 'waiting'"
OLD: Final = "SELECT id FROM material WHERE seq IS NULL AND uploaded_at < $1 ORDER BY uploaded_at, no LIMIT $2"
DROP: Final = "DELETE FROM material WHERE id = $1 AND seq IS NULL RETURNING digest, matter_id, body_code"


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: rows removed, contents removed with them, and whether there is more to do."""

    materials: int
    contents: int
    more: bool


async def scan_waiting(ctx: Context) -> int:
    """Scan what came while the scanner was away, until it is away again; return how many files were looked at."""
    looked = 0
    for row in await ctx.db.reads.fetch(WAITING, AT_ONCE):
        try:
            found = await _scan(ctx, row["digest"])
        except ScannerAway:
            return looked
        async with unit_of_work(ctx, unrecorded="another worker has noted what the scanner said") as uow:
            scan = "infected" if found else "clean"
            done = await (await uow.raw()).execute(SCANNED, row["id"], scan, found, ctx.now)
            if done == "UPDATE 1":
                told = {"digest": row["digest"], "found": found}
                kind = "material.infected" if found else "material.scanned"
                await record.append(uow, f"material:{row['id']}", kind, told, body_code=row["body_code"])
        looked += 1
    return looked


async def _scan(ctx: Context, digest: str) -> str:
    """Have a kept content scanned, by way of a file on the disk; one that is gone is in nobody's way."""
    try:
        pieces = await files.read(ctx, digest)
    except NotFound:
        return ""
    with tempfile.TemporaryFile() as file:
        async for piece in pieces:
            await asyncio.to_thread(_write, file, piece)
        return await ctx.intake.scanner.scan(file)


def _write(file: IO[bytes], piece: bytes) -> None:
    file.write(piece)


async def sweep(ctx: Context) -> Swept:
    """Remove what was handed in so long ago that no act will take it up, with contents that nobody else refers to."""
    before = ctx.now - timedelta(hours=ctx.intake.hours)
    rows = await ctx.db.reads.fetch(OLD, before, AT_ONCE)
    removed, contents = 0, 0
    for row in rows:
        digest = ""
        async with unit_of_work(ctx, unrecorded="a material that was taken up or removed meanwhile") as uow:
            gone = await (await uow.raw()).fetchrow(DROP, row["id"])
            if gone is not None:
                digest = gone["digest"]
                told = {"digest": digest, "matter": gone["matter_id"]}
                await record.append(uow, f"material:{row['id']}", "material.removed", told, body_code=gone["body_code"])
        if digest:
            removed += 1
            contents += await files.remove_loose(ctx, digest, ctx.intake.hours)
    return Swept(removed, contents, len(rows) == AT_ONCE)
