"""The public log as static files: the head, tiles, bundles of entries, and the policy (C2SP tlog-tiles; 003-33).

Nothing here needs a person or a session: what is in the files tells nothing but that something was recorded.
"""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.proof.tiles import TileBroken, tile_of
from portal.identity import site_of
from resolvers.log_folder import LogFolder

FOLDER: Final = "log"
FRESH: Final = {"Cache-Control": "public, max-age=1", "Access-Control-Allow-Origin": "*"}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*"}


def _folder(request: Request) -> LogFolder:
    return LogFolder(site_of(request).state_folder / FOLDER)


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
    return _text(request, "policy.txt")


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


ROUTES: list[BaseRoute] = [
    Route("/log/checkpoint", checkpoint, name="log_checkpoint"),
    Route("/log/policy.txt", policy, name="log_policy"),
    Route("/log/tile/{place:path}", tile, name="log_tile"),
]
