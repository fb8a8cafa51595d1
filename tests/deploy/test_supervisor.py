"""The supervisor: back-off, what it does with a child that cannot start, the order of the end."""

import subprocess
import sys

import pytest

from deploy.refusals import ServiceFailed
from deploy.supervisor import LONGEST_PAUSE_SECONDS, Child, Supervisor, pause_after


def short_lived() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "pass"])


def long_lived() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"])


def test_pauses_double_up_to_a_bound() -> None:
    assert [pause_after(deaths) for deaths in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert pause_after(50) == LONGEST_PAUSE_SECONDS


def test_a_child_that_dies_waits_before_it_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("deploy.supervisor.time.monotonic", lambda: now)
    child = Child("brief", short_lived)
    child.run()
    assert child.process is not None
    child.process.wait()
    running = []
    for passed in (0.0, 0.4, 0.2):
        now += passed
        child.look()
        running.append(child.process is not None)
    assert running == [False, False, True]
    assert child.deaths == 1
    child.process.wait()


def test_a_child_that_lived_long_starts_from_the_shortest_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("deploy.supervisor.time.monotonic", lambda: now)
    child = Child("steady", short_lived, deaths=7)
    child.run()
    assert child.process is not None
    child.process.wait()
    now += 61
    child.look()
    assert child.deaths == 1


def test_a_child_that_cannot_start_is_tried_again() -> None:
    def refuse() -> subprocess.Popen[bytes]:
        raise ServiceFailed("没有启动。", "请查看日志。")

    child = Child("broken", refuse)
    child.look()
    child._start_after = 0
    child.look()
    assert child.deaths == 2


def test_stop_ends_all_but_those_to_keep() -> None:
    supervisor = Supervisor(stop_seconds=5)
    kept = supervisor.add(Child("kept", long_lived))
    ended = supervisor.add(Child("ended", long_lived))
    assert kept.process is not None
    assert ended.process is not None
    supervisor.stop(keep=[kept])
    assert ended.process.poll() is not None
    assert kept.process.poll() is None
    supervisor.stop()
    assert kept.process.poll() is not None


def test_a_child_that_ignores_the_request_is_killed() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    supervisor = Supervisor(stop_seconds=0.2)
    supervisor.add(Child("deaf", long_lived, process))
    supervisor.stop()
    process.stdout.close()
    assert process.returncode == -9
