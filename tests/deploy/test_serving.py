"""`serve`, from outside: the first page, the restart of what dies, one sentence for each failure, no orphan."""

import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.processes import runs
from tests.clusters import SYSTEM_POSTGRES, Servers, system_postgres_is_there
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"
Start = Callable[..., "Running"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Running:
    """A system under test, started as a person starts it; without the demo city unless asked for."""

    def __init__(self, state: Path, **settings: str) -> None:
        self.port = int(settings.pop("port", 0)) or free_port()
        self.state = state
        given = {f"YANGGUANG_{name.upper()}": value for name, value in {"demo": "false", **settings}.items()}
        for plain in ("DATABASE_URL", "REDIS_URL"):
            if f"YANGGUANG_{plain}" in given:
                given[plain] = given.pop(f"YANGGUANG_{plain}")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy", "serve"],
            cwd=ROOT,
            env={**os.environ, "YANGGUANG_STATE_DIR": str(state), "YANGGUANG_PORT": str(self.port), **given},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def until(self, words: str, seconds: float = 60) -> float:
        """Wait until it has said the words; return the seconds since its start."""
        assert wait_for(lambda: words in self.said or self.process.poll() is not None, seconds)
        assert words in self.said, f"“{words}” was not said but: {self.said}"
        return time.monotonic() - self.started

    def get(self, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()  # also when the system is just going away

    def children(self) -> dict[str, int]:
        """Return the children's process ids by what they are."""
        found = {}
        for number in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            command = Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            kind = re.search(r"bin/(postgres)|(valkey)-server|deploy (web|worker)", command)
            if kind:
                found[next(filter(None, kind.groups()))] = int(number)
        return found

    def state_of_it(self) -> str:
        """Return what a failed wait needs to be understood: whether it runs, its children, what it has said."""
        return f"ended with {self.process.poll()}, children {self.children()}, said: {self.said[-4000:]}"

    def processor_seconds(self) -> float:
        """Return the processor time that it and its children have used."""
        ticks = 0
        for pid in (self.process.pid, *self.children().values()):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(60)
        self._reader.join(10)
        return self.process.returncode


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts a system with settings; all are ended after the test."""
    systems: list[Running] = []

    def begin(name: str = "state", **settings: str) -> Running:
        systems.append(Running(tmp_path / name, **settings))
        return systems[-1]

    yield begin
    for system in systems:
        system.end(signal.SIGTERM)
        assert system.process.stdout is not None
        system.process.stdout.close()


def alive(pids: dict[str, int]) -> set[str]:
    programs = {"postgres": "postgres", "valkey": "valkey-server", "web": "python", "worker": "python"}
    return {kind for kind, pid in pids.items() if runs(pid, programs[kind]) or runs(pid, Path(sys.executable).name)}


def test_start_answer_restart_and_stop(start: Start) -> None:
    system = start()
    system.until("按 Ctrl-C 停止")
    assert f"http://127.0.0.1:{system.port}" in system.said
    assert str(system.state) in system.said
    assert system.get("/healthz") == (200, "ok\n")
    status, text = system.get("/readyz")
    assert (status, json.loads(text)) == (200, {"ready": True, "database": True, "redis": True})
    assert "yangguang_requests_total" in system.get("/metrics")[1]
    children = system.children()
    assert set(children) == {"postgres", "valkey", "web", "worker"}

    os.kill(children["worker"], signal.SIGKILL)
    os.kill(children["web"], signal.SIGKILL)
    assert wait_for(lambda: {"web", "worker"} <= set(system.children())), (
        f"not all started again: {system.state_of_it()}"
    )
    assert wait_for(lambda: answers(system)), f"the new web process does not answer: {system.state_of_it()}"

    assert system.end() == 0
    assert not alive(children)


def test_a_second_start_shows_the_first_page_within_5_seconds(start: Start) -> None:
    first = start()
    first.until("按 Ctrl-C 停止")
    assert first.end() == 0
    again = start()
    seconds, work = again.until("按 Ctrl-C 停止"), again.processor_seconds()
    assert again.end(signal.SIGTERM) == 0
    # On a machine busy with other tests the work done counts: it is what an idle one would take, at most.
    assert min(seconds, work) < 5


def answers(system: Running) -> bool:
    try:
        return system.get("/healthz")[0] == 200
    except OSError:
        return False


def test_ipv6_answers_like_ipv4(start: Start) -> None:
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    system = start()
    system.until("按 Ctrl-C 停止")
    assert f"http://[::1]:{system.port}" in system.said
    assert system.get("/healthz", host="::1") == (200, "ok\n")


def test_servers_that_die_come_back_with_their_data(start: Start) -> None:
    system = start()
    system.until("按 Ctrl-C 停止")
    for kind in ("valkey", "postgres"):
        old = system.children()[kind]
        os.kill(old, signal.SIGKILL)
        assert wait_for(lambda kind=kind, old=old: system.children().get(kind, old) != old), f"{kind} did not come back"  # type: ignore[misc]
    assert wait_for(lambda: system.get("/readyz")[0] == 200)
    assert wait_for(lambda: "worker" in system.children()), "the worker did not come back"


def test_kill_9_leaves_nothing_running(start: Start) -> None:
    system = start()
    system.until("按 Ctrl-C 停止")
    children = system.children()
    system.process.kill()
    system.process.wait()
    assert wait_for(lambda: not alive(children)), f"still alive: {alive(children)}"


def test_the_first_start_loads_the_demo_city_even_after_one_that_was_cut_off(start: Start) -> None:
    cut_off = start(demo="true")
    cut_off.until("正在装入演示城市")
    time.sleep(1)
    cut_off.process.kill()
    cut_off.process.wait()
    system = start(demo="true")
    system.until("按 Ctrl-C 停止", seconds=110)
    assert "正在装入演示城市" in system.said
    accounts = system.state / "demo-accounts.txt"
    assert str(accounts) in system.said
    assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
    assert "开启码" in accounts.read_text("utf-8")
    status, form = system.get("/complaints/new")
    assert (status, "只能匿名提交" in form) == (200, False), "a real name can be given from the first start"
    assert system.end() == 0
    again = start(demo="true")
    again.until("按 Ctrl-C 停止")
    assert "正在装入演示城市" not in again.said


def test_a_start_that_is_told_to_end_ends_in_order(start: Start) -> None:
    system = start(demo="true")
    system.until("正在装入演示城市")
    children = system.children()
    assert system.end(signal.SIGTERM) != 0
    assert not alive(children)
    assert "Traceback" not in system.said


def refusal(system: Running, code: int) -> str:
    assert system.end() == code, system.said
    lines = [line for line in system.said.splitlines() if line.startswith("错误：")]
    assert len(lines) == 1, system.said
    assert lines[0].endswith("。")
    assert "Traceback" not in system.said
    return lines[0]


def test_a_second_copy_says_so(start: Start) -> None:
    first = start()
    first.until("按 Ctrl-C 停止")
    second = start()
    second.process.wait(30)
    assert f"进程号 {first.process.pid}" in refusal(second, 6)
    assert first.get("/healthz")[0] == 200


def test_a_busy_port_says_so(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        system = start(port=str(port))
        system.process.wait(30)
        assert f"端口 {port}" in refusal(system, 3)


def test_a_broken_state_folder_says_so(start: Start, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    system = start()
    system.process.wait(30)
    assert "不是目录" in refusal(system, 5)


def test_an_unreachable_database_says_so(start: Start) -> None:
    system = start(database_url="postgresql://nobody@127.0.0.1:1/x", secret_key=SECRET)
    system.process.wait(30)
    assert "DATABASE_URL" in refusal(system, 7)


def test_an_unreachable_redis_says_so(start: Start) -> None:
    system = start(redis_url="redis://127.0.0.1:1/0")
    system.process.wait(30)
    assert "REDIS_URL" in refusal(system, 7)


@pytest.mark.both_postgres
def test_servers_given_by_address_are_used_and_get_no_demo_city(
    start: Start, postgres: Servers, make_database: Callable[..., str], redis_url: str
) -> None:
    url = make_database(empty=True)
    system = start(database_url=url, redis_url=redis_url, secret_key=SECRET)
    system.until("按 Ctrl-C 停止")
    assert set(system.children()) == {"web", "worker"}
    assert json.loads(system.get("/readyz")[1])["ready"]
    assert "演示" not in system.said
    assert not (system.state / "postgres").exists()
    assert postgres.path.exists()
    assert system.end() == 0


def test_the_system_s_postgres_can_serve_as_the_embedded_one(start: Start) -> None:
    if not system_postgres_is_there():
        pytest.skip(f"no PostgreSQL 15 in {SYSTEM_POSTGRES} (Debian: apt install postgresql-15)")
    system = start(postgres_bin=str(SYSTEM_POSTGRES))
    system.until("按 Ctrl-C 停止")
    assert (system.state / "postgres" / "PG_VERSION").read_text().strip() == "15"
    assert system.end() == 0
    other = start()
    other.process.wait(30)
    assert "属于 PostgreSQL 15" in refusal(other, 5)


def test_several_web_processes_share_port_and_figures(start: Start) -> None:
    system = start(web_processes="2")
    system.until("按 Ctrl-C 停止")
    for _ in range(20):
        assert system.get("/healthz")[0] == 200
    counted = re.search(r'route="/healthz",status="200"} (\d+)', system.get("/metrics")[1])
    assert counted is not None
    assert int(counted[1]) >= 20
