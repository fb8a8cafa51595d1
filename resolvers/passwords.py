"""Hashing passwords with argon2id, off the event loop and few at a time: one hash takes 64 MiB and half a second."""

from typing import Final

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash

_HASHER: Final = PasswordHash.recommended()
_AT_ONCE: Final = 2
# A hash of nothing that anybody knows: checked against when there is no account, so that both take the same time.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRmb3Jub2JvZHk$vLkPOdWBXKvA6zcvuCh6Jt0YpYtRMoWB1hM+Hl5Y2aY"


class PasswordHasher:
    """Hashes and checks, a few at a time."""

    def __init__(self) -> None:
        self._limiter: CapacityLimiter | None = None

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        return await to_thread.run_sync(_HASHER.hash, password, limiter=self._slots())

    async def check(self, password: str, hashed: str | None) -> bool:
        """Say whether the password has this hash. Without a hash the answer is no, after the same time."""
        matches = await to_thread.run_sync(_HASHER.verify, password, hashed or _NOBODY, limiter=self._slots())
        return matches and hashed is not None

    def _slots(self) -> CapacityLimiter:
        # Made on first use: a limiter belongs to the event loop that runs.
        if self._limiter is None:
            self._limiter = CapacityLimiter(_AT_ONCE)
        return self._limiter


PASSWORDS: Final = PasswordHasher()
