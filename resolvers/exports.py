"""Exports: what is published, as the published form (xlsx, CSV) and as documents (JSON, JSON Lines).

Everything is streamed from one snapshot of the library through a server-side cursor, so that a million items need no
more memory than a thousand. Every format carries everything: an export that is imported again changes nothing.
"""

import asyncio
import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from domain.exact_rows import armoured
from domain.powers import PowerContent
from domain.published_table import EXACT_HEADER, HEADERS, Words, cells, harmless
from domain.values import canonical_json, document
from resolvers.context import Context
from resolvers.errors import InvalidInput, Unavailable
from resolvers.exports_workbook import PublishedWorkbook
from resolvers.power_views import NOW, AsOf, PowerFilter
from resolvers.reading.library import POWER
from resolvers.reading.statements import Read, Statement, column_sql, order_sql, where_sql

ExportFormat = Literal["xlsx", "csv", "json", "jsonl"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
MEDIA_TYPES: dict[ExportFormat, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl; charset=utf-8",
}
SCHEMA_PATH = "/downloads/power.schema.json"
"""Address of the JSON Schema below the site's own; it names the version of the form, which never changes silently."""
SCHEMA_VERSION = "1"
CHUNK = 500
TITLE = "行政权力和责任清单"

Progress = Callable[[int], None]


def no_progress(done: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an exported file is: enough to check it and to repeat it."""

    file: str
    format: ExportFormat
    items: int
    size: int
    sha256: str
    revision: int
    valid_on: date
    recorded_at: datetime
    schema: str
    filters: dict[str, Any]

    def to_json(self) -> bytes:
        """Return the manifest as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2, default=str).encode() + b"\n"


def json_schema(base_url: str = "") -> dict[str, Any]:
    """Return the JSON Schema of one item's document; fields without a value are left out of documents."""
    schema = PowerContent.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base_url}{SCHEMA_PATH}",
        "x-version": SCHEMA_VERSION,
        **schema,
        "required": [name for name, field in PowerContent.model_fields.items() if field.is_required()],
    }


def _refuse_search(where: PowerFilter) -> None:
    if where.search:
        raise InvalidInput("导出不支持按检索词筛选。", "请改用机构、类别、状态或层级筛选，或导出全部。")


async def documents(ctx: Context, where: PowerFilter = PowerFilter(), at: AsOf = NOW) -> AsyncGenerator[list[str]]:
    """Yield the items' documents as JSON text, some hundred at a time, by code; one snapshot from first to last."""
    _refuse_search(where)
    read = Read(("content",), where.declared(), "code", at.scope, at.valid_on, at.recorded_at)
    statement = Statement(ctx, read)
    order = POWER.orders[read.order]
    sql = (
        f"SELECT {column_sql(statement, POWER, 'content')}::text AS content FROM {statement.render(POWER.source)} "
        f"WHERE {where_sql(statement, POWER, read)} ORDER BY {order_sql(statement, POWER, order, backward=False)}"
    )
    async with (
        ctx.db.reads.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        # The first rows are wanted at once, not the last ones soon: no sort of all texts on disk.
        await connection.execute("SET LOCAL cursor_tuple_fraction = 0.001")
        cursor = await connection.cursor(sql, *statement.values)
        while rows := await cursor.fetch(CHUNK):
            yield [row["content"] for row in rows]


async def stream(
    ctx: Context,
    where: PowerFilter = PowerFilter(),
    at: AsOf = NOW,
    form: ExportFormat = "jsonl",
    progress: Progress = no_progress,
) -> AsyncGenerator[bytes]:
    """Yield an export's bytes. A workbook is built in a temporary file first, as its form asks.

    What cannot be exported is refused before the first byte: an answer that has begun can no longer say no. So is one
    export too many at a time (``Unavailable``): slow readers must not take every connection from everybody else.
    """
    _refuse_search(where)
    if ctx.db.exports.locked():
        raise Unavailable("同时下载的人较多，暂时不能开始新的下载。", "请过几分钟再试。")
    writers = {"jsonl": _jsonl, "json": _json, "csv": _csv, "xlsx": _xlsx}
    async with ctx.db.exports, aclosing(writers[form](ctx, where, at, progress)) as pieces:
        async for piece in pieces:
            yield piece


async def save(
    ctx: Context,
    path: Path,
    where: PowerFilter = PowerFilter(),
    at: AsOf = NOW,
    form: ExportFormat = "jsonl",
    progress: Progress = no_progress,
) -> Manifest:
    """Write an export to a file, with ``.sha256`` and ``.manifest.json`` beside it; the file appears only when whole."""
    digest, size, items = hashlib.sha256(), 0, 0

    def count(done: int) -> None:
        nonlocal items
        items = done
        progress(done)

    revision = int(await ctx.db.reads.fetchval("SELECT revision FROM library_head WHERE id = 1"))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            async for piece in stream(ctx, where, at, form, count):
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    manifest = Manifest(
        file=path.name,
        format=form,
        items=items,
        size=size,
        sha256=digest.hexdigest(),
        revision=revision,
        valid_on=at.valid_on or ctx.today,
        recorded_at=at.recorded_at or ctx.now,
        schema=SCHEMA_PATH,
        filters=where.declared(),
    )
    path.with_name(f"{path.name}.sha256").write_text(f"{manifest.sha256}  {path.name}\n", "utf-8")
    path.with_name(f"{path.name}.manifest.json").write_bytes(manifest.to_json())
    return manifest


async def _jsonl(ctx: Context, where: PowerFilter, at: AsOf, progress: Progress) -> AsyncGenerator[bytes]:
    done = 0
    async for texts in documents(ctx, where, at):
        yield ("\n".join(texts) + "\n").encode()
        done += len(texts)
        progress(done)


async def _json(ctx: Context, where: PowerFilter, at: AsOf, progress: Progress) -> AsyncGenerator[bytes]:
    head = {"$schema": SCHEMA_PATH, "valid_on": str(at.valid_on or ctx.today)}
    yield json.dumps(head)[:-1].encode() + b',"items":['
    done = 0
    async for texts in documents(ctx, where, at):
        yield (",\n" if done else "\n").encode() + ",\n".join(texts).encode()
        done += len(texts)
        progress(done)
    yield b"\n]}\n"


async def _csv(ctx: Context, where: PowerFilter, at: AsOf, progress: Progress) -> AsyncGenerator[bytes]:
    words, done = Words.of(ctx.profile), 0
    # The mark at the beginning lets spreadsheet programs read the file as UTF-8.
    yield b"\xef\xbb\xbf" + _csv_lines([[*HEADERS, EXACT_HEADER]])
    async for texts in documents(ctx, where, at):
        yield await asyncio.to_thread(_csv_rows, texts, words, done)
        done += len(texts)
        progress(done)


def _csv_rows(texts: Sequence[str], words: Words, done: int) -> bytes:
    contents = [PowerContent.model_validate_json(text) for text in texts]
    return _csv_lines(
        [
            str(serial),
            *(harmless(text) for text in cells(content, words)),
            armoured(canonical_json(document(content)).decode()),
        ]
        for serial, content in enumerate(contents, done + 1)
    )


def _csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


async def _xlsx(ctx: Context, where: PowerFilter, at: AsOf, progress: Progress) -> AsyncGenerator[bytes]:
    with tempfile.TemporaryDirectory(prefix="yangguang-export-") as folder:
        path = Path(folder) / "list.xlsx"
        day = at.valid_on or ctx.today
        book, done = PublishedWorkbook(path, f"{TITLE}（{day:%Y年%m月%d日}）", Words.of(ctx.profile), day), 0
        async for texts in documents(ctx, where, at):
            await asyncio.to_thread(_add, book, texts)
            done += len(texts)
            progress(done)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := file.read(1 << 18):
                yield piece


def _add(book: PublishedWorkbook, texts: Sequence[str]) -> None:
    contents = [PowerContent.model_validate_json(text) for text in texts]
    book.add(contents, [canonical_json(document(content)).decode() for content in contents])
