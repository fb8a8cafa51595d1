"""Downloads: the whole list in four formats, with JSON Schema and checksums (003-26, H7)."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
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
from resolvers.errors import NotFound
from resolvers.exports import MEDIA_TYPES, ExportFormat, json_schema, stream
from resolvers.overview import Overview

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


async def _body(request: Request, form: ExportFormat) -> AsyncIterator[bytes]:
    ctx, where, at = request.state.context, read_filter(request), asking.as_of(request)
    async for piece in stream(ctx, where, at, form):
        yield piece


async def download(request: Request) -> Response:
    """Stream the list in one format. The name tells the day; the tag changes with the library."""
    form, ctx, asked = _form(request), request.state.context, asked_by(request)
    headers = headers_of(asked.tag) if asked else {"Cache-Control": "private, no-store"}
    pieces = _body(request, form)
    # The first piece is made before the answer begins, so that a refusal is still told as one.
    first = await anext(pieces, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    name = f"powers-{asking.day(request, 'on') or ctx.today}.{form}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(whole(), headers=headers, media_type=MEDIA_TYPES[form])


@published
async def checksum(request: Request) -> Response:
    """Send the SHA-256 of what the same address without ``.sha256`` sends, in the form of ``sha256sum``."""
    form, whole = _form(request), hashlib.sha256()
    async for piece in _body(request, form):
        whole.update(piece)
    name = f"powers-{asking.day(request, 'on') or request.state.context.today}.{form}"
    return Response(f"{whole.hexdigest()}  {name}\n", media_type="text/plain")


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
