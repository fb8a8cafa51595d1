"""Static files under addresses that carry the hash of their content, so that a copy may be kept for ever."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

FOLDER = Path(__file__).parent / "static"
_HASHED = re.compile(r"^(?P<stem>.+)\.(?P<hash>[0-9a-f]{12})(?P<suffix>\.[a-z0-9]+)$")
_COMPRESSED = {".css", ".js", ".svg", ".json", ".html", ".txt", ".map"}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file: bytes, compressed bytes (empty: not worth it), type and content hash."""

    body: bytes
    packed: bytes
    media_type: str
    digest: str


@lru_cache(maxsize=256)
def load(name: str) -> Asset | None:
    """Read a file below the static folder; None if there is none, or if the name leads outside."""
    try:
        path = (FOLDER / name).resolve()
        if not path.is_relative_to(FOLDER.resolve()) or not path.is_file():
            return None
        body = path.read_bytes()
    except (OSError, ValueError):
        return None
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSED and len(body) > 500 else b""
    return Asset(body, packed, kind, hashlib.sha256(body).hexdigest()[:12])


def address(name: str) -> str:
    """Return the address of a static file with the hash of its content; a missing file is a bug."""
    asset = load(name)
    if asset is None:
        raise LookupError(f"no static file {name!r}")
    stem, dot, suffix = name.rpartition(".")
    return f"/static/{stem}.{asset.digest}{dot}{suffix}"


async def serve(request: Request) -> Response:
    """Serve a static file; under its hashed address for a year, under any other name with a check each time."""
    name = request.path_params["name"]
    hashed = _HASHED.match(name)
    asset = load(name)
    exact = False
    if asset is None and hashed:
        asset = load(hashed["stem"] + hashed["suffix"])
        exact = asset is not None and asset.digest == hashed["hash"]
    if asset is None:
        raise HTTPException(404)
    headers = {
        "ETag": f'"{asset.digest}"',
        "Cache-Control": "public, max-age=31536000, immutable" if exact else "public, no-cache",
    }
    if asset.packed:
        headers["Vary"] = "Accept-Encoding"
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    body = asset.body
    if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.packed, "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)


ROUTES: list[BaseRoute] = [Route("/static/{name:path}", serve, name="static")]
