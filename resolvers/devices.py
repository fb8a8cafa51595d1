"""The mark of a device that has signed in before: given on success, believed only when its seal is right.

Such a device has a count of failures of its own, so that nobody else can use it up (see ``resolvers.throttles``).
"""

import hmac
import secrets
from typing import Final

from resolvers.keys import Keyring

RANDOM_BYTES: Final = 16


def new_mark(keys: Keyring, login: str) -> str:
    """Return a mark for a device on which this login has just signed in."""
    random = secrets.token_hex(RANDOM_BYTES)
    return f"{random}.{_seal(keys, login, random)}"


def known_device(keys: Keyring, login: str, mark: str) -> str:
    """Return the device's name in a mark that was given for this login; nothing for any other mark."""
    random, _, seal = mark.partition(".")
    good = hmac.compare_digest(_seal(keys, login, random).encode(), seal.encode())
    return random if good and len(random) == 2 * RANDOM_BYTES else ""


def _seal(keys: Keyring, login: str, random: str) -> str:
    return keys.keyed_hash("device", f"{login.strip().lower()}\n{random}").hex()
