"""Downloads: the whole list in four formats, with JSON Schema and checksums (003-26, H7)."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from portal import asking, known
from portal.catalogue import read_filter
from portal.identity import site_of
from portal.labels import mark
from portal.publishing import asked_by, headers_of, published
from portal.rendering import link, render
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.exports import MEDIA_TYPES, ExportFormat, json_schema
from resolvers.exports_kept import KeptExports, Wanted
from resolvers.overview import Overview
from resolvers.power_views import AsOf, PowerFilter

FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
DESCRIPTIONS: dict[ExportFormat, tuple[str, str]] = {
    "xlsx": (mark("Excel 工作簿"), mark("按权责清单公示表的版式排列，适合查看和打印。")),
    "csv": (mark("CSV 表格"), mark("UTF-8 编码，与公示表相同的列，适合导入其他软件。")),
    "json": (mark("JSON 文档"), mark("一个文件包含全部事项的完整内容，适合程序处理。")),
    "jsonl": (mark("JSON Lines"), mark("每行一个事项，适合逐行处理大量数据。")),
}


@dataclass(frozen=True, slots=True)
class DownloadLine:
    """One format with its address and the address of its checksum."""

    form: str
    title: str
    description: str
    address: str
    checksum: str


@dataclass(frozen=True, slots=True)
class DownloadsPage:
    """What can be downloaded."""

    overview: Overview
    lines: tuple[DownloadLine, ...]
    today: date
    filtered: bool
    whole: str


def _lines(request: Request) -> tuple[DownloadLine, ...]:
    names = ("body", "government", "category", "status", "level", "law", "article", "on", "known")
    query = {name: tuple(value for value in request.query_params.getlist(name) if value) for name in names}
    query = {name: value for name, value in query.items() if value}
    return tuple(
        DownloadLine(
            form,
            *DESCRIPTIONS[form],
            link("downloads", f"powers.{form}", **query),
            link("downloads", f"powers.{form}.sha256", **query),
        )
        for form in FORMATS
    )


@published
async def downloads(request: Request) -> Response:
    """Show what can be downloaded; with a filter in the address, of that part of the list."""
    ctx = request.state.context
    filtered = bool(read_filter(request).declared()) or "on" in request.query_params
    page = DownloadsPage(await known.overview(request), _lines(request), ctx.today, filtered, link("downloads"))
    return render(request, "downloads.html", page)


def _form(request: Request) -> ExportFormat:
    for form in FORMATS:
        if form == request.path_params["form"]:
            return form
    raise NotFound("下载文件")


@lru_cache(maxsize=8)
def _files(state: Path) -> KeptExports:
    return KeptExports(state)


@dataclass(frozen=True, slots=True)
class _Export:
    """One export that is asked for, made or found finished."""

    ctx: Context
    where: PowerFilter
    at: AsOf
    form: ExportFormat
    wanted: Wanted
    files: KeptExports

    @classmethod
    async def of(cls, request: Request) -> "_Export":
        ctx, where, at, form = request.state.context, read_filter(request), asking.as_of(request), _form(request)
        revision = known.revision_of(request) or await ctx.db.publicity.revision()
        files = _files(site_of(request).state_folder)
        return cls(ctx, where, at, form, Wanted.of(ctx, where, at, form, revision), files)

    @property
    def name(self) -> str:
        """The name under which the file is saved; it tells the day."""
        return f"powers-{self.at.valid_on or self.ctx.today}.{self.form}"


async def download(request: Request) -> Response:
    """Send the list in one format: from disk if it was made before, else as it is made."""
    export, asked = await _Export.of(request), asked_by(request)
    headers = headers_of(asked.tag) if asked else {"Cache-Control": "private, no-store"}
    headers["Content-Disposition"] = f'attachment; filename="{export.name}"'
    kind = MEDIA_TYPES[export.form]
    found = await export.files.find(export.wanted)
    if found is not None:
        headers["Content-Length"] = str(found.size)
        if request.method == "HEAD":
            found.file.close()
            return Response(headers=headers, media_type=kind)
        return StreamingResponse(found.pieces(), headers=headers, media_type=kind)
    pieces = export.files.make(export.ctx, export.where, export.at, export.form, export.wanted)
    # The first piece is made before the answer begins, so that a refusal is still told as one.
    first = await anext(pieces, b"")

    async def whole() -> AsyncIterator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return StreamingResponse(whole(), headers=headers, media_type=kind)


@published
async def checksum(request: Request) -> Response:
    """Send the SHA-256 of what the same address without ``.sha256`` sends, in the form of ``sha256sum``."""
    export = await _Export.of(request)
    digest = await export.files.sha256(export.ctx, export.where, export.at, export.form, export.wanted)
    return Response(f"{digest}  {export.name}\n", media_type="text/plain")


@published
async def schema(request: Request) -> Response:
    """Send the JSON Schema of an item's document."""
    text = json.dumps(json_schema(site_of(request).public_url), ensure_ascii=False, indent=2)
    return Response(text, media_type="application/schema+json")


ROUTES: list[BaseRoute] = [
    Route("/downloads", downloads, name="downloads"),
    Route("/downloads/power.schema.json", schema, name="schema"),
    Route("/downloads/powers.{form}.sha256", checksum, name="checksum"),
    Route("/downloads/powers.{form}", download, name="download"),
]
