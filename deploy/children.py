"""The processes that the parent starts. What they do is in other modules, which the parent need not import."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from deploy.configuration import variable
from deploy.processes import spawn, stop, tie
from deploy.refusals import ServiceFailed
from deploy.settings import FILE_VARIABLE, Settings

ROLES: Final = ("worker", "operator", "sequencer", "publisher")
"""Roles of the database that may have an address of their own."""

ADDRESSES: Final = ("owner_database_url", *(f"{role}_database_url" for role in ROLES))
"""Addresses of the database beside DATABASE_URL; a child is told only of those it needs."""


def addresses(settings: Settings) -> dict[str, str]:
    """Return the address of each database role; what has none of its own works under DATABASE_URL. Raises ``ServiceFailed``."""
    if settings.database_url is None:
        raise ServiceFailed("还没有可用的数据库。", "请先启动系统。")
    given = {name: getattr(settings, f"{name}_database_url") for name in ROLES}
    found = {"web": settings.database_url, **{name: url or settings.database_url for name, url in given.items()}}
    return {name: url.get_secret_value() for name, url in found.items()}


def working_as(settings: Settings, role: str) -> Settings:
    """Return the settings of a process that works under one role, without the addresses of the others."""
    changes: dict[str, object] = dict.fromkeys(ADDRESSES)
    return settings.model_copy(update=changes | {"database_url": SecretStr(addresses(settings)[role])})


def environment(settings: Settings, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment in which a child reads exactly these settings, whatever file the parent read.

    A child's environment is readable by its own user alone, who may read the secret's file as well.
    """
    known = {variable(name) for name in Settings.model_fields} | {FILE_VARIABLE}
    kept = {key: value for key, value in os.environ.items() if key.upper() not in known} | dict(more or {})
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value is None or value in ("", ()):
            continue
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        kept[variable(name)] = ",".join(value) if isinstance(value, tuple) else str(value)
    return kept


def start_web(
    settings: Settings, listeners: Sequence[socket.socket], more: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a web process on the parent's listening sockets; ``more`` is added to its environment."""
    numbers = [listener.fileno() for listener in listeners]
    words = [word for number in numbers for word in ("--socket", str(number))]
    command = [*tie("TERM"), sys.executable, "-m", "deploy", "web", *words]
    return spawn(command, env=environment(working_as(settings, "web"), more), pass_fds=numbers)


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the worker process."""
    return spawn(
        [*tie("TERM"), sys.executable, "-m", "deploy", "worker"], env=environment(working_as(settings, "worker"))
    )


def start_sequencer(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the process that puts committed events into the log."""
    command = [*tie("TERM"), sys.executable, "-m", "deploy", "sequencer"]
    return spawn(command, env=environment(working_as(settings, "sequencer")))


def start_publisher(settings: Settings, witnesses: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the process that signs and publishes the log's heads; ``witnesses`` are asked at these addresses."""
    words = [word for name, address in witnesses.items() for word in ("--witness", f"{name}={address}")]
    command = [*tie("TERM"), sys.executable, "-m", "deploy", "publisher", *words]
    return spawn(command, env=environment(working_as(settings, "publisher")))


def start_witness(listener: socket.socket, state: Path, log_key: str) -> subprocess.Popen[bytes]:
    """Start a witness of the demonstration: it has its own key and folder, and no access to the database."""
    words = ["--socket", str(listener.fileno()), "--state", str(state), "--log-key", log_key]
    command = [*tie("TERM"), sys.executable, "-m", "deploy", "witness", *words]
    return spawn(command, pass_fds=[listener.fileno()])


def load_demo_city(settings: Settings, accounts_file: Path) -> None:
    """Load the demo city in a process of its own, so that a start without it need not read its code and data.

    Raises ``ServiceFailed`` when it fails; its progress and its reason are on the terminal.
    """
    command = [*tie("TERM"), sys.executable, "-m", "deploy", "demo-load", "--accounts", str(accounts_file)]
    process = spawn(command, env=environment(working_as(settings, "operator")))
    try:
        status = process.wait()
    finally:
        stop(process, [signal.SIGTERM], wait_seconds=settings.stop_seconds)
    if status != 0:
        raise ServiceFailed("演示城市没有装入成功（原因见上方）。", "请根据原因处理后重新启动；下次启动会重新装入。")
