"""The publisher: writes the log's files, reads them back, signs the head, asks the witnesses, and only then shows it.

It trusts neither database nor disk: the leaves must be those of the entries, the files must lead to the root that the
sequencer computed, and the tree must extend the one that was signed last. What was signed is on the disk before anybody
sees it, so that no crash makes the log sign two trees of one size. A head without enough witnesses stays unpublished.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
import structlog

from domain.proof.checkpoints import Checkpoint, cosigned_at, sign_head
from domain.proof.merkle import EMPTY_ROOT, consistency_ranges, filled, leaf_hash, verify_consistency
from domain.proof.notes import Key, Note, NoteBroken, Signature
from domain.proof.policies import Policy
from domain.proof.tiles import TileBroken
from domain.proof.witnessing import Addition
from resolvers.log_folder import LogFolder
from resolvers.signing import VERIFY, Signer

CHECKPOINT: Final = "checkpoint"
SIGNED: Final = "signed"
"""The head that was signed last, published or not."""

LOST: Final = "lost"
"""The head of others that a restored log does not reach; while it is there nothing is signed under this name."""

UNSURE: Final = "unsure"
"""Stands in a log that was restored without asking others what they have seen; nothing is signed until somebody did."""

BATCH: Final = 10_000
_HEAD: Final = "SELECT size, root FROM log_head"
_LEAVES: Final = "SELECT place, leaf, entry FROM log_leaf WHERE place >= $1 AND place < $2 ORDER BY place"
_PUBLISHED: Final = "INSERT INTO log_checkpoint (size, root, note, published_at) VALUES ($1, $2, $3, $4)"

Post = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]
"""``post(address, body)``: status and body of the answer; raises ``OSError`` when there is none."""

log = structlog.get_logger("publisher")


class LogBroken(RuntimeError):
    """Database, files and signed heads contradict one another: nothing more is signed until a person has looked."""


@dataclass(frozen=True)
class Publisher:
    """The one who signs for a log. ``policy`` says who witnesses it, where they are asked, and how many must agree."""

    folder: LogFolder
    key: Key
    signer: Signer
    policy: Policy
    post: Post

    def signed(self) -> Note | None:
        """Return the head that was signed last. Raises ``LogBroken`` if what is kept is no head of this log."""
        return self._note(SIGNED)

    def published(self) -> Note | None:
        """Return the head that is published. Raises ``LogBroken`` if it is none of this log."""
        return self._note(CHECKPOINT)

    def _note(self, name: str) -> Note | None:
        content = self.folder.read(name)
        if content is None:
            return None
        try:
            note = Note.parse(content.decode())
            head = Checkpoint.parse(note.text)
            fits = note.signed_by(self.key) is not None and head.origin == self.key.name
        except (NoteBroken, UnicodeDecodeError) as error:
            raise LogBroken(f"the file {name} is no signed head") from error
        if not fits:
            raise LogBroken(f"the file {name} is of another log or another key")
        return note

    async def publish(self, connection: asyncpg.Connection, now: datetime) -> Checkpoint | None:
        """Publish what has been sequenced since; None if there is nothing new, or too few witnesses agree.

        Raises ``LogBroken`` when something contradicts something else.
        """
        if self.folder.read(LOST) is not None:
            raise LogBroken("this log was restored to an earlier state than others have seen; its name must not go on")
        if self.folder.read(UNSURE) is not None:
            raise LogBroken("this log was restored, and nobody has compared it with the heads that others keep")
        last = self.signed()
        before = Checkpoint.parse(last.text) if last else Checkpoint(self.key.name, 0, EMPTY_ROOT)
        note = await self._extended(connection, before) or last
        shown = self.published()
        if note is None or (shown is not None and shown.text == note.text):
            return None
        head = Checkpoint.parse(note.text)
        witnessed = await self._witnessed(note, head)
        seen = {name for name, key in self.policy.witnesses.items() if _cosigned(witnessed, head, key)}
        if not self.policy.agrees(seen):
            log.warning("too few witnesses", size=head.size, witnesses=sorted(seen))
            return None
        await connection.execute(_PUBLISHED, head.size, head.root, witnessed.whole, now)
        self.folder.write(CHECKPOINT, witnessed.whole.encode())
        self.folder.tidy(Checkpoint.parse(shown.text).size if shown else 0, head.size)
        return head

    async def _extended(self, connection: asyncpg.Connection, before: Checkpoint) -> Note | None:
        """Write, read back and sign what is new; None if nothing is."""
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            row = await connection.fetchrow(_HEAD)
            size, root = (row["size"], row["root"]) if row else (0, EMPTY_ROOT)
            if size < before.size or (size == before.size and root != before.root):
                raise LogBroken(f"the database has {size} leaves, {before.size} were signed, and they do not agree")
            if size == before.size:
                return None
            for start in range(before.size, size, BATCH):
                await self._written(connection, start, min(size, start + BATCH))
        head = Checkpoint(self.key.name, size, root)
        self._read_back(before, head)
        note = sign_head(head, self.key, self.signer.sign)
        self.folder.write(SIGNED, note.whole.encode())
        return note

    async def _written(self, connection: asyncpg.Connection, start: int, end: int) -> None:
        rows = await connection.fetch(_LEAVES, start, end)
        if [row["place"] for row in rows] != list(range(start, end)):
            raise LogBroken(f"places between {start} and {end} are missing in the log")
        if wrong := [row["place"] for row in rows if leaf_hash(row["entry"]) != row["leaf"]]:
            raise LogBroken(f"the leaf at {wrong[0]} is not that of its entry")
        self.folder.grow(start, [row["entry"] for row in rows])

    def _read_back(self, before: Checkpoint, head: Checkpoint) -> None:
        """Compute everything again out of the files. Raises ``LogBroken``."""
        try:
            self.folder.check(before.size, head.size)
            found, proof = self.folder.root(head.size), self.proof(before.size, head.size)
        except TileBroken as error:
            raise LogBroken(str(error)) from error
        if found != head.root:
            raise LogBroken(f"the files lead to another root at {head.size} than the database")
        if not verify_consistency(before.size, before.root, head.size, head.root, proof):
            raise LogBroken(f"the tree of {head.size} does not extend the signed one of {before.size}")

    def proof(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the tree of one size extends that of another, out of the files."""
        return filled(self.folder.reader(new).read, consistency_ranges(old, new))

    async def _witnessed(self, note: Note, head: Checkpoint) -> Note:
        """Ask every witness that has an address, all at once, and put valid answers under the head."""
        asked = [
            (key, self.policy.addresses[name])
            for name, key in self.policy.witnesses.items()
            if name in self.policy.addresses
        ]
        answers = await asyncio.gather(*(self._ask(note, head, key, address) for key, address in asked))
        return note.with_signatures(*(signature for answer in answers for signature in answer))

    async def _ask(self, note: Note, head: Checkpoint, key: Key, address: str) -> Sequence[Signature]:
        """Ask one witness; it may know another size than we think, and says so."""
        old = 0
        for _ in range(2):
            try:
                asked = Addition(old, tuple(self.proof(old, head.size)) if old <= head.size else (), note)
                status, body = await self.post(f"{address}/add-checkpoint", asked.text.encode())
                if status == 409 and body.strip().isdigit() and int(body) != old:
                    old = int(body)
                    if old > head.size:
                        log.critical("a witness has seen a larger tree of this log", witness=key.name, seen=old)
                    continue
                if status == 200:
                    return _signatures(body, head, key)
                log.warning("witness refused", witness=key.name, status=status)
            except (OSError, NoteBroken, UnicodeDecodeError) as error:
                log.warning("witness not heard", witness=key.name, reason=f"{type(error).__name__}: {error}")
            return ()
        return ()


def _signatures(body: bytes, head: Checkpoint, key: Key) -> Sequence[Signature]:
    """Return the witness's own signature out of its answer. Raises ``NoteBroken``."""
    found = [Signature.parse(line) for line in body.decode().splitlines()]
    own = [one for one in found if (one.name, one.key_id) == (key.name, key.id)]
    return own if own and _cosigned(Note(head.text, tuple(own)), head, key) else ()


def _cosigned(note: Note, head: Checkpoint, key: Key) -> bool:
    try:
        return cosigned_at(note, head, key, VERIFY) is not None
    except NoteBroken:
        return False
