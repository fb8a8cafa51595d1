"""Archive bundles as folders: written out of one snapshot of the record, and read again line by line (003-33).

A folder appears under its name when it is whole; a half-written one begins with a dot and is no bundle.
"""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from domain.proof import archives
from domain.proof.archives import ArchiveBroken, Kept, Manifest, Month, beside
from domain.proof.checkpoints import Checkpoint
from domain.proof.leaf import has_sm3, opening, sm3
from domain.proof.merkle import filled, inclusion_ranges
from domain.proof.notes import Note
from domain.proof.receipts import Proof
from domain.proof.tiles import bundle
from resolvers import log_reading
from resolvers.archives import MADE, STREAM, begins
from resolvers.context import Context
from resolvers.log_folder import LogFolder
from resolvers.reading.fetching import ReadConnection
from resolvers.receipts import act_of, checked

PREFETCH: Final = 2_000
_SHOWN: Final = ("head", "body")
_COUNT: Final = "SELECT count(*) FROM event WHERE at >= $1 AND at < $2"
_ACTS: Final = """
SELECT e.id, e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id, e.actor_name, e.body, l.salt, l.entry, g.place
FROM event e JOIN event_leaf l ON l.event_id = e.id JOIN log_leaf g ON g.event_id = e.id AND g.entry = l.entry
WHERE e.at >= $1 AND e.at < $2 ORDER BY g.place
"""
_ENTRIES: Final = "SELECT entry FROM log_leaf WHERE place >= $1 AND place < $2 ORDER BY place"
_MADE: Final = """
SELECT e.id, e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id, e.actor_name, e.body, l.salt, l.entry, g.place
FROM event e JOIN event_leaf l ON l.event_id = e.id JOIN log_leaf g ON g.event_id = e.id AND g.entry = l.entry
WHERE e.stream = $1 AND e.kind = $2 AND e.body::jsonb ->> 'bundle' = $3 AND g.place < $4
"""
READ_ME: Final = """\
阳光：行政权力运行记录归档包 · archive bundle of the record of administrative acts
日志 log: {origin}
月份 month: {month}

离线核验（只需要 Python 3.8 或更新）· to verify off line (Python 3.8 or newer, nothing else):

    python3 verify.py . --policy policy.txt --roots roots.txt

policy.txt 和 roots.txt 请从可靠渠道另行取得，不要只用包里的。
Get policy.txt and roots.txt from somewhere else as well; those that come with the bundle prove nothing about it.

events.jsonl  每行一条记录，含盐值 · one act a line, with its salt
entries       日志第 {first} 至 {last} 条 · entries of the log, each behind its length in two bytes
checkpoint    有见证签名的日志头 · the signed head
manifest.json 清单：每个文件的长度、SHA-256、SM3 · every file with length and digests
made.txt      登记证明：清单的摘要和条数已记入日志，所以末尾没有被截去（登记以后才有）
              proof that the log holds the digest of the manifest: no act was cut off (comes once that is logged)

内容含办理意见和经办人，按内部档案管理，不得公开。 It holds opinions and officers' names: keep it as an inside file.
"""


@dataclass
class _Written:
    """A file that is being written, with its digests."""

    file: IO[bytes]
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    sm3: "hashlib._Hash | None" = field(default_factory=lambda: hashlib.new("sm3") if has_sm3() else None)
    length: int = 0

    def add(self, content: bytes) -> None:
        self.file.write(content)
        self.sha256.update(content)
        if self.sm3 is not None:
            self.sm3.update(content)
        self.length += len(content)

    @property
    def told(self) -> tuple[int, str, str]:
        return self.length, self.sha256.hexdigest(), self.sm3.hexdigest() if self.sm3 is not None else ""


async def write(ctx: Context, log: LogFolder, month: Month, to: Path, verifier: bytes) -> tuple[Manifest, list[int]]:
    """Write a month into a folder that is not there yet; returns its manifest and the numbers of its acts.

    Raises ``ArchiveBroken`` when not every act of the month is under the published head, and ``RecordAltered`` for an
    act that is not what its leaf was made of: what is wrong is not archived.
    """
    given = {name: log.read(name) for name in (archives.CHECKPOINT, archives.POLICY)}
    checkpoint, policy = given[archives.CHECKPOINT], given[archives.POLICY]
    if checkpoint is None or policy is None:
        raise ArchiveBroken("there is no published head")
    head = Checkpoint.parse(Note.parse(checkpoint.decode()).text)
    half = to.with_name(f".{to.name}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700, parents=True)
    files: dict[str, tuple[int, str, str]] = {}
    async with (
        ctx.db.reads.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute("SET LOCAL statement_timeout = 0")
        ids, first, end = await _acts(connection, month, head, half, files)
        await _entries(connection, (first, end), half, files)
    read_me = READ_ME.format(origin=head.origin, month=month, first=first, last=end - 1).encode()
    named = {archives.CHECKPOINT: checkpoint, archives.POLICY: policy, archives.VERIFIER: verifier}
    for name, content in {**named, archives.READ_ME: read_me}.items():
        with (half / name).open("wb") as file:
            written = _Written(file)
            written.add(content)
        files[name] = written.told
    left, right = beside(log.reader(head.size).read, first, end, head.size)
    counts = (len(ids), first, end, head.size)
    manifest = Manifest(head.origin, month, ctx.now, *counts, tuple(left), tuple(right), files)
    (half / archives.MANIFEST).write_bytes(manifest.content)
    half.rename(to)
    return manifest, ids


async def _acts(
    connection: ReadConnection, month: Month, head: Checkpoint, to: Path, files: dict[str, tuple[int, str, str]]
) -> tuple[list[int], int, int]:
    """Write the acts of a month; returns their numbers, the first place, and the one after the last."""
    between = (begins(month), begins(month.following))
    ids: list[int] = []
    first = end = 0
    with (to / archives.EVENTS).open("wb") as file:
        written = _Written(file)
        async for row in connection.cursor(_ACTS, *between, prefetch=PREFETCH):
            checked(row)
            first, end = first if ids else row["place"], row["place"] + 1
            ids.append(row["id"])
            written.add(Kept(row["id"], row["place"], act_of(row), row["salt"]).line)
    files[archives.EVENTS] = written.told
    if not ids or end > head.size or len(ids) != await connection.fetchval(_COUNT, *between):
        raise ArchiveBroken(f"not every act of {month} is under the published head of {head.size}")
    return ids, first, end


async def _entries(
    connection: ReadConnection, places: tuple[int, int], to: Path, files: dict[str, tuple[int, str, str]]
) -> None:
    with (to / archives.ENTRIES).open("wb") as file:
        written = _Written(file)
        async for row in connection.cursor(_ENTRIES, *places, prefetch=PREFETCH):
            written.add(bundle([row["entry"]]))
    files[archives.ENTRIES] = written.told


def manifest_of(folder: Path) -> tuple[Manifest, bytes, bytes | None]:
    """Return a bundle's manifest with its SHA-256 and SM3. Raises ``ArchiveBroken``."""
    try:
        content = (folder / archives.MANIFEST).read_bytes()
    except OSError as error:
        raise ArchiveBroken(f"{folder} has no manifest") from error
    return Manifest.read(content), hashlib.sha256(content).digest(), sm3(content)


def kept_in(folder: Path) -> Iterator[Kept]:
    """Yield the acts of a bundle. Raises ``ArchiveBroken``."""
    with (folder / archives.EVENTS).open("rb") as file:
        for line in file:
            yield Kept.read(line)


async def seal(ctx: Context, log: LogFolder, folder: Path) -> bool:
    """Put the proof of its own making beside a bundle, once that act is under a witnessed head; returns whether it is there.

    Without it a bundle proves each act that it holds, and not that it holds all of them. Raises ``RecordAltered``.
    """
    place = folder / archives.MADE
    head, content = log_reading.newest(log), log.read(archives.CHECKPOINT)
    if place.exists():
        return True
    if head is None or content is None or not head.quorate:
        return False
    row = await ctx.db.reads.fetchrow(_MADE, STREAM, MADE, folder.name, head.size)
    if row is None:
        return False
    entry, act = checked(row), act_of(row)
    path = filled(log.reader(head.size).read, inclusion_ranges(row["place"], head.size))
    proof = Proof(row["place"], tuple(path), Note.parse(content.decode()), entry, opening(act, row["salt"], _SHOWN))
    half = folder / f".{archives.MADE}"
    half.write_text(proof.text, "utf-8")
    half.replace(place)
    return True


def ids_digest(ids: list[int]) -> str:
    """Return the digest over the numbers of acts, in their order: what the record keeps of which acts a bundle holds."""
    return hashlib.sha256(b"".join(one.to_bytes(8, "big") for one in sorted(ids))).hexdigest()
