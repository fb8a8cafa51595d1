"""What an auditor concludes from the record and its log. Pure; the caller reads, this file compares (003-33).

Nothing is taken from what it is to confirm: every leaf is computed again out of its act, every root out of the leaves.
"Bad" is what contradicts something; what could not be read is no finding, and no acquittal either.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.proof.checkpoints import Checkpoint
from domain.proof.leaf import Act, LeafBroken, entry
from domain.proof.merkle import Frontier, leaf_hash
from domain.proof.notes import Key, Note, NoteBroken, Verify, holds

MOST_FINDINGS: Final = 1_000
"""Findings that one check names; a record that is bad from end to end is as well described by so many."""


class Kind(StrEnum):
    """What can be found wrong."""

    ACT_ALTERED = "act_altered"
    ACT_MISSING = "act_missing"
    LEAF_ALTERED = "leaf_altered"
    LEAF_MISSING = "leaf_missing"
    PLACE_MISSING = "place_missing"
    ORDER_BROKEN = "order_broken"
    TIME_BACK = "time_back"
    NOT_LOGGED = "not_logged"
    HEAD_CONTRADICTED = "head_contradicted"
    LOG_SHORTENED = "log_shortened"
    FILE_ALTERED = "file_altered"
    RECEIPT_BROKEN = "receipt_broken"
    LIBRARY_ALTERED = "library_altered"
    ARCHIVE_BROKEN = "archive_broken"
    PAGE_ALTERED = "page_altered"


KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.ACT_ALTERED: "记录与日志不符",
    Kind.ACT_MISSING: "记录缺失",
    Kind.LEAF_ALTERED: "日志条目被改动",
    Kind.LEAF_MISSING: "日志条目缺失",
    Kind.PLACE_MISSING: "日志缺号",
    Kind.ORDER_BROKEN: "顺序有误或缺号",
    Kind.TIME_BACK: "办理时间倒退",
    Kind.NOT_LOGGED: "逾时未记入日志",
    Kind.HEAD_CONTRADICTED: "与留存的日志头不符",
    Kind.LOG_SHORTENED: "日志比留存的日志头短",
    Kind.FILE_ALTERED: "已发布的日志文件有误",
    Kind.RECEIPT_BROKEN: "与当事人凭证不符",
    Kind.LIBRARY_ALTERED: "权力库内容与登记不符",
    Kind.ARCHIVE_BROKEN: "归档登记与记录不符",
    Kind.PAGE_ALTERED: "公开页面与权力库不符",
}


class Verdict(StrEnum):
    """What a check ends with. Whatever was found is bad, also when other things could not be read."""

    SOUND = "sound"
    BAD = "bad"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One contradiction: which, where, and between what."""

    kind: Kind
    place: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A place of the log with all that is kept of its act; what is missing is None."""

    place: int
    event_id: int
    entry: bytes
    leaf: bytes
    kept: tuple[bytes, bytes, bytes] | None
    """Salt, entry and leaf as they were made with the act."""
    act: Act | None
    archived: bool = False
    """Whether a bundle of the archive holds the act; then nothing of it has to be here."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head that somebody has seen, and where it comes from."""

    source: str
    size: int
    root: bytes
    origin: str = ""


_NOTE: Final = re.compile(r"^[^\n]+\n[0-9]+\n[A-Za-z0-9+/]{43}=\n\n(?:— [^\n]+\n)+", re.MULTILINE)


def notes_in(text: str) -> Iterator[Note]:
    """Yield the signed heads in a text: a checkpoint file, what a witness answers, or several of them one after another."""
    for found in _NOTE.finditer(text if text.endswith("\n") else f"{text}\n"):
        yield Note.parse(found[0])


def seen_head(source: str, note: Note, keys: Iterable[Key], verify: Mapping[int, Verify]) -> Head:
    """Return the head in a note. Raises ``NoteBroken`` unless one of the log's own keys signed it.

    A stranger's signature would let anybody accuse the log of a head that it never had.
    """
    head = Checkpoint.parse(note.text)
    if not any(key.name == head.origin and holds(note, key, verify) for key in keys):
        raise NoteBroken("no key of this log signed this head")
    return Head(source, head.size, head.root, head.origin)


START: Final = Frontier()


@dataclass
class Walk:
    """The way through the log from a frontier that was checked before; ``heads`` are compared as it passes their sizes."""

    heads: Iterable[Head] = ()
    frontier: Frontier = START
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    """Findings beyond those that are named."""
    archived: int = 0
    """Acts that were passed and are in the archive only."""

    def __post_init__(self) -> None:
        self._at: dict[int, list[Head]] = {}
        for head in self.heads:
            self._at.setdefault(head.size, []).append(head)
        self._sizes = sorted(self._at)
        self._compare()

    def find(self, kind: Kind, place: object, detail: str = "") -> None:
        """Note a contradiction."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, str(place), detail))
        else:
            self.more += 1

    def take(self, lines: Sequence[Line]) -> None:
        """Check the next places. A gap is told once; the tree goes on with what is there."""
        fresh: list[bytes] = []
        expected = self.frontier.size
        sizes = self._at.keys()
        for line in lines:
            if line.place != expected:
                self._grow(fresh)
                self.find(Kind.PLACE_MISSING, expected, f"{expected}–{line.place - 1}")
            expected = line.place + 1
            self._line(line)
            fresh.append(leaf_hash(line.entry))
            if self.frontier.size + len(fresh) in sizes:
                self._grow(fresh)
                self._compare()
        self._grow(fresh)

    def pass_by(self, leaves: list[bytes], tops: list[bytes] | None = None) -> None:
        """Go on by leaves that were compared with their acts already; ``tops`` is given the roots of whole tiles."""
        start, done = self.frontier.size, 0
        between = self._sizes[bisect_right(self._sizes, start) : bisect_right(self._sizes, start + len(leaves))]
        for size in between:
            self.frontier = self.frontier.grown(leaves[done : size - start], tops)
            done = size - start
            self._compare()
        self.frontier = self.frontier.grown(leaves[done:], tops)

    def end(self) -> None:
        """Say which heads promise more than there is."""
        size = self.frontier.size
        for head in (head for at, heads in self._at.items() if at > size for head in heads):
            self.find(Kind.LOG_SHORTENED, head.source, f"{head.size} > {size}")

    def _grow(self, fresh: list[bytes]) -> None:
        if fresh:
            self.frontier = self.frontier.grown(fresh)
            fresh.clear()

    def _compare(self) -> None:
        heads = self._at.get(self.frontier.size)
        if heads:
            root = self.frontier.root()
            for head in heads:
                if head.root != root:
                    self.find(Kind.HEAD_CONTRADICTED, head.source, f"{head.size}")

    def _line(self, line: Line) -> None:
        if leaf_hash(line.entry) != line.leaf:
            self.find(Kind.LEAF_ALTERED, line.place, "log")
        if line.kept is None and line.act is None and line.archived:
            self.archived += 1
            return
        if line.kept is None:
            self.find(Kind.LEAF_MISSING, line.event_id)
            return
        salt, kept, leaf = line.kept
        if kept != line.entry or leaf != line.leaf:
            self.find(Kind.LEAF_ALTERED, line.place, f"{line.event_id}")
        if line.act is None:
            self.find(Kind.ACT_MISSING, line.event_id)
        elif not _same(line.act, salt, kept):
            self.find(Kind.ACT_ALTERED, line.event_id, f"{line.act.stream}#{line.act.seq}")


def _same(act: Act, salt: bytes, kept: bytes) -> bool:
    try:
        return entry(act, salt) == kept
    except LeafBroken:
        return False


def verdict(findings: Sequence[Finding], unchecked: Sequence[str]) -> Verdict:
    """Return what a check ends with."""
    if findings:
        return Verdict.BAD
    return Verdict.UNCHECKED if unchecked else Verdict.SOUND
