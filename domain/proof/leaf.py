"""A leaf: one act of the administration on one matter, or one change of the library, rights or rules.

What is published of an act is a commitment and nothing else, so that no leaf can be told from another: neither person,
nor matter, nor kind, nor hour can be read out of it. Head, actor and body are committed to apart, each under a blind of
its own made of the act's salt: a party can be shown the act without the officer's name, and a digest that is not opened
cannot be guessed at. The same bytes are made by a trigger in the database (README.md has both forms).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.proof.merkle import leaf_hash

VERSION: Final = 1
SALT_BYTES: Final = 16
DIGEST_BYTES: Final = 32
LONGEST_ENTRY: Final = 0xFFFF
"""An entry must fit a bundle of C2SP tlog-tiles, whose lengths have two bytes."""

PARTS: Final = ("head", "actor", "body")
_HEX: Final = re.compile(f"[0-9a-f]{{{2 * DIGEST_BYTES}}}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class LeafBroken(ValueError):
    """Bytes that are no leaf, or an opening that has the wrong form."""


def field(content: bytes) -> bytes:
    """Return bytes behind their length (four bytes, big-endian): no content can be taken for the end of another."""
    return len(content).to_bytes(4, "big") + content


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big", signed=True)


def microseconds(at: datetime) -> int:
    """Return a moment as whole microseconds since 1970: its text form depends on settings, a number does not."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """Return the moment of ``microseconds``."""
    return _EPOCH + value * _MICROSECOND


@dataclass(frozen=True, slots=True)
class Act:
    """One act as the record has it. ``body`` is canonical JSON, byte for byte; ``actor_id`` is empty for time's doing."""

    stream: str
    seq: int
    kind: str
    body_code: str
    at: int
    actor_id: str
    actor_name: str
    body: str

    def content(self, part: str) -> bytes:
        """Return the bytes of one part: head, actor or body."""
        if part == "head":
            texts = field(self.stream.encode()) + _number(self.seq) + field(self.kind.encode())
            return texts + field(self.body_code.encode()) + _number(self.at)
        if part == "actor":
            return field(self.actor_id.encode()) + field(self.actor_name.encode())
        return self.body.encode()


def blind(part: str, salt: bytes) -> bytes:
    """Return the blind of one part; it is shown with the part and tells nothing of the salt or of the other blinds."""
    if len(salt) != SALT_BYTES:
        raise LeafBroken(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(b"yangguang/1/%b\0%b" % (part.encode(), salt)).digest()


def part_digest(blinding: bytes, content: bytes) -> bytes:
    """Return the digest of a part's content under its blind."""
    return hashlib.sha256(blinding + content).digest()


def commitment(digests: Mapping[str, bytes]) -> bytes:
    """Return the commitment to an act from the digests of its parts."""
    return hashlib.sha256(b"yangguang/1/act\0" + b"".join(digests[part] for part in PARTS)).digest()


def entry_of(committed: bytes) -> bytes:
    """Return the public entry: the version of its form, and the commitment behind its length."""
    return bytes([VERSION]) + field(committed)


def entry(act: Act, salt: bytes) -> bytes:
    """Return the public entry of an act."""
    return entry_of(commitment({part: part_digest(blind(part, salt), act.content(part)) for part in PARTS}))


def commitment_in(found: bytes) -> bytes:
    """Return the commitment in an entry. Raises ``LeafBroken`` for bytes that are no entry of a known version."""
    if found[:1] != bytes([VERSION]) or len(found) != 5 + DIGEST_BYTES or found[1:5] != field(bytes(DIGEST_BYTES))[:4]:
        raise LeafBroken("these bytes are no entry of this record")
    return found[5:]


@dataclass(frozen=True, slots=True)
class Leaf:
    """An act's entry with the digests under which it stands in the tree and, in SM3, beside it."""

    entry: bytes
    hash: bytes
    sm3: bytes | None

    @classmethod
    def of(cls, public: bytes) -> "Leaf":
        return cls(public, leaf_hash(public), sm3(b"\0" + public))


def sm3(content: bytes) -> bytes | None:
    """Return the SM3 digest (GB/T 32905), or None where this system's OpenSSL has no SM3."""
    if not has_sm3():
        return None
    return hashlib.new("sm3", content).digest()


def has_sm3() -> bool:
    """Say whether SM3 can be computed here; what lacks it says so at its start and works on."""
    return "sm3" in hashlib.algorithms_available


def opening(act: Act, salt: bytes, shown: tuple[str, ...] = PARTS) -> dict[str, Any]:
    """Return plain data that open an entry: the parts that are shown with their blinds, the others as digests only."""
    opened: dict[str, Any] = {"v": VERSION}
    for part in PARTS:
        blinding = blind(part, salt)
        if part in shown:
            opened[part] = {"blind": blinding.hex(), **_plain(act, part)}
        else:
            opened[part] = {"digest": part_digest(blinding, act.content(part)).hex()}
    return opened


def _plain(act: Act, part: str) -> dict[str, Any]:
    if part == "head":
        return {"stream": act.stream, "seq": act.seq, "kind": act.kind, "body_code": act.body_code, "at": act.at}
    if part == "actor":
        return {"id": act.actor_id, "name": act.actor_name}
    return {"text": act.body}


def opened_entry(opened: Mapping[str, Any]) -> bytes:
    """Return the entry to which an opening leads; it opens an entry if both are the same bytes.

    Raises ``LeafBroken`` when the data are no opening.
    """
    try:
        if type(opened["v"]) is not int or opened["v"] != VERSION or set(opened) != {"v", *PARTS}:
            raise LeafBroken("an opening of another version")
        return entry_of(commitment({part: _digest_in(part, opened[part]) for part in PARTS}))
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise LeafBroken("these data open no entry") from error


def _digest_in(part: str, given: Mapping[str, Any]) -> bytes:
    if "digest" in given:
        return _hex(given["digest"])
    return part_digest(_hex(given["blind"]), _shown(part, given).content(part))


def _hex(text: str) -> bytes:
    if not _HEX.fullmatch(text):
        raise LeafBroken(f"a digest has {DIGEST_BYTES} bytes in small hexadecimal letters")
    return bytes.fromhex(text)


def _shown(part: str, given: Mapping[str, Any]) -> Act:
    """Return an act of which only one part is filled in."""
    if part == "head":
        if any(type(given[name]) is not int or abs(given[name]) > 2**53 for name in ("seq", "at")):
            raise LeafBroken("a number that no reader has exactly")
        return Act(given["stream"], given["seq"], given["kind"], given["body_code"], given["at"], "", "", "")
    if part == "actor":
        return Act("", 0, "", "", 0, given["id"], given["name"], "")
    return Act("", 0, "", "", 0, "", "", given["text"])
