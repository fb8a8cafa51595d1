"""``serve``: everything in order, from the state folder to the first page, and back down again.

Order of the checks: folder, lock, port, servers, schema, demo city, web, worker. Each failure is one sentence.
"""

import asyncio
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

import asyncpg
import click

from deploy import log_keys
from deploy.children import (
    load_demo_city,
    start_publisher,
    start_sequencer,
    start_web,
    start_witness,
    start_worker,
)
from deploy.clocks import clock_of
from deploy.embedded import Postgres, Valkey
from deploy.listening import listen, urls
from deploy.refusals import ServiceFailed
from deploy.services import Services
from deploy.settings import Settings
from deploy.state import StateFolder, StateLock
from deploy.supervisor import Child, Supervisor
from domain.engine.days import LOCAL
from resolvers.addresses import plain_url

READY_SECONDS: Final = 60.0
ACCOUNTS_FILE: Final = "demo-accounts.txt"


def serve(settings: Settings) -> None:
    """Run the whole system until a signal ends it. Raises ``StartRefused`` when it cannot start."""
    state = StateFolder.open(settings.state_dir)
    lock = StateLock(state)
    try:
        listeners = listen(settings.host, settings.port)
        lock.describe(f"进程号 {os.getpid()}，地址 {settings.site}")
        _run(Services(state, settings), listeners)
    finally:
        lock.release()


def _run(services: Services, listeners: Sequence[socket.socket]) -> None:
    """Start everything, keep it alive, end it: web and worker first, the servers they need last."""
    supervisor = Supervisor(stop_seconds=services.settings.stop_seconds)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    servers: Sequence[Child] = ()
    try:
        services.start()
        servers = _watched_servers(services)
        services.migrate()
        _fill_if_empty(services)
        supervisor.listen_for_signals()
        for child in (*servers, *_web_processes(services, listeners)):
            supervisor.add(child)
        _wait_for_first_page(supervisor, listeners[0])
        reading = _read_by_the_auditor(services.settings, listeners[0])
        supervisor.add(Child("worker", lambda: start_worker(reading)))
        for child in _log_processes(services):
            supervisor.add(child)
        _announce(services, listeners)
        supervisor.watch()
        click.echo("正在停止……")
    finally:
        supervisor.stop(keep=servers)
        services.stop()


def _leave(number: int, _frame: FrameType | None) -> None:
    """End a start that is still preparing, as Ctrl-C does: what was started is ended in order."""
    raise SystemExit(128 + number)


def _watched_servers(services: Services) -> Sequence[Child]:
    """Return the embedded servers as children to be kept alive."""
    running = (("postgres", services.postgres), ("valkey", services.valkey))
    return [Child(name, _restart(server), server.process) for name, server in running if server is not None]


def _restart(server: Postgres | Valkey) -> Callable[[], subprocess.Popen[bytes]]:
    def start() -> subprocess.Popen[bytes]:
        server.start()
        if server.process is None:
            raise ServiceFailed("内置服务没有启动。", "请查看数据目录中的 logs。")
        return server.process

    return start


def _web_processes(services: Services, listeners: Sequence[socket.socket]) -> Sequence[Child]:
    """Return the web processes as children. Several processes keep their figures in one folder, made afresh."""
    settings, more = services.settings, {}
    if settings.web_processes > 1:
        figures = services.state.path / "run" / "metrics"
        shutil.rmtree(figures, ignore_errors=True)
        figures.mkdir(mode=0o700, parents=True)
        more = {"PROMETHEUS_MULTIPROC_DIR": str(figures)}
    return [
        Child(f"web-{number}", lambda: start_web(settings, listeners, more))
        for number in range(1, settings.web_processes + 1)
    ]


def _read_by_the_auditor(settings: Settings, listener: socket.socket) -> Settings:
    """Return the worker's settings: unless another address is set, its auditor reads the pages of this very system."""
    if settings.audit_site:
        return settings
    host, port = _reached(listener)
    return settings.model_copy(update={"audit_site": f"http://{f'[{host}]' if ':' in host else host}:{port}"})


def _reached(listener: socket.socket) -> tuple[str, int]:
    """Return the address under which this machine itself reaches a listener."""
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - only asked


def _log_processes(services: Services) -> Sequence[Child]:
    """Return what orders, signs and witnesses the log as children. Only the demonstration witnesses itself."""
    settings, state = services.settings, services.state.path
    children = [Child("sequencer", lambda: start_sequencer(settings))]
    witnesses: dict[str, str] = {}
    if log_keys.witnesses_itself(settings):
        listener = socket.create_server(("127.0.0.1", 0))
        key, folder = log_keys.log_key(settings).text, state / log_keys.WITNESS_FOLDER
        witnesses[log_keys.LOCAL_WITNESS] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        children.append(Child("witness", lambda: start_witness(listener, folder, key)))
    log_keys.policy(settings)
    return [*children, Child("publisher", lambda: start_publisher(settings, witnesses))]


def _fill_if_empty(services: Services) -> None:
    """Load the demo city when the library is embedded and empty; never into a database given by address."""
    wanted = services.postgres is not None and services.settings.demo_mode
    if not wanted or not asyncio.run(_is_empty(services.operator_url)):
        return
    click.echo("首次启动：正在装入演示城市……")
    with services.state.half_done():
        load_demo_city(services.settings, services.state.path / ACCOUNTS_FILE)


async def _is_empty(url: str) -> bool:
    """Say whether the library holds no government yet."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        return not await connection.fetchval("SELECT EXISTS (SELECT FROM government)")
    finally:
        await connection.close()


def _wait_for_first_page(supervisor: Supervisor, listener: socket.socket) -> None:
    """Wait until a web process answers; a process that ends before is a failed start. Raises ``ServiceFailed``."""
    deadline = time.monotonic() + READY_SECONDS
    web = [child for child in supervisor.children if child.name.startswith("web-")]
    while not supervisor.stopping:
        if _answers(listener):
            return
        ended = any(child.process is not None and child.process.poll() is not None for child in web)
        if ended or time.monotonic() > deadline:
            raise ServiceFailed("网页服务没有启动成功（原因见上方日志）。", "请根据日志改正后重新启动。")
        time.sleep(0.05)


def _answers(listener: socket.socket) -> bool:
    host, port = _reached(listener)
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()


def _announce(services: Services, listeners: Sequence[socket.socket]) -> None:
    """Say where everything is."""
    settings, state = services.settings, services.state
    click.echo()
    click.echo("阳光系统已启动。")
    for url in urls(list(listeners)):
        click.echo(f"  网址        {url}")
    if settings.base_url:
        click.echo(f"  对外网址    {settings.base_url}")
    click.echo(f"  数据目录    {state.path}")
    database = "内置 PostgreSQL" if services.postgres is not None else "由 DATABASE_URL 指定"
    queue = "内置 Valkey" if services.valkey is not None else "由 REDIS_URL 指定"
    click.echo(f"  数据库      {database}；队列 {queue}")
    clock = clock_of(settings)
    if clock.lapsing:
        click.echo(f"  时间        {clock.now().astimezone(LOCAL):%Y-%m-%d %H:%M}（不是真实时间，{clock.speed} 倍速）")
    for remark in services.remarks:
        click.echo(f"  提示        {remark}")
    accounts = state.path / ACCOUNTS_FILE
    if settings.demo_mode and accounts.exists():
        click.echo(f"  演示账号    {accounts}（双因素登录已关闭，仅供演示）")
        for line in accounts.read_text(encoding="utf-8").splitlines():
            click.echo(f"    {line}")
    click.echo("按 Ctrl-C 停止。")
    click.echo()
