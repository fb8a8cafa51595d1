"""A small log in the hands of a test: keys from fixed seeds, acts, a signed and witnessed head, receipts and proofs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from domain.proof.checkpoints import Checkpoint, cosign, sign_head
from domain.proof.leaf import PARTS, Act, entry, opening
from domain.proof.merkle import Tree, leaf_hash
from domain.proof.notes import COSIGNATURE, Key, Note, Signature, signed
from domain.proof.receipts import Proof, Receipt, case_export
from domain.proof.tiles import ENTRIES, bundle, tiles_of
from resolvers.signing import Ed25519Signer

ORIGIN = "sunlight.example/log"
SEEN_AT = 1_790_000_000
"""When the witnesses sign: seconds since 1970."""


def signer(name: str) -> Ed25519Signer:
    """Return the key of a fixed seed: for tests and published vectors only."""
    return Ed25519Signer.from_seed(hashlib.sha256(f"test key {name}".encode()).digest())


LOG, WEB = signer("log"), signer("web")
LOG_KEY, WEB_KEY = LOG.key(ORIGIN), WEB.key(f"{ORIGIN}/receipts")
WITNESSES = ("province", "supervision", "archive")
ROOTS = ("root-1", "root-2", "root-3")


def witness_key(name: str) -> Key:
    return signer(name).key(f"{name}.example/witness", COSIGNATURE)


def policy_text(quorum: int = 2, more: str = "") -> str:
    lines = [
        "# Which keys count.",
        "serial 1",
        more,
        f"log {LOG_KEY.text} https://{ORIGIN}",
        f"receipts {WEB_KEY.text}",
    ]
    lines += [f"witness {name} {witness_key(name).text}" for name in WITNESSES]
    lines += [f"group outside {quorum} {' '.join(WITNESSES)}", "quorum outside"]
    return "".join(f"{line}\n" for line in lines if line)


def signed_policy(text: str, roots: Sequence[str] = ROOTS[:2]) -> str:
    notes = [signed(text, signer(name).key(f"{name}.example"), signer(name).sign) for name in roots]
    return Note(text, tuple(one for note in notes for one in note.signatures)).whole


def roots_text(threshold: int = 2) -> str:
    keys = [f"root {signer(name).key(f'{name}.example').text}\n" for name in ROOTS]
    return f"threshold {threshold}\n" + "".join(keys)


def act(number: int, stream: str = "matter:7", **more: Any) -> Act:
    fields: dict[str, Any] = {
        "stream": stream,
        "seq": number,
        "kind": "matter.open" if number == 1 else "matter.note",
        "body_code": "320300001",
        "at": 1_789_000_000_000_000 + number * 1_000_001,
        "actor_id": "0b0ad52e-6b0e-4c52-8f7a-6f2d4b1f1c11",
        "actor_name": "王明",
        "body": f'{{"n":{number},"text":"申请材料已收到"}}',
    }
    return Act(**{**fields, **more})


def salt(number: int) -> bytes:
    return hashlib.sha256(f"test salt {number}".encode()).digest()[:16]


@dataclass
class SmallLog:
    """A log of some acts; acts 1 to ``own`` belong to one matter, the others to others."""

    size: int = 300
    own: int = 5
    signers: Sequence[str] = field(default=WITNESSES[:2])

    @cached_property
    def acts(self) -> list[Act]:
        return [act(n) if n <= self.own else act(1, f"matter:{n + 100}") for n in range(1, self.size + 1)]

    @cached_property
    def entries(self) -> list[bytes]:
        return [entry(one, salt(n)) for n, one in enumerate(self.acts)]

    @cached_property
    def tree(self) -> Tree:
        return Tree(leaf_hash(one) for one in self.entries)

    @property
    def head(self) -> Checkpoint:
        return Checkpoint(ORIGIN, self.size, self.tree.root())

    @cached_property
    def note(self) -> Note:
        signatures = [cosign(self.head, witness_key(name), SEEN_AT, signer(name).sign) for name in self.signers]
        return sign_head(self.head, LOG_KEY, LOG.sign).with_signatures(*signatures)

    def receipt(self, index: int, **more: Any) -> str:
        fields = {"leaf": leaf_hash(self.entries[index]), "act": index + 1, "at": self.acts[index].at, **more}
        return signed(Receipt(ORIGIN, about="320300001XK2026-1", **fields).text, WEB_KEY, WEB.sign).whole

    def proof(self, index: int, shown: tuple[str, ...] = PARTS, **more: Any) -> Proof:
        opened = opening(self.acts[index], salt(index), shown)
        path = tuple(self.tree.inclusion(index))
        return Proof(**{
            "index": index, "path": path, "checkpoint": self.note, "entry": self.entries[index], "opening": opened,
            "receipt": self.receipt(index), **more,
        })  # fmt: skip

    def case(self, count: int = 0) -> str:
        return case_export(self.note, [self.proof(index) for index in range(count or self.own)])

    def files(self) -> dict[str, bytes]:
        """Return the log as static files."""
        found = {"checkpoint": self.note.whole.encode()}
        for tile in tiles_of(self.size):
            first = tile.index * 256
            if tile.level == ENTRIES:
                found[tile.path] = bundle(self.entries[first : first + tile.width])
            else:
                nodes = [self.tree.read(8 * tile.level, n) for n in range(first, first + tile.width)]
                found[tile.path] = b"".join(nodes)
        return found


def resigned(text: str, key: Key, sign: Ed25519Signer) -> Signature:
    """Return a signature over any text, as a thief of a key would make it."""
    return Signature(key.name, key.id, sign.sign(text.encode()))
