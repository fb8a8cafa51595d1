"""Which keys count: a policy of logs, receipt keys, witnesses and a quorum (C2SP tlog-policy), signed by root keys offline.

Without a signature by keys that nobody on line holds, a thief of the log's key would simply publish another policy. The
lines are those of C2SP tlog-policy; `serial`, `until` and `receipts` are ours.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from domain.proof.checkpoints import Checkpoint, cosigned_at, decimal
from domain.proof.notes import COSIGNATURE, ED25519, ML_DSA_COSIGNATURE, Key, Note, NoteBroken, Verify, holds

NONE: Final = "none"
MOST_LINES: Final = 500


@dataclass(frozen=True, slots=True)
class Group:
    """Some witnesses or groups of which a number must agree."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier accepts. ``serial`` grows with each policy; after ``until`` a newer one must be got."""

    logs: tuple[Key, ...]
    receipts: tuple[Key, ...]
    witnesses: Mapping[str, Key]
    groups: Mapping[str, Group]
    quorum: str
    serial: int = 0
    until: date | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read a policy, signed or not. Raises ``NoteBroken`` with the number of the line that is wrong."""
        reading = _Reading()
        lines = text_of(text).split("\n")
        if len(lines) > MOST_LINES:
            raise NoteBroken(f"a policy has at most {MOST_LINES} lines")
        for number, line in enumerate(lines, 1):
            words = line.replace("\t", " ").split()
            if words and not words[0].startswith("#"):
                try:
                    reading.line(words)
                except (NoteBroken, ValueError, KeyError) as error:
                    raise NoteBroken(f"line {number} of the policy: {error}") from error
        return reading.policy()

    def agrees(self, signed: AbstractSet[str], name: str | None = None) -> bool:
        """Say whether the witnesses that signed are a quorum."""
        name = self.quorum if name is None else name
        if name == NONE:
            return True
        group = self.groups.get(name)
        if group is None:
            return name in signed
        return sum(self.agrees(signed, member) for member in group.members) >= group.needed


def text_of(policy: str) -> str:
    """Return the text of a policy without the signatures under it, if it has any."""
    _, gap, below = policy.rpartition("\n\n")
    return Note.parse(policy).text if gap and below.startswith("— ") else policy


class _Reading:
    """A policy while it is read line by line; a name must stand above the line that uses it."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.receipts: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, Group] = {}
        self.addresses: dict[str, str] = {}
        self.grouped: set[str] = set()
        self.quorum = ""
        self.serial: int | None = None
        self.until: date | None = None

    def line(self, words: list[str]) -> None:
        word, rest = words[0], words[1:]
        if word in ("log", "receipts") and 1 <= len(rest) <= 2:
            self._key(word, Key.parse(rest[0]), rest[1:])
        elif word == "witness" and 2 <= len(rest) <= 3:
            self._witness(rest[0], Key.parse(rest[1]), rest[2:])
        elif word == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], tuple(rest[2:]))
        elif word == "quorum" and len(rest) == 1 and not self.quorum and (rest[0] == NONE or self._known(rest[0])):
            self.quorum = rest[0]
        elif word == "serial" and len(rest) == 1 and self.serial is None:
            self.serial = decimal(rest[0])
        elif word == "until" and len(rest) == 1 and self.until is None:
            self.until = date.fromisoformat(rest[0])
        else:
            raise NoteBroken(f"“{' '.join(words[:2])}” is not understood here")

    def policy(self) -> Policy:
        if not self.quorum:
            raise NoteBroken("a policy says which witnesses are a quorum (“quorum none” if no witness is asked)")
        return Policy(
            logs=tuple(self.logs),
            receipts=tuple(self.receipts),
            witnesses=self.witnesses,
            groups=self.groups,
            quorum=self.quorum,
            serial=self.serial or 0,
            until=self.until,
            addresses=self.addresses,
        )

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new(self, name: str) -> None:
        if name == NONE or self._known(name):
            raise NoteBroken(f"the name {name} is taken")

    def _key(self, word: str, key: Key, address: list[str]) -> None:
        known = self.logs if word == "log" else self.receipts
        if key.kind != ED25519 or key.public in {one.public for one in known}:
            raise NoteBroken("a key of the wrong kind, or named twice")
        known.append(key)
        if address:
            self.addresses[key.name] = address[0]

    def _witness(self, name: str, key: Key, address: list[str]) -> None:
        self._new(name)
        taken = {one.public for one in self.witnesses.values()}
        if key.kind not in (COSIGNATURE, ML_DSA_COSIGNATURE) or key.public in taken:
            raise NoteBroken("a witness's key of the wrong kind, or named twice")
        self.witnesses[name] = key
        if address:
            self.addresses[name] = address[0]

    def _group(self, name: str, needed: str, members: tuple[str, ...]) -> None:
        self._new(name)
        if not all(self._known(member) for member in members) or len(set(members)) != len(members):
            raise NoteBroken(f"the group {name} names something twice or something unknown")
        # Each name counts in one group only, so that no witness is counted twice in a quorum.
        if self.grouped & set(members):
            raise NoteBroken(f"the group {name} names a member of another group")
        self.grouped |= set(members)
        count = {"any": 1, "all": len(members)}.get(needed) or decimal(needed)
        if not 1 <= count <= len(members):
            raise NoteBroken(f"the group {name} cannot have {count} of {len(members)}")
        self.groups[name] = Group(count, members)


@dataclass(frozen=True, slots=True)
class Roots:
    """The keys that sign policies, held off line by different people, and how many of them must."""

    keys: tuple[Key, ...]
    threshold: int

    @classmethod
    def parse(cls, text: str) -> "Roots":
        """Read ``threshold N`` and lines ``root KEY``. Raises ``NoteBroken``."""
        keys: list[Key] = []
        threshold = 0
        for line in text.split("\n"):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if len(words) == 2 and words[0] == "root":
                keys.append(Key.parse(words[1]))
            elif len(words) == 2 and words[0] == "threshold" and not threshold:
                threshold = decimal(words[1])
            else:
                raise NoteBroken(f"“{words[0]}” is not understood in a file of root keys")
        if len({key.public for key in keys}) != len(keys) or not 1 <= threshold <= len(keys):
            raise NoteBroken("root keys must differ, and the threshold lies between one and their number")
        return cls(tuple(keys), threshold)

    def approve(self, policy: str, verify: Mapping[int, Verify]) -> tuple[Key, ...]:
        """Return the root keys that signed a policy. Raises ``NoteBroken`` if they are too few."""
        note = Note.parse(policy)
        signers = tuple(key for key in self.keys if holds(note, key, verify))
        if len(signers) < self.threshold:
            raise NoteBroken(f"{len(signers)} root keys signed this policy, {self.threshold} must")
        return signers


@dataclass(frozen=True, slots=True)
class Seen:
    """A head that a log signed, who witnessed it when (seconds since 1970), and whether they are a quorum."""

    head: Checkpoint
    log: Key
    witnesses: Mapping[str, int]
    quorate: bool


def judge(note: Note, policy: Policy, verify: Mapping[int, Verify]) -> Seen:
    """Verify a head under a policy. Raises ``NoteBroken`` if no log of the policy signed it, or a signature is wrong."""
    head = Checkpoint.parse(note.text)
    log = next((key for key in policy.logs if key.name == head.origin and holds(note, key, verify)), None)
    if log is None:
        raise NoteBroken("no log of the policy signed this head")
    found = {name: cosigned_at(note, head, key, verify) for name, key in policy.witnesses.items()}
    witnesses = {name: at for name, at in found.items() if at is not None}
    return Seen(head, log, witnesses, policy.agrees(witnesses.keys()))
