"""Hashing passwords with argon2id, off the event loop and few at a time: one hash takes 64 MiB and half a second.

That cost is for passwords that people choose. One that was generated here has 100 bits, which no number of guesses
finds (NIST SP 800-63B, 5.1.2.2: a salt and one way are enough); its hash is cheap, so that hundreds of officials are entered in
seconds.
"""

from typing import Final

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_HASHER: Final = PasswordHash.recommended()
_CHEAP: Final = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1),))
_CHEAP_FORM: Final = "$argon2id$v=19$m=8192,t=1,p=1$"
_AT_ONCE: Final = 2
# A hash of nothing that anybody knows: checked against when there is no account, so that both take the same time.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRmb3Jub2JvZHk$vLkPOdWBXKvA6zcvuCh6Jt0YpYtRMoWB1hM+Hl5Y2aY"


class PasswordHasher:
    """Hashes and checks, a few at a time."""

    def __init__(self) -> None:
        self._limiter: CapacityLimiter | None = None

    async def hash(self, password: str, *, generated: bool = False) -> str:
        """Return the argon2id hash of a password; ``generated``: it is a random one of 100 bits."""
        return await to_thread.run_sync((_CHEAP if generated else _HASHER).hash, password, limiter=self._slots())

    async def check(self, password: str, hashed: str | None) -> bool:
        """Say whether the password has this hash. Without a hash the answer is no; every answer takes the same time."""
        matches = await self._verify(password, hashed or _NOBODY)
        if hashed is not None and hashed.startswith(_CHEAP_FORM):
            # Else the quick answer would tell that there is such an account.
            await self._verify(password, _NOBODY)
        return matches and hashed is not None

    async def _verify(self, password: str, hashed: str) -> bool:
        return await to_thread.run_sync(_HASHER.verify, password, hashed, limiter=self._slots())

    def _slots(self) -> CapacityLimiter:
        # Made on first use: a limiter belongs to the event loop that runs.
        if self._limiter is None:
            self._limiter = CapacityLimiter(_AT_ONCE)
        return self._limiter


PASSWORDS: Final = PasswordHasher()
