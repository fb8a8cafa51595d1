"""A thief at the record: a superuser without triggers, who holds the log's key where it helps, and covers the tracks.

Each kind of tampering works inside a transaction that the test rolls back, so that a thousand trials need one database.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg

from domain.proof.checkpoints import Checkpoint, sign_head
from domain.proof.merkle import Frontier, Tree
from domain.proof.notes import Note
from domain.proof.policies import Policy
from resolvers.auditing import Auditor, Outside
from resolvers.log_folder import LogFolder
from resolvers.log_publishing import Publisher
from resolvers.log_sequencing import sequence, take_over
from tests.proofs import LOG, LOG_KEY, ORIGIN, WEB_KEY, policy_text

NOW: Final = datetime(2026, 11, 29, 1, 2, 3, tzinfo=UTC)
LATER: Final = NOW + timedelta(hours=1)
STREAMS, ROUNDS = 8, 12
WRITE: Final = (
    "INSERT INTO event (stream, seq, kind, at, actor_name, body_code, body) VALUES ($1, $2, 'k', $3, '王明', 'B1', $4)"
)
# What a thief who can do everything does after a change: every leaf of every act anew, with the salts that are there.
ANEW: Final = r"""
WITH made AS (SELECT e.id, log_entry(stream, seq, kind, body_code, at, actor_id, actor_name, body, salt) AS entry
              FROM event e JOIN event_leaf l ON l.event_id = e.id),
     kept AS (UPDATE event_leaf SET entry = made.entry, leaf = sha256('\x00'::bytea || made.entry) FROM made WHERE event_id = made.id),
     waits AS (UPDATE log_pending SET entry = made.entry FROM made WHERE event_id = made.id)
UPDATE log_leaf SET entry = made.entry, leaf = sha256('\x00'::bytea || made.entry) FROM made WHERE event_id = made.id
"""


QUIET: Final = policy_text().replace("quorum outside", "quorum none")


@dataclass(frozen=True, slots=True)
class Scene:
    """A log that was published, the connection of whoever can do everything, and what others keep of it."""

    owner: asyncpg.Connection
    folder: Path
    outside: Outside

    def auditor(self, folder: Path | None = None) -> Auditor:
        """Return the auditor of the log, over its own files or over those that the thief has made."""
        return Auditor(LogFolder(folder if folder is not None else self.folder), (LOG_KEY,), (WEB_KEY,))


def quiet_policy() -> Policy:
    """Return a policy of a log that nobody witnesses."""
    return Policy.parse(QUIET)


async def published(connection: asyncpg.Connection, folder: Path, now: datetime = NOW) -> Note:
    """Sequence and publish what there is; returns the head."""

    async def nobody(address: str, body: bytes) -> tuple[int, bytes]:
        raise ConnectionRefusedError(address)

    while await sequence(await take_over(connection), now):
        pass
    publisher = Publisher(
        LogFolder(folder), LOG_KEY, LOG, Policy(**{**_fields(quiet_policy()), "addresses": {}}), nobody
    )
    await publisher.publish(connection, now)
    return Note.parse((LogFolder(folder).read("checkpoint") or b"").decode())


def _fields(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in Policy.__dataclass_fields__}


async def made(owner: asyncpg.Connection, folder: Path) -> Scene:
    """Write acts of several matters in rounds, and publish each round; others keep every head."""
    heads = []
    for number in range(1, ROUNDS + 1):
        at = NOW - timedelta(days=1) + timedelta(minutes=number)
        rows = [(f"matter:{stream}", number, at, f'{{"n":{number}}}') for stream in range(STREAMS)]
        await owner.executemany(WRITE, rows)
        if number % 3 == 0:
            heads.append((f"witness:{number}", await published(owner, folder, at)))
    return Scene(owner, folder, Outside(tuple(heads)))


async def rebuilt(owner: asyncpg.Connection, folder: Path, *, sizes: Sequence[int] = ()) -> None:
    """Compute the whole log anew and sign every head again with the stolen key, in the database and in new files."""
    rows = await owner.fetch("SELECT place, event_id, entry, leaf, sm3 FROM log_leaf ORDER BY place")
    await owner.execute("DELETE FROM log_leaf")
    packed = [(place, *list(row)[1:]) for place, row in enumerate(rows)]
    await owner.executemany(
        "INSERT INTO log_leaf (place, event_id, entry, leaf, sm3) VALUES ($1, $2, $3, $4, $5)", packed
    )
    leaves = [row["leaf"] for row in rows]
    tree, grown = Tree(leaves), Frontier().grown(leaves)
    await owner.execute(
        "UPDATE log_head SET size = $1, frontier = $2, root = $3", grown.size, list(grown.nodes), grown.root()
    )
    sizes = sizes or [row[0] for row in await owner.fetch("SELECT size FROM log_checkpoint ORDER BY size")]
    await owner.execute("DELETE FROM log_checkpoint")
    for size in sorted({min(size, grown.size) for size in sizes} | {grown.size}):
        note = sign_head(Checkpoint(ORIGIN, size, tree.root(size)), LOG_KEY, LOG.sign).whole
        await owner.execute(
            "INSERT INTO log_checkpoint (size, root, note, published_at) VALUES ($1, $2, $3, $4)",
            *(size, tree.root(size), note, NOW),
        )
    files = LogFolder(folder)
    files.grow(0, [row["entry"] for row in rows])
    for name in ("checkpoint", "signed"):
        files.write(name, note.encode())


Tamper = Callable[[asyncpg.Connection, random.Random, Path], Awaitable[None]]


async def some(owner: asyncpg.Connection, chance: random.Random, count: int = 1, where: str = "true") -> list[int]:
    """Choose acts that are in the log."""
    rows = await owner.fetch(
        f"SELECT e.id FROM event e JOIN log_leaf g ON g.event_id = e.id WHERE {where} ORDER BY e.id"
    )
    return chance.sample([row["id"] for row in rows], count)


def _statement(*statements: str, where: str = "true") -> Tamper:
    """Return a tampering with one act."""

    async def act(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
        del folder
        [one] = await some(owner, chance, where=where)
        for statement in statements:
            await owner.execute(statement, one)

    return act


async def _swapped_acts(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    del folder
    one, other = await some(owner, chance, 2)
    swap = "UPDATE event e SET body = o.body || ' ', at = o.at FROM event o WHERE e.id = $1 AND o.id = $2"
    await owner.execute(swap, one, other)
    await owner.execute(swap, other, one)


async def _inserted(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    """Insert an act between others, back-dated, the later ones moved."""
    del folder
    stream, number = f"matter:{chance.randrange(STREAMS)}", chance.randrange(2, ROUNDS)
    await owner.execute("UPDATE event SET seq = seq + 1000 WHERE stream = $1 AND seq >= $2", stream, number)
    await owner.execute("UPDATE event SET seq = seq - 999 WHERE stream = $1 AND seq >= 1000", stream)
    at = await owner.fetchval("SELECT at FROM event WHERE stream = $1 AND seq = $2", stream, number - 1)
    await owner.execute(WRITE, stream, number, at, '{"n":0}')


async def _exchanged(owner: asyncpg.Connection, one: int, other: int) -> None:
    rows = await owner.fetch("SELECT event_id, place FROM log_leaf WHERE event_id = ANY($1)", [one, other])
    places = {row["event_id"]: row["place"] for row in rows}
    await owner.execute("UPDATE log_leaf SET place = -1 WHERE event_id = $1", one)
    await owner.execute("UPDATE log_leaf SET place = $1 WHERE event_id = $2", places[one], other)
    await owner.execute("UPDATE log_leaf SET place = $1 WHERE event_id = $2", places[other], one)


async def _swapped_places(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    del folder
    one, other = await some(owner, chance, 2)
    await _exchanged(owner, one, other)


async def _rolled_back(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    size = await owner.fetchval("SELECT count(*) FROM log_leaf")
    kept = chance.randrange(1, size)
    gone = [row[0] for row in await owner.fetch("DELETE FROM log_leaf WHERE place >= $1 RETURNING event_id", kept)]
    for table, key in (("event_leaf", "event_id"), ("log_pending", "event_id"), ("event", "id")):
        await owner.execute(f"DELETE FROM {table} WHERE {key} = ANY($1)", gone)
    # What is left of each stream is its beginning: the log keeps the order of a stream.
    await rebuilt(owner, folder)


async def _edited_anew(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    [one] = await some(owner, chance)
    await owner.execute("UPDATE event SET body = '{\"forged\":true}' WHERE id = $1", one)
    await owner.execute(ANEW)
    await rebuilt(owner, folder)


async def _removed_anew(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    [one] = await some(owner, chance)
    [(stream, number)] = await owner.fetch("SELECT stream, seq FROM event WHERE id = $1", one)
    for table, key in (("log_leaf", "event_id"), ("event_leaf", "event_id"), ("event", "id")):
        await owner.execute(f"DELETE FROM {table} WHERE {key} = $1", one)
    for later in await owner.fetch("SELECT id FROM event WHERE stream = $1 AND seq > $2 ORDER BY seq", stream, number):
        await owner.execute("UPDATE event SET seq = seq - 1 WHERE id = $1", later["id"])
    await owner.execute(ANEW)
    await rebuilt(owner, folder)


async def _reordered_anew(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    """Let two acts of different matters change their places, which no rule of order forbids, and make all anew."""
    number = chance.randrange(1, ROUNDS + 1)
    one, other = await some(owner, chance, 2, where=f"e.seq = {number}")
    await _exchanged(owner, one, other)
    await rebuilt(owner, folder)


async def _inserted_anew(owner: asyncpg.Connection, chance: random.Random, folder: Path) -> None:
    """Insert a whole matter of one act into the past, with leaf and place, and make all anew."""
    place = chance.randrange(0, STREAMS * ROUNDS)
    await owner.execute(WRITE, "matter:999", 1, NOW - timedelta(days=1), '{"n":0}')
    await owner.execute("UPDATE log_leaf SET place = -2 - place WHERE place >= $1", place)
    await owner.execute("UPDATE log_leaf SET place = -1 - place WHERE place < 0")
    await leaf_by_hand(owner, "matter:999")
    await owner.execute(
        "INSERT INTO log_leaf (place, event_id, entry, leaf) SELECT $1, l.event_id, l.entry, l.leaf FROM event_leaf l"
        " JOIN event e ON e.id = l.event_id WHERE e.stream = 'matter:999'",
        place,
    )
    await rebuilt(owner, folder)


async def leaf_by_hand(owner: asyncpg.Connection, stream: str) -> None:
    """Make the leaves that the trigger did not make, since triggers are off."""
    await owner.execute(
        r"""WITH salted AS (SELECT e.*, substring(sha256(stream::bytea) FROM 1 FOR 16) AS salt FROM event e WHERE stream = $1),
            made AS (SELECT id, salt, log_entry(stream, seq, kind, body_code, at, actor_id, actor_name, body, salt) AS entry
                     FROM salted)
            INSERT INTO event_leaf SELECT id, salt, entry, sha256('\x00'::bytea || entry) FROM made""",
        stream,
    )


FOUND_INSIDE: Final[dict[str, Tamper]] = {
    "text edited": _statement("UPDATE event SET body = body || ' ' WHERE id = $1"),
    "actor edited": _statement("UPDATE event SET actor_name = '李四' WHERE id = $1"),
    "time moved by a microsecond": _statement("UPDATE event SET at = at + interval '1 microsecond' WHERE id = $1"),
    "act deleted": _statement("DELETE FROM event WHERE id = $1"),
    "last act of a matter deleted": _statement(
        "DELETE FROM event_leaf WHERE event_id = $1", "DELETE FROM event WHERE id = $1", where=f"e.seq = {ROUNDS}"
    ),
    "two acts swapped": _swapped_acts,
    "act inserted, back-dated": _inserted,
    "leaf in the log edited": _statement(
        r"UPDATE log_leaf SET leaf = sha256('forged') WHERE event_id = $1",
    ),
    "two places swapped": _swapped_places,
}
"""What the database alone gives away."""

FOUND_OUTSIDE: Final[dict[str, Tamper]] = {
    "log rolled back": _rolled_back,
    "edited, rebuilt and signed": _edited_anew,
    "removed, rebuilt and signed": _removed_anew,
    "reordered, rebuilt and signed": _reordered_anew,
    "inserted, rebuilt and signed": _inserted_anew,
}
"""What a thief with the key hides from everybody who has no head of his own."""
