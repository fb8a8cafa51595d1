"""The audit of the record: a tail each minute, everything each night, and what was found is kept (003-33, R9, S1).

The auditor changes nothing of what it checks. "Could not be checked" is a verdict of its own: a database that is away is
no forgery, and no acquittal. A tail goes on from where the last one ended; a full check trusts none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from domain.access import Permission, Role
from domain.proof.auditing import (
    KIND_NAMES,
    MOST_FINDINGS,
    START,
    Finding,
    Head,
    Kind,
    Verdict,
    Walk,
    seen_head,
    verdict,
)
from domain.proof.checkpoints import Checkpoint
from domain.proof.merkle import Frontier
from domain.proof.notes import Key, Note, NoteBroken
from resolvers import archives, closing, keeping, log_former, notices, record
from resolvers import auditing_reading as reading
from resolvers.auditing_files import PublishedFiles
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.former_logs import FormerLog
from resolvers.log_folder import LogFolder
from resolvers.notices import NewNotice
from resolvers.outages import TROUBLE
from resolvers.permits import permit
from resolvers.reading.fetching import ReadConnection
from resolvers.signing import VERIFY

STREAM: Final = "record"
AUDITED: Final = "record.audited"
DRILLED: Final = "record.drilled"
FULL, TAIL = "full", "tail"
NAMED: Final = 20
NOTICE: Final = "record_finding"
TOLD: Final = {Role.AUDIT_ADMIN: "/desk/record/audit", Role.SUPERVISION_BUREAU: "/log"}
"""Who is told of findings, and where each may read more."""

AGAIN: Final = timedelta(hours=1)

_LAST: Final = "SELECT size, frontier, verdict FROM log_audit ORDER BY id DESC LIMIT 1"
_LAST_FULL: Final = """
SELECT max(started_at) AS tried, max(started_at) FILTER (WHERE verdict <> 'unchecked') AS done
FROM log_audit WHERE scope = 'full'
"""
_AUDIT: Final = """
INSERT INTO log_audit (scope, started_at, ended_at, size, frontier, outside, verdict, findings, unchecked)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""
_FINDING: Final = """
INSERT INTO log_finding (audit_id, kind, place, detail, seen_at)
SELECT $1, n.kind, n.place, n.detail, $2 FROM unnest($3::text[], $4::text[], $5::text[]) AS n (kind, place, detail)
ON CONFLICT (kind, place) DO NOTHING RETURNING kind, place, detail
"""

Tell = Callable[[int, int], None]
"""``tell(done, all)``: how far a check is."""


def silent(done: int, whole: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Auditor:
    """Whoever checks a log: its files, the keys it ever signed with, and how long an act may wait for its place."""

    folder: LogFolder
    log_keys: tuple[Key, ...]
    receipt_keys: tuple[Key, ...] = ()
    late: timedelta = timedelta(minutes=10)
    closes: bool = False
    """Whether something newly found closes the public side (H9)."""
    former: tuple[FormerLog, ...] = ()
    """Logs that came before this one; their heads are compared with their own files."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What others keep: heads that they saw, receipts that they were given; and what of it could not be had."""

    heads: tuple[tuple[str, Note], ...] = ()
    receipts: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What was found where the record is shown: pages that say something else than the library."""

    def joined(self, other: "Outside") -> "Outside":
        """Return both together."""
        heads, shown = (*self.heads, *other.heads), (*self.receipts, *other.receipts)
        return Outside(heads, shown, (*self.unchecked, *other.unchecked), (*self.findings, *other.findings))


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``fresh`` is what no check had found before; ``outside`` counts heads of others compared."""

    scope: str
    started_at: datetime
    frontier: Frontier = START
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[str, ...] = ()
    outside: int = 0
    receipts: int = 0
    archived: int = 0
    """Acts that are in the archive only; their places were checked, their bundles are checked apart."""
    fresh: tuple[Finding, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """What it ends with."""
        return verdict(self.findings, self.unchecked)


async def audit(
    ctx: Context, auditor: Auditor, outside: Outside = Outside(), *, full: bool = True, tell: Tell = silent
) -> Report:
    """Check the log in one snapshot and keep what was found. A database that is away is "could not be checked"."""
    permit(ctx, Permission.RECORD_READ)
    scope = FULL if full else TAIL
    try:
        async with (
            ctx.db.reads.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute("SET LOCAL statement_timeout = 0")
            start = Frontier() if full else await _start(connection)
            report = await examine(connection, auditor, outside, ctx.now, start, full=full, tell=tell)
    except TROUBLE as error:
        return Report(scope, ctx.now, unchecked=(f"database: {type(error).__name__}: {error}",))
    return await _kept(ctx, auditor, report)


async def _start(connection: ReadConnection) -> Frontier:
    """Return where a tail begins: at the end of the last check, whatever came of it."""
    row = await connection.fetchrow(_LAST)
    return Frontier(row["size"], tuple(row["frontier"])) if row else Frontier()


async def examine(
    connection: ReadConnection,
    auditor: Auditor,
    outside: Outside,
    now: datetime,
    start: Frontier,
    *,
    full: bool,
    tell: Tell = silent,
) -> Report:
    """Check everything from a place on, on the caller's connection."""
    end = await reading.size(connection)
    own, findings = await reading.own_heads(connection, auditor.folder, auditor.log_keys, start.size)
    seen, unchecked = _seen(outside, auditor, start.size)
    before = {one.origin for one in auditor.former}
    heads = [one for one in (*own, *seen) if one.origin not in before]
    walk = Walk(heads, start)
    files = await _walked(connection, auditor.folder, walk, end, tell)
    walk.end()
    waited = now - auditor.late
    findings += walk.findings + files[0] + await reading.order(connection, start.size, MOST_FINDINGS)
    findings += await reading.waiting(connection, waited, MOST_FINDINGS, full=full)
    findings += outside.findings
    unchecked += [*outside.unchecked, *files[1]]
    for shown in outside.receipts:
        wrong, unknown = await reading.promised(connection, shown, auditor.receipt_keys, waited)
        findings, unchecked = findings + wrong, unchecked + unknown
    if full:
        findings += [
            Finding(Kind.LIBRARY_ALTERED, one)
            for one in (await keeping.altered_versions(connection))[1][:MOST_FINDINGS]
        ]
        findings += await archives.contradictions(connection)
        wrong, unknown = await log_former.examined(connection, auditor.former, [*own, *seen])
        findings, unchecked = findings + wrong, unchecked + unknown
    distinct = tuple({(one.kind, one.place): one for one in findings}.values())
    told = tuple(dict.fromkeys(unchecked))
    scope = FULL if full else TAIL
    return Report(scope, now, walk.frontier, distinct, told, len(seen), len(outside.receipts), walk.archived)


def _seen(outside: Outside, auditor: Auditor, start: int) -> tuple[list[Head], list[str]]:
    """Return the heads of others that lie ahead; those behind a tail's beginning are a full check's business."""
    heads: list[Head] = []
    unchecked: list[str] = []
    for source, note in outside.heads:
        try:
            head = seen_head(source, note, auditor.log_keys, VERIFY)
        except NoteBroken as error:
            unchecked.append(f"{source}: {error}")
        else:
            heads += [head] if head.size >= start else []
    return heads, unchecked


async def _walked(
    connection: ReadConnection, folder: LogFolder, walk: Walk, end: int, tell: Tell
) -> tuple[list[Finding], list[str]]:
    """Walk through the log, comparing the files on the way as far as they are published.

    Whole ranges are compared at once; only where something is not as it must be, each place is looked at by itself.
    """
    shown, findings, unchecked = _published(folder)
    start = walk.frontier.size
    files = PublishedFiles(folder, shown)
    for at, stop in reading.batches(start, end):
        found = await reading.copied(connection, at, stop)
        if found is not None:
            walk.pass_by(list(found.leaves), files.tops)
            there, first = found.entries[: max(0, shown - at)], at
            alike = files.take(found)
        else:
            lines = await reading.lines(connection, at, stop)
            walk.take(lines)
            below = [line for line in lines if line.place < shown]
            whole = bool(below) and below[-1].place - below[0].place + 1 == len(below)
            there, first = [line.entry for line in below] if whole else [], below[0].place if below else at
            alike = files.give_up()
        if there and not alike:
            wrong, missing = reading.published_entries(folder, first, there)
            findings, unchecked = findings + wrong, unchecked + missing
        tell(stop - start, end - start)
    if start == 0 and not files.whole():
        wrong, missing = reading.published(folder, shown)
        findings, unchecked = findings + wrong, unchecked + missing
    return findings, unchecked


def _published(folder: LogFolder) -> tuple[int, list[Finding], list[str]]:
    """Return how many places the files should hold. A head that cannot be read is told by whoever compares heads."""
    content = folder.read("checkpoint")
    if content is None:
        return 0, [], ["file checkpoint"]
    try:
        return Checkpoint.parse(Note.parse(content.decode("utf-8", "replace")).text).size, [], []
    except NoteBroken:
        return 0, [], ["file checkpoint"]


async def _kept(ctx: Context, auditor: Auditor, report: Report) -> Report:
    """Keep the check and what is new in it. A tail that found nothing new leaves a row and no event.

    An event for each tail would be an act for the next one to check, and so on for ever.
    """
    quiet = report.scope == TAIL and "a tail that found nothing; an event would be the next tail's work"
    last = None
    async with unit_of_work(ctx, unrecorded=quiet or "") as uow:
        connection = await uow.raw()
        if quiet:
            last = await connection.fetchrow(_LAST)
        if last and (last["size"], last["verdict"]) == (report.frontier.size, report.verdict) and not report.findings:
            return report
        audit_id = await connection.fetchval(_AUDIT, *_row(report, ctx.now))
        columns = [[str(getattr(one, name)) for one in report.findings] for name in ("kind", "place", "detail")]
        rows = await connection.fetch(_FINDING, audit_id, ctx.now, *columns)
        fresh = tuple(Finding(Kind(row["kind"]), row["place"], row["detail"]) for row in rows)
        if fresh or report.scope == FULL:
            await record.append(uow, STREAM, AUDITED, _told(report, fresh))
        if fresh:
            await _tell(uow, audit_id, fresh)
        if fresh and auditor.closes:
            await closing.close_within(uow, CLOSED_BECAUSE)
    return replace(report, fresh=fresh)


async def _tell(uow: UnitOfWork, audit_id: int, fresh: Sequence[Finding]) -> None:
    """Tell whoever looks after the record, and whoever watches over everybody, in the transaction of what was found."""
    kinds = "、".join(dict.fromkeys(KIND_NAMES[one.kind] for one in fresh))
    facts = {"count": str(len(fresh)), "kinds": kinds}
    for role, address in TOLD.items():
        key = f"record.finding:{audit_id}:{role}"
        new = NewNotice(key, NOTICE, "003-33", (role.value,), reach="everywhere", address=address, facts=facts)
        await notices.write(uow, new)


CLOSED_BECAUSE: Final = "记录自动核查发现异常，正在核实。"


def _row(report: Report, ended: datetime) -> Sequence[object]:
    frontier = report.frontier
    found = (report.outside, report.verdict.value, len(report.findings), list(report.unchecked[:NAMED]))
    return (report.scope, report.started_at, ended, frontier.size, list(frontier.nodes), *found)


def _told(report: Report, fresh: Sequence[Finding]) -> dict[str, object]:
    return {
        "scope": report.scope,
        "size": report.frontier.size,
        "verdict": report.verdict.value,
        "findings": len(report.findings),
        "fresh": [f"{one.kind} {one.place}" for one in fresh[:NAMED]],
        "outside": report.outside,
        **({"archived": report.archived} if report.archived else {}),
    }


async def record_drill(ctx: Context, found: Verdict, report: Report, made_at: datetime) -> None:
    """Record that a restore was tried out, of which backup and with which verdict (trust 4.4)."""
    permit(ctx, Permission.RECORD_READ)
    told = {"verdict": found.value, "size": report.frontier.size, "outside": report.outside}
    async with unit_of_work(ctx) as uow:
        await record.append(uow, STREAM, DRILLED, {**told, "backup": made_at.isoformat()})


async def full_is_due(ctx: Context) -> bool:
    """Say whether no full check has come to an end on this civil day; a missed night is caught up.

    One that could not check everything is tried again, an hour later at the earliest.
    """
    start_of_day = datetime.combine(ctx.today, time(), LOCAL).astimezone(UTC)
    row = await ctx.db.reads.fetchrow(_LAST_FULL)
    tried, done = (row["tried"], row["done"]) if row else (None, None)
    return (done is None or done < start_of_day) and (tried is None or ctx.now - tried >= AGAIN)
