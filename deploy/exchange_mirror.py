"""The upper side of upward reporting: a folder that holds what a platform below hands over, and nothing that is not proven.

It needs nothing of the system below but its address, a token and the keys that count. Each page is proven to be part of
the signed log before a line of it is kept; lines are on the disk before the place is, and the place before it is told. So a pull
that ends anywhere goes on from there, and whatever the line loses, doubles or mixes up leaves no gap and no line twice (X1).
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx2

from deploy.witness import proof_between
from domain.exchange import Entry, EntryBroken
from domain.proof.checkpoints import Checkpoint
from domain.proof.merkle import Frontier, verify_consistency
from domain.proof.notes import Note, NoteBroken, base64_text
from domain.proof.policies import Policy, judge
from domain.proof.tiles import TileBroken
from resolvers.log_folder import LogFolder
from resolvers.signing import VERIFY

PLACE, CHECKPOINT, LOCK = "place.json", "checkpoint", ".lock"
IN_A_FILE: Final = 10_000
"""Entries of one file."""

PAGE: Final = 500
LONGEST: Final = 64_000_000
"""Bytes of an answer that are read at most."""

Tell = Callable[[int, int], None]
"""``tell(held, there)``: how far a pull is."""


def silent(held: int, there: int) -> None:
    """Tell nobody."""


class MirrorTrouble(RuntimeError):
    """The line or the other side does not do its part at the moment; what is held is sound, and the next pull goes on."""


class MirrorRefused(RuntimeError):
    """What is shown contradicts the log or what is held: nothing of it was kept. A person must look."""


class MirrorBroken(RuntimeError):
    """What lies in the folder is not what was kept there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which log is held how far, how far the other side knows it, and how long the last file is."""

    log: str = ""
    frontier: Frontier = field(default_factory=Frontier)
    received: int = 0
    length: int = 0

    @property
    def size(self) -> int:
        """How many entries are held."""
        return self.frontier.size

    @property
    def content(self) -> bytes:
        """The place as a file."""
        nodes = [one.hex() for one in self.frontier.nodes]
        plain = {"frontier": nodes, "length": self.length, "log": self.log, "received": self.received}
        return json.dumps({**plain, "size": self.size}, sort_keys=True).encode() + b"\n"

    @classmethod
    def read(cls, content: bytes) -> "Place":
        """Read the file. Raises ``MirrorBroken``."""
        try:
            plain = json.loads(content)
            frontier = Frontier(plain["size"], tuple(bytes.fromhex(one) for one in plain["frontier"]))
            return cls(plain["log"], frontier, plain["received"], plain["length"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MirrorBroken(f"{PLACE} is no place") from error


def file_of(index: int) -> str:
    """Return the file in which an entry stands."""
    return f"entries/{index // IN_A_FILE:08d}.ndjson"


@dataclass(frozen=True)
class Mirror:
    """A folder, the policy whose keys count, and a client that carries the other side's address and token."""

    folder: LogFolder
    policy: Policy
    client: httpx2.AsyncClient

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder for oneself. Raises ``MirrorBroken`` while somebody else pulls into it."""
        self.folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder.path / LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise MirrorBroken("somebody else pulls into this folder") from error
            yield

    def place(self) -> Place:
        """Return what is held. Raises ``MirrorBroken``."""
        content = self.folder.read(PLACE)
        return Place() if content is None else Place.read(content)

    async def pull(self, tell: Tell = silent) -> Place:
        """Take everything that is published and tell that it is held. Raises ``MirrorTrouble`` or ``MirrorRefused``."""
        place = self.place()
        note, head = await self._head(place)
        while place.size < head.size:
            place = await self._told(await self._page(replace(place, log=head.origin), head))
            tell(place.size, head.size)
        if place.received < place.size:
            place = await self._told(place)
        self.folder.write(CHECKPOINT, note.whole.encode())
        return place

    async def _head(self, place: Place) -> tuple[Note, Checkpoint]:
        """Return the signed head, once it is known to go on from what is held."""
        try:
            note = Note.parse((await self._asked("GET", "/log/checkpoint")).decode())
        except (NoteBroken, UnicodeDecodeError) as error:
            raise MirrorTrouble(f"an answer that is no head: {error}") from error
        try:
            seen = judge(note, self.policy, VERIFY)
        except NoteBroken as error:
            raise MirrorRefused(f"the head is none of the policy: {error}") from error
        head = seen.head
        if not seen.quorate:
            raise MirrorTrouble(f"the head of {head.size} entries has too few witnesses")
        if place.log not in ("", head.origin):
            raise MirrorRefused(f"this folder holds the log {place.log}, and now there is {head.origin}")
        held = Checkpoint(head.origin, place.size, place.frontier.root())
        await self._continues(*sorted((held, head), key=lambda one: one.size))
        if head.size < place.size:
            raise MirrorTrouble(f"the head shown has {head.size} entries, {place.size} are held: an old answer")
        return note, head

    async def _continues(self, before: Checkpoint, after: Checkpoint) -> None:
        """See by the tiles that one tree is the beginning of the other. Raises ``MirrorRefused``."""
        try:
            path = await proof_between(self.client, "/log", before.size, after.size)
        except (httpx2.HTTPError, TileBroken, OSError) as error:
            raise MirrorTrouble(f"the tiles of the log were not read: {type(error).__name__}: {error}") from error
        if not verify_consistency(before.size, before.root, after.size, after.root, path):
            raise MirrorRefused(f"{before.size} entries are not the beginning of the {after.size} that are signed")

    async def _page(self, place: Place, head: Checkpoint) -> Place:
        """Take a page, prove it, and keep it."""
        content = await self._asked("GET", f"/exchange/entries?after={place.size}&first={PAGE}")
        try:
            page: Any = json.loads(content)
            if (page["log"], page["after"]) != (head.origin, place.size):
                raise MirrorTrouble("an answer to another question")
            entries = [Entry.of(one) for one in page["entries"]][: head.size - place.size]
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, EntryBroken):
                raise MirrorRefused(str(error)) from error
            raise MirrorTrouble(f"an answer that is no page: {error}") from error
        if not entries:
            raise MirrorTrouble(f"nothing comes after {place.size}, though {head.size} are published")
        if [one.index for one in entries] != list(range(place.size, place.size + len(entries))):
            raise MirrorRefused(f"the entries after {place.size} are not those that follow it")
        grown = place.frontier.grown([one.leaf for one in entries])
        await self._continues(Checkpoint(head.origin, grown.size, grown.root()), head)
        return self._kept(place, entries, grown)

    def _kept(self, place: Place, entries: Sequence[Entry], grown: Frontier) -> Place:
        """Write lines, then the place. What a pull wrote that ended in between is cut off: no place says that it is there."""
        length = place.length
        for name in dict.fromkeys(file_of(one.index) for one in entries):
            lines = b"".join(one.line + b"\n" for one in entries if file_of(one.index) == name)
            beginning = length if name == file_of(place.size) and place.size % IN_A_FILE else 0
            path = self.folder.path / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.truncate(beginning)
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            length = beginning + len(lines)
        return self._at(replace(place, frontier=grown, length=length))

    def _at(self, place: Place) -> Place:
        self.folder.write(PLACE, place.content)
        return place

    async def _told(self, place: Place) -> Place:
        """Tell the other side what is held, by the root that was computed here."""
        said = {"size": place.size, "root": base64_text(place.frontier.root())}
        await self._asked("POST", "/exchange/received", json.dumps(said).encode())
        return self._at(replace(place, received=place.size))

    async def _asked(self, method: str, address: str, content: bytes = b"") -> bytes:
        """Ask the other side. Raises ``MirrorTrouble``, and ``MirrorRefused`` where it says that something contradicts."""
        body = bytearray()
        try:
            async with self.client.stream(method, address, content=content or None) as answer:
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > LONGEST:
                        raise MirrorTrouble(f"{address}: an answer without end")
        except (httpx2.HTTPError, OSError) as error:
            raise MirrorTrouble(f"{address}: {type(error).__name__}: {error}") from error
        if answer.status_code == httpx2.codes.OK:
            return bytes(body)
        told = f"{address}: {answer.status_code} {_said(bytes(body))}"
        raise (MirrorRefused if answer.status_code == httpx2.codes.CONFLICT else MirrorTrouble)(told.strip())

    def check(self) -> tuple[Place, Checkpoint | None]:
        """Read everything that is held again, and see that it is what was kept, and what the head beside it was signed over.

        Returns that head, None before the first pull came to its end. Raises ``MirrorBroken``.
        """
        place, frontier, signed = self.place(), Frontier(), self._signed()
        for start in range(0, place.size, IN_A_FILE):
            leaves = [one.leaf for one in self._entries(place, start)]
            ends = signed is not None and start < signed.size <= start + IN_A_FILE
            if signed is not None and ends and frontier.grown(leaves[: signed.size - start]).root() != signed.root:
                raise MirrorBroken(f"the head of {signed.size} entries was signed over something else")
            frontier = frontier.grown(leaves)
        if frontier != place.frontier or (signed is not None and signed.size > place.size):
            raise MirrorBroken("what is held leads to another root than it did when it was kept")
        return place, signed

    def _signed(self) -> Checkpoint | None:
        """Return the head that the last whole pull ended at. Raises ``MirrorBroken``."""
        content = self.folder.read(CHECKPOINT)
        try:
            return None if content is None else judge(Note.parse(content.decode()), self.policy, VERIFY).head
        except (NoteBroken, UnicodeDecodeError) as error:
            raise MirrorBroken(f"the head beside the entries is none of the policy: {error}") from error

    def _entries(self, place: Place, start: int) -> list[Entry]:
        """Return the entries of a file. Raises ``MirrorBroken``."""
        content, end = self.folder.read(file_of(start)) or b"", min(start + IN_A_FILE, place.size)
        try:
            entries = [Entry.read(line) for line in content[: place.length if end == place.size else None].splitlines()]
        except EntryBroken as error:
            raise MirrorBroken(f"{file_of(start)}: {error}") from error
        if [one.index for one in entries] != list(range(start, end)):
            raise MirrorBroken(f"{file_of(start)}: entries are missing, or are there twice")
        return entries


def _said(body: bytes) -> str:
    try:
        told = json.loads(body)["error"]
        return f"{told['code']} {told['message']}"
    except (ValueError, KeyError, TypeError):
        return ""
