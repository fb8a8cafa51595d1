"""Health, figures and logs: the truth for whoever runs the system, nothing about who uses it."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator

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
from deploy.logs import RequestLog
from deploy.settings import Settings
from resolvers.database import Database


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
