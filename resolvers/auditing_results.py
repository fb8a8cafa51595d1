"""What became of the audits: for everybody whether and when the record was checked, for the audit administrator what was found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.access import Permission
from domain.proof.auditing import Kind, Verdict
from resolvers.context import Context
from resolvers.database import Database
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, fetch_page
from resolvers.reading.access import FINDING

_FULL: Final = """
SELECT started_at, ended_at, size, outside, verdict, findings, unchecked FROM log_audit
WHERE scope = 'full' ORDER BY started_at DESC LIMIT 1
"""
_LATEST: Final = """
SELECT started_at, ended_at, size, outside, verdict, findings, unchecked FROM log_audit ORDER BY id DESC LIMIT 1
"""
_PUBLISHED: Final = "SELECT size, published_at FROM log_checkpoint ORDER BY id DESC LIMIT 1"
_FIGURES: Final = """
SELECT (SELECT count(*) FROM log_finding)::float8 AS findings,
       coalesce(extract(epoch FROM $1::timestamptz - (SELECT max(started_at) FROM log_audit WHERE scope = 'full')), -1)::float8 AS age,
       (SELECT verdict = 'sound' FROM log_audit ORDER BY id DESC LIMIT 1) AS sound
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One check in short. ``outside`` counts heads kept by others that it was compared with."""

    at: datetime
    size: int
    outside: int
    verdict: Verdict
    findings: int
    unchecked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How the record stands; what has not happened yet is None."""

    full: Check | None
    latest: Check | None
    published_at: datetime | None
    published_size: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Something that was found, when first."""

    kind: Kind
    place: str
    detail: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """For whoever watches: findings so far, seconds since the last full check (-1: none), whether the last check was sound."""

    findings: float
    age: float
    sound: bool


async def _check(ctx: Context, statement: str) -> Check | None:
    row = await ctx.db.reads.fetchrow(statement)
    if row is None:
        return None
    found = (Verdict(row["verdict"]), row["findings"], tuple(row["unchecked"]))
    return Check(row["started_at"], row["size"], row["outside"], *found)


async def status(ctx: Context) -> LogStatus:
    """Return how the record stands; public, and without a word about places."""
    permit(ctx, Permission.LIBRARY_READ)
    row = await ctx.db.reads.fetchrow(_PUBLISHED)
    at, size = (row["published_at"], row["size"]) if row else (None, 0)
    return LogStatus(await _check(ctx, _FULL), await _check(ctx, _LATEST), at, size)


async def list_findings(ctx: Context, page: PageRequest = PageRequest()) -> Page[FindingRow]:
    """Return a page of what was found, the latest first. Raises ``NotSignedIn`` or ``NotPermitted``."""
    permit(ctx, Permission.RECORD_READ)
    found = await fetch_page(ctx, FINDING, Read(("kind", "place", "detail", "seen_at"), {}, "latest"), page)
    return found.map(lambda row: FindingRow(Kind(row["kind"]), row["place"], row["detail"], row["seen_at"]))


async def figures(database: Database, now: datetime) -> Figures:
    """Return what is watched."""
    row = await database.reads.fetchrow(_FIGURES, now)
    if row is None:
        return Figures(0, -1, sound=True)
    return Figures(row["findings"], row["age"], sound=row["sound"] is not False)
