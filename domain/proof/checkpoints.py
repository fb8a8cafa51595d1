"""Checkpoints: the signed head of the log (C2SP tlog-checkpoint), and what witnesses put below it (tlog-cosignature)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.proof.merkle import HASH_BYTES
from domain.proof.notes import (
    COSIGNATURE,
    ED25519,
    ML_DSA_COSIGNATURE,
    Key,
    Note,
    NoteBroken,
    Sign,
    Signature,
    Verify,
    base64_bytes,
    base64_text,
)

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_SUBTREE: Final = b"subtree/v1\n\0"


def decimal(text: str) -> int:
    """Return a number written without leading zeros, below 10¹⁹. Raises ``NoteBroken``."""
    if not _DECIMAL.fullmatch(text):
        raise NoteBroken("a number is not written as it must be")
    return int(text)


def root_bytes(text: str) -> bytes:
    """Return a hash written in base64. Raises ``NoteBroken``."""
    found = base64_bytes(text)
    if len(found) != HASH_BYTES:
        raise NoteBroken("a hash has 32 bytes")
    return found


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: whose, how many leaves, which root. This record writes no extension lines and reads none."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a note. Raises ``NoteBroken``."""
        lines = text.split("\n")
        if len(lines) != 4 or not lines[0] or lines[3]:
            raise NoteBroken("a head has three lines: origin, size, root")
        return cls(lines[0], decimal(lines[1]), root_bytes(lines[2]))


def cosigned_message(head: Checkpoint, key: Key, at: int) -> bytes:
    """Return what a witness signs: the head and the second at which it saw it."""
    if key.kind == COSIGNATURE:
        return f"cosignature/v1\ntime {at}\n{head.text}".encode()
    if key.kind != ML_DSA_COSIGNATURE:
        raise NoteBroken("this key does not witness")
    name, origin = key.name.encode(), head.origin.encode()
    named = bytes([len(name)]) + name + at.to_bytes(8, "big") + bytes([len(origin)]) + origin
    return _SUBTREE + named + bytes(8) + head.size.to_bytes(8, "big") + head.root


def cosign(head: Checkpoint, key: Key, at: int, sign: Sign) -> Signature:
    """Return a witness's signature with its time."""
    return Signature(key.name, key.id, at.to_bytes(8, "big") + sign(cosigned_message(head, key, at)))


def cosigned_at(note: Note, head: Checkpoint, key: Key, verify: Mapping[int, Verify]) -> int | None:
    """Return when a witness signed a head, None if it did not or if its algorithm is not known here.

    Raises ``NoteBroken`` for a signature of this witness that is wrong.
    """
    signature = note.signed_by(key)
    if signature is None or key.kind not in verify:
        return None
    at = int.from_bytes(signature.bytes[:8], "big")
    if at >= 1 << 63 or not verify[key.kind](key.public, cosigned_message(head, key, at), signature.bytes[8:]):
        raise NoteBroken(f"the signature of the witness {key.name} does not fit this head")
    return at


def sign_head(head: Checkpoint, key: Key, sign: Sign) -> Note:
    """Return a head signed by its log."""
    if key.kind != ED25519 or key.name != head.origin:
        raise NoteBroken("a log signs heads under its own name with a plain key")
    return Note(head.text, (Signature(key.name, key.id, sign(head.text.encode())),))
