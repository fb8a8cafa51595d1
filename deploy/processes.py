"""Child processes that die with their parent, whatever kills it.

The kernel sends each child a signal when the thread that started it ends (PR_SET_PDEATHSIG), so even kill -9 of
the parent leaves no orphan. The signal hangs on the *thread*: start children from a thread that lives as long as the process.
"""

import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

PowerDownSignal = Literal["INT", "TERM", "QUIT"]

NOBODY = 65534
"""The user and group id that owns nothing: the fallback when root may not open a user namespace."""

_NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def tie(on_parent_death: PowerDownSignal) -> list[str]:
    """Return the command prefix that ties a child's life to ours; empty where the system has no such means."""
    if sys.platform != "linux" or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--pdeathsig", on_parent_death]


@functools.cache
def may_open_namespace() -> bool:
    """Say whether this process may open a user namespace (some containers forbid it)."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    probe = subprocess.run([*_NAMESPACE, "true"], check=False, capture_output=True)
    return probe.returncode == 0


def not_as_root(on_parent_death: PowerDownSignal, *, namespace: bool | None = None) -> list[str]:
    """Return the prefix under which a program that refuses to run as root may run, tied to our life.

    An ordinary user needs nothing. Root opens a user namespace in which it is user 1000, so files stay root's and no
    account is made. Where that is forbidden root becomes ``nobody`` with the one capability to pass closed folders.
    ``namespace`` forces one of the two ways (``None``: whichever works).
    """
    if os.geteuid() != 0 or sys.platform != "linux":
        return tie(on_parent_death)
    if may_open_namespace() if namespace is None else namespace:
        return [*_NAMESPACE, *tie(on_parent_death)]
    become = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    keep = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ["setpriv", *become, *keep, "--pdeathsig", on_parent_death]


def owner_under(prefix: Sequence[str]) -> int:
    """Return the user id, as seen from outside, that owns what a program under this prefix creates."""
    return NOBODY if any(word.startswith("--reuid=") for word in prefix) else os.geteuid()


def spawn(
    command: Sequence[str],
    *,
    log: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, so that Ctrl-C reaches the parent alone and the parent decides the order."""
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log is not None else None,
        env=None if env is None else dict(env),
        pass_fds=tuple(pass_fds),
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], signals: Sequence[signal.Signals], *, wait_seconds: float) -> None:
    """End a child: each signal in turn, waiting after each; kill -9 when none of them helped."""
    for number in signals:
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(wait_seconds)
            return
    process.kill()
    process.wait()


def runs(pid: int, program: str) -> bool:
    """Say whether the process ``pid`` is alive and is the named program (never mistaking a reused number for it)."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return False
    return Path(os.fsdecode(command)).name.removesuffix(":") == program


def wait_until_gone(pid: int, program: str, *, wait_seconds: float) -> bool:
    """Wait for a process of an earlier run to finish its shutdown. Returns whether it has gone."""
    deadline = time.monotonic() + wait_seconds
    while runs(pid, program):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
