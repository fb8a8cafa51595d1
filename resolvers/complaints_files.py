"""Files that come with a complaint: looked at, freed of what they tell of whoever made them, and sealed.

A photograph tells place, time and device; a PDF its author. Pictures are drawn anew, so that only what is seen stays;
a PDF keeps its pages and nothing that lies beside them. Kinds that cannot be freed of everything are not taken here.
"""

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final
from uuid import UUID, uuid4

import asyncpg
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NameObject

from domain.materials import KINDS, extensions_of, file_name
from domain.materials_judging import NotTaken, judge
from domain.materials_pictures import MOST_PIXELS
from resolvers.context import Context, UnitOfWork
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.file_store import FileTooLarge
from resolvers.materials_looking import look
from resolvers.reading.fetching import Reading
from resolvers.scanners import ScannerAway
from resolvers.sealing import provider_of

TAKEN: Final = ("jpeg", "png", "webp", "pdf", "txt")
MOST_FILES: Final = 5
MOST_BYTES: Final = 5_000_000
FIELD: Final = "files"
DRAWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "jpeg": {"format": "JPEG", "quality": 90},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "quality": 90},
}
BESIDE: Final = ("/Metadata", "/PieceInfo", "/LastModified", "/StructParents", "/Thumb")
"""What a page or a document of a PDF holds beside what is seen."""

NAMES: Final = ("/EmbeddedFiles", "/JavaScript")
TELLING: Final = ("/T", "/CreationDate", "/M", "/NM", "/RC")
"""What a remark in a PDF tells of whoever made it."""

ADD: Final = """
INSERT INTO complaint_file (id, complaint_id, text_no, name_sealed, content_sealed, kind, size, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
OF: Final = "SELECT id, text_no, name_sealed, kind, size FROM complaint_file WHERE complaint_id = $1 ORDER BY at, id"
ONE: Final = "SELECT name_sealed, content_sealed, kind FROM complaint_file WHERE id = $1 AND complaint_id = $2"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came."""

    file: IO[bytes]
    name: str
    declared: str = ""


@dataclass(frozen=True, slots=True)
class Freed:
    """A file freed of what it told beside its content."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a complaint, as lists show it."""

    id: UUID
    text_no: int
    name: str
    kind: str
    size: int


def kinds_taken(ctx: Context) -> tuple[str, ...]:
    """Return the kinds that are taken here: those of this installation that can be freed of everything."""
    return tuple(one for one in TAKEN if one in ctx.intake.kinds)


async def freed(ctx: Context, sent: Sequence[Sent]) -> tuple[Freed, ...]:
    """Look at files and free them; raises ``InvalidInput`` with a problem for each that is not taken.

    Nothing is kept: a filing that is refused leaves nothing behind.
    """
    if len(sent) > MOST_FILES:
        raise _refused(f"一次最多提交{MOST_FILES}个文件。", "请减少文件，其余的可以凭查询码补充提交。")
    return tuple([await _freed(ctx, one) for one in sent])


async def _freed(ctx: Context, sent: Sent) -> Freed:
    name = file_name(sent.name)
    try:
        _, seen = await look(sent.file, MOST_BYTES)
        kind = judge(seen, name, sent.declared, kinds_taken(ctx)).code
        sent.file.seek(0)
        content = await asyncio.to_thread(sent.file.read)
        await _scanned(ctx, sent.file)
        return Freed(name, kind, await asyncio.to_thread(_free, kind, content))
    except FileTooLarge as error:
        raise _refused(f"一个文件超过{MOST_BYTES // 1_000_000} MB。", "请压缩后重新选择。") from error
    except NotTaken as error:
        remedy = error.remedy or f"可以提交：{'、'.join(extensions_of(kinds_taken(ctx)))}。"
        raise _refused(f"一个文件不能接受：{error}", remedy) from error
    except (
        PyPdfError,
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        RecursionError,
    ) as error:
        raise _refused("一个文件已经损坏，或者加了密码。", "请重新保存后选择，或者改为截图。") from error


async def _scanned(ctx: Context, file: IO[bytes]) -> None:
    try:
        found = await ctx.intake.scanner.scan(file)
    except ScannerAway as error:
        raise _refused("暂时不能检查附件是否安全。", "可以先不带附件提交，稍后凭查询码补充。") from error
    if found:
        raise _refused("一个文件没有通过安全检查。", "请更换文件。")


def _refused(message: str, remedy: str) -> InvalidInput:
    return InvalidInput(message, remedy, (FieldProblem(FIELD, "FILE", message, remedy),))


def _free(kind: str, content: bytes) -> bytes:
    if kind in DRAWN:
        return _drawn_anew(kind, content)
    return _pages_only(content) if kind == "pdf" else content


def _drawn_anew(kind: str, content: bytes) -> bytes:
    """Return the picture drawn anew, turned as its metadata say it is to be seen."""
    with Image.open(io.BytesIO(content), formats=[str(DRAWN[kind]["format"])]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        seen = ImageOps.exif_transpose(picture)
        plain = seen.convert("RGBA" if kind != "jpeg" and seen.mode in ("RGBA", "LA", "P") else "RGB")
    # A picture of the same points and nothing else: whatever came with the first one does not come along.
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    out = io.BytesIO()
    bare.save(out, **DRAWN[kind])
    return out.getvalue()


def _pages_only(content: bytes) -> bytes:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise ValueError("locked")
    writer = PdfWriter()
    for page in reader.pages:
        writer.add_page(page)
    writer.metadata = None
    _without(writer.root_object, (*BESIDE, "/AF", "/OpenAction", "/AA"))
    names = writer.root_object.get("/Names")
    if isinstance(names, DictionaryObject):
        _without(names, NAMES)
    for page in writer.pages:
        _without(page, BESIDE)
        _remarks(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _remarks(page: DictionaryObject) -> None:
    found = page.get("/Annots")
    for one in found if isinstance(found, list) else ():
        remark = one.get_object()
        if isinstance(remark, DictionaryObject):
            _without(remark, TELLING)


def _without(of: DictionaryObject, keys: Sequence[str]) -> None:
    for key in keys:
        of.pop(NameObject(key), None)


async def attach(uow: UnitOfWork, complaint_id: int, text_no: int, files: Sequence[Freed]) -> None:
    """Keep files with the text they came with, sealed for their place."""
    ctx, connection, provider = uow.ctx, await uow.raw(), provider_of(uow.ctx.keys)
    for one in files:
        which = uuid4()
        name = provider.seal("complaint_file", "name_sealed", str(which), one.name.encode())
        content = provider.seal("complaint_file", "content_sealed", str(which), one.content)
        await connection.execute(ADD, which, complaint_id, text_no, name, content, one.kind, len(one.content), ctx.now)


async def attached(ctx: Context, connection: Reading, complaint_id: int) -> tuple[Attached, ...]:
    """Return the files of a complaint, with their names."""
    return tuple(_attached(ctx, row) for row in await connection.fetch(OF, complaint_id))


def _attached(ctx: Context, row: asyncpg.Record) -> Attached:
    name = provider_of(ctx.keys).open("complaint_file", "name_sealed", str(row["id"]), row["name_sealed"]).decode()
    return Attached(row["id"], row["text_no"], name, KINDS[row["kind"]].name, row["size"])


async def opened(ctx: Context, complaint_id: int, which: UUID) -> Freed | None:
    """Return a file of a complaint; None if the complaint has no such file."""
    row = await ctx.db.reads.fetchrow(ONE, which, complaint_id)
    if row is None:
        return None
    provider = provider_of(ctx.keys)
    name = provider.open("complaint_file", "name_sealed", str(which), row["name_sealed"]).decode()
    content = provider.open("complaint_file", "content_sealed", str(which), row["content_sealed"])
    return Freed(name, row["kind"], content)


def id_of(text: str) -> UUID:
    """Return the id that a form names; one that is nobody's for what is no id."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
