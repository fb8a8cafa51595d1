"""Signed notes: a text and who signed it, as a few lines that people can read (C2SP signed-note).

How an algorithm signs and verifies is brought by the caller: `Verify` and `Sign` are functions over bytes.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
ML_DSA_COSIGNATURE: Final = 0x06
PUBLIC_BYTES: Final = {ED25519: 32, COSIGNATURE: 32, ML_DSA_COSIGNATURE: 1312}
MOST_SIGNATURES: Final = 64
LONGEST_NOTE: Final = 1_000_000
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SIGNED_BY: Final = "— "

Verify = Callable[[bytes, bytes, bytes], bool]
"""``verify(public key, message, signature)``."""

Sign = Callable[[bytes], bytes]


class NoteBroken(ValueError):
    """Text that is no signed note, key that is no key, or a signature of a known key that does not hold."""


def base64_bytes(text: str) -> bytes:
    """Return the bytes of base64 in its one canonical form. Raises ``NoteBroken``."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteBroken("these characters are no base64") from error
    if base64_text(found) != text:
        raise NoteBroken("this base64 has stray bits at its end")
    return found


def base64_text(content: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(content).decode()


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with the name and the kind of signature it is known under."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name) or self.kind not in PUBLIC_BYTES or len(self.public) != PUBLIC_BYTES[self.kind]:
            raise NoteBroken("this is no key: name, kind or length is wrong")

    @property
    def id(self) -> bytes:
        """Four bytes by which a signature line says which key made it."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as one word (C2SP vkey)."""
        return f"{self.name}+{self.id.hex()}+{base64_text(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read a key. Raises ``NoteBroken``, also when its id does not fit."""
        words = text.split("+", 2)
        if len(words) != 3:
            raise NoteBroken("a key is written name+id+base64")
        raw = base64_bytes(words[2])
        key = cls(words[0], raw[0] if raw else 0, raw[1:])
        if key.id.hex() != words[1]:
            raise NoteBroken(f"the id of the key {words[0]} does not fit the key")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: whose, by which key, and the bytes, not yet checked."""

    name: str
    key_id: bytes
    bytes: bytes

    @property
    def line(self) -> str:
        """The line as it stands under the note."""
        return f"{_SIGNED_BY}{self.name} {base64_text(self.key_id + self.bytes)}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """Read a line without its end. Raises ``NoteBroken``."""
        words = line.removeprefix(_SIGNED_BY).split(" ")
        if not line.startswith(_SIGNED_BY) or len(words) != 2 or not _is_name(words[0]):
            raise NoteBroken("a line below a note is no signature")
        raw = base64_bytes(words[1])
        if len(raw) < 5:
            raise NoteBroken("a signature is too short")
        return cls(words[0], raw[:4], raw[4:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a line feed, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def whole(self) -> str:
        """The note as it is written down."""
        return f"{self.text}\n" + "".join(signature.line for signature in self.signatures)

    @classmethod
    def parse(cls, whole: str) -> "Note":
        """Read a note. Raises ``NoteBroken``; nothing is verified yet."""
        text, gap, below = whole.rpartition("\n\n")
        if not gap or not text or not below.endswith("\n") or len(whole) > LONGEST_NOTE or _CONTROL.search(whole):
            raise NoteBroken("this is no signed note")
        lines = below[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise NoteBroken("a note with too many signatures")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines))

    def signed_by(self, key: Key) -> Signature | None:
        """Return the signature that says it is of this key; the first if there are several."""
        for signature in self.signatures:
            if signature.name == key.name and signature.key_id == key.id:
                return signature
        return None

    def with_signatures(self, *more: Signature) -> "Note":
        """Return the note with more signatures; a key that signed before is replaced."""
        fresh = {(one.name, one.key_id) for one in more}
        kept = [one for one in self.signatures if (one.name, one.key_id) not in fresh]
        return Note(self.text, (*kept, *more))


def signed(text: str, key: Key, sign: Sign) -> Note:
    """Sign a text with a plain key."""
    if key.kind != ED25519 or not text.endswith("\n"):
        raise NoteBroken("only a text that ends with a line feed is signed, and by a plain key")
    return Note(text, (Signature(key.name, key.id, sign(text.encode())),))


def holds(note: Note, key: Key, verify: Mapping[int, Verify]) -> bool:
    """Say whether a plain key signed a note; False if it did not. Raises ``NoteBroken`` for a signature that is wrong."""
    signature = note.signed_by(key)
    if signature is None:
        return False
    if not verify[ED25519](key.public, note.text.encode(), signature.bytes):
        raise NoteBroken(f"the signature of {key.name} does not fit this text")
    return True
