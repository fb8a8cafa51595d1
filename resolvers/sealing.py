"""Sealing of single fields in their place, and finding them by a keyed index: the provider and its two suites.

A provider may also be a cipher machine 密码机: it has to offer what ``Provider`` says and nothing else. The one here
derives its keys from the instance's secret. A sealed field carries the suite and the id of its key, so that fields of
an earlier secret, or of the other suite, still open and can be told from those of the present one.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from resolvers.keys import CannotOpen, Keyring

Suite = Literal["aes-256-gcm", "sm4-gcm"]
VERSION: Final = 2
KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES, SM4_KEY_BYTES = 4, 12, 16, 16
HEADER_BYTES: Final = 2 + KEY_ID_BYTES
SUITES: Final[Mapping[Suite, int]] = {"aes-256-gcm": 1, "sm4-gcm": 2}
# GM/T 0004: the keyed hash of the national suite is HMAC with SM3.
HASHES: Final[Mapping[Suite, str]] = {"aes-256-gcm": "sha256", "sm4-gcm": "sm3"}


class Provider(Protocol):
    """What sealing of fields needs: bound to table, column and row, with an index that finds equal texts."""

    @property
    def key_id(self) -> str:
        """Name the key that seals now: in hexadecimal what a field begins with that was sealed by it."""

    def seal(self, table: str, column: str, row: str, plaintext: bytes) -> bytes:
        """Encrypt a field for one place."""

    def open(self, table: str, column: str, row: str, sealed: bytes) -> bytes:
        """Decrypt what was sealed for this place; raises ``CannotOpen``."""

    def index(self, table: str, column: str, text: str) -> bytes:
        """Return the blind index of a text under the present key: 32 bytes."""

    def indexes(self, table: str, column: str, text: str) -> tuple[bytes, ...]:
        """Return the blind indexes of a text under every key that may still be in use, the present one first."""


def aes_gcm_seal(key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Encrypt with AES-256-GCM; the tag stands at the end."""
    return AESGCM(key).encrypt(nonce, plaintext, bound)


def aes_gcm_open(key: bytes, nonce: bytes, body: bytes, bound: bytes) -> bytes:
    """Decrypt AES-256-GCM; raises ``InvalidTag``."""
    return AESGCM(key).decrypt(nonce, body, bound)


# GB/T 32907-2016 (SM4); the GCM mode and its vector: RFC 8998, appendix A.1.
def sm4_gcm_seal(key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Encrypt with SM4-GCM (128-bit key); the tag stands at the end."""
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def sm4_gcm_open(key: bytes, nonce: bytes, body: bytes, bound: bytes) -> bytes:
    """Decrypt SM4-GCM; raises ``InvalidTag``."""
    text, tag = body[:-TAG_BYTES], body[-TAG_BYTES:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(bound)
    return decryptor.update(text) + decryptor.finalize()


Work = Callable[[bytes, bytes, bytes, bytes], bytes]
SEAL: Final[Mapping[Suite, Work]] = {"aes-256-gcm": aes_gcm_seal, "sm4-gcm": sm4_gcm_seal}
OPEN: Final[Mapping[Suite, Work]] = {"aes-256-gcm": aes_gcm_open, "sm4-gcm": sm4_gcm_open}


@dataclass(frozen=True)
class SealingKey:
    """The keys of one suite, derived from one secret: one for sealing, another for the index."""

    keys: Keyring = field(repr=False)
    suite: Suite = "aes-256-gcm"

    @cached_property
    def sealing(self) -> bytes:
        """The key of the cipher, as long as the suite wants it."""
        key = self.keys.derive(f"field/{self.suite}/seal")
        return key[:SM4_KEY_BYTES] if self.suite == "sm4-gcm" else key

    @cached_property
    def indexing(self) -> bytes:
        """The key of the blind index: never the one that seals."""
        return self.keys.derive(f"field/{self.suite}/blind-index")

    @cached_property
    def header(self) -> bytes:
        """What a sealed field begins with: the form's version, the suite, the id of the key."""
        key_id = self.keys.derive(f"field/{self.suite}/key-id")[:KEY_ID_BYTES]
        return bytes([VERSION, SUITES[self.suite]]) + key_id


@dataclass(frozen=True)
class FieldSealer:
    """The provider that derives its keys: it seals with the first key and opens with each of them."""

    present: SealingKey
    earlier: tuple[SealingKey, ...] = ()

    @property
    def key_id(self) -> str:
        """Name the key that seals now; it tells nothing about it."""
        return self.present.header.hex()

    def seal(self, table: str, column: str, row: str, plaintext: bytes) -> bytes:
        """Encrypt a field for one place."""
        key, nonce = self.present, secrets.token_bytes(NONCE_BYTES)
        return (
            key.header + nonce + SEAL[key.suite](key.sealing, nonce, plaintext, key.header + _place(table, column, row))
        )

    def open(self, table: str, column: str, row: str, sealed: bytes) -> bytes:
        """Decrypt what was sealed for this place; raises ``CannotOpen``."""
        header, rest = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
        key = self._by_header.get(header)
        if key is None:
            raise CannotOpen("sealed with a key that is not at hand")
        if len(rest) < NONCE_BYTES + TAG_BYTES:
            raise CannotOpen("damaged: too short")
        try:
            return OPEN[key.suite](
                key.sealing, rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + _place(table, column, row)
            )
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("damaged, or sealed for another place") from error

    def index(self, table: str, column: str, text: str) -> bytes:
        """Return the blind index of a text under the present key: 32 bytes."""
        return _index(self.present, table, column, text)

    def indexes(self, table: str, column: str, text: str) -> tuple[bytes, ...]:
        """Return the blind indexes of a text under every key at hand, the present one first."""
        return tuple(_index(key, table, column, text) for key in (self.present, *self.earlier))

    @cached_property
    def _by_header(self) -> Mapping[bytes, SealingKey]:
        return {key.header: key for key in (self.present, *self.earlier)}


def _place(*parts: str) -> bytes:
    """Return a place as bytes: each part with its length, so that no two places are written alike."""
    return b"".join(len(encoded).to_bytes(2, "big") + encoded for encoded in (part.encode() for part in parts))


def _index(key: SealingKey, table: str, column: str, text: str) -> bytes:
    return hmac.new(key.indexing, _place(table, column) + text.encode(), HASHES[key.suite]).digest()


def national_hash_at_hand() -> bool:
    """Say whether this system's OpenSSL offers SM3; without it the national suite cannot index."""
    return "sm3" in hashlib.algorithms_available


@lru_cache(maxsize=16)
def provider_of(keys: Keyring) -> Provider:
    """Return the provider of an instance: its suite, with its earlier secrets and the other suite for opening."""
    suites: tuple[Suite, ...] = ("aes-256-gcm", "sm4-gcm") if national_hash_at_hand() else ("aes-256-gcm",)
    present = SealingKey(keys, keys.suite)
    rings = (keys, *(Keyring(one) for one in keys.earlier))
    others = (SealingKey(ring, suite) for ring in rings for suite in suites)
    return FieldSealer(present, tuple(one for one in others if one.header != present.header))
