"""Health, figures and logs: the truth for whoever runs the system, nothing about who uses it."""

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from deploy import health, logs
from deploy.request_log import RequestLog, RequestNotes
from deploy.settings import Settings
from resolvers.database import Database
from tests import desks


async def well(_request: Request) -> None:
    return


async def ill(_request: Request) -> None:
    raise ConnectionError("secret reason")


async def page(_request: Request) -> Response:
    return PlainTextResponse("page")


async def broken(_request: Request) -> Response:
    raise RuntimeError("broken")


def app(
    *, needed: health.Check = well, wished: health.Check = well, token: str | None = None, route: str = "/items/{code}"
) -> ASGIApp:
    watched = health.routes(needed={"database": needed}, wished={"redis": wished}, metrics_token=token)
    return Starlette(
        routes=[*watched, Route(route, page), Route("/broken", broken)], middleware=[Middleware(RequestLog)]
    )


def client(application: ASGIApp, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=application, client=(address, 40000), raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost")


async def test_alive_is_not_ready() -> None:
    async with client(app(needed=ill)) as ask:
        assert (await ask.get("/healthz")).status_code == 200
        answer = await ask.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": False, "redis": True}
    assert "secret reason" not in answer.text


async def test_pages_go_on_without_redis() -> None:
    async with client(app(wished=ill)) as ask:
        answer = await ask.get("/readyz")
    assert (answer.status_code, answer.json()["redis"]) == (200, False)


async def test_a_check_that_hangs_is_a_check_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_request: Request) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    async with client(app(needed=hang)) as ask:
        assert (await ask.get("/readyz")).status_code == 503


async def test_readiness_asks_the_real_servers(database: Database, redis_url: str) -> None:
    routes = health.routes(
        needed={"database": health.database_check(lambda _request: database)},
        wished={"redis": health.redis_check(redis_url)},
        metrics_token=None,
    )
    async with client(Starlette(routes=routes)) as ask:
        assert (await ask.get("/readyz")).json() == {"ready": True, "database": True, "redis": True}


@pytest.mark.parametrize(
    ("address", "headers", "token", "status"),
    [
        # This machine may read; nobody else may, and a proxy on this machine is not this machine.
        ("127.0.0.1", {}, None, 200),
        ("::1", {}, None, 200),
        ("192.0.2.7", {}, None, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, None, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, None, 404),
        # With a token the token alone decides.
        ("192.0.2.7", {"Authorization": "Bearer s3cret"}, "s3cret", 200),
        ("127.0.0.1", {}, "s3cret", 404),
        ("127.0.0.1", {"Authorization": "Bearer wrong"}, "s3cret", 404),
    ],
)
async def test_who_may_read_the_figures(address: str, headers: dict[str, str], token: str | None, status: int) -> None:
    async with client(app(token=token), address) as ask:
        assert (await ask.get("/metrics", headers=headers)).status_code == status


async def test_figures_count_patterns_not_paths() -> None:
    async with client(app(route="/counted/{code}")) as ask:
        await ask.get("/counted/4711")
        await ask.get("/nowhere/4711")
        figures = (await ask.get("/metrics")).text
    assert 'route="/counted/{code}",status="200"' in figures
    assert "4711" not in figures


async def test_figures_of_others_are_shown_as_they_are_at_the_reading() -> None:
    found, reasons = {"plans": 1, "Odd-name 2": 5}, {"Query.library": 2}
    shown = health.Figures("yangguang_shown", lambda: found, lambda: reasons)
    watched = health.routes(needed={}, wished={}, metrics_token=None, more=[shown])
    async with client(Starlette(routes=watched)) as ask:
        await ask.get("/metrics")
        found["plans"] = 7
        figures = (await ask.get("/metrics")).text.splitlines()
    assert "yangguang_shown_plans 7.0" in figures
    assert "yangguang_shown_odd_name_2 5.0" in figures
    assert 'yangguang_shown_fallback_reasons{reason="Query.library"} 2.0' in figures


async def test_the_interface_and_what_is_kept_are_among_the_figures(database_url: str) -> None:
    async with desks.running(desks.settings(database_url)) as running, client(running) as ask:
        await ask.post("/graphql", json={"query": "{ library { name } }"})
        figures = (await ask.get("/metrics")).text
    for name in (
        "graphql_compiled",
        "graphql_fallback",
        "graphql_plans",
        "graphql_documents",
        "registered_hits",
        "kept_hits",
    ):
        assert f"\nyangguang_{name} " in figures


SHARING = """
import asyncio, sys
from deploy import health

async def show():
    figures = health.Figures("yangguang_several", lambda: {"plans": 3})
    async with health.shared([figures]):
        await asyncio.sleep(0)
        if sys.argv[1:] == ["dies"]:
            return health.os._exit(0)
        print("yangguang_several_plans 6.0" in health._figures().decode())
    print("yangguang_several_plans 3.0" in health._figures().decode())

asyncio.run(show())
"""


def test_processes_show_their_figures_together_and_take_them_away_when_they_end(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for how, said in (("dies", ""), ("ends", "True\nTrue\n")):
        command = [sys.executable, "-c", SHARING, how]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout == said


@pytest.fixture
def entries() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Give what is logged as JSON while the test runs; logging is put back afterwards."""
    root = logging.getLogger()
    kept, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure(Settings(log_format="json"), stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = kept, level
    structlog.reset_defaults()


Entries = Callable[[], list[dict[str, object]]]


async def test_a_request_is_logged_without_who_and_what_for(entries: Entries) -> None:
    async with client(app(), "192.0.2.7") as ask:
        answer = await ask.get("/items/1?q=secret-word", headers={"Cookie": "a=secret-cookie"})
    found = entries()
    assert len(found) == 1
    assert found[0]["path"] == "/items/1"
    assert found[0]["status"] == 200
    assert found[0]["request_id"] == answer.headers["X-Request-ID"]
    written = json.dumps(found)
    for secret in ("secret-word", "secret-cookie", "192.0.2.7"):
        assert secret not in written


async def test_a_failure_is_logged_as_one(entries: Entries) -> None:
    async with client(app()) as ask:
        await ask.get("/broken")
    assert entries()[-1]["status"] == 500


@pytest.mark.parametrize(("given", "kept"), [("abcdef-123456", True), ("x", False), ("bad id\tinjected", False)])
async def test_a_request_id_is_taken_over_only_when_it_is_one(given: str, *, kept: bool) -> None:
    async with client(app()) as ask:
        answer = await ask.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept


async def test_library_logs_take_the_same_form(entries: Entries) -> None:
    logging.getLogger("some.library").warning("a %s", "word")
    found = entries()
    assert found[0]["event"] == "a word"
    assert found[0]["logger"] == "some.library"


async def asked_of_the_interface(slow_ms: int, path: str = "/graphql") -> None:
    routes = [Route("/graphql", page if path == "/graphql" else broken)]
    application = Starlette(routes=routes, middleware=[Middleware(RequestLog, notes=RequestNotes(slow_ms))])
    async with client(application) as ask:
        await ask.get("/graphql")


async def test_fast_answers_of_the_interface_are_counted_and_not_logged(entries: Entries) -> None:
    count = health.REQUESTS.labels("GET", "/graphql", "200")._value
    before = count.get()
    await asked_of_the_interface(slow_ms=10_000)
    assert entries() == []
    assert count.get() == before + 1


async def test_slow_answers_of_the_interface_are_logged(entries: Entries) -> None:
    await asked_of_the_interface(slow_ms=0)
    assert [(one["path"], one["status"], one["level"]) for one in entries()] == [("/graphql", 200, "info")]


async def test_failures_of_the_interface_are_logged(entries: Entries) -> None:
    await asked_of_the_interface(slow_ms=10_000, path="broken")
    assert [(one["path"], one["status"]) for one in entries()] == [("/graphql", 500)]


async def test_at_level_debug_every_answer_is_logged(entries: Entries) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    await asked_of_the_interface(slow_ms=10_000)
    assert [(one["path"], one["level"]) for one in entries() if one["logger"] == "web"] == [("/graphql", "debug")]
