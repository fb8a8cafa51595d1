"""Upward reporting 数据上报 (X1; 003-28, 003-35): what goes up for each place of the log, and when a delay is one.

The record is handed over in the log's own order, so that nothing can be left out and nothing can come twice: a place is a
number without gaps, and what stands there is proven by the log's root. Both sides use this file: the lower one writes
entries, the upper one reads them and believes nothing that does not open.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from domain.profiles import Profile
from domain.proof.leaf import commitment_in, opened_entry
from domain.proof.merkle import leaf_hash
from domain.proof.notes import base64_bytes, base64_text
from domain.values import canonical_json

Delay = Literal["", "near", "late"]
LIMIT: Final = "report_upward"
HOUR: Final = "hour"
LIBRARY: Final = "power."


class EntryBroken(ValueError):
    """What was handed over is no entry of a log, or shows something else than was committed to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the log: its public entry and what opens it; of an act in the archive the name of its bundle.

    An act on the library names its version by a digest; ``content`` is that version, in the canonical form that has it.
    """

    index: int
    entry: bytes
    opening: Mapping[str, Any] | None = None
    bundle: str = ""
    content: str = ""

    @property
    def leaf(self) -> bytes:
        """The hash under which it stands in the tree."""
        return leaf_hash(self.entry)

    @property
    def line(self) -> bytes:
        """The entry as one line of canonical JSON: what is handed over is what is kept, byte for byte."""
        held: dict[str, Any] = {"bundle": self.bundle} if self.opening is None else {"opening": dict(self.opening)}
        held |= {"content": self.content} if self.content else {}
        return canonical_json({"index": self.index, "entry": base64_text(self.entry), **held})

    @classmethod
    def read(cls, line: bytes) -> "Entry":
        """Read a line and see that what it shows is what the entry commits to. Raises ``EntryBroken``."""
        try:
            plain = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EntryBroken(f"a line is no entry: {error}") from error
        return cls.of(plain)

    @classmethod
    def of(cls, plain: Any) -> "Entry":
        """Read plain data as ``read`` does. Raises ``EntryBroken``."""
        if not isinstance(plain, dict) or type(plain.get("index")) is not int or plain["index"] < 0:
            raise EntryBroken("an entry has no place")
        index, bundle, content = plain["index"], plain.get("bundle", ""), plain.get("content", "")
        if not isinstance(bundle, str) or not isinstance(content, str):
            raise EntryBroken(f"entry {index}: not in its form")
        try:
            found = cls(index, base64_bytes(plain["entry"]), plain.get("opening"), bundle, content)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise EntryBroken(f"entry {index}: {error}") from error
        found.check()
        return found

    def check(self) -> None:
        """See that what is shown is what was committed to. Raises ``EntryBroken``."""
        try:
            commitment_in(self.entry)
            if self.opening is None:
                shown = self.bundle != "" and not self.content
            else:
                shown = not self.bundle and opened_entry(self.opening) == self.entry
                shown = shown and _version_digest(self.opening) == _digest(self.content)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise EntryBroken(f"entry {self.index}: {error}") from error
        if not shown:
            raise EntryBroken(f"entry {self.index}: what is shown is not what was committed to")


def _version_digest(opening: Mapping[str, Any]) -> str:
    """Return the digest by which an act on the library names its version; empty for any other act."""
    if not opening["head"]["kind"].startswith(LIBRARY):
        return ""
    return str(json.loads(opening["body"]["text"])["digest"])


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest() if content else ""


# 003-28: 最长不得超过24小时. These are hours of the clock: data go up at night and on holidays, too (003-53 counts the
# working days of people).
@dataclass(frozen=True, slots=True)
class Allowed:
    """How long something may wait before it has gone up, and from when on that is told; None where the rules set no limit."""

    limit: timedelta | None = None
    warning: timedelta | None = None
    clause: str = ""

    @classmethod
    def by(cls, profile: Profile) -> "Allowed":
        """Return what a profile allows."""
        limit = profile.limits.get(LIMIT)
        if limit is None or limit.unit != HOUR:
            return cls()
        warning = timedelta(hours=limit.warn_after) if limit.warn_after is not None else None
        return cls(timedelta(hours=limit.value), warning, limit.clause)

    def delay(self, waited: timedelta) -> Delay:
        """Say how a delay is to be called."""
        if self.limit is not None and waited >= self.limit:
            return "late"
        return "near" if self.warning is not None and waited >= self.warning else ""


def waited(since: datetime | None, now: datetime) -> timedelta:
    """Return how long the oldest of what has not gone up has been waiting; nothing waits where there is no such moment."""
    return max(timedelta(), now - since) if since is not None else timedelta()
