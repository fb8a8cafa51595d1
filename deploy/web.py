"""The body of a web process: the application behind uvicorn, on listening sockets that the parent has bound."""

import gc
import socket
from collections.abc import Sequence

import uvicorn

from deploy.app import create_app
from deploy.heads import BoundedHttp
from deploy.settings import Settings


def serve_web(settings: Settings, listeners: Sequence[socket.socket]) -> None:
    """Serve pages and interface until SIGTERM.

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
        http=BoundedHttp,
    )
    # What was loaded until now stays for good. Looking through it for garbage, again and again while requests wait,
    # took a tenth of a second each time.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run(sockets=list(listeners))
