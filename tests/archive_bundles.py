"""A small bundle of the archive, made without a database, and what whoever holds it might do to it."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from domain.proof.archives import CHECKPOINT, ENTRIES, EVENTS, MADE, MANIFEST, Kept, Manifest, Month, beside
from domain.proof.leaf import Act
from domain.proof.tiles import bundle
from domain.values import canonical_json
from tests.proofs import ORIGIN, SmallLog, act, salt

Files = dict[str, bytes]
FIRST, END, SIZE = 9, 150, 300


@dataclass
class LogThatTells(SmallLog):
    """A log whose last act says that a bundle was made."""

    body: str = field(default="{}")

    @cached_property
    def acts(self) -> list[Act]:
        before = SmallLog(self.size - 1).acts
        return [*before, act(1, "archive", kind="archive.made", actor_id="", actor_name="", body=self.body)]


def manifest_of(files: Files, events: int) -> bytes:
    """Return the manifest of files, as whoever can write a bundle may make it at any time."""
    log = SmallLog(SIZE)
    left, right = beside(log.tree.read, FIRST, END, SIZE)
    told = {name: (len(content), hashlib.sha256(content).hexdigest(), "") for name, content in files.items()}
    counts = (events, FIRST, END, SIZE)
    made_at = datetime(2030, 1, 1, tzinfo=UTC)
    return Manifest(ORIGIN, Month(2026, 9), made_at, *counts, tuple(left), tuple(right), told).content


def registered(manifest: bytes, events: int) -> bytes:
    """Return the proof that the making of a bundle is in the log."""
    told = {"bundle": "2026-09", "events": events, "manifest": hashlib.sha256(manifest).hexdigest()}
    log = LogThatTells(SIZE + 1, body=canonical_json(told).decode())
    return log.proof(SIZE, ("head", "body"), receipt="").text.encode()


def whole() -> Files:
    """Return a bundle as it is made."""
    log = SmallLog(SIZE)
    lines = [Kept(n + 1, n, log.acts[n], salt(n)).line for n in range(FIRST, END)]
    files = {
        EVENTS: b"".join(lines),
        ENTRIES: bundle(log.entries[FIRST:END]),
        CHECKPOINT: log.note.whole.encode(),
    }
    manifest = manifest_of(files, len(lines))
    return {**files, MANIFEST: manifest, MADE: registered(manifest, len(lines))}


def _refitted(files: Files) -> Files:
    kept = {name: content for name, content in files.items() if name not in (MANIFEST, MADE)}
    return {**files, MANIFEST: manifest_of(kept, files[EVENTS].count(b"\n"))}


def _cut(files: Files) -> Files:
    return _refitted({**files, EVENTS: b"".join(files[EVENTS].splitlines(keepends=True)[:-1])})


def _swapped(files: Files) -> Files:
    one, two, *more = files[EVENTS].splitlines(keepends=True)
    return _refitted({**files, EVENTS: b"".join([two, one, *more])})


def _without(name: str) -> Callable[[Files], Files]:
    return lambda files: {one: content for one, content in files.items() if one != name}


def held() -> Iterator[tuple[str, Files, int, str]]:
    """Yield bundles by name, each with the exit code and some words that a verifier owes it."""
    files = whole()
    yield "whole", files, 0, "is itself in the log"
    yield "without the proof of its making", _without(MADE)(files), 0, "was cut off"
    yield "cut at the end, with a manifest that fits", _cut(files), 1, "another bundle"
    yield "cut at the end, and nothing that tells", _without(MADE)(_cut(files)), 0, "was cut off"
    yield "swapped", _swapped(files), 1, "Line 2"
    altered = {**files, EVENTS: files[EVENTS].replace(b'n\\":1,', b'n\\":2,', 1)}
    yield "altered", altered, 1, "events.jsonl"
    yield "altered, with a manifest that fits", _refitted(altered), 1, "not what was logged"
    entries = {**files, ENTRIES: files[ENTRIES][:-1] + bytes([files[ENTRIES][-1] ^ 1])}
    yield "another entry", _refitted(entries), 1, "root"
    yield "an entry cut off", _refitted({**files, ENTRIES: files[ENTRIES][:-39]}), 1, "broken"
    yield "a file too many", {**files, "more.txt": b"x"}, 1, "foreign"
    yield "no manifest to speak of", {**files, MANIFEST: b"{}"}, 1, "broken"
    other = json.loads(files[MANIFEST])
    yield "another month", {**files, MANIFEST: json.dumps({**other, "month": "2026-08"}).encode()}, 1, "month"


def packed(files: Files) -> dict[str, str]:
    """Return files as text that a page can be given."""
    return {name: base64.b64encode(content).decode() for name, content in files.items()}
