"""Notices to officials: what was done by others in the matters they handle; read marks are set without a script (R2)."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from portal import asking
from portal.forms import read_form, text_value
from portal.rendering import link, render
from resolvers import inbox
from resolvers.errors import InvalidInput
from resolvers.inbox import Notice

AREA: Final = "/desk/notices"
SHOWN: Final = 30
GREATEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """Notices, the newest first. ``newest`` is the first one shown: only what was seen is marked as read."""

    rows: tuple[Notice, ...]
    newest: int
    unread: bool
    previous: str
    following: str


async def listed(request: Request) -> Response:
    """Show the notices of whoever asks."""
    before = asking.number(request, "before", 1, GREATEST)
    found = await inbox.notices(request.state.context, before, SHOWN + 1)
    rows = found[:SHOWN]
    page = NoticesPage(
        rows=rows,
        newest=rows[0].id if rows else 0,
        unread=any(one.unread for one in rows),
        previous=AREA if before else "",
        following=link("desk", "notices", before=rows[-1].id) if len(found) > SHOWN else "",
    )
    return render(request, "desk/notices.html", page)


async def mark_read(request: Request) -> Response:
    """Mark everything up to the newest notice that was shown; later ones stay unread."""
    newest = text_value(await read_form(request), "newest", 20)
    if not (newest.isascii() and newest.isdigit() and int(newest) <= GREATEST):
        raise InvalidInput("没有指明读到哪一条消息。", "请回到消息页后重试。")
    await inbox.mark_read(request.state.context, int(newest))
    return RedirectResponse(AREA, 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(AREA, listed, methods=["GET"], name="notices"),
    Route(AREA, mark_read, methods=["POST"], name="notices_read"),
]
