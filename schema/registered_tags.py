"""Tags of answers: strong, one for each coding, sealed by the deployment, and what they are made of."""

import base64
import hashlib
import hmac
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from resolvers.context import LOCAL
from resolvers.kept import CODINGS, IDENTITY


@lru_cache(maxsize=1)
def build() -> str:
    """Return a hash of the files that answers are made by: a new release makes every tag stale."""
    whole = hashlib.sha256()
    root = Path(__file__).parents[1]
    for layer in ("domain", "resolvers", "schema"):
        for path in sorted((root / layer).rglob("*")):
            if path.suffix in {".py", ".toml", ".graphql"} and path.is_file():
                whole.update(path.read_bytes())
    return whole.hexdigest()


class Today:
    """The civil day of a moment, looked up in the time zone once a day and not once a request."""

    def __init__(self) -> None:
        self._begins = self._ends = 0.0
        self._day = date.min

    def at(self, now: float) -> date:
        """Return the day of ``now``, in seconds since 1970."""
        if not self._begins <= now < self._ends:
            self._day = datetime.fromtimestamp(now, LOCAL).date()
            begins, ends = (
                datetime.combine(self._day + timedelta(days=further), datetime.min.time(), LOCAL) for further in (0, 1)
            )
            self._begins, self._ends = begins.timestamp(), ends.timestamp()
        return self._day


def seal(secret: bytes, parts: tuple[object, ...]) -> str:
    """Return the tag of an answer by all that shapes it, without its coding; nobody can guess one never given out."""
    return base64.urlsafe_b64encode(hmac.digest(secret, repr(parts).encode(), "sha256")[:18]).decode()


def tag_in(tag: str, coding: str) -> bytes:
    """Return the strong ETag of an answer in a coding: other bytes, another tag."""
    return f'"{tag}.{coding}"'.encode() if coding else f'"{tag}"'.encode()


def base_of(tag: bytes) -> str:
    """Return what the tags of an answer have in common in all codings."""
    return tag.decode().strip('"').partition(".")[0]


def own_tag(condition: bytes, tag: str) -> bytes:
    """Return the tag of ours that a condition names; the client holds the answer in that coding."""
    return next((one for one in tags_of(tag) if one in condition), tag_in(tag, IDENTITY))


def confirms(condition: bytes, tag: str) -> bool:
    """Say whether If-None-Match names the answer in any coding (weak comparison, RFC 9110 §13.1.2)."""
    if not condition or tag.encode() not in condition:
        return False
    given = {one.strip().removeprefix(b"W/") for one in condition.split(b",")}
    return any(one in given for one in tags_of(tag))


def tags_of(tag: str) -> tuple[bytes, ...]:
    """Return the tags of an answer in every coding."""
    return tuple(tag_in(tag, coding) for coding in (*CODINGS, IDENTITY))
