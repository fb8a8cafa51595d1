"""Materials of a matter on the desk: the list against the guide, a viewer, and the bytes of one file (R6, R8).

Bytes come from an address of their own under a policy that lets nothing in them run. The sandbox is in the answer and
not in the frame around it: there it holds wherever the address is opened, and browsers that refuse to show a PDF in a
sandboxed frame do show it.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from portal import asking
from portal.headers import CONTENT_SECURITY_POLICY
from portal.labels import mark
from portal.matters import AREA
from portal.rendering import render
from resolvers import materials, matters
from resolvers.errors import NotFound, NotPermitted
from resolvers.materials import ForMatter, MaterialView, OpenedFile, Requirement
from resolvers.matters import MatterView

LIST: Final = f"{AREA}/{{matter:int}}/materials"
ONE: Final = f"{LIST}/{{material:uuid}}"
SHOWN: Final = 100
LOCKED_IN: Final = (
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
VIEWER: Final = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'; media-src 'self'"
SCANS: Final = {
    "unscanned": mark("未作病毒检查"),
    "waiting": mark("等待病毒检查"),
    "clean": mark("病毒检查通过"),
    "infected": mark("含有病毒，不能打开"),
}
SIDES: Final = {"party": mark("当事人提交"), "organ": mark("机关制作")}
FORBIDDEN_RANGE: Final = 416


class FileLine(NamedTuple):
    """A file in the list: what it is, who handed it in, in which act, and the address of its viewer."""

    file: MaterialView
    by: str
    side: str
    scan: str
    size: str
    address: str


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A material of the guide with its files."""

    asked: Requirement
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True)
class MaterialsPage:
    """The materials of a matter: those of the guide, others, and what no act has taken up."""

    view: MatterView
    guide: tuple[GuideLine, ...]
    others: tuple[FileLine, ...]
    loose: tuple[FileLine, ...]
    previous: str
    following: str


@dataclass(frozen=True, slots=True)
class MaterialPage:
    """One file with what is known of it; ``content`` is where its bytes are."""

    view: MatterView
    line: FileLine
    content: str


def size_words(size: int) -> str:
    """Return a size as people read it."""
    if size < 1_000:
        return f"{size} B"
    return f"{size / 1_000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _line(matter_id: int, one: MaterialView) -> FileLine:
    by = one.uploaded_by_name or mark("当事人")
    address = f"{AREA}/{matter_id}/materials/{one.id}"
    return FileLine(one, by, SIDES[one.side], SCANS[one.scan], size_words(one.size), address)


async def material_list(request: Request) -> Response:
    """Show the materials of a matter. Whoever may not see the matter is told that there is none."""
    ctx, number = request.state.context, int(request.path_params["matter"])
    view = await matters.matter(ctx, number)
    asked = asking.page_request(request, size=SHOWN)
    found = await materials.listed(ctx, number, asked)
    guide = materials.requirements(view, found.rows)
    named = {one.name for one in guide}
    try:
        loose = await materials.loose(ctx, ForMatter(number))
    except (NotFound, NotPermitted):
        loose = ()  # whoever only watches the matter sees what is in its file
    page = MaterialsPage(
        view=view,
        guide=tuple(GuideLine(one, tuple(_line(number, each) for each in one.held)) for one in guide),
        others=tuple(_line(number, one) for one in found.rows if one.title not in named),
        loose=tuple(_line(number, one) for one in loose),
        previous=asking.neighbours(request, found)[0],
        following=asking.neighbours(request, found)[1],
    )
    return render(request, "materials/list.html", page)


def _asked(request: Request) -> tuple[int, UUID]:
    return int(request.path_params["matter"]), request.path_params["material"]


async def viewer(request: Request) -> Response:
    """Show one file with who handed it in; what a browser cannot show is offered to be saved."""
    ctx, (number, material_id) = request.state.context, _asked(request)
    found = await materials.shown(ctx, number, material_id)
    line = _line(number, found)
    page = MaterialPage(await matters.matter(ctx, number), line, f"{line.address}/content")
    response = render(request, "materials/one.html", page)
    response.headers["Content-Security-Policy"] = VIEWER
    return response


async def content(request: Request) -> Response:
    """Send the bytes of a file, or the part of them that is asked for."""
    ctx, (number, material_id) = request.state.context, _asked(request)
    found = await materials.shown(ctx, number, material_id)
    wanted = _range(request, found)
    if wanted is None:
        return Response(status_code=FORBIDDEN_RANGE, headers={"Content-Range": f"bytes */{found.size}"})
    opened = await materials.opened(ctx, number, material_id, *wanted)
    return answer(request, opened, save="download" in request.query_params)


def _range(request: Request, found: MaterialView) -> tuple[int, int] | None:
    """Return which bytes are asked for: all where no single range is; None for a range that the file has not."""
    whole, said = (0, found.size), request.headers.get("range", "")
    unit, _, ranges = said.partition("=")
    first, dash, last = ranges.strip().partition("-")
    same = request.headers.get("if-range", _tag(found)) == _tag(found)
    numbers = all(one == "" or (one.isascii() and one.isdigit() and len(one) < 20) for one in (first, last))
    if unit.strip() != "bytes" or not dash or not same or not numbers or first == last == "":
        return whole
    if first == "":
        start, end = max(found.size - int(last), 0), found.size
    else:
        start, end = int(first), min(int(last) + 1, found.size) if last else found.size
    return (start, end) if start < end else None


def _tag(found: MaterialView) -> str:
    return f'"{found.digest}"'


def answer(request: Request, opened: OpenedFile, *, save: bool) -> Response:
    """Return an answer that carries a file and lets nothing in it run. ``save``: it is to be saved, not shown."""
    found = opened.material
    inline = found.kind.shown and not save
    text = found.kind.group in ("text", "paper")
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": disposition(found.name, inline=inline),
        "Content-Length": str(opened.end - opened.start),
        "Content-Security-Policy": LOCKED_IN,
        "Content-Type": "text/plain; charset=utf-8" if text else found.kind.media_type,
        "ETag": _tag(found),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
    }
    part = opened.end - opened.start < found.size
    if part:
        headers["Content-Range"] = f"bytes {opened.start}-{opened.end - 1}/{found.size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(opened.pieces, status_code=status, headers=headers)


def disposition(name: str, *, inline: bool) -> str:
    """Return how a file is to be handled, with its name in a form that every browser reads (RFC 6266)."""
    extension = name.rpartition(".")[2] if "." in name else ""
    plain = f"file.{extension}" if extension.isascii() and extension.isalnum() else "file"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


ROUTES: list[BaseRoute] = [
    Route(LIST, material_list, methods=["GET"], name="materials"),
    Route(ONE, viewer, methods=["GET"], name="material"),
    Route(f"{ONE}/content", content, methods=["GET"], name="material_content"),
]
