"""The base of every frozen value, and the one canonical byte form in which values are compared and hashed.

A value that comes from outside (a profile, a list, a form) is a pydantic model, so that a wrong field is
named with its place. Equal values have equal canonical bytes, in every process and release.
"""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value: unknown fields are refused, text is stripped, equality is by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, validate_default=True)


def canonical_json(document: Any) -> bytes:
    """Encode plain JSON data as UTF-8 bytes with sorted keys and no white space.

    The form is that of RFC 8785 for the data this project keeps: object keys in code-point order, text
    unescaped, integers only (a float raises ``ValueError``: amounts are decimal strings here).
    """
    if _has_float(document):
        _refuse_floats(document, "$")
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _has_float(node: Any) -> bool:
    """Look for a float anywhere; where it is, `_refuse_floats` finds, which costs ten times as much."""
    left = [node]
    for one in left:  # grows on the way
        kind = type(one)
        if kind is str or kind is int or one is None:
            continue
        if isinstance(one, dict):
            left.extend(one.values())
        elif isinstance(one, list | tuple):
            left.extend(one)
        elif isinstance(one, float):
            return True
    return False


def _refuse_floats(node: Any, path: str) -> None:
    if isinstance(node, float):
        raise ValueError(f"{path}: a float has no canonical form; write a decimal as text")  # noqa: TRY004 -- the value is wrong
    if isinstance(node, dict):
        for key, child in node.items():
            _refuse_floats(child, f"{path}.{key}")
    elif isinstance(node, list | tuple):
        for index, child in enumerate(node):
            _refuse_floats(child, f"{path}[{index}]")


def document(value: Value) -> dict[str, Any]:
    """Return the plain JSON form of a value, without fields that are empty.

    Leaving out what is empty keeps the digest of old content stable when a later release adds a field.
    """
    return value.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def digest(value: Value) -> bytes:
    """Return the SHA-256 (32 bytes) of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(document(value))).digest()
