"""The processes that serve: how the parent starts them, and what each does when it has been started."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

import uvicorn
from pydantic import SecretStr

from deploy.app import create_app
from deploy.configuration import variable
from deploy.processes import spawn, tie
from deploy.settings import FILE_VARIABLE, Settings


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
    return spawn(command, env=environment(settings, more), pass_fds=numbers)


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the worker process."""
    return spawn([*tie("TERM"), sys.executable, "-m", "deploy", "worker"], env=environment(settings))


def serve_web(settings: Settings, listeners: Sequence[socket.socket]) -> None:
    """Serve pages and interface until SIGTERM: the body of a web process.

    No access log of the server's own: it would keep addresses and search words. Ours keeps neither.
    """
    config = uvicorn.Config(
        create_app(settings),
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=settings.stop_seconds,
        h11_max_incomplete_event_size=64 * 1024,
    )
    uvicorn.Server(config).run(sockets=list(listeners))
