"""What the auditor reads: the log with its acts place by place, what order and time say, what waits, heads, receipts, files.

Every function works on a connection of the caller's, in one snapshot: what is written meanwhile confuses nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from domain.proof.auditing import Finding, Head, Kind, Line, seen_head
from domain.proof.copied import STATEMENT, Copied, read
from domain.proof.leaf import Act, microseconds
from domain.proof.notes import Key, Note, NoteBroken, holds
from domain.proof.receipts import Receipt
from domain.proof.tiles import TileBroken, tiles_of
from resolvers import archives
from resolvers.log_folder import LogFolder, TileMissing
from resolvers.reading.fetching import ReadConnection
from resolvers.signing import VERIFY

BATCH: Final = 10_240
"""Places that are read at once: whole bundles of entries."""

_LINES: Final = """
SELECT g.place, g.event_id, g.entry, g.leaf, l.salt, l.entry AS kept, l.leaf AS kept_leaf, a.event_id IS NOT NULL AS archived,
       e.id, e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id::text AS actor_id, e.actor_name, e.body
FROM log_leaf g LEFT JOIN event_leaf l ON l.event_id = g.event_id LEFT JOIN event e ON e.id = g.event_id
LEFT JOIN archive_event a ON a.event_id = g.event_id
WHERE g.place >= $1 AND g.place < $2 ORDER BY g.place
"""
_LAST: Final = "SELECT coalesce(max(place) + 1, 0) FROM log_leaf"
# Within a stream: no number left out, the log keeps the order, and in a matter time does not run back (R9, F7).
_ORDER: Final = """
SELECT w.id, w.stream, w.seq, w.before IS DISTINCT FROM w.seq - 1 AS gap, coalesce(w.earlier > w.place, false) AS turned,
       coalesce(w.at_before > w.at AND starts_with(w.stream, 'matter:'), false) AS back
FROM (
  SELECT e.id, e.stream, e.seq, e.at, g.place,
         lag(e.seq) OVER way AS before, lag(e.at) OVER way AS at_before, lag(g.place) OVER way AS earlier
  FROM event e LEFT JOIN log_leaf g ON g.event_id = e.id WINDOW way AS (PARTITION BY e.stream ORDER BY e.seq)) w
WHERE w.seq <> 1
  AND (w.before IS DISTINCT FROM w.seq - 1
         AND NOT EXISTS (SELECT FROM archive_event a WHERE a.stream = w.stream AND a.seq = w.seq - 1)
       OR w.earlier > w.place OR w.at_before > w.at AND starts_with(w.stream, 'matter:'))
ORDER BY w.id LIMIT $1
"""
# The same of what is new only: a minute's work must not grow with the record.
_ORDER_OF_NEW: Final = """
SELECT e.id, e.stream, e.seq, p.id IS NULL AS gap, coalesce(p.at > e.at AND e.stream LIKE 'matter:%', false) AS back,
       coalesce(pg.place > g.place, false) AS turned
FROM log_leaf g JOIN event e ON e.id = g.event_id
LEFT JOIN event p ON p.stream = e.stream AND p.seq = e.seq - 1 LEFT JOIN log_leaf pg ON pg.event_id = p.id
WHERE g.place >= $1 AND e.seq <> 1
  AND (p.id IS NULL AND NOT EXISTS (SELECT FROM archive_event a WHERE a.stream = e.stream AND a.seq = e.seq - 1) OR pg.place > g.place OR (p.at > e.at AND e.stream LIKE 'matter:%'))
ORDER BY e.id LIMIT $2
"""
_WAITING: Final = """
SELECT e.id, e.stream, e.seq, l.event_id IS NULL AS bare FROM event e LEFT JOIN event_leaf l ON l.event_id = e.id
WHERE e.at < $1 AND NOT EXISTS (SELECT FROM log_leaf g WHERE g.event_id = e.id) ORDER BY e.id LIMIT $2
"""
_WAITING_IN_LINE: Final = """
SELECT e.id, e.stream, e.seq, false AS bare FROM log_pending p JOIN event e ON e.id = p.event_id
WHERE e.at < $1 ORDER BY e.id LIMIT $2
"""
_CHECKPOINTS: Final = "SELECT id, size, root, note FROM log_checkpoint WHERE size >= $1 ORDER BY id"
_HEAD: Final = "SELECT size, root FROM log_head"
_PROMISED: Final = """
SELECT l.leaf, e.at, g.leaf AS logged FROM event e JOIN event_leaf l ON l.event_id = e.id
LEFT JOIN log_leaf g ON g.event_id = e.id WHERE e.id = $1
"""


async def size(connection: ReadConnection) -> int:
    """Return how many places there are."""
    return int(await connection.fetchval(_LAST))


def batches(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges in which a log is read: they end where tiles do."""
    while start < end:
        stop = min(end, (start // BATCH + 1) * BATCH)
        yield start, stop
        start = stop


async def copied(connection: ReadConnection, start: int, end: int) -> Copied | None:
    """Return the places of a range with their leaves if all is as it must be, None for a closer look."""
    parts: list[bytes] = []

    async def take(part: bytes) -> None:
        parts.append(part)

    await connection.copy_from_query(STATEMENT, start, end, output=take, format="binary")
    return read(b"".join(parts), start, end)


async def lines(connection: ReadConnection, start: int, end: int) -> list[Line]:
    """Return the places of a range one by one, with all that is kept of each."""
    return [_line(row) for row in await connection.fetch(_LINES, start, end)]


def _line(row: asyncpg.Record) -> Line:
    place, event_id, entry, leaf, salt, kept, kept_leaf, archived, number, *act = row
    made = None if salt is None else (salt, kept, kept_leaf)
    return Line(place, event_id, entry, leaf, made, None if number is None else _act(*act), archived)


def _act(  # noqa: PLR0913, PLR0917 - the columns of a row
    stream: str, seq: int, kind: str, code: str, at: datetime, actor: str | None, name: str, body: str
) -> Act:
    return Act(stream, seq, kind, code, microseconds(at), actor or "", name, body)


async def order(connection: ReadConnection, start: int, limit: int) -> list[Finding]:
    """Return where a stream has a gap, stands in the log in another order, or lets time run back."""
    found = []
    rows = await connection.fetch(_ORDER_OF_NEW, start, limit) if start else await connection.fetch(_ORDER, limit)
    for row in rows:
        kind = Kind.TIME_BACK if row["back"] and not (row["gap"] or row["turned"]) else Kind.ORDER_BROKEN
        found.append(Finding(kind, str(row["id"]), f"{row['stream']}#{row['seq']}"))
    return found


async def waiting(connection: ReadConnection, before: datetime, limit: int, *, full: bool) -> list[Finding]:
    """Return acts that should be in the log and are not; those whose leaf is gone are told apart."""
    rows = await connection.fetch(_WAITING if full else _WAITING_IN_LINE, before, limit)
    return [
        Finding(Kind.LEAF_MISSING if row["bare"] else Kind.NOT_LOGGED, str(row["id"]), f"{row['stream']}#{row['seq']}")
        for row in rows
    ]


async def own_heads(
    connection: ReadConnection, folder: LogFolder, keys: Sequence[Key], start: int
) -> tuple[list[Head], list[Finding]]:
    """Return the heads that the system itself keeps, in the database and beside the files, and those that are forged."""
    row = await connection.fetchrow(_HEAD)
    heads = [Head("log_head", row["size"], row["root"])] if row else []
    findings = [] if row else [Finding(Kind.LOG_SHORTENED, "log_head")]
    rows = await connection.fetch(_CHECKPOINTS, start)
    given: list[tuple[str, str, Any]] = [
        (f"log_checkpoint:{one['id']}", one["note"], (one["size"], one["root"])) for one in rows
    ]
    for name in ("checkpoint", "signed"):
        content = folder.read(name)
        if content is not None:
            given.append((f"file:{name}", content.decode("utf-8", "replace"), None))
    for source, text, kept in given:
        try:
            head = seen_head(source, Note.parse(text), keys, VERIFY)
        except NoteBroken as error:
            findings.append(Finding(Kind.HEAD_CONTRADICTED, source, str(error)))
            continue
        if kept is not None and kept != (head.size, head.root):
            findings.append(Finding(Kind.HEAD_CONTRADICTED, source, "row"))
        if head.size >= start:
            heads.append(head)
    return heads, findings


async def promised(
    connection: ReadConnection, shown: str, keys: Sequence[Key], before: datetime
) -> tuple[list[Finding], list[str]]:
    """Compare a receipt with the record; one of a key that is not known here could not be checked."""
    try:
        note = Note.parse(shown)
        given = Receipt.parse(note.text)
        known = any(holds(note, key, VERIFY) for key in keys)
    except NoteBroken as error:
        return [], [f"receipt: {error}"]
    if not known:
        return [], [f"receipt {given.act}: no key of this record signed it"]
    row = await connection.fetchrow(_PROMISED, given.act)
    if row is None and (where := await archives.of_act(connection, given.act)) is not None:
        return ([] if where[1] == given.leaf else [Finding(Kind.RECEIPT_BROKEN, str(given.act), "altered")]), []
    if row is None:
        return [Finding(Kind.RECEIPT_BROKEN, str(given.act), "missing")], []
    if row["leaf"] != given.leaf or row["logged"] not in (None, given.leaf):
        return [Finding(Kind.RECEIPT_BROKEN, str(given.act), "altered")], []
    if row["logged"] is None and given.at < microseconds(before):
        return [Finding(Kind.RECEIPT_BROKEN, str(given.act), "not logged")], []
    return [], []


def published(folder: LogFolder, count: int) -> tuple[list[Finding], list[str]]:
    """Read every file of the published tree again, the old full tiles too, and compare each with its neighbours."""
    findings: list[Finding] = []
    missing: list[str] = []
    reader = folder.reader(count)
    for tile in tiles_of(count):
        try:
            folder.check_tile(tile, reader.read)
        except TileMissing as error:
            missing.append(str(error))
        except TileBroken as error:
            findings.append(Finding(Kind.FILE_ALTERED, tile.path, str(error)))
    return findings, missing


def published_entries(folder: LogFolder, start: int, there: Sequence[bytes]) -> tuple[list[Finding], list[str]]:
    """Compare the bundles from a place on with the entries that the database has at these places."""
    try:
        entries = list(folder.entries(start, start + len(there)))
    except TileMissing as error:
        return [], [str(error)]
    except TileBroken as error:
        return [Finding(Kind.FILE_ALTERED, f"entries:{start}", str(error))], []
    wrong = [start + at for at, (own, one) in enumerate(zip(there, entries, strict=False)) if own != one]
    return [Finding(Kind.FILE_ALTERED, f"entry:{place}") for place in wrong[:20]], []
