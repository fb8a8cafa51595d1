"""Global ids: opaque, versioned, and bound to a type and, for bitemporal reads, to the two days they were read at.

The id of an item read as of a day leads back to that day: two states of one item never share an id, so no client
cache mixes them.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NoReturn

import strawberry

from resolvers.errors import FieldProblem, InvalidInput
from schema.loading import Info

_FORMAT: Final = "1"
_LONGEST: Final = 400
MAX_IDS: Final = 100
_BIGGEST: Final = 2**63 - 1

ID_WORDS: Final = "全局标识: opaque id for `node`; stable, and different for every state of an item read as of a day."


@strawberry.interface(description="节点: anything that `node` can fetch again by its id.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = strawberry.field(description=ID_WORDS)


Fetch = Callable[[Info, Sequence[str]], Awaitable[Sequence[Any]]]
"""Fetches nodes of one type by the key part of their ids; None for a node that is not there."""


def global_id(type_name: str, key: object) -> strawberry.ID:
    """Return the opaque id of an object of a type."""
    text = f"{_FORMAT}:{type_name}:{key}"
    return strawberry.ID(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


def read_id(value: str, field: str = "id") -> tuple[str, str]:
    """Return type name and key of a global id. Raises ``InvalidInput`` for anything this server did not make."""
    try:
        if len(value) > _LONGEST:
            raise ValueError("too long")
        raw = base64.b64decode(value.encode("ascii") + b"=" * (-len(value) % 4), altchars=b"-_", validate=True)
        version, type_name, key = raw.decode().split(":", 2)
        if version != _FORMAT or not key:
            raise ValueError("another format")
    except (ValueError, binascii.Error):
        wrong_id(field)
    return type_name, key


def key_of(value: str, type_name: str, field: str = "id") -> str:
    """Return the key in an id that must be of one type."""
    found, key = read_id(value, field)
    if found != type_name:
        wrong_id(field)
    return key


def integer_key(key: str, field: str = "id") -> int:
    """Return a key that is a row number."""
    if not (key.isascii() and key.isdigit() and len(key) <= len(str(_BIGGEST)) and int(key) <= _BIGGEST):
        wrong_id(field)
    return int(key)


def wrong_id(field: str) -> NoReturn:
    """Refuse an id."""
    message = f"{field} 不是本接口返回的标识。"
    remedy = "请原样使用查询结果中的 id。"
    raise InvalidInput(message, remedy, (FieldProblem(field, "BAD_ID", message, remedy),))


async def fetch_nodes(info: Info, ids: Sequence[str], fetchers: dict[str, Fetch], field: str) -> list[Any]:
    """Return the nodes for ids in their order, one fetch a type; None where there is none, or none to be seen."""
    if len(ids) > MAX_IDS:
        raise InvalidInput(f"{field} 一次最多 {MAX_IDS} 个。", "请分多次查询。")
    wanted: dict[str, list[tuple[int, str]]] = {}
    for place, value in enumerate(ids):
        type_name, key = read_id(value, field)
        if type_name not in fetchers:
            wrong_id(field)
        wanted.setdefault(type_name, []).append((place, key))
    found: list[Any] = [None] * len(ids)
    for type_name, entries in wanted.items():
        nodes = await fetchers[type_name](info, [key for _, key in entries])
        for (place, _), node in zip(entries, nodes, strict=True):
            found[place] = node
    return found
