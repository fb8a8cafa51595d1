"""Archive bundles: a month of the record with everything that proves it, as files that outlive this system (003-33).

A bundle holds the acts of one month with their salts, all entries of the log between the first of them and the last, the
hashes that lead from those to a witnessed head, the policy, and the verifier. Whoever has it and the keys that count needs
nothing else. It is no public file: it holds what was written and by whom.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from domain.proof.leaf import SALT_BYTES, Act
from domain.proof.merkle import Range, ReadNode
from domain.values import canonical_json

FORMAT: Final = "yangguang/archive/v1"
MANIFEST: Final = "manifest.json"
EVENTS: Final = "events.jsonl"
ENTRIES: Final = "entries"
CHECKPOINT: Final = "checkpoint"
POLICY: Final = "policy.txt"
VERIFIER: Final = "verify.py"
READ_ME: Final = "README.txt"
MADE: Final = "made.txt"
"""The proof that the log holds the making of this bundle: it comes later than the bundle, and is in no manifest."""
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_PLAIN: Final = ("stream", "seq", "kind", "body_code", "at", "actor_id", "actor_name", "body")


class ArchiveBroken(ValueError):
    """Files that are no archive bundle, or another one than was made."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A civil month."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read ``YYYY-MM``. Raises ``ValueError``."""
        if not _MONTH.fullmatch(text):
            raise ValueError("a month is written YYYY-MM")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a day."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def following(self) -> "Month":
        """The month after it."""
        return self.earlier(-1)

    def earlier(self, months: int) -> "Month":
        """Return the month so many months before."""
        year, month = divmod(self.year * 12 + self.month - 1 - months, 12)
        return Month(year, month + 1)

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.year:04d}-{self.month:02d}"


def pieces(start: int, end: int) -> list[Range]:
    """Return the complete subtrees, from left to right, that make up a range of the tree."""
    found: list[Range] = []
    while start < end:
        even = (start & -start).bit_length() - 1 if start else 63
        height = min(even, (end - start).bit_length() - 1)
        found.append((start, start + (1 << height)))
        start += 1 << height
    return found


def beside(read: ReadNode, first: int, end: int, size: int) -> tuple[list[bytes], list[bytes]]:
    """Return the hashes of what stands left and right of a range: with its leaves they make the root of ``size``."""

    def hashes(ranges: Sequence[Range]) -> list[bytes]:
        heights = [((to - at).bit_length() - 1, at) for at, to in ranges]
        return [read(height, at >> height) for height, at in heights]

    return hashes(pieces(0, first)), hashes(pieces(end, size))


@dataclass(frozen=True, slots=True)
class Kept:
    """An act as a bundle keeps it: its number in the record, its place in the log, and its salt."""

    event_id: int
    place: int
    act: Act
    salt: bytes

    @property
    def line(self) -> bytes:
        """The act as one line of canonical JSON."""
        plain: dict[str, Any] = {name: getattr(self.act, name) for name in _PLAIN}
        return canonical_json({"id": self.event_id, "place": self.place, "salt": self.salt.hex(), **plain}) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Kept":
        """Read a line. Raises ``ArchiveBroken``."""
        try:
            plain = json.loads(line)
            salt = bytes.fromhex(plain.pop("salt"))
            found = cls(plain.pop("id"), plain.pop("place"), Act(**plain), salt)
            if len(salt) != SALT_BYTES or found.line != line:
                raise ValueError("not as it is written")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ArchiveBroken("a line of a bundle is no act") from error
        return found


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds: which month of which log, the range of places, what stands beside it, and every file."""

    origin: str
    month: Month
    made_at: datetime
    events: int
    first: int
    end: int
    size: int
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]
    files: Mapping[str, tuple[int, str, str]]
    """Name → length, SHA-256 and, where the system that made it has it, SM3."""

    @property
    def content(self) -> bytes:
        """The manifest as a file: what the record keeps the digest of."""
        plain = {
            "format": FORMAT,
            "origin": self.origin,
            "month": str(self.month),
            "made_at": self.made_at.isoformat(),
            "events": self.events,
            "first": self.first,
            "end": self.end,
            "size": self.size,
            "left": [one.hex() for one in self.left],
            "right": [one.hex() for one in self.right],
            "files": {name: list(told) for name, told in self.files.items()},
        }
        return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"

    @classmethod
    def read(cls, content: bytes) -> "Manifest":
        """Read a manifest. Raises ``ArchiveBroken``."""
        try:
            plain = json.loads(content)
            if plain.pop("format") != FORMAT:
                raise ValueError("format")
            events, first, end, size = [int(plain[name]) for name in ("events", "first", "end", "size")]
            left, right = [tuple(bytes.fromhex(one) for one in plain[side]) for side in ("left", "right")]
            files = {name: (int(told[0]), str(told[1]), str(told[2])) for name, told in plain["files"].items()}
            made_at = datetime.fromisoformat(plain["made_at"])
            return cls(
                plain["origin"], Month.parse(plain["month"]), made_at, events, first, end, size, left, right, files
            )
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ArchiveBroken("this is no manifest of an archive bundle") from error
