"""The listening sockets: bound by the parent, so that a busy port is found before anything else is started.

IPv4 and IPv6 get a socket each; web processes inherit them, so a restart of one never loses a connection in the queue.
"""

import errno
import socket
from typing import Final

from deploy.refusals import PortBusy, StartRefused

_BACKLOG: Final = 2048
_NO_SUCH_FAMILY: Final = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT}


class AddressRefused(StartRefused):
    """The system does not let us listen on the address."""

    exit_code = 3


def addresses(host: str) -> tuple[str, ...]:
    """Return the addresses that a ``host`` setting stands for."""
    return {"localhost": ("127.0.0.1", "::1"), "*": ("0.0.0.0", "::")}.get(host, (host,))  # noqa: S104 - asked for by "*"


def listen(host: str, port: int) -> list[socket.socket]:
    """Bind every address of ``host``. Raises ``PortBusy`` or ``AddressRefused``.

    A machine without one of the two families is served on the other, unless that one address was asked for.
    """
    bound: list[socket.socket] = []
    wanted = addresses(host)
    for address in wanted:
        try:
            bound.append(_bind(address, port))
        except OSError as error:
            if error.errno in _NO_SUCH_FAMILY and len(wanted) > 1:
                continue
            for other in bound:
                other.close()
            if error.errno == errno.EADDRINUSE:
                raise PortBusy(address, port) from error
            raise AddressRefused(
                f"无法监听地址 {address} 端口 {port}：{error.strerror}。",
                "请检查 YANGGUANG_HOST 和 YANGGUANG_PORT；1024 以下的端口需要管理员权限。",
            ) from error
    if not bound:
        raise AddressRefused(f"本机没有可用的网络地址（{', '.join(wanted)}）。", "请检查网络设置或 YANGGUANG_HOST。")
    return bound


def _bind(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def urls(listeners: list[socket.socket]) -> list[str]:
    """Return the addresses to open in a browser; a wildcard is shown as this machine's own address."""
    shown = []
    for listener in listeners:
        host, port = listener.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only shown
        shown.append(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    return shown
