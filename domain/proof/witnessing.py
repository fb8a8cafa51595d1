"""What a witness decides about a head that it is asked to sign (C2SP tlog-witness). Pure; the caller keeps the state.

A witness signs a head only if it extends what it signed before. The caller must hold its lock from reading what it knows
until the new head is on the disk, and answer only then; else two requests at once could roll the log back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.proof.checkpoints import Checkpoint, decimal, root_bytes
from domain.proof.merkle import EMPTY_ROOT, verify_consistency
from domain.proof.notes import Key, Note, NoteBroken, Verify, base64_text, holds

MOST_PROOF_LINES: Final = 63
LONGEST_REQUEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer: 200 with the head to sign and keep, else a status that says why not, with the size known so far."""

    status: int
    known: int
    head: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """A request to sign: the size that the asker thinks was signed last, the proof from there, the new head."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def text(self) -> str:
        """The request as it is sent."""
        lines = [f"old {self.old}", *(base64_text(node) for node in self.proof)]
        return "".join(f"{line}\n" for line in lines) + "\n" + self.note.whole

    @classmethod
    def parse(cls, text: str) -> "Addition":
        """Read a request. Raises ``NoteBroken``."""
        above, gap, note = text.partition("\n\n")
        lines = above.split("\n")
        if (
            not gap
            or not lines[0].startswith("old ")
            or len(lines) > MOST_PROOF_LINES + 1
            or len(text) > LONGEST_REQUEST
        ):
            raise NoteBroken("this is no request to a witness")
        return cls(decimal(lines[0][4:]), tuple(root_bytes(line) for line in lines[1:]), Note.parse(note))


def judge_addition(
    text: str, known: Mapping[str, Checkpoint], logs: Sequence[Key], verify: Mapping[int, Verify]
) -> Answer:
    """Judge a request by what was signed before; ``known`` has the last head of each log."""
    try:
        asked = Addition.parse(text)
        head = Checkpoint.parse(asked.note.text)
    except NoteBroken:
        return Answer(400, 0)
    keys = [key for key in logs if key.name == head.origin]
    before = known.get(head.origin) or Checkpoint(head.origin, 0, EMPTY_ROOT)
    if not keys:
        return Answer(404, 0)
    if not _signed(asked.note, keys, verify):
        return Answer(403, before.size)
    if asked.old > head.size:
        return Answer(400, before.size)
    if asked.old != before.size or (asked.old == head.size and before.root != head.root):
        return Answer(409, before.size)
    if not verify_consistency(before.size, before.root, head.size, head.root, asked.proof):
        return Answer(422, before.size)
    return Answer(200, before.size, head)


def _signed(note: Note, keys: Sequence[Key], verify: Mapping[int, Verify]) -> bool:
    try:
        return any(holds(note, key, verify) for key in keys)
    except NoteBroken:
        return False
