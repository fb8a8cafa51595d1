"""Keys: one secret, from which a key for each purpose is derived; sealing of fields and keyed hashes.

A sealed field is bound to its place (table, column, row): pasted into another row it does not open.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
KEY_ID_BYTES, NONCE_BYTES = 4, 12
MINIMUM_SECRET_BYTES = 32


class CannotOpen(ValueError):
    """A sealed field is damaged, belongs elsewhere, or was sealed with another key."""


@dataclass(frozen=True)
class Keyring:
    """Derives keys from the instance's secret (at least 32 bytes) by HKDF-SHA256 (RFC 5869).

    ``earlier`` are secrets that were in use before: fields of parties sealed under them still open, and ``suite`` is
    what seals such fields now (`resolvers.sealing`).
    """

    secret: bytes = field(repr=False)
    earlier: tuple[bytes, ...] = field(default=(), repr=False)
    suite: Literal["aes-256-gcm", "sm4-gcm"] = "aes-256-gcm"

    def __post_init__(self) -> None:
        """Refuse a secret that is too short."""
        if len(self.secret) < MINIMUM_SECRET_BYTES:
            raise ValueError(f"the secret needs at least {MINIMUM_SECRET_BYTES} bytes")

    @classmethod
    def ephemeral(cls) -> "Keyring":
        """Return a keyring that nobody else has and that ends with the process: for tests and tools."""
        return cls(secrets.token_bytes(MINIMUM_SECRET_BYTES))

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key of a purpose."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"yangguang/{purpose}".encode()).derive(self.secret)

    def keyed_hash(self, purpose: str, text: str) -> bytes:
        """Return a 32-byte HMAC-SHA256 that finds equal texts without telling them."""
        return hmac.new(self.derive(f"hash/{purpose}"), text.encode(), hashlib.sha256).digest()

    def seal(self, place: str, plain: bytes) -> bytes:
        """Encrypt with AES-256-GCM, bound to its place ``table.column.row``."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        header = self.header
        return header + nonce + AESGCM(self._sealing_key).encrypt(nonce, plain, header + place.encode())

    def open(self, place: str, sealed: bytes) -> bytes:
        """Decrypt what was sealed for this place, now or under an earlier secret; raises ``CannotOpen``."""
        header, rest = sealed[: 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES :]
        key = self._sealing_keys.get(header)
        if key is None:
            raise CannotOpen("sealed with another key")
        try:
            nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
            return AESGCM(key).decrypt(nonce, body, header + place.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("damaged, or sealed for another place") from error

    @cached_property
    def header(self) -> bytes:
        """What a field begins with that is sealed now: the form's version and the id of the key."""
        return VERSION + self._key_id

    @cached_property
    def _sealing_keys(self) -> Mapping[bytes, bytes]:
        """Return what opens what: by header, of this secret and of those before it."""
        rings = (self, *(Keyring(one) for one in self.earlier))
        return {VERSION + one.derive("key-id")[:KEY_ID_BYTES]: one.derive("seal") for one in rings}

    @cached_property
    def _sealing_key(self) -> bytes:
        return self.derive("seal")

    @cached_property
    def _key_id(self) -> bytes:
        return self.derive("key-id")[:KEY_ID_BYTES]
