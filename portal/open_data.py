"""Open data: every public table whole, as files to fetch in one piece or in several, and the feed of what changes (H7).

Files of a dump never change, so whoever was cut off goes on where it was (``Range``, ``If-Range``). For machines: an
answer that is no file is JSON, its refusals too.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.open_data import Form
from portal import asking
from portal.identity import absolute, site_of
from portal.languages import ENGLISH
from portal.publishing import matches
from portal.rendering import link, render
from portal.view import view_of
from resolvers import open_data
from resolvers.errors import Refusal
from resolvers.open_data_dumps import MEDIA, PACKAGE, SUMS, Dump, Dumps
from resolvers.reading.open_data import OPEN_TABLES

FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*"}
FRESH: Final = {"Cache-Control": "public, no-cache", "Access-Control-Allow-Origin": "*"}
LATEST: Final = "latest"
BESIDE: Final = {PACKAGE: "application/json", SUMS: "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table on the page: name, words, how many rows, whether the feed has it, and its files with address and size."""

    name: str
    title: str
    about: str
    rows: int | None
    followed: bool
    files: tuple[tuple[Form, str, str, str], ...]
    """Form, address, size in words, SHA-256."""


@dataclass(frozen=True, slots=True)
class OpenDataPage:
    """What can be taken, out of which dump, and how a mirror follows."""

    dump: Dump | None
    lines: tuple[TableLine, ...]
    package: str
    sums: str
    address: str
    """Of this site's open data, as a program asks for it."""


@lru_cache(maxsize=8)
def _dumps(state: Path) -> Dumps:
    return Dumps(state)


@lru_cache(maxsize=8)
def _read(dumps: Dumps, name: str) -> Dump | None:
    return dumps.read(name)


def _newest(request: Request) -> Dump | None:
    dumps = _dumps(site_of(request).state_folder)
    names = dumps.names()
    return _read(dumps, names[0]) if names else None


def size_words(size: int) -> str:
    """Return a size as people read it."""
    if size < 1_000:
        return f"{size} B"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _lines(dump: Dump | None, language: str) -> tuple[TableLine, ...]:
    made = {one.dataset.name: one for one in dump.tables} if dump else {}
    lines = []
    for name, table in OPEN_TABLES.items():
        told, there = table.dataset, made.get(name)
        files = (
            [(one.form, link("open-data", LATEST, one.name), size_words(one.size), one.sha256) for one in there.files]
            if there
            else []
        )
        title, about = (told.title.en, told.about.en) if language == ENGLISH else (told.title.zh, told.about.zh)
        lines.append(TableLine(name, title, about, there.rows if there else None, not told.of_the_day, tuple(files)))
    return tuple(lines)


async def listed(request: Request) -> Response:
    """Show the tables with their files, and how to follow the changes."""
    dump = _newest(request)
    page = OpenDataPage(
        dump=dump,
        lines=_lines(dump, view_of(request).language),
        package=link("open-data", LATEST, PACKAGE),
        sums=link("open-data", LATEST, SUMS),
        address=absolute(request, "/open-data"),
    )
    response = render(request, "open_data.html", page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def latest(request: Request) -> Response:
    """Lead to a file of the newest dump: from there on the address stays with what it names."""
    dump, name = _newest(request), request.path_params["file"]
    if dump is None or (name not in dump.files and name not in BESIDE):
        raise HTTPException(404)
    return RedirectResponse(link("open-data", "dumps", dump.name, name), 303, headers=FRESH)


async def file(request: Request) -> Response:
    """Send a file of a dump, or the part of it that is asked for."""
    dumps, name = _dumps(site_of(request).state_folder), request.path_params["file"]
    dump = dumps.read(request.path_params["dump"])
    if dump is None:
        raise HTTPException(404)
    path = dumps.folder / dump.name / name
    if name in BESIDE:
        return FileResponse(path, media_type=BESIDE[name], headers=FOR_EVER)
    told = dump.files.get(name)
    if told is None:
        raise HTTPException(404)
    tag = f'"{told.sha256}"'
    digest = b64encode(bytes.fromhex(told.sha256)).decode()
    headers = {**FOR_EVER, "ETag": tag, "Repr-Digest": f"sha-256=:{digest}:"}
    if matches(request.headers.get("If-None-Match"), tag):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=MEDIA[told.form], headers=headers, filename=told.name)


async def changes(request: Request) -> Response:
    """Send what changed after a position as JSON, rows as in the files; refusals are JSON, too."""
    try:
        most = asking.number(request, "first", 1, open_data.MOST) or open_data.USUAL
        found = await open_data.changes(
            request.state.context, open_data.position_of(request.query_params.get("after", "")), most
        )
    except Refusal as refusal:
        told = {"code": refusal.code, "message": refusal.message, "remedy": refusal.remedy}
        return JSONResponse({"error": told}, refusal.status, headers=FRESH)
    lines = ",\n".join(
        f'{{"dataset":"{one.dataset}","key":{json.dumps(one.key, ensure_ascii=False)},"row":{one.row or "null"}}}'
        for one in found.changes
    )
    head = json.dumps({"position": str(found.position), "more": found.more})
    return Response(f'{head[:-1]}, "changes": [\n{lines}\n]}}\n', media_type="application/json", headers=FRESH)


ROUTES: list[BaseRoute] = [
    Route("/open-data", listed, methods=["GET"], name="open_data"),
    Route("/open-data/changes", changes, methods=["GET"], name="open_data_changes"),
    Route("/open-data/latest/{file}", latest, methods=["GET"], name="open_data_latest"),
    Route("/open-data/dumps/{dump}/{file}", file, methods=["GET"], name="open_data_file"),
]
