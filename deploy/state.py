"""The state folder: everything a copy of the system keeps on this machine, and the lock that one copy holds.

Layout: ``layout.json`` (version of this layout), ``lock``, ``postgres/``, ``valkey/``, ``run/`` (sockets), ``logs/``,
``files/``, ``exports/`` (finished downloads; may be deleted), ``keys/`` (signing keys), ``log/`` (the public log),
``witness/`` (the demonstration's witness), ``secret-key``, ``demo-accounts.txt``. The folder is
0700; nothing outside it is ever changed.
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from deploy.processes import NOBODY
from deploy.refusals import DiskFull, SecondCopy, StateBroken

LAYOUT: Final = 1
"""The version of the folder's layout that this release reads and writes."""

NEEDED_BYTES: Final = 200_000_000
"""Free space without which nothing is started: a database that fills its disk stops in the middle of work."""

SOCKET_PATH_BYTES: Final = 107
"""Longest path of a Unix socket on Linux (``sockaddr_un.sun_path`` is 108 bytes with its closing zero)."""

_LONGEST_SOCKET: Final = ".s.PGSQL.5432"
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_./-]+")
_OURS: Final = {
    "layout.json",
    "lock",
    "postgres",
    "valkey",
    "run",
    "logs",
    "files",
    "exports",
    "keys",
    "log",
    "witness",
    "secret-key",
    "demo-accounts.txt",
    "half-done",
}


@dataclass(frozen=True)
class StateFolder:
    """A state folder that has been opened: it exists, is ours, is writable and has the right layout."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> "StateFolder":
        """Make or check the folder. Raises ``StateBroken`` or ``DiskFull``, naming what is wrong."""
        path = path.absolute()
        try:
            _make(path)
            _check_layout(path)
            _probe_writable(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StateBroken(
                f"数据目录 {path} 无法使用：{reason}。",
                "请检查该目录及其上级目录的所有者和权限，或设置 YANGGUANG_STATE_DIR 指向可写的目录。",
            ) from error
        free = shutil.disk_usage(path).free
        if free < NEEDED_BYTES:
            raise DiskFull(path, free, NEEDED_BYTES)
        return cls(path)

    def folder(self, name: str) -> Path:
        """Return a private sub-folder, made when missing."""
        sub = self.path / name
        sub.mkdir(mode=0o700, exist_ok=True)
        return sub

    def secret_key(self) -> str:
        """Return the signing secret of this copy: made once (256 bits), kept 0600, never shown."""
        file = self.path / "secret-key"
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(32))
        return file.read_text(encoding="ascii").strip()

    @contextmanager
    def half_done(self) -> Iterator[None]:
        """Mark the embedded data as a torso while they are first filled; only an end in order takes the mark away."""
        _write_private(self._torso, "")
        yield
        self.is_whole()

    def was_left_half_done(self) -> bool:
        """Whether an earlier first filling was cut off, by kill -9 or a power cut for instance."""
        return self._torso.exists()

    def is_whole(self) -> None:
        """Take the mark away: the data are whole, or are being made afresh."""
        self._torso.unlink(missing_ok=True)

    @property
    def _torso(self) -> Path:
        return self.path / "half-done"

    def sockets(self) -> Path:
        """Return a private folder whose sockets have paths short and plain enough for every client.

        Deep folders pass the limit of 107 bytes, and commas or blanks in a path split a connection string; in both
        cases a folder in the system's temporary folder is used, named after this one and owned by us alone.
        """
        near = self.folder("run")
        if len(os.fsencode(near / _LONGEST_SOCKET)) <= SOCKET_PATH_BYTES and _PLAIN_PATH.fullmatch(str(near)):
            return near
        mark = hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:12]
        return _private_temporary(f"yangguang-{os.geteuid()}-{mark}")


class StateLock:
    """The exclusive lock of a state folder, held until ``release`` or the end of the process (flock, so kill -9 frees it)."""

    def __init__(self, state: StateFolder) -> None:
        """Take the lock or raise ``SecondCopy`` with what its holder wrote into it."""
        self._state = state
        self._file: IO[str] = (state.path / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "进程号未知"
            self._file.close()
            raise SecondCopy(state.path, holder) from None
        self.describe(f"进程号 {os.getpid()}")

    def describe(self, holder: str) -> None:
        """Write who holds the lock, for the message that a second copy gets."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(holder)
        self._file.flush()

    def release(self) -> None:
        """Give the lock back."""
        self._file.close()


def _make(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise StateBroken(
            f"数据目录 {path} 是一个失效的符号链接。", "请删除该链接，或把 YANGGUANG_STATE_DIR 指向真实目录。"
        )
    if path.exists() and not path.is_dir():
        raise StateBroken(f"数据目录 {path} 不是目录。", "请移走这个文件，或设置 YANGGUANG_STATE_DIR 指向另一个目录。")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _check_layout(path: Path) -> None:
    """Compare the layout of a folder in use with ours; mark a new one."""
    mark = path / "layout.json"
    if not mark.exists():
        foreign = sorted(entry.name for entry in path.iterdir() if entry.name not in _OURS)
        if foreign:
            raise StateBroken(
                f"目录 {path} 不是阳光系统的数据目录（含有 {foreign[0]} 等其他文件）。",
                "请设置 YANGGUANG_STATE_DIR 指向一个空目录。",
            )
        if (path / "postgres").exists():
            raise StateBroken(
                f"数据目录 {path} 缺少版本文件 layout.json。", "请从备份恢复该文件，或换一个空目录重新开始。"
            )
        path.chmod(0o700)
        _write_private(mark, json.dumps({"layout": LAYOUT}))
        return
    try:
        found = json.loads(mark.read_text(encoding="utf-8"))["layout"]
    except (ValueError, KeyError, TypeError) as error:
        raise StateBroken(
            f"数据目录的版本文件 {mark} 已损坏。", "请从备份恢复该文件，或换一个空目录重新开始。"
        ) from error
    if found != LAYOUT:
        raise StateBroken(
            f"数据目录 {path} 由另一个版本的系统建立（目录版本 {found}，本程序需要 {LAYOUT}）。",
            "请使用与其相符的程序版本，或设置 YANGGUANG_STATE_DIR 指向一个空目录。",
        )


def _probe_writable(path: Path) -> None:
    with tempfile.TemporaryFile(dir=path) as probe:
        probe.write(b"\0")
        probe.flush()


def _write_private(file: Path, text: str) -> None:
    """Write a 0600 file in one step, so that a crash leaves either nothing or the whole."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).rename(file)


def _private_temporary(name: str) -> Path:
    """Return a 0700 folder of ours in the temporary folder; refuse one that somebody else has put there."""
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base / name / _LONGEST_SOCKET)) > SOCKET_PATH_BYTES or not _PLAIN_PATH.fullmatch(str(base)):
        base = Path("/tmp")  # noqa: S108 - the folder below it is checked to be ours alone
    folder = base / name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    ours = {os.geteuid()} | ({NOBODY} if os.geteuid() == 0 else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours or stat.S_IMODE(found.st_mode) & 0o077:
        raise StateBroken(f"临时目录 {folder} 属于其他用户或权限过宽。", "请删除该目录后重新启动。")
    return folder
