"""What a party holds: the receipt given at once, the proof that it becomes, and the export of a whole case.

A receipt is a signed note of a few lines that fits a QR code. The proof is a C2SP tlog-proof; its `extra` line carries
the entry, what opens it, and the receipt it answers. All three verify without this system.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.proof.checkpoints import decimal, root_bytes
from domain.proof.leaf import commitment_in, opened_entry
from domain.proof.merkle import leaf_hash
from domain.proof.notes import Note, NoteBroken, base64_bytes, base64_text
from domain.values import canonical_json

RECEIPT: Final = "yangguang/receipt/v1"
PROOF: Final = "c2sp.org/tlog-proof@v1"
CASE: Final = "yangguang/case/v1"
LONGEST_RECEIPT: Final = 4096
LONGEST_PATH: Final = 63
_WORD: Final = re.compile(r"\S{1,80}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The promise that an act will stand in the log: its leaf, its number in the record, its moment, its matter."""

    origin: str
    leaf: bytes
    act: int
    at: int
    about: str

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (RECEIPT, self.origin, f"leaf {base64_text(self.leaf)}", f"act {self.act}", f"time {self.at}")
        return "".join(f"{line}\n" for line in (*lines, f"about {self.about}"))

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Read the text of a receipt. Raises ``NoteBroken``."""
        lines = text.split("\n")
        if len(lines) != 7 or lines[0] != RECEIPT or not lines[1] or lines[6]:
            raise NoteBroken("this is no receipt of this record")
        names = ("leaf", "act", "time", "about")
        values = []
        for name, line in zip(names, lines[2:6], strict=True):
            if not line.startswith(f"{name} "):
                raise NoteBroken(f"the line “{name}” of the receipt is missing")
            values.append(line[len(name) + 1 :])
        if not _WORD.fullmatch(values[3]):
            raise NoteBroken("a receipt names its matter in one word")
        return cls(lines[1], root_bytes(values[0]), decimal(values[1]), decimal(values[2]), values[3])


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry stands in the log: place, path, signed head, and the entry with what opens it."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: Note
    entry: bytes
    opening: Mapping[str, Any]
    receipt: str = ""

    @property
    def text(self) -> str:
        """The proof as a file."""
        extra: dict[str, Any] = {"entry": base64_text(self.entry), "opening": dict(self.opening)}
        if self.receipt:
            extra["receipt"] = self.receipt
        lines = [PROOF, f"extra {base64_text(canonical_json(extra))}", f"index {self.index}"]
        lines += [base64_text(node) for node in self.path]
        return "".join(f"{line}\n" for line in lines) + "\n" + self.checkpoint.whole

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read a proof. Raises ``NoteBroken``, also when the opening does not open the entry."""
        above, gap, checkpoint = text.partition("\n\n")
        lines = above.split("\n")
        if not gap or len(lines) < 3 or lines[0] != PROOF:
            raise NoteBroken("this is no proof of this record")
        if not lines[1].startswith("extra ") or not lines[2].startswith("index ") or len(lines) > 3 + LONGEST_PATH:
            raise NoteBroken("a line of the proof is missing, or there are too many")
        extra = _document(base64_bytes(lines[1][6:]))
        if not {"entry", "opening"} <= extra.keys() <= {"entry", "opening", "receipt"}:
            raise NoteBroken("the proof carries no entry")
        entry, opening = _opened(extra)
        receipt = extra.get("receipt", "")
        if not isinstance(receipt, str):
            raise NoteBroken("the proof carries no receipt in its place")
        path = tuple(root_bytes(line) for line in lines[3:])
        return cls(decimal(lines[2][6:]), path, Note.parse(checkpoint), entry, opening, receipt)

    @property
    def leaf(self) -> bytes:
        """The hash of the entry."""
        return leaf_hash(self.entry)


def _document(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NoteBroken("the data inside are no JSON") from error
    if not isinstance(found, dict):
        raise NoteBroken("the data inside are no JSON object")
    return found


def _opened(given: Mapping[str, Any]) -> tuple[bytes, Mapping[str, Any]]:
    """Return an entry with its opening. Raises ``NoteBroken`` if one does not belong to the other."""
    text, opening = given.get("entry"), given.get("opening")
    if not isinstance(text, str) or not isinstance(opening, dict):
        raise NoteBroken("an entry and its opening are missing")
    entry = base64_bytes(text)
    try:
        commitment_in(entry)
        belongs = opened_entry(opening) == entry
    except ValueError as error:
        raise NoteBroken(str(error)) from error
    if not belongs:
        raise NoteBroken("what is shown is not what was committed to")
    return entry, opening


def case_export(checkpoint: Note, proofs: Sequence[Proof]) -> str:
    """Return the acts of one matter, each with its proof under one head, as a JSON file."""
    acts = [
        {
            "entry": base64_text(one.entry),
            "index": one.index,
            "opening": dict(one.opening),
            "path": [base64_text(node) for node in one.path],
        }
        for one in proofs
    ]
    return canonical_json({"acts": acts, "checkpoint": checkpoint.whole, "format": CASE}).decode() + "\n"
