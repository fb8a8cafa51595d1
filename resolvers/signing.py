"""Signing and verifying for the log: Ed25519 and, where the library has it, ML-DSA-44.

A ``Signer`` is all that the log, the witness and the receipts know of a key, so that a key can live in a file or in a
device that never gives it out (PKCS#11): such a device needs the public key and one function.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from domain.proof.notes import COSIGNATURE, ED25519, ML_DSA_COSIGNATURE, Key, Verify


class KeyFileBroken(ValueError):
    """A file that should hold a key and does not."""


class Signer(Protocol):
    """A private key that is used and never seen."""

    @property
    def public(self) -> bytes:
        """The public key, as its algorithm writes it."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign a message."""
        ...


@dataclass(frozen=True)
class Ed25519Signer:
    """An Ed25519 key in memory."""

    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> "Ed25519Signer":
        """Return the key of 32 secret bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_file(cls, path: Path) -> "Ed25519Signer":
        """Return the key of a PEM file (PKCS#8). Raises ``KeyFileBroken`` or ``OSError``."""
        content = path.read_bytes()
        try:
            found = load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyFileBroken(f"{path} holds no private key") from error
        if not isinstance(found, Ed25519PrivateKey):
            raise KeyFileBroken(f"{path} holds a key of another kind than Ed25519")
        return cls(found)

    @classmethod
    def kept_in(cls, path: Path) -> "Ed25519Signer":
        """Return the key of a file, which is made for its owner alone when there is none. An old key is never replaced."""
        if not path.exists():
            fresh = Ed25519PrivateKey.generate()
            content = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            _write_once(path, content)
        return cls.from_file(path)

    @property
    def public(self) -> bytes:
        """The public key."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """Sign a message."""
        return self.private.sign(message)

    def key(self, name: str, kind: int = ED25519) -> Key:
        """Return the public key under a name."""
        return Key(name, kind, self.public)


def _write_once(path: Path, content: bytes) -> None:
    """Write a file whole and for its owner alone; of two who do so at once the first one's file stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(half, path)
    except FileExistsError:
        return
    finally:
        half.unlink(missing_ok=True)


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature over a message is of this Ed25519 key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_ml_dsa(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature over a message is of this ML-DSA-44 key."""
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def has_ml_dsa() -> bool:
    """Say whether this system's library knows ML-DSA-44."""
    try:
        MLDSA44PublicKey.from_public_bytes(bytes(1312))
    except UnsupportedAlgorithm:
        return False
    except ValueError:
        return True
    return True


VERIFY: Final[Mapping[int, Verify]] = {
    ED25519: verify_ed25519,
    COSIGNATURE: verify_ed25519,
    **({ML_DSA_COSIGNATURE: verify_ml_dsa} if has_ml_dsa() else {}),
}
"""How each kind of signature is verified here; a kind that is missing is never counted."""
