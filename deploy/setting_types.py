"""Kinds of values that settings hold: each reads what was given, or says in words what it should have been."""

import ipaddress
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from domain.materials import KINDS

SECRET_CHARACTERS: Final = 32
"""Fewest characters of the signing secret: 32 of base64 carry 192 bits."""


def _words(given: Any) -> Any:
    return [word.strip() for word in given.split(",") if word.strip()] if isinstance(given, str) else given


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    for network in given:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise ValueError(f"“{network}”不是 IP 地址或网段") from None
    return given


def _host(given: str) -> str:
    if given not in {"localhost", "*"}:
        try:
            ipaddress.ip_address(given)
        except ValueError:
            raise ValueError("应为 localhost、* 或一个 IP 地址") from None
    return given


def _site(given: str) -> str:
    parts = urlsplit(given)
    if given and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("应为 http:// 或 https:// 开头的网址，不带参数")
    return given.rstrip("/")


def _postgres(given: SecretStr) -> SecretStr:
    if urlsplit(given.get_secret_value()).scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
        raise ValueError("应为 postgresql:// 开头的地址")
    return given


def _redis(given: SecretStr) -> SecretStr:
    if urlsplit(given.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("应为 redis://、rediss:// 或 unix:// 开头的地址")
    return given


def _secret(given: SecretStr) -> SecretStr:
    if len(given.get_secret_value()) < SECRET_CHARACTERS:
        raise ValueError(f"至少需要 {SECRET_CHARACTERS} 个字符")
    return given


def _kinds(given: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [one for one in given if one not in KINDS]:
        raise ValueError(f"没有文件类型“{unknown[0]}”，可用：{'、'.join(KINDS)}")
    return given


def _scanner(given: str) -> str:
    port = given.rpartition(":")[2]
    if given and not given.startswith("/") and not (":" in given and port.isascii() and port.isdigit()):
        raise ValueError("应为 主机:端口，或者 Unix 套接字的绝对路径")
    return given


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""A list given as words between commas."""

Networks = Annotated[Words, AfterValidator(_networks)]
"""Addresses or networks (CIDR), between commas."""

FileKinds = Annotated[Words, AfterValidator(_kinds)]
"""Codes of kinds of files, between commas."""

ScannerAddress = Annotated[str, AfterValidator(_scanner)]
HostAddress = Annotated[str, AfterValidator(_host)]
SiteAddress = Annotated[str, AfterValidator(_site)]
PostgresAddress = Annotated[SecretStr, AfterValidator(_postgres)]
RedisAddress = Annotated[SecretStr, AfterValidator(_redis)]
SigningSecret = Annotated[SecretStr, AfterValidator(_secret)]
