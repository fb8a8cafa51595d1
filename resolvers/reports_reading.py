"""Reading reports: published editions for everybody; at the desk what is being written, and who is missing (003-10)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain import reports as rules
from domain.access import Permission, Target, allowed
from domain.periods import Period, period_of
from domain.profile_planning import Section
from domain.reports import Content, Difference, Edition
from resolvers import files, metrics
from resolvers.context import Context
from resolvers.errors import NotFound, NotSignedIn
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_page
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.reports import ANNUAL_REPORT, BULLETIN, REPORT
from resolvers.reports_store import RIGHTS

ENTITIES: Final[dict[str, Entity]] = {"annual_report": ANNUAL_REPORT, "bulletin": BULLETIN}
VERSIONS: Final = """
SELECT no, edition, act, reason, by_name, recorded_at, encode(digest, 'hex') AS digest FROM report_version
WHERE report_id = $1 ORDER BY no
"""
OVERVIEW: Final = """
SELECT r.id, r.body_code, b.name AS body_name, r.state, r.edition, r.late, r.missed_at IS NOT NULL AS missed, r.due_on,
  r.submitted_at
FROM report r JOIN body b ON b.code = r.body_code
WHERE r.kind = 'annual_report' AND r.government_id = ANY($1::bigint[]) AND r.period = $2
ORDER BY r.submitted_at IS NOT NULL, r.missed_at IS NULL, r.state, r.body_code
"""
YEARS: Final = """
SELECT DISTINCT period FROM report WHERE kind = 'annual_report' AND government_id = ANY($1::bigint[]) ORDER BY period DESC LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class PublicReport:
    """A published edition."""

    id: int
    report_id: int
    government_id: int
    body_code: str
    body_name: str
    period: str
    edition: int
    title: str
    content: Edition
    note: str
    digest_hex: str
    pdf_file: str
    pdf_size: int
    published_at: datetime
    current: bool

    @property
    def about(self) -> Period:
        """The period that it is on."""
        return period_of(self.period) or Period(1)


COLUMNS: Final = tuple(one.name for one in fields(PublicReport))


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report at the desk."""

    id: int
    kind: str
    government_id: int
    body_code: str
    body_name: str
    period: str
    state: str
    edition: int
    no: int
    content: Content
    note: str
    due_on: date | None
    late: bool
    missed: bool
    changed_at: datetime
    submitted_at: datetime | None
    submitted_by: UUID | None
    writers: tuple[UUID, ...]

    @property
    def about(self) -> Period:
        """The period that it is on."""
        return period_of(self.period) or Period(1)


ROW: Final = tuple(one.name for one in fields(ReportRow))


@dataclass(frozen=True, slots=True)
class ReportVersion:
    """An act upon a report."""

    no: int
    edition: int
    act: str
    reason: str
    by_name: str
    recorded_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report at the desk with its sections, its history, and what the actor may do with it now."""

    row: ReportRow
    sections: tuple[Section, ...]
    versions: tuple[ReportVersion, ...]
    may_write: bool
    may_submit: bool
    may_accept: bool
    second_person_needed: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A body in the overview of a year."""

    id: int
    body_code: str
    body_name: str
    state: str
    edition: int
    late: bool
    missed: bool
    due_on: date | None
    submitted_at: datetime | None

    @property
    def here(self) -> bool:
        """Whether it has come."""
        return self.submitted_at is not None


@dataclass(frozen=True, slots=True)
class YearOverview:
    """A year at a glance: who has reported, who has not, and by when it is due."""

    year: str
    years: tuple[str, ...]
    rows: tuple[Missing, ...] = ()

    @property
    def missing(self) -> int:
        """How many have not come."""
        return sum(not one.here for one in self.rows)

    @property
    def due_on(self) -> date | None:
        """By when they are due."""
        return self.rows[0].due_on if self.rows else None


@dataclass(frozen=True, slots=True)
class EditionView:
    """An edition with its neighbours: all editions, what it changed, and figures that were restated since."""

    row: PublicReport
    editions: tuple[PublicReport, ...]
    changed: tuple[Difference, ...]
    restated: dict[tuple[str, str, str], int | None] = field(default_factory=dict)


def listing(kind: str, page: PageRequest = PageRequest(), **asked: Any) -> Listing:
    """Return the listing of the current editions of a kind, the latest period first."""
    filters = {name: value for name, value in asked.items() if value not in ("", None)}
    return Listing(ENTITIES[kind], Read(COLUMNS, filters | {"current": True}, "latest"), page)


async def list_published(
    ctx: Context, kind: str, page: PageRequest = PageRequest(), **asked: Any
) -> Page[PublicReport]:
    """Return a page of the current editions of a kind, the latest period first."""
    return (await fetch_listing(ctx, listing(kind, page, **asked))).map(_public)


def _public(row: Row) -> PublicReport:
    values = {name: row[name] for name in COLUMNS} | {"content": Edition.model_validate(row["content"])}
    return PublicReport(**values)


async def published(ctx: Context, kind: str, number: int) -> EditionView:
    """Return one edition, also one that was replaced. Raises ``NotFound``."""
    entity = ENTITIES[kind]
    found = await fetch_by_keys(ctx, entity, Read(COLUMNS), [number])
    if number not in found:
        raise NotFound("报告")
    row = _public(found[number][0])
    read = Read(COLUMNS, {"report": row.report_id}, "published")
    editions = tuple(_public(one) for one in (await fetch_page(ctx, entity, read, PageRequest(first=50))).rows)
    former = next((one for one in editions if one.edition == row.edition - 1), None)
    changed = rules.differences(former.content, row.content) if former is not None else ()
    return EditionView(row, editions, changed, await _restated(ctx, row))


async def _restated(ctx: Context, row: PublicReport) -> dict[tuple[str, str, str], int | None]:
    """Return the figures of an edition that are others by now, with what they are."""
    now = await metrics.figures_of(ctx, row.government_id, row.period)
    return {
        one.place: now[one.place][0]
        for one in row.content.figures
        if one.place in now and now[one.place][0] != one.value
    }


async def pdf(ctx: Context, kind: str, number: int) -> tuple[PublicReport, AsyncIterator[bytes]]:
    """Return an edition and its PDF, piece by piece. Raises ``NotFound``."""
    row = (await published(ctx, kind, number)).row
    return row, await files.read(ctx, row.pdf_file)


async def list_reports(ctx: Context, kind: str, page: PageRequest = PageRequest()) -> Page[ReportRow]:
    """Return the reports of a kind that the actor may see at the desk, the latest first. Raises ``NotSignedIn``."""
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    return (await fetch_page(ctx, REPORT, Read(ROW, {"kind": kind}, "latest"), page)).map(_row)


def _row(row: Row) -> ReportRow:
    values = {name: row[name] for name in ROW} | {"content": Content.model_validate(row["content"])}
    values["writers"] = tuple(row["writers"])
    return ReportRow(**values)


async def report(ctx: Context, report_id: int) -> ReportView:
    """Return one report for the desk. Raises ``NotFound`` for what is not there or may not be seen."""
    found = await fetch_by_keys(ctx, REPORT, Read(ROW), [report_id])
    if report_id not in found:
        raise NotFound("报告")
    row = _row(found[report_id][0])
    rights, target = RIGHTS[row.kind], Target(row.government_id, row.body_code)
    versions = await ctx.db.reads.fetch(VERSIONS, report_id)
    open_ = row.state in ("open", "returned")
    own = ctx.actor.account_id is not None and ctx.actor.account_id in {row.submitted_by, *row.writers}
    accepts = row.state == "submitted" and allowed(ctx.actor, rights.accept, target)
    return ReportView(
        row=row,
        sections=rules.sections_of(ctx.profile, row.kind),
        versions=tuple(ReportVersion(**one) for one in versions),
        may_write=(open_ or row.state == "accepted") and allowed(ctx.actor, rights.write, target),
        may_submit=open_ and allowed(ctx.actor, rights.submit, target),
        may_accept=accepts,
        second_person_needed=accepts and own,
    )


async def overview(ctx: Context, year: str = "") -> YearOverview:
    """Return who has reported on a year and who has not, in the governments whose reports the actor receives or watches.

    Raises ``NotSignedIn`` and ``NotPermitted``.
    """
    own = sorted({one.government_id for one in ctx.actor.postings})
    mine = [one for one in own if allowed(ctx.actor, Permission.REPORT_READ, Target(one, ""))]
    if not mine:
        permit(ctx, Permission.REPORT_ACCEPT)
    years = tuple(row["period"] for row in await ctx.db.reads.fetch(YEARS, mine))
    chosen = year if year in years or not years else years[0]
    rows = await ctx.db.reads.fetch(OVERVIEW, mine, chosen)
    return YearOverview(chosen, years, tuple(Missing(**dict(row)) for row in rows))
