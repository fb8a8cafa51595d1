"""Real servers for the tests: throwaway PostgreSQL clusters and one Valkey, shared by every worker of a run.

The process that starts them is the one that ends them: pytest's controller under xdist, else pytest itself. They are tied
to it by the kernel, so even a killed run leaves no orphan; its folder is removed by the next run.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TextIO
from urllib.parse import quote

import asyncpg

from deploy import migrating, roles
from deploy.embedded import OWNER, Postgres, PostgresBinaries, Valkey

SYSTEM_POSTGRES: Final = Path("/usr/lib/postgresql/15/bin")
"""Debian 12's PostgreSQL, the oldest version that is promised to work."""

EMBEDDED: Final = "embedded"
SYSTEM: Final = "system-15"
FLAVOURS: Final = (EMBEDDED, SYSTEM)
_TEMPLATE: Final = "migrated"
_EMPTY: Final = "template1"
_PREFIX: Final = "yangguang-tests-"
_UNBORN: Final = "yangguang-unborn-"
ROOM: Final = 6 * 2**30
"""Bytes that a run's clusters may come to, with their logs; a whole run stays well below."""


def _places() -> tuple[Path, ...]:
    """Say where the folders of runs may be, the best first; short, for the path of a Unix socket has 107 bytes at most.

    A database for nearly every test is a thousand small files made and removed: in memory that takes a tenth of the time
    it takes on a disk that others use too.
    """
    memory, disk = Path("/dev/shm"), Path("/tmp")
    return (memory, disk) if memory.is_dir() and shutil.disk_usage(memory).free >= ROOM else (disk,)


def system_postgres_is_there() -> bool:
    """Say whether the system's PostgreSQL 15 can be used beside the embedded one."""
    return (SYSTEM_POSTGRES / "initdb").exists()


@dataclass(frozen=True)
class Servers:
    """Where a run's servers are: a folder that every worker of the run can compute addresses from."""

    folder: str

    @property
    def path(self) -> Path:
        """The run's private folder."""
        return Path(self.folder)

    def postgres_url(self, flavour: str, database: str, *, user: str = OWNER) -> str:
        """Return the address of a database in one of the clusters."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.path / flavour))}&port=5432"

    def valkey_url(self, number: int) -> str:
        """Return the address of a numbered Valkey database."""
        return f"unix://{quote(str(self.path / 'valkey.sock'))}?db={number}"

    def to_plain(self) -> dict[str, Any]:
        """Return what xdist carries to a worker."""
        return asdict(self)


class RunningServers:
    """The servers of a run, held by the process that starts and ends them."""

    def __init__(self) -> None:
        """Make the run's folder; servers are started one by one when they are asked for."""
        _sweep()
        folder, self._mark = _marked()
        self.servers = Servers(str(folder))
        self._clusters: dict[str, Postgres] = {}
        self._valkey: Valkey | None = None

    def start_postgres(self, flavour: str) -> None:
        """Start one cluster, unless it runs."""
        if flavour in self._clusters:
            return
        sockets = self.servers.path / flavour
        sockets.mkdir(mode=0o700)
        binaries = PostgresBinaries.find() if flavour == EMBEDDED else PostgresBinaries.at(SYSTEM_POSTGRES)
        cluster = Postgres(sockets / "data", sockets, log=sockets / "log", binaries=binaries, throwaway=True)
        cluster.start()
        self._clusters[flavour] = cluster

    def start_valkey(self) -> None:
        """Start Valkey, unless it runs."""
        if self._valkey is None:
            valkey = Valkey(
                self.servers.path / "kv", self.servers.path, log=self.servers.path / "kv.log", throwaway=True
            )
            valkey.start()
            self._valkey = valkey

    def stop(self) -> None:
        """End every server and remove the folder."""
        for cluster in self._clusters.values():
            cluster.stop()
        if self._valkey is not None:
            self._valkey.stop()
        self._mark.close()
        shutil.rmtree(self.servers.path, ignore_errors=True)


def _marked(below: Path | None = None) -> tuple[Path, TextIO]:
    """Make a run's folder and hold its mark. It gets the name that sweepers look for when the mark is held, not before."""
    below = below or _places()[0]
    made = Path(tempfile.mkdtemp(prefix=_UNBORN, dir=below))
    mark = (made / "mark").open("w")
    fcntl.flock(mark, fcntl.LOCK_EX)
    return made.rename(below / made.name.replace(_UNBORN, _PREFIX, 1)), mark


def _sweep(*places: Path) -> None:
    """Remove the folders of killed runs: those of ours whose mark nobody holds."""
    for folder in (found for below in places or _places() for found in below.glob(f"{_PREFIX}*")):
        if folder.stat().st_uid != os.geteuid() or not (folder / "mark").exists():
            continue
        with (folder / "mark").open() as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(folder, ignore_errors=True)


def once_for_all_workers(servers: Servers, name: str, work: Callable[[], None]) -> None:
    """Do a piece of work once in a run; other workers wait for it, and try again themselves when it failed."""
    with (servers.path / f"{name}.once").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        if not mark.read():
            work()
            mark.write("done")


def outside_the_loop(work: Callable[[], Any]) -> Any:
    """Do blocking work that runs an event loop of its own, also when the caller is inside one (in a thread)."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        return aside.submit(work).result()


def as_administrator(servers: Servers, flavour: str, act: Callable[[asyncpg.Connection], Awaitable[Any]]) -> None:
    """Run something on a cluster's maintenance database."""

    async def connected() -> None:
        connection = await asyncpg.connect(servers.postgres_url(flavour, "postgres"))
        try:
            await act(connection)
        finally:
            await connection.close()

    outside_the_loop(lambda: asyncio.run(connected()))


def migrated_template(servers: Servers, flavour: str) -> str:
    """Return the name of a migrated, empty database with its roles, made once in a run."""

    def make() -> None:
        as_administrator(servers, flavour, lambda c: c.execute(f"DROP DATABASE IF EXISTS {_TEMPLATE}"))
        as_administrator(servers, flavour, lambda c: c.execute(f"CREATE DATABASE {_TEMPLATE}"))
        as_administrator(servers, flavour, roles.create)
        as_administrator(servers, flavour, lambda c: roles.hand_over(c, _TEMPLATE))
        url = servers.postgres_url(flavour, _TEMPLATE)

        def fill() -> None:
            migrating.upgrade(url)
            roles.prepare(url)

        try:
            outside_the_loop(fill)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
            # Without its frames: they cross greenlets, over which pytest's report stumbles on Python 3.11.
            raise RuntimeError(f"the migrations fail: {error}") from None

    once_for_all_workers(servers, f"template-{flavour}", make)
    return _TEMPLATE


def clone(servers: Servers, flavour: str, name: str, *, template: str) -> None:
    """Make a database as a copy of another to which nobody is connected."""

    async def act(connection: asyncpg.Connection) -> None:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        # Copying files costs a third of copying through the log; a checkpoint costs nothing where nothing is synced.
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        if template != _EMPTY:
            await roles.hand_over(connection, name)  # who may connect and make temporary tables is not copied

    as_administrator(servers, flavour, act)


def drop(servers: Servers, flavour: str, name: str) -> None:
    """Drop a database, ending what is still connected to it."""
    as_administrator(servers, flavour, lambda c: c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
