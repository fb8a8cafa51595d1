"""Where files lie as the settings say: in the data folder, or in a bucket of an S3 service."""

import hashlib
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from deploy.file_stores import file_store
from deploy.settings import Settings
from resolvers.file_store import Measured
from tests import desks

pytestmark = pytest.mark.clause("R6")


def bucket() -> tuple[dict[str, bytes], Starlette]:
    """Return what a bucket holds, and the part of an S3 service that keeps it."""
    held: dict[str, bytes] = {}

    async def one(request: Request) -> Response:
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=an-id/")
        name = request.path_params["name"]
        if request.method == "PUT":
            held[name] = await request.body()
            return Response(headers={"ETag": '"1"'})
        if request.method == "DELETE":
            held.pop(name, None)
            return Response(status_code=204)
        if name not in held:
            return Response(status_code=404)
        content, status, headers = held[name], 200, {"ETag": '"1"', "Last-Modified": "Mon, 02 Mar 2026 01:00:00 GMT"}
        if request.method == "GET" and "range" in request.headers:
            start, end = request.headers["range"].removeprefix("bytes=").split("-")
            headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
            content, status = content[int(start) : int(end) + 1], 206
        return Response(content, status, headers)

    async def many(request: Request) -> Response:
        body = (await request.body()).decode()
        name = body.split("<Key>")[1].split("</Key>")[0]
        held.pop(name, None)
        told = f"<DeleteResult><Deleted><Key>{name}</Key></Deleted></DeleteResult>"
        return Response(told, media_type="application/xml")

    routes = [
        Route("/kept/{name:path}", one, methods=["PUT", "HEAD", "GET", "DELETE"]),
        Route("/kept", many, methods=["POST"]),
    ]
    return held, Starlette(routes=routes)


async def test_a_bucket_keeps_files(serve_app: Callable[[ASGIApp], Awaitable[str]]) -> None:
    held, service = bucket()
    given = desks.settings(
        "postgresql://nowhere/none",
        files_bucket="kept",
        files_endpoint=await serve_app(service),
        files_key_id="an-id",
        files_secret=SecretStr("a-secret"),
    )
    store, content = file_store(given), b"0123456789"
    measured = Measured(hashlib.sha256(content).hexdigest(), len(content))
    assert await store.size(measured.digest) is None
    await store.put(io.BytesIO(content), measured)
    assert held == {f"{measured.digest[:2]}/{measured.digest}": content}
    assert b"".join([piece async for piece in await store.read(measured.digest, 2, 5)]) == b"234"
    await store.remove(measured.digest)
    assert held == {}


async def test_without_a_bucket_the_data_folder_keeps_them(tmp_path: Path) -> None:
    store = file_store(desks.settings("postgresql://nowhere/none", state_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []
    await store.put(io.BytesIO(b"text"), Measured("ab" * 32, 4))
    assert (tmp_path / "files" / "ab" / ("ab" * 32)).read_bytes() == b"text"


def test_a_bucket_needs_its_keys() -> None:
    with pytest.raises(ValidationError, match="FILES_KEY_ID"):
        Settings(files_bucket="kept")
