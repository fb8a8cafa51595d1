"""All servers of a run, started beside each other: ours in several forms, the floor, and the peers that are there."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from resolvers.addresses import plain_url
from tests.bench.peers import installing, ours, postgraphile
from tests.bench.peers.asking import Ask, Key, Name, Peer
from tests.bench.peers.checking import ask_once
from tests.bench.peers.installing import Absent
from tests.bench.peers.processes import NotStarted, Served, free_port, parent, running

COMPILED: Final = "compiled reads"
FRAGMENTS: Final = "compiled reads + entity fragments"
ORDINARY: Final = "plain strawberry (the same types, ordinary executor)"
FLOOR: Final = "floor: bare ASGI, one prepared statement, bytes passed on"
DECODED: Final = "the same floor, JSON read and written again by Python"
POSTGRAPHILE: Final = "PostGraphile 5"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everything stands: addresses of the database and of Valkey, a folder, the database's own processes.

    ``fetch`` says whether peers that are not there may be installed; ``token`` is that of an official's session.
    """

    owner_url: str
    application_url: str
    redis_url: str
    folder: Path
    fetch: bool
    database: Served
    token: str = ""


async def running_postgres(url: str) -> Served:
    """Return PostgreSQL's processes, found through one of its backends; it has no port."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        return Served(0, (parent(await connection.fetchval("SELECT pg_backend_pid()")),))
    finally:
        await connection.close()


@dataclass(slots=True)
class Servers:
    """The running servers by their names in the report, and what is missing and why."""

    peers: dict[str, Peer] = field(default_factory=dict)
    served: dict[str, Served] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)

    def add(self, peer: Peer, served: Served) -> None:
        """Add a running server."""
        self.peers[peer.name] = peer
        self.served[peer.name] = served


def forms() -> dict[str, Mapping[str, str]]:
    """Return our server's forms that this version has, with the environment that makes each."""
    found: dict[str, Mapping[str, str]] = {}
    if ours.can_switch("fragments"):
        found[FRAGMENTS] = {}
    if ours.can_switch("compiled"):
        found[COMPILED] = ours.switched_off("fragments") if ours.can_switch("fragments") else {}
    found[ORDINARY] = ours.switched_off("compiled") if ours.can_switch("compiled") else {}
    return found


def best() -> str:
    """Return the name of our server as it is installed."""
    return next(iter(forms()))


def floor_ask(name: Name, key: Key, prefix: str = "") -> Ask:
    """Return the request of the floor for a question."""
    return Ask(f"{prefix}/{name}?{quote(key.code)}")


@asynccontextmanager
async def floor(
    folder: Path, environment: Mapping[str, str], *, processes: int = 1, name: str = "floor"
) -> AsyncIterator[Served]:
    """Run the floor under uvicorn, as our own server is run."""
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "tests.bench.peers.floor:app", "--host", "127.0.0.1", "--port", str(port),
        "--no-access-log", "--no-server-header", "--log-level", "warning", "--workers", str(processes),
    ]  # fmt: skip
    async with running([command], port, folder / f"{name}.log", environment=environment) as served:
        yield served


@asynccontextmanager
async def all_servers(ground: Ground, *, processes: int = 1, most: bool = True) -> AsyncIterator[Servers]:
    """Run everything with so many processes each; without ``most`` ours only as installed."""
    servers = Servers()
    urls = (ground.application_url, ground.redis_url)
    async with AsyncExitStack() as stack:
        chosen = forms() if most else {best(): forms()[best()]}
        for at, (name, off) in enumerate(chosen.items()):
            served = await stack.enter_async_context(
                ours.serving(ground.folder, urls, processes=processes, off=off, name=f"ours-{processes}-{at}")
            )
            servers.add(ours.peer(served, name, ground.token), served)
        await _add_postgraphile(ground, servers, stack, processes)
        environment = {"FLOOR_DATABASE": ground.application_url}
        served = await stack.enter_async_context(floor(ground.folder, environment, processes=processes))
        servers.add(Peer(FLOOR, served, floor_ask, ours.read), served)
        yield servers


async def _add_postgraphile(ground: Ground, servers: Servers, stack: AsyncExitStack, processes: int) -> None:
    try:
        place = await installing.postgraphile(fetch=ground.fetch)
        served = await stack.enter_async_context(
            postgraphile.serving(place, ground.folder, ground.owner_url, processes=processes)
        )
    except (Absent, NotStarted) as error:
        servers.missing.append(f"PostGraphile: {error}.")
        return
    reader = postgraphile.Reader()
    _, _, body = await ask_once(served.port, reader.ask("list", Key("")))
    reader.learn(json.loads(body))
    servers.add(postgraphile.peer(served, reader), served)
    node = await installing.said([str(place / "node_modules/.bin/node"), "--version"])
    servers.versions.append(f"PostGraphile {installing.POSTGRAPHILE} on node {node}")
