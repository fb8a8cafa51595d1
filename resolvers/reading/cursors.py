"""Cursors: opaque, versioned, bound to one entity and one order.

A cursor holds the order's key values of a row and a checksum over entity, order and values. The checksum is no
secret: a forged cursor could only point at another place of a list whose guards stand in the statement itself.
It makes sure that a damaged or foreign cursor is told apart from an honest one before anything reaches SQL.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from resolvers.errors import FieldProblem, InvalidInput

FORMAT: Final = 1
CHECK_BYTES: Final = 9
"""So many bytes of the SHA-256 stand in front: compiled statements make the same cursors in the database."""
_LONGEST: Final = 4096


def _moment(text: Any) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("a moment without zone")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("not a text")
    value.encode()
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise ValueError("not an integer of 64 bits")
    return value


READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "text": _text,
    "bigint": _integer,
    "integer": _integer,
    "date": lambda value: date.fromisoformat(_text(value)),
    "timestamptz": _moment,
}
"""How a key value of each SQL type is read back; an order may rest on these types only."""


def _check(scope: str, payload: bytes) -> bytes:
    return hashlib.sha256(scope.encode() + b"\0" + payload).digest()[:CHECK_BYTES]


def encode(scope: str, values: Sequence[Any]) -> str:
    """Return the cursor for a row; ``scope`` names entity and order, ``values`` are its keys in that order."""
    plain = [value.isoformat() if isinstance(value, date | datetime) else value for value in values]
    payload = json.dumps([FORMAT, *plain], ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_check(scope, payload) + payload).decode().rstrip("=")


def decode(scope: str, cursor: str, types: Sequence[str], *, field: str = "after") -> tuple[Any, ...]:
    """Return the key values in a cursor. Raises ``InvalidInput`` for one that is damaged or made for another list."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        check, payload = raw[:CHECK_BYTES], raw[CHECK_BYTES:]
        if check != _check(scope, payload):
            raise ValueError("checksum")
        version, *values = json.loads(payload.decode())
        if version != FORMAT or len(values) != len(types):
            raise ValueError("another format")
        return tuple([READERS[kind](value) for kind, value in zip(types, values, strict=True)])
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        message = f"游标 {field} 无效：它已损坏，或不属于这个列表和排序。"
        remedy = "请从第一页重新开始，并原样使用返回的游标。"
        raise InvalidInput(message, remedy, (FieldProblem(field, "BAD_CURSOR", message, remedy),)) from error
