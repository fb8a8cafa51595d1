"""Notices to an SMS gateway or a webhook: JSON over HTTPS, signed, under the letter's key, to addresses that may be asked.

The signature is HMAC-SHA256 over time, key and body, so that nobody can make up or replay one later. The host's addresses
are looked up once, each must be one that may be asked, and the connection goes to that very address: a name that is
answered otherwise a moment later leads nowhere. Redirects are not followed.
"""

import hashlib
import hmac
import ipaddress
import json
import socket
from asyncio import get_running_loop
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from resolvers.errors import Unavailable
from resolvers.gateways import Message

SECONDS: Final = 8.0
SIGNATURE, KEY = "X-Yangguang-Signature", "Idempotency-Key"


class Forbidden(Unavailable):
    """The gateway's address is one that may not be asked."""

    code = "GATEWAY_FORBIDDEN"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """A gateway by its address and secret. ``shape`` makes the JSON of a message; ``private`` lets it be inside."""

    url: str
    shape: Callable[[Message], dict[str, Any]]
    secret: str = field(repr=False)
    private: bool = False
    now: Callable[[], datetime] = _now

    async def send(self, message: Message) -> None:
        """Send one notice. Raises what the connection raises, and ``Unavailable`` for any answer but a 2xx."""
        body = json.dumps(self.shape(message), ensure_ascii=False, sort_keys=True).encode()
        moment = str(int(self.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            KEY: message.key,
            SIGNATURE: f"t={moment},v1={signature(self.secret, moment, message.key, body)}",
        }
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        address = await self._address(parts.scheme, host, parts.port)
        shown = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        target = parts._replace(netloc=f"{shown}{port}").geturl()
        async with httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
            answer = await client.post(
                target,
                content=body,
                headers={**headers, "Host": f"{host}{port}"},
                extensions={"sni_hostname": host},
            )
        if not answer.is_success:
            raise Unavailable(f"网关回答 {answer.status_code}。", "稍后自动重试。")

    async def _address(self, scheme: str, host: str, port: int | None) -> str:
        """Return the address to connect to. Raises ``Forbidden``."""
        if scheme != "https" and not (scheme == "http" and self.private):
            raise Forbidden("网关地址必须以 https 开头。", "请系统管理员检查设置。")
        found = await get_running_loop().getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not addresses or not all(self.private or allowed(one) for one in addresses):
            raise Forbidden("网关地址在内网，不能访问。", "确实在内网的，请系统管理员设置允许内网网关。")
        return addresses[0]


def allowed(address: str) -> bool:
    """Say whether an address is one of the public net."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast


def signature(secret: str, moment: str, key: str, body: bytes) -> str:
    """Return the signature of a body, in hexadecimal."""
    return hmac.new(secret.encode(), f"{moment}.{key}.".encode() + body, hashlib.sha256).hexdigest()


def as_sms(message: Message) -> dict[str, Any]:
    """Return a message as an SMS gateway takes it."""
    return {"key": message.key, "to": message.to, "text": f"{message.title}。{message.body}"[:200]}


def as_notice(message: Message, site: str) -> dict[str, Any]:
    """Return a message as a webhook gets it."""
    address = f"{site}{message.address}" if message.address else ""
    texts = {"title": message.title, "body": message.body, "address": address}
    return {"key": message.key, "template": message.template, "made_at": message.made_at, **texts}
