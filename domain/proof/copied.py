"""Acts as PostgreSQL copies them out in its binary form, and their leaves: the auditor's way through millions of them.

The binary form of a text is its length in four bytes and its UTF-8: exactly `field(x)` of a leaf. So the bytes that a leaf
is made of are cut out of what the server sends, and no text, moment or object is made on the way. What does not come out
as it should is not judged here: whoever asked looks at those rows one by one (`domain.proof.auditing`).
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.proof.leaf import DIGEST_BYTES, PARTS, entry_of

SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""What a binary copy begins with, without flags and extensions."""

END: Final = b"\xff\xff"
ENTRY_BYTES: Final = len(entry_of(bytes(DIGEST_BYTES)))
COLUMNS: Final = 18
_TEXTS: Final = ("stream", "kind", "body_code", "actor_id", "actor_name", "body")
# Every column stands behind its length: place, seq, moment, salt, leaf, entry, then how long the six texts are.
_ROW: Final = struct.Struct(f">h4xq4x8s4xq4x16s4x32s4x{ENTRY_BYTES}s" + "4xi" * len(_TEXTS))
_SINCE_1970: Final = 946_684_800_000_000
"""Microseconds from 1970 to 2000, from where the server counts."""

_BEFORE_ENTRY: Final = entry_of(bytes(DIGEST_BYTES))[:-DIGEST_BYTES]
_BLINDS: Final = tuple(b"yangguang/1/%b\0" % part.encode() for part in PARTS)
_ACT: Final = b"yangguang/1/act\0"

# The inner joins and the comparisons leave out every row that is not whole; its place is then missing in what comes.
STATEMENT: Final = """
SELECT g.place, e.seq::bigint, e.at, l.salt, g.leaf, g.entry,
       octet_length(e.stream), octet_length(e.kind), octet_length(e.body_code),
       octet_length(a.id), octet_length(e.actor_name), octet_length(e.body),
       e.stream, e.kind, e.body_code, a.id, e.actor_name, e.body
FROM log_leaf g JOIN event_leaf l ON l.event_id = g.event_id JOIN event e ON e.id = g.event_id
CROSS JOIN LATERAL (SELECT coalesce(e.actor_id::text, '') AS id) a
WHERE g.place >= $1 AND g.place < $2 AND g.entry = l.entry AND g.leaf = l.leaf
  AND octet_length(l.salt) = 16 AND octet_length(g.leaf) = 32 AND octet_length(g.entry) = 37
ORDER BY g.place
"""
"""What is to be copied: the places from one to below another, with their acts."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Places that stand one after another, each with the entry and the leaf that its act makes."""

    start: int
    entries: Sequence[bytes]
    leaves: Sequence[bytes]


def read(content: bytes, start: int, end: int) -> Copied | None:
    """Return the places of a range if every one is there and is what its act makes; None for anything else."""
    at = len(SIGNATURE)
    if content[:at] != SIGNATURE:
        return None
    entries: list[bytes] = []
    leaves: list[bytes] = []
    try:
        for place in range(start, end):
            at = _row(content, at, place, entries, leaves)
            if not at:
                return None
    except (struct.error, OverflowError):
        return None
    return Copied(start, entries, leaves) if content[at:] == END else None


def _row(content: bytes, at: int, place: int, entries: list[bytes], leaves: list[bytes]) -> int:
    """Check one row and return where the next one begins; 0 if it is not what it should be."""
    columns, found, seq, moment, salt, leaf, entry, stream, kind, code, actor, name, body = _ROW.unpack_from(
        content, at
    )
    at += _ROW.size
    after_stream = at + 4 + stream
    after_code = after_stream + 8 + kind + code
    after_actor = after_code + 8 + actor + name
    end: int = after_actor + 4 + body
    made = (
        content[at:after_stream]
        + seq
        + content[after_stream:after_code]
        + (moment + _SINCE_1970).to_bytes(8, "big", signed=True),
        content[after_code:after_actor],
        content[after_actor + 4 : end],
    )
    sha256 = hashlib.sha256
    head, by, told = [
        sha256(sha256(blind + salt).digest() + part).digest() for blind, part in zip(_BLINDS, made, strict=True)
    ]
    expected = _BEFORE_ENTRY + sha256(_ACT + head + by + told).digest()
    whole = columns == COLUMNS and found == place and end <= len(content)
    if not whole or entry != expected or sha256(b"\x00" + entry).digest() != leaf:
        return 0
    entries.append(entry)
    leaves.append(leaf)
    return end
