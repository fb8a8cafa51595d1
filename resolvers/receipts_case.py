"""The export of a case: every act of a matter that is under the published head, in a file that verifies without us (003-33).

An official of the matter is shown each act wholly, as on the desk; a party is shown when what kind of act was recorded in
which order, and neither the officers' names nor what they wrote. That a file was made is an event, outside the matter's
own stream, which only its procedure writes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from domain.access import Permission
from domain.proof.checkpoints import Checkpoint
from domain.proof.leaf import PARTS, opening
from domain.proof.merkle import filled, inclusion_ranges
from domain.proof.notes import Note
from domain.proof.receipts import Proof, case_export
from resolvers import archives, matters, record
from resolvers.archives import InTheArchive
from resolvers.context import Context, unit_of_work
from resolvers.errors import Conflict, NotFound
from resolvers.issuing import Issuer
from resolvers.matters_public import found_by_code
from resolvers.matters_store import may, stream_of
from resolvers.receipts import SHOWN, RecordAltered, act_of, alarm, checked

EXPORTED: Final = "matter.exported"
_ACTS: Final = """
SELECT e.id, e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id, e.actor_name, e.body, l.salt, l.entry, g.place
FROM event e JOIN event_leaf l ON l.event_id = e.id JOIN log_leaf g ON g.event_id = e.id
WHERE e.stream = $1 AND g.place < $2 ORDER BY e.seq
"""


class NotYetLogged(Conflict):
    """No act of the matter is in the published log yet."""

    code = "NOT_YET_LOGGED"


class CaseAltered(Conflict):
    """The record of the matter is not what was logged: nothing is exported."""

    code = "RECORD_ALTERED"


@dataclass(frozen=True, slots=True)
class CaseExport:
    """A file for `verify.py`: the matter's number, the text, and how many acts it holds."""

    number: str
    text: str
    acts: int


async def for_official(ctx: Context, matter_id: int) -> CaseExport:
    """Export a matter that the actor may see, each act with officer and content.

    Raises ``NotFound``, ``NotSignedIn``, ``NotYetLogged``, ``CaseAltered``.
    """
    row = (await matters.matter(ctx, matter_id)).row
    if not may(ctx, Permission.MATTER_EXPORT, row.government_id, row.bodies):
        raise NotFound("办件")
    return await _exported(ctx, row.id, row.number, row.body_code, PARTS)


async def for_party(ctx: Context, number: str, code: str) -> CaseExport:
    """Export a matter for its party, without officers and contents; raises as ``for_official`` does."""
    row = await found_by_code(ctx, number, code)
    body = await ctx.db.reads.fetchval("SELECT body_code FROM matter WHERE id = $1", row["id"])
    return await _exported(ctx, row["id"], row["number"], body, SHOWN)


async def _exported(ctx: Context, matter_id: int, number: str, body: str, shown: tuple[str, ...]) -> CaseExport:
    issuer = ctx.issuer
    content = issuer.folder.read("checkpoint") if issuer is not None else None
    if issuer is None or content is None:
        raise _nothing()
    note = Note.parse(content.decode())
    head = Checkpoint.parse(note.text)
    rows = await ctx.db.reads.fetch(_ACTS, stream_of(matter_id), head.size)
    # Of a case that is in the archive, in whole or in part, the bundle is the evidence.
    if where := await archives.of_stream(ctx.db.reads, stream_of(matter_id)):
        raise InTheArchive(where[0])
    if not rows:
        raise _nothing()
    try:
        text = await asyncio.to_thread(_written, issuer, note, head, rows, shown)
    except RecordAltered as error:
        alarm(error)
        message, remedy = "这一办件的记录与公开日志不符，不能导出。", "系统已经告警，请联系系统管理员和监察机关。"
        raise CaseAltered(message, remedy) from error
    told = {"acts": len(rows), "number": number, "shown": list(shown), "size": head.size}
    async with unit_of_work(ctx) as uow:
        await record.append(uow, f"matter_export:{matter_id}", EXPORTED, told, body_code=body)
    return CaseExport(number, text, len(rows))


def _nothing() -> NotYetLogged:
    return NotYetLogged("这一办件还没有进入公开日志。", "请稍等几秒钟再导出。")


def _written(
    issuer: Issuer, note: Note, head: Checkpoint, rows: Sequence[asyncpg.Record], shown: tuple[str, ...]
) -> str:
    """Return the file. Raises ``RecordAltered`` for an act that is not what was logged, and for a gap."""
    if [row["seq"] for row in rows] != list(range(1, len(rows) + 1)):
        raise RecordAltered(f"acts of {rows[0]['stream']} are missing")
    read = issuer.folder.reader(head.size).read
    proofs = []
    for row in rows:
        entry = checked(row)
        path = filled(read, inclusion_ranges(row["place"], head.size))
        proofs.append(Proof(row["place"], tuple(path), note, entry, opening(act_of(row), row["salt"], shown)))
    return case_export(note, proofs)
