"""Pages rendered in process beside a constant body, and the time from command to first page."""

import asyncio
import logging
import os
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import httpx2
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests import desks
from tests.bench import city
from tests.bench.measuring import latency, table

ROOT = Path(__file__).parents[2]
START_SECONDS = 180


async def page_table(database_url: str, rounds: int) -> str:
    """Measure pages through the whole application, in process; the floor answers the same bytes from memory."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    code = next(city.contents(1)).code
    paths = {
        "front": "/",
        "catalogue": "/powers",
        "catalogue of a body": "/powers?body=990181005",
        "search": f"/powers?q={quote('食品')}",
        "item": f"/powers/{code}",
        "GraphQL, 20 items": "/graphql?query=" + quote("{powerItems(first:20){edges{node{code name}}}}"),
    }
    rows: list[tuple[object, ...]] = []
    async with desks.running(desks.settings(database_url, rate_anonymous_per_minute=1_000_000)) as app:
        for name, path in paths.items():
            answer, call = await _asking(app, path)
            if answer.status_code != 200:
                rows.append((name, answer.status_code, *("–",) * 6))
                continue
            floor_app = Starlette(routes=[Route("/{rest:path}", _constant(answer))])
            _, floor_call = await _asking(floor_app, path)
            own, floor = await latency([call], rounds), await latency([floor_call], rounds)
            rows.append(
                (
                    name,
                    answer.status_code,
                    len(answer.content),
                    own.p50,
                    own.p95,
                    own.p99,
                    floor.p50,
                    own.p50 / floor.p50,
                )
            )
    head = ("", "status", "bytes", "p50", "p95", "p99", "beside: p50", "ratio")
    return table("Pages, in process, ms a page (beside: the same bytes from memory)", head, rows)


def _constant(answer: httpx2.Response) -> Callable[[Request], Awaitable[Response]]:
    async def give(_request: Request) -> Response:
        return Response(answer.content, media_type="text/html")

    return give


async def _asking(app: Starlette, path: str) -> tuple[httpx2.Response, Callable[[], Awaitable[object]]]:
    """Return a first answer and a call that asks again."""
    client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False), base_url=desks.SITE
    )
    return await client.get(path), lambda: client.get(path)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _first_page(state: Path) -> float:
    """Start the program on a state folder, wait for its first page, end it; returns the seconds it took."""
    port = _free_port()
    environment = {**os.environ, "YANGGUANG_STATE_DIR": str(state), "YANGGUANG_PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy", "serve", cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with httpx2.AsyncClient(base_url=f"http://localhost:{port}") as client:
            while time.perf_counter() - started < START_SECONDS and process.returncode is None:
                try:
                    if (await client.get("/", timeout=5)).status_code == 200:
                        return time.perf_counter() - started
                except httpx2.HTTPError:
                    await asyncio.sleep(0.02)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return float("nan")


async def start_table() -> str:
    """Measure the first start (everything is made) and the second one; the floor is the interpreter itself."""
    started = time.perf_counter()
    bare = await asyncio.create_subprocess_exec(sys.executable, "-c", "import starlette, asyncpg, sqlmodel, strawberry")
    await bare.wait()
    floor = time.perf_counter() - started
    with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as folder:
        first = await _first_page(Path(folder) / "state")
        second = await _first_page(Path(folder) / "state")
    rows = [("first start: cluster, schema, demo city", first, first / floor), ("second start", second, second / floor)]
    head = ("", "seconds to the first page", "times the import of the libraries alone")
    return table("Start", head, [("importing the libraries", floor, 1.0), *rows])
