"""The public log: its static files (the head, tiles, bundles, the policy; C2SP tlog-tiles), and a page in plain words (003-33).

Nothing here needs a person or a session: what is in the files tells nothing but that something was recorded.
"""

from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.proof.tiles import TileBroken, tile_of
from portal.identity import absolute, site_of
from portal.rendering import render
from portal.tools import POLICY, Tool, tools
from resolvers.former_logs import formers
from resolvers.log_folder import LogFolder
from resolvers.log_former import Ended, ended
from resolvers.log_reading import PublicHead, newest
from resolvers.log_watch import LogState, Standing

FRESH: Final = {"Cache-Control": "public, max-age=1", "Access-Control-Allow-Origin": "*"}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True, slots=True)
class LogPage:
    """What the log is and where it stands; ``minutes`` is how long acts have been waiting for a head, if it is late."""

    head: PublicHead | None
    standing: Standing
    state: LogState
    minutes: int
    address: str
    tools: tuple[Tool, ...]
    former: tuple[Ended, ...]


def _folder(request: Request) -> LogFolder:
    return LogFolder(site_of(request).state_folder / "log")


def _text(request: Request, name: str) -> Response:
    content = _folder(request).read(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type="text/plain", headers=FRESH)


async def checkpoint(request: Request) -> Response:
    """Send the signed head."""
    return _text(request, "checkpoint")


async def policy(request: Request) -> Response:
    """Send the policy: which keys count."""
    return _text(request, POLICY)


async def tile(request: Request) -> Response:
    """Send a tile or a bundle. A partial one whose full one is there is cut out of it."""
    wanted = tile_of(f"tile/{request.path_params['place']}")
    if wanted is None:
        raise HTTPException(404)
    try:
        content = _folder(request).fetch(wanted)
    except TileBroken as error:
        raise HTTPException(404) from error
    return Response(content, media_type="application/octet-stream", headers=FOR_EVER)


async def told(request: Request) -> Response:
    """Tell in plain words what the log is, how far it is, who witnesses it, and how to mirror and check it."""
    ctx, folder = request.state.context, _folder(request)
    standing = await ctx.watch.look(ctx.db) if ctx.watch else Standing()
    since = standing.behind_since
    page = LogPage(
        head=newest(folder),
        standing=standing,
        state=ctx.watch.state(ctx.now) if ctx.watch else "",
        minutes=int((ctx.now - since).total_seconds() // 60) if since else 0,
        address=absolute(request, "/log"),
        tools=tools(folder),
        former=await ended(ctx.db, formers(folder)),
    )
    response = render(request, "log.html", page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


ROUTES: list[BaseRoute] = [
    Route("/log/about", told, methods=["GET"], name="log_about"),
    Route("/log/checkpoint", checkpoint, name="log_checkpoint"),
    Route("/log/policy.txt", policy, name="log_policy"),
    Route("/log/tile/{place:path}", tile, name="log_tile"),
]
