"""The embedded servers: no orphan whatever ends the parent, nothing changed outside their folder, any depth of path."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from deploy.embedded import Postgres, PostgresBinaries, Valkey
from deploy.processes import NOBODY, may_open_namespace, runs
from deploy.refusals import ServiceFailed, StateBroken
from tests.clusters import SYSTEM_POSTGRES, system_postgres_is_there
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0

# An ordinary user, who can read (not write) everything: the project may have been cloned into root's closed home.
_READ_ALL = [
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
]
NOBODY_PREFIX = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *_READ_ALL]

PARENT = """
import sys, time
from pathlib import Path
from deploy.embedded import Postgres, Valkey
from deploy.state import StateFolder, StateLock
state = StateFolder.open(Path(sys.argv[1]))
lock = StateLock(state)
postgres = Postgres(
    state.path / "postgres", state.sockets(), log=state.folder("logs") / "p.log",
    namespace={"auto": None, "namespace": True, "fallback": False}[sys.argv[2]],
)
valkey = Valkey(state.path / "valkey", state.sockets(), log=state.folder("logs") / "v.log")
postgres.start()
valkey.start()
print(postgres.process.pid, valkey.process.pid, flush=True)
time.sleep(60)
"""

WAYS = [
    pytest.param([], "namespace", id="root in a user namespace"),
    pytest.param([], "fallback", id="root where namespaces are forbidden"),
    pytest.param(NOBODY_PREFIX, "auto", id="ordinary user"),
]


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed folder like root's home: what is above it is as open as the system made it."""
    folder = tmp_path_factory.mktemp("home")
    folder.chmod(0o700)
    return folder


def start_parent(prefix: list[str], way: str, home: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a parent with its two servers and return it with their process ids."""
    command = [*prefix, sys.executable, "-c", PARENT, str(home / "state"), way]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert parent.stdout is not None
    return parent, [int(word) for word in parent.stdout.readline().split()]


def wait_gone(pid: int, program: str) -> bool:
    return wait_for(lambda: not runs(pid, program), 20)


@pytest.mark.parametrize(("prefix", "way"), WAYS)
def test_kill_9_of_the_parent_leaves_no_orphan(prefix: list[str], way: str, home: Path) -> None:
    if prefix and not AS_ROOT:
        prefix = []
    elif not AS_ROOT:
        pytest.skip("only root starts servers as somebody else; this run is an ordinary user's")
    if way == "namespace" and not may_open_namespace():
        pytest.skip("this machine forbids user namespaces; the fallback is tested beside")
    if prefix:
        (home / "state").mkdir()
        os.chown(home / "state", NOBODY, NOBODY)
    parent, pids = start_parent(prefix, way, home)
    assert len(pids) == 2, "the servers did not start"
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert wait_gone(pids[0], "postgres")
    assert wait_gone(pids[1], "valkey-server")
    log = (home / "state" / "logs" / "p.log").read_text()
    assert "database system is shut down" in log, "PostgreSQL ended in order, not by a crash"


@pytest.mark.parametrize("way", ["namespace", "fallback"])
def test_nothing_outside_the_state_folder_changes(way: str, home: Path) -> None:
    if way == "fallback" and not AS_ROOT:
        pytest.skip("only root has a fallback")
    above = [home, *home.parents]
    before = [(stat.S_IMODE(folder.stat().st_mode), folder.stat().st_uid) for folder in above]
    users = Path("/etc/passwd").read_bytes()
    parent, _ = start_parent([], way, home)
    parent.kill()
    parent.communicate()
    assert [(stat.S_IMODE(folder.stat().st_mode), folder.stat().st_uid) for folder in above] == before
    assert Path("/etc/passwd").read_bytes() == users
    assert stat.S_IMODE((home / "state").stat().st_mode) == 0o700


def test_a_restart_right_after_a_kill_finds_the_data(home: Path) -> None:
    parent, pids = start_parent([], "auto", home)
    url = f"postgresql://yangguang@/postgres?host={home / 'state' / 'run'}"

    async def write() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        await connection.close()

    asyncio.run(write())
    Redis(unix_socket_path=str(home / "state" / "run" / "valkey.sock")).set("kept", "1")
    time.sleep(1.1)  # Valkey's file is synced once a second
    parent.kill()
    again, pids_again = start_parent([], "auto", home)
    parent.communicate()

    async def read() -> int:
        connection = await asyncpg.connect(url)
        found: int = await connection.fetchval("SELECT n FROM kept")
        await connection.close()
        return found

    assert pids_again != pids
    assert asyncio.run(read()) == 1
    with Redis(unix_socket_path=str(home / "state" / "run" / "valkey.sock")) as client:
        assert client.get("kept") == b"1"
    again.kill()
    again.communicate()


def socket_inodes(pid: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed in the meantime
            link = str(entry.readlink())
            if link.startswith("socket:"):
                found.add(link.removeprefix("socket:[").removesuffix("]"))
    return found


def test_servers_listen_on_no_network_address(home: Path) -> None:
    parent, pids = start_parent([], "auto", home)
    try:
        for pid in pids:
            inodes = socket_inodes(pid)
            for family in ("tcp", "tcp6"):
                lines = Path(f"/proc/{pid}/net/{family}").read_text().splitlines()[1:]
                assert not {line.split()[9] for line in lines if line.split()[3] == "0A"} & inodes
    finally:
        parent.kill()
        parent.communicate()


def test_a_folder_of_another_major_version_is_refused(home: Path) -> None:
    data = home / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(StateBroken, match="PostgreSQL 12"):
        Postgres(data, home, log=home / "log" / "p.log").start()


def test_a_broken_database_folder_is_refused(home: Path) -> None:
    (home / "data").mkdir()
    with pytest.raises(StateBroken, match="已损坏"):
        Postgres(home / "data", home, log=home / "log" / "p.log").start()


def test_leftovers_of_a_broken_first_start_are_removed(home: Path) -> None:
    (home / "data.new-1").mkdir()
    cluster = Postgres(home / "data", home, log=home / "log" / "p.log", throwaway=True)
    cluster.start()
    cluster.stop()
    assert not (home / "data.new-1").exists()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    valkey = Valkey(home / "data", home / "missing", log=home / "v.log")
    with pytest.raises(ServiceFailed, match="Valkey"):
        valkey.start()


def test_wrong_binaries_are_named(home: Path) -> None:
    with pytest.raises(ServiceFailed, match=str(home)):
        PostgresBinaries.at(home)


def test_the_system_s_postgres_can_be_chosen() -> None:
    if not system_postgres_is_there():
        pytest.skip(f"no PostgreSQL 15 in {SYSTEM_POSTGRES}")
    assert PostgresBinaries.find({"YANGGUANG_POSTGRES_BIN": str(SYSTEM_POSTGRES)}).major == 15
    assert PostgresBinaries.find({}).major == 18
