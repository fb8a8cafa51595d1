"""Servers as processes of their own: started, waited for, weighed, and ended with everything they started."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
START_SECONDS: Final = 30.0


class NotStarted(RuntimeError):
    """A server did not answer in time, or ended; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    port: int
    pids: tuple[int, ...]

    def cpu(self) -> float:
        """Return the seconds that the server's processes have computed so far."""
        return sum(computed(pid) for pid in self.pids for pid in family(pid))

    def memory(self) -> float:
        """Return the resident memory of the server's processes, in MB."""
        return sum(resident(pid) for pid in self.pids for pid in family(pid))


def resident(pid: int) -> float:
    """Return a process's resident memory in MB; 0 if it is gone."""
    with suppress(OSError, StopIteration, ValueError):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024
    return 0.0


def computed(pid: int) -> float:
    """Return the seconds of CPU a process has used, in the kernel too; 0 if it is gone."""
    with suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def parent(pid: int) -> int:
    """Return the process that started one."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    with suppress(OSError):
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        return [pid, *(one for child in below for one in family(int(child)))]
    return [pid]


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listening() -> socket.socket:
    """Return a listening socket on a free port, for servers that inherit it."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    one.listen(512)
    one.set_inheritable(True)
    return one


@asynccontextmanager
async def running(
    commands: Sequence[Sequence[str]],
    port: int,
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    pass_fds: Sequence[int] = (),
    ready: str = "/",
) -> AsyncIterator[Served]:
    """Run the processes of one server until it is left. Raises ``NotStarted``."""
    started: list[asyncio.subprocess.Process] = []
    with log.open("ab") as out:
        try:
            for command in commands:
                process = await asyncio.create_subprocess_exec(
                    *command, cwd=folder, env={**os.environ, **(environment or {})}, pass_fds=tuple(pass_fds),
                    stdout=out, stderr=out, start_new_session=True,
                )  # fmt: skip
                started.append(process)
            await _answering(started, port, ready, log)
            yield Served(port, tuple(one.pid for one in started))
        finally:
            for process in started:
                await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process and its group, which is its own: first kindly."""
    for order in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, order)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 5)
            break


async def _answering(started: Sequence[asyncio.subprocess.Process], port: int, path: str, log: Path) -> None:
    """Wait until the server answers, whatever it says."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and all(one.returncode is None for one in started):
        with suppress(OSError, TimeoutError):
            if await asyncio.wait_for(_asked(port, path), 5):
                return
        await asyncio.sleep(0.1)
    raise NotStarted(log.read_text(encoding="utf-8", errors="replace")[-800:])


async def _asked(port: int, path: str) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        return (await reader.readline()).startswith(b"HTTP/1.1 ")
    finally:
        writer.close()
