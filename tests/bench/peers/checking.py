"""Before anything is measured: every server gives the same data for the same questions."""

import asyncio
import json
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.bench.peers.asking import QUESTIONS, Ask, Keys, Peer

CHECKED: Final = 12
"""So many keys of each question are compared."""


class Different(AssertionError):
    """Two servers say different things, or one says nothing; the message names both and the first difference."""


def fetch(port: int, ask: Ask, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
    """Ask once; returns status, headers in small letters and body. Statuses of errors are returned as well."""
    given = {"Content-Type": "application/json"} if ask.body else {}
    body = ask.body.encode() or None
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{ask.path}", body, {**given, **(headers or {})})
    try:
        answer = urllib.request.urlopen(asked, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


async def ask_once(
    port: int, ask: Ask, headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    """Ask once without blocking the loop."""
    return await asyncio.to_thread(fetch, port, ask, headers)


async def same_answers(peers: Sequence[Peer], keys: Keys) -> None:
    """Compare all peers with the first. Raises ``Different``."""
    for name in QUESTIONS:
        for key in keys.drawn(name, CHECKED, 7):
            first = ""
            for peer in peers:
                status, _, body = await ask_once(peer.served.port, peer.ask(name, key), peer.headers.get(name))
                found = _common(lambda: peer.read(name, json.loads(body)), peer.name, status, body)  # noqa: B023 - called at once
                if not first:
                    first = found
                elif found != first:
                    raise Different(f"{name} {key.code}: {peers[0].name} and {peer.name}: {_where(first, found)}")


def _common(read: Callable[[], Any], name: str, status: int, body: bytes) -> str:
    try:
        return json.dumps(read(), ensure_ascii=False, sort_keys=True)
    except (ValueError, KeyError, TypeError) as error:
        raise Different(f"{name} answered {status}: {body[:400].decode(errors='replace')}") from error


def _where(one: str, other: str) -> str:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, at - 60)
    return f"…{one[start : at + 60]}… against …{other[start : at + 60]}…"
