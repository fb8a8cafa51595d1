"""Who filed, sealed so that this system cannot open it: two public keys, and two persons who keep the other halves.

An identity is sealed by HPKE (RFC 9180) to the key of whoever handles, and what comes of it to the key of whoever
supervises. The supervisor takes the outer seal off, the handler the inner one: neither reads anything alone, and no
process has a private key. The private keys are made of opening codes that are shown once, when they are made; nothing of
them is kept. What is written (texts, files) is another matter: it is sealed with the instance's own key
(`resolvers.sealing`), since those who handle a complaint must read it.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.complaints import Identity
from resolvers.keys import CannotOpen

Holder = Literal["handling", "supervision"]
SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
PURPOSE: Final = "yangguang/complaint-identity/v1"
CODE_BYTES: Final = 20
"""160 bits: 32 letters and digits. A code is a key, so no stretching makes it stronger."""

BLOCK: Final = 512
"""Sizes are rounded up to this, so that the length of a name or an address is not told."""

ALIKE: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
BACK: Final = str.maketrans("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


@dataclass(frozen=True, slots=True)
class IdentityKeys:
    """The two public keys that identities are sealed to: all that a process of this system knows of them."""

    handling: bytes
    supervision: bytes

    @property
    def name(self) -> str:
        """Name both keys by the beginnings of their digests."""
        return f"{fingerprint(self.supervision)}.{fingerprint(self.handling)}"

    def seal(self, number: str, identity: Identity) -> bytes:
        """Seal who filed the complaint of a number: to the handler, and that again to the supervisor."""
        plain = json.dumps(identity.as_dict(), ensure_ascii=False).encode()
        padded = plain.ljust(-(-len(plain) // BLOCK) * BLOCK)
        inner = SUITE.encrypt(padded, _public(self.handling), _bound("handling", number))
        return SUITE.encrypt(inner, _public(self.supervision), _bound("supervision", number))


def new_code() -> str:
    """Return a fresh opening code, in groups of four."""
    drawn = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().translate(ALIKE)
    return "-".join(drawn[at : at + 4] for at in range(0, len(drawn), 4))


def public_of(holder: Holder, code: str) -> bytes:
    """Return the public key that belongs to an opening code; raises ``CannotOpen`` for what is no code."""
    return _private(holder, code).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """Return by what a public key is told from others."""
    return sha256(public).hexdigest()[:16]


def outer_off(number: str, names: str, sealed: bytes, code: str) -> bytes:
    """Take the outer seal off with the supervisor's code; what is left is still sealed. Raises ``CannotOpen``."""
    return _opened("supervision", number, names.partition(".")[0], sealed, code)


def inner_off(number: str, names: str, half: bytes, code: str) -> Mapping[str, str]:
    """Open what the supervisor left with the handler's code; raises ``CannotOpen``."""
    plain = _opened("handling", number, names.partition(".")[2], half, code)
    found = json.loads(plain)
    return {str(name): str(text) for name, text in found.items()}


def _opened(holder: Holder, number: str, name: str, sealed: bytes, code: str) -> bytes:
    private = _private(holder, code)
    if fingerprint(private.public_key().public_bytes_raw()) != name:
        raise CannotOpen("the code of another key")
    try:
        return SUITE.decrypt(sealed, private, _bound(holder, number))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("damaged, or sealed for another complaint") from error


def _private(holder: Holder, code: str) -> X25519PrivateKey:
    plain = code.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    try:
        drawn = base64.b32decode(plain.translate(BACK))
    except ValueError as error:
        raise CannotOpen("not an opening code") from error
    if len(drawn) != CODE_BYTES:
        raise CannotOpen("not an opening code")
    key = HKDF(SHA256(), length=32, salt=None, info=f"{PURPOSE}/{holder}".encode()).derive(drawn)
    return X25519PrivateKey.from_private_bytes(key)


def _public(raw: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(raw)


def _bound(holder: Holder, number: str) -> bytes:
    return f"{PURPOSE}|{holder}|complaint.identity_sealed|{number}".encode()
