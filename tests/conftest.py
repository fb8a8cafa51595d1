"""Fixtures for everybody: real servers, a fresh migrated database, the shared sample data.

``database``            an open ``Database`` on a fresh, migrated, empty database (function scope), as the operator's role
``database_url``        its address as the web process's role; ``owner_url`` as the cluster's administrator
``make_database``       makes further databases, also from a template of yours (for a module's seeded data)
``redis_url``           an empty Valkey database
``shared_data``         the folder of sample lists, or a skip that says so
``serve_app``           serves an ASGI application on a free port and returns its address
``browser``             a running Chromium (Playwright's async interface), or a skip that says so; in CI a failure
Async tests need no mark: AnyIO runs them on asyncio. ``@pytest.mark.both_postgres`` runs a test on 18 and on 15.
"""

import asyncio
import itertools
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright
from redis import Redis
from starlette.types import ASGIApp

from deploy import roles
from deploy.embedded import OWNER
from resolvers.database import Database
from tests import clusters
from tests.clusters import RunningServers, Servers

SHARED_DATA: Final = Path(os.environ.get("YANGGUANG_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))

_RUNNING: Final = pytest.StashKey[RunningServers]()
_numbers = itertools.count()


class _Carrier:
    """Carries the addresses from xdist's controller to its workers."""

    def pytest_configure_node(self, node: Any) -> None:
        """Start what workers may ask for, in the process that outlives them, and tell each where it is."""
        running: RunningServers = node.config.stash.setdefault(_RUNNING, None) or RunningServers()
        node.config.stash[_RUNNING] = running
        running.start_postgres(clusters.EMBEDDED)
        if clusters.system_postgres_is_there():
            running.start_postgres(clusters.SYSTEM)
        running.start_valkey()
        node.workerinput["servers"] = running.servers.to_plain()


def pytest_configure(config: pytest.Config) -> None:
    """Forget settings of this shell, so that tests mean the same everywhere; hook into xdist where it is in use."""
    for name in [name for name in os.environ if name.startswith("YANGGUANG_") or name in {"DATABASE_URL", "REDIS_URL"}]:
        if name != "YANGGUANG_SHARED_DATA":
            del os.environ[name]
    if config.pluginmanager.has_plugin("dsession"):
        config.pluginmanager.register(_Carrier())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers that this process started."""
    running = config.stash.get(_RUNNING, None)
    if running is not None:
        running.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked ``both_postgres`` on the embedded PostgreSQL and on the system's."""
    if metafunc.definition.get_closest_marker("both_postgres"):
        metafunc.parametrize("postgres_flavour", clusters.FLAVOURS, indirect=True, scope="session")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, in one event loop a worker."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_flavour(request: pytest.FixtureRequest) -> str:
    """Say which PostgreSQL a test works on: the embedded one unless the test asks for both."""
    flavour: str = getattr(request, "param", clusters.EMBEDDED)
    if flavour == clusters.SYSTEM and not clusters.system_postgres_is_there():
        pytest.skip(f"no PostgreSQL 15 in {clusters.SYSTEM_POSTGRES} (Debian: apt install postgresql-15)")
    return flavour


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Servers:
    """Give the addresses of the run's servers; without xdist they are started here when first asked for."""
    carried = getattr(request.config, "workerinput", {}).get("servers")
    if carried:
        return Servers(**carried)
    if _RUNNING not in request.config.stash:
        request.config.stash[_RUNNING] = RunningServers()
    return request.config.stash[_RUNNING].servers


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest, servers: Servers, postgres_flavour: str) -> Servers:
    """Make sure that the cluster asked for runs."""
    if _RUNNING in request.config.stash:
        request.config.stash[_RUNNING].start_postgres(postgres_flavour)
    return servers


@pytest.fixture
def make_database(postgres: Servers, postgres_flavour: str, worker_id_or_main: str) -> Iterator[Callable[..., str]]:
    """Give a function that makes a fresh database and returns its owner's address; all are dropped after the test.

    ``make_database()`` clones the migrated, empty template; ``make_database(template="name")`` another database;
    ``make_database(empty=True)`` gives one without any table.
    """
    made: list[str] = []

    def make(*, template: str = "", empty: bool = False) -> str:
        name = f"t_{worker_id_or_main}_{next(_numbers)}"
        source = "template1" if empty else template or clusters.migrated_template(postgres, postgres_flavour)
        clusters.clone(postgres, postgres_flavour, name, template=source)
        made.append(name)
        return postgres.postgres_url(postgres_flavour, name)

    yield make
    for name in made:
        clusters.drop(postgres, postgres_flavour, name)


@pytest.fixture(scope="session")
def worker_id_or_main() -> str:
    """Name this worker, for databases of its own."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def owner_url(make_database: Callable[..., str]) -> str:
    """Give the owner's address of this test's fresh, migrated database."""
    return make_database()


@pytest.fixture
def database_url(owner_url: str) -> str:
    """Give the address of this test's database for the role of the web process, which may do less than the owner."""
    return owner_url.replace(f"://{OWNER}@", f"://{roles.APPLICATION}@", 1)


@pytest.fixture
async def database(owner_url: str) -> AsyncIterator[Database]:
    """Give an open ``Database`` on a fresh, migrated, empty database, as the role of whoever operates the server."""
    opened = await Database.connect(owner_url.replace(f"://{OWNER}@", f"://{roles.OPERATOR}@", 1), pool_size=4)
    yield opened
    await opened.close()


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, servers: Servers, worker_id_or_main: str) -> str:
    """Give the address of an empty Valkey database, one for each worker."""
    if _RUNNING in request.config.stash:
        request.config.stash[_RUNNING].start_valkey()
    digits = "".join(letter for letter in worker_id_or_main if letter.isdigit())
    url = servers.valkey_url(int(digits or 0) % 16)
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
async def serve_app() -> AsyncIterator[Callable[[ASGIApp], Awaitable[str]]]:
    """Give a function that serves an application, lifespan included, on a free port of 127.0.0.1 until the test ends."""
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    async def serve(app: ASGIApp) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, lifespan="on", access_log=False, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        running.append((server, asyncio.create_task(server.serve(sockets=[listener]))))
        while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
            await asyncio.sleep(0.01)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for server, task in running:
        # Not forced: a server that leaves at once leaves its application standing, and that one would fail whatever
        # test happens to run when it is collected.
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        message = "browser tests need Chromium (Debian: apt install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Give a running Chromium; a test opens its own context (``await browser.new_context()``) and closes it."""
    async with async_playwright() as playwright:
        # The sandbox needs rights that root in a container has not; the pages are our own.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else ["--disable-dev-shm-usage"]
        launched = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of sample lists that departments published; it is not part of this repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"sample lists are not at {SHARED_DATA} (set YANGGUANG_SHARED_DATA)")
    return SHARED_DATA
