"""Logs that came before this one: a lost or forked log is never continued under its name (trust 4.1(10), 003-33).

A former log lies whole below `former/`, is never written again, and its last head that anybody saw stands in the first
leaf of the log that follows. Its keys go on counting for what was signed under its name.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.access import Permission
from domain.proof.auditing import Finding, Head, Kind
from domain.proof.checkpoints import Checkpoint
from domain.proof.notes import base64_text
from domain.proof.tiles import TileBroken
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.former_logs import FormerLog
from resolvers.log_folder import TileMissing
from resolvers.permits import permit
from resolvers.reading.fetching import ReadConnection

STREAM: Final = "log"
RESTARTED, CONTINUED = "log.restarted", "log.continued"
LONGEST_REASON: Final = 200
_SEALED: Final = (
    "SELECT stream, at, body FROM event WHERE stream = ANY($1::text[]) AND kind = 'log.restarted' ORDER BY at"
)
_FIRST: Final = "SELECT e.stream FROM log_leaf g JOIN event e ON e.id = g.event_id WHERE g.place = 0"


def stream_of(origin: str) -> str:
    """Return the stream of a log's end, and of nothing else: that act is the first of its stream and of the next log."""
    return f"log:{origin}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a former log ended, as the record tells it."""

    origin: str
    size: int
    root: str
    at: datetime
    reason: str


def _reason(given: str) -> str:
    reason = " ".join(given.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise InvalidInput("请写明理由，不超过二百个字。", "理由会记入公开日志的第一条，并在日志页面上公布。")
    return reason


async def restart(ctx: Context, last: Checkpoint, reason: str) -> int:
    """Begin the log anew: its first leaf says which log ended with which head and why; returns the number of that act.

    Everything that the former log held gets a place in the new one. Nobody may be sequencing meanwhile.
    """
    permit(ctx, Permission.RECORD_READ)
    told = {"origin": last.origin, "reason": _reason(reason), "root": base64_text(last.root), "size": last.size}
    async with unit_of_work(ctx) as uow:
        event = await record.append(uow, stream_of(last.origin), RESTARTED, told)
        connection = await uow.raw()
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute("SELECT log_restart($1)", event.id)
    return int(event.id or 0)


async def continued(ctx: Context, origin: str, heads: int, reason: str = "") -> None:
    """Record that a restored log goes on under its name: others had not seen more of it, or there are no others."""
    permit(ctx, Permission.RECORD_READ)
    async with unit_of_work(ctx) as uow:
        told = {"heads": heads, "origin": origin} | ({"reason": _reason(reason)} if reason or not heads else {})
        await record.append(uow, STREAM, CONTINUED, told)


async def ended(database: Database, former: Sequence[FormerLog]) -> tuple[Ended, ...]:
    """Return how the logs before this one ended."""
    rows = await database.reads.fetch(_SEALED, [stream_of(one.origin) for one in former]) if former else []
    return tuple(Ended(at=row["at"], **_told(row["body"])) for row in rows)


def _told(body: str) -> dict[str, Any]:
    told = json.loads(body)
    return {name: told[name] for name in ("origin", "size", "root", "reason")}


async def examined(
    connection: ReadConnection, former: Sequence[FormerLog], heads: Sequence[Head]
) -> tuple[list[Finding], list[str]]:
    """Compare heads of former logs with their files and with what was sealed; only what was told as lost may be missing."""
    if not former:
        return [], []
    rows = await connection.fetch(_SEALED, [stream_of(one.origin) for one in former])
    sealed = {told["origin"]: told for told in (_told(row["body"]) for row in rows)}
    findings = [Finding(Kind.LOG_SHORTENED, one.origin, "not sealed") for one in former if one.origin not in sealed]
    first = await connection.fetchval(_FIRST)
    if first != stream_of(former[-1].origin):
        findings.append(Finding(Kind.LOG_SHORTENED, former[-1].origin, "place 0"))
    unchecked: list[str] = []
    known = {one.origin: one for one in former}
    for head in heads:
        end = sealed.get(head.origin)
        if end is None:
            continue
        try:
            wrong = _contradicts(known[head.origin], head, end)
        except TileMissing as error:
            unchecked.append(f"{head.source}: {error}")
        except TileBroken as error:
            findings.append(Finding(Kind.FILE_ALTERED, head.origin, str(error)))
        else:
            findings += [Finding(wrong, head.source, f"{head.origin} {head.size}")] if wrong else []
    return findings, unchecked


def _contradicts(former: FormerLog, head: Head, sealed: dict[str, Any]) -> Kind | None:
    if head.size <= former.size:
        return None if former.folder.root(head.size) == head.root else Kind.HEAD_CONTRADICTED
    if head.size > sealed["size"]:
        return Kind.LOG_SHORTENED
    same = head.size < sealed["size"] or base64_text(head.root) == sealed["root"]
    return None if same else Kind.HEAD_CONTRADICTED
