"""Materials 材料: files are handed in, looked at, listed and opened (R6, R8, R9; 003-31(3), 003-32(2)).

Who may read a matter may read its files; a party sees what the party itself handed in. A file has no address of its own:
it is asked for within its matter, and what is missing and what is forbidden look the same.
"""

from typing import Final, cast
from uuid import uuid4

from domain.materials import PAPER, FileKind, extension_of, file_name, paper_text
from domain.materials_judging import NotTaken, judge
from domain.tables.materials import Material
from resolvers import files, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Unavailable
from resolvers.file_store import Measured, held_in_memory, measure
from resolvers.materials_housekeeping import Swept, scan_waiting, sweep
from resolvers.materials_looking import look
from resolvers.materials_places import Place, place_of
from resolvers.materials_reading import (
    Requirement,
    listed,
    listed_for_party,
    loose,
    opened,
    opened_for_party,
    requirements,
    shown,
)
from resolvers.materials_values import (
    FileRefused,
    ForApplication,
    ForMatter,
    ForOpening,
    ForParty,
    MaterialView,
    NotScanned,
    OpenedFile,
    Scan,
    Sent,
    Target,
    TooManyFiles,
)
from resolvers.scanners import ScannerAway

__all__ = [
    "FileRefused",
    "ForApplication",
    "ForMatter",
    "ForOpening",
    "ForParty",
    "MaterialView",
    "NotScanned",
    "OpenedFile",
    "Requirement",
    "Sent",
    "Swept",
    "Target",
    "TooManyFiles",
    "check_place",
    "enter_paper",
    "listed",
    "listed_for_party",
    "loose",
    "opened",
    "opened_for_party",
    "requirements",
    "scan_waiting",
    "shown",
    "sweep",
    "upload",
]

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
COUNT: Final = """
SELECT count(*) FROM material WHERE sender = $3 AND (matter_id = $1 OR (matter_id IS NULL AND opening = $2))
"""


async def upload(ctx: Context, aim: Target, sent: Sent) -> MaterialView:
    """Take a file: look at it, have it scanned, keep it, and note who handed it in. Sent twice, it is noted twice.

    Raises ``FileRefused`` (what it is, or what was found in it), ``FileTooLarge``, ``TooManyFiles``, ``Unavailable``
    while the store or the scanner is away, and what whoever may not put files there is told.
    """
    place = await place_of(ctx, aim)
    name = file_name(sent.name)
    measured, seen = await look(sent.file, place.most_bytes)
    try:
        kind = judge(seen, name, sent.declared, ctx.intake.kinds)
    except NotTaken as why:
        raise FileRefused(why.code, name, why.message, why.remedy) from why
    if not extension_of(name):
        name = f"{name}.{kind.extensions[0]}"
    scan = await _scanned(ctx, place, sent, measured)
    await files.keep_measured(ctx, sent.file, measured)
    return await _noted(ctx, place, _Found(name, sent.title, kind, measured, scan))


async def check_place(ctx: Context, aim: Target) -> None:
    """Raise what whoever may not put files there is told; asked before the bytes of any are read."""
    await place_of(ctx, aim)


async def enter_paper(ctx: Context, aim: Target, title: str, copies: int = 1) -> MaterialView:
    """Note a material that is there on paper: what is kept is the entry itself. Raises as ``upload`` does."""
    place = await place_of(ctx, aim)
    content = held_in_memory(paper_text(title, copies).encode())
    measured = await measure(content, place.most_bytes)
    await files.keep_measured(ctx, content, measured)
    found = _Found(file_name(f"{title}（纸质登记）.txt"), title, PAPER, measured, "clean")
    return await _noted(ctx, place, found)


async def _scanned(ctx: Context, place: Place, sent: Sent, measured: Measured) -> Scan:
    """Have a file scanned; what is infected is refused and recorded, with its digest and never with its name."""
    scanner = ctx.intake.scanner
    if not scanner.looks:
        return "unscanned"
    try:
        found = await scanner.scan(sent.file)
    except ScannerAway as error:
        if ctx.intake.away == "later":
            return "waiting"
        raise Unavailable("病毒检查暂时无法进行，文件没有收下。", "请稍后重新上传。") from error
    if not found:
        return "clean"
    async with unit_of_work(ctx) as uow:
        told = {"digest": measured.digest, "found": found, "matter": place.matter_id, "sender": place.sender}
        await record.append(uow, f"material:{uuid4()}", "material.infected", told, body_code=place.body_code)
    raise FileRefused("INFECTED", file_name(sent.name), f"含有病毒（{found}）。", "请清除病毒后重新上传。")


class _Found:
    """What a file turned out to be."""

    def __init__(self, name: str, title: str, kind: FileKind, measured: Measured, scan: Scan) -> None:
        self.name, self.title, self.kind, self.measured, self.scan = name, title[:200], kind, measured, scan


async def _noted(ctx: Context, place: Place, found: _Found) -> MaterialView:
    """Write the row with its event; the files of a place are counted under its lock."""
    async with unit_of_work(ctx) as uow:
        await _room(uow, place)
        row = Material(
            digest=found.measured.digest,
            name=found.name,
            title=found.title,
            kind=found.kind.code,
            size=found.measured.size,
            side="party",
            sender=place.sender,
            matter_id=place.matter_id,
            opening=place.opening,
            body_code=place.body_code,
            uploaded_by=ctx.actor.account_id,
            uploaded_by_name="" if place.sender == "party" else ctx.actor.name,
            uploaded_at=ctx.now,
            scan=found.scan,
            scanned_at=ctx.now if found.scan == "clean" else None,
        )
        uow.session.add(row)
        await uow.session.flush()
        told = {"digest": row.digest, "kind": row.kind, "matter": row.matter_id, "scan": row.scan, "size": row.size}
        await record.append(uow, f"material:{row.id}", "material.uploaded", told, body_code=row.body_code)
        return _view(row)


async def _room(uow: UnitOfWork, place: Place) -> None:
    connection = await uow.raw()
    await connection.execute(LOCK, place.lock)
    held = await connection.fetchval(COUNT, place.matter_id, place.opening, place.sender)
    if held >= place.most_files:
        raise TooManyFiles(f"这里已经有 {held} 个文件，不能再添加。", "请合并成较少的文件，或者联系承办机关。")


def _view(row: Material) -> MaterialView:
    return MaterialView(
        id=row.id,
        digest=row.digest,
        name=row.name,
        title=row.title,
        kind_code=row.kind,
        size=row.size,
        side=row.side,
        sender=row.sender,
        uploaded_by=row.uploaded_by,
        uploaded_by_name=row.uploaded_by_name,
        uploaded_at=row.uploaded_at,
        scan=cast("Scan", row.scan),
        seq=row.seq,
        taken_at=row.taken_at,
    )
