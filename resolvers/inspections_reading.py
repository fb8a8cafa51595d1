"""Reading inspections: the ledger 台账, what belongs to each of them, and drawing their lots again (000-14, 000-15; S9).

The ledger is a declared entity, whose guard stands in each statement. What belongs to an inspection is read for many at once,
and only of rows that were read under the guard.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any, Final

import asyncpg

from domain import draw
from domain.access import Permission, Target
from domain.supervision.inspections import load_inspections
from resolvers.context import LOCAL, Context
from resolvers.errors import NotFound
from resolvers.inspections_values import (
    Clue,
    DrawnMatter,
    InspectionFilter,
    InspectionParts,
    InspectionRow,
    InspectionView,
    Sheet,
)
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, fetch_by_keys, fetch_page
from resolvers.reading.listings import Listing
from resolvers.reading.matters import MATTER
from resolvers.reading.supervision import INSPECTION
from resolvers.supervision_alerts import bureau_of
from resolvers.supervision_cases import CaseDraft

DRAWN_FROM: Final = ("case", "penalty_case")
FRAME: Final = """
SELECT number, id FROM matter WHERE government_id = $1 AND body_code = ANY($2::text[]) AND kind IN ('case', 'penalty_case')
  AND (opened_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN $3 AND $4 ORDER BY number
"""
FRAME_PAGE: Final = """
SELECT number FROM matter WHERE government_id = $1 AND body_code = ANY($2::text[]) AND kind IN ('case', 'penalty_case')
  AND (opened_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN $3 AND $4 AND number > $5 ORDER BY number LIMIT $6
"""
FRAME_ROWS: Final = 5_000
BEACON: Final = """
SELECT l.leaf FROM event e JOIN event_leaf l ON l.event_id = e.id WHERE e.stream = $1 AND e.kind = 'inspection.planned'
"""
SAMPLES: Final = """
SELECT s.inspection_id, s.id, s.no, s.matter_id, m.number, m.title, m.body_code FROM inspection_sample s
JOIN matter m ON m.id = s.matter_id WHERE s.inspection_id = ANY($1::bigint[]) ORDER BY s.inspection_id, s.no
"""
LOT: Final = """
SELECT s.id FROM inspection_sample s JOIN matter m ON m.id = s.matter_id WHERE s.inspection_id = $1 AND m.number = $2
"""
SHEETS: Final = """
SELECT DISTINCT ON (inspection_id, body_code, coalesce(sample_id, 0), point) inspection_id, sample_id, body_code, point, verdict,
  note, noted_at, noted_by
FROM inspection_sheet WHERE inspection_id = ANY($1::bigint[])
ORDER BY inspection_id, body_code, coalesce(sample_id, 0), point, id DESC
"""
CLUES: Final = """
SELECT i.id AS inspection_id, m.id, m.number, m.title FROM inspection i JOIN matter m ON m.kind = 'supervision_case'
  AND m.origin = i.number AND m.government_id = i.government_id WHERE i.id = ANY($1::bigint[]) ORDER BY i.id, m.id
"""
BEACONS: Final = """
SELECT substr(e.stream, 12)::bigint AS inspection_id, l.leaf FROM event e JOIN event_leaf l ON l.event_id = e.id
WHERE e.stream = ANY($1::text[]) AND e.kind = 'inspection.planned'
"""
ROW: Final = tuple(one.name for one in fields(InspectionRow))
_HEX: Final = ("frame_digest", "commitment", "seed")
_MANY: Final = ("methods", "bodies", "team")


def inspection_row(row: Any) -> InspectionRow:
    """Return a row of the declared entity as a value."""
    values = {name: row[name] for name in ROW}
    values |= {name: None if values[name] is None else bytes.fromhex(values[name]) for name in _HEX}
    return InspectionRow(**values | {name: tuple(values[name]) for name in _MANY})


def listing(where: InspectionFilter = InspectionFilter(), page: PageRequest = PageRequest()) -> Listing:
    """Return the listing of inspections, the latest first."""
    filters = {one.name: getattr(where, one.name) for one in fields(InspectionFilter)}
    return Listing(INSPECTION, Read(ROW, {name: one for name, one in filters.items() if one}, "latest"), page)


async def inspections(
    ctx: Context, where: InspectionFilter = InspectionFilter(), page: PageRequest = PageRequest()
) -> Page[InspectionRow]:
    """Return a page of the ledger of the actor's own government. Raises ``NotPermitted`` and ``NotSignedIn``."""
    government, bureau = bureau_of(ctx)
    permit(ctx, Permission.INSPECTION_READ, Target(government or None, bureau))
    found = listing(where, page)
    return (await fetch_page(ctx, found.entity, found.read, page)).map(inspection_row)


async def id_of(ctx: Context, number: str) -> int:
    """Return the id of an inspection by its number. Raises ``NotFound``, also for another government's."""
    found = await fetch_by_keys(ctx, INSPECTION, Read(("id",)), [number.strip().upper()], "number")
    if not found:
        raise NotFound("监督检查")
    return int(next(iter(found.values()))[0]["id"])


async def sample_of(ctx: Context, number: int, matter: str) -> int:
    """Return which lot of an inspection a matter is. Raises ``NotFound``."""
    await _row_of(ctx, number)
    found: int | None = await ctx.db.reads.fetchval(LOT, number, matter.strip().upper())
    if found is None:
        raise NotFound("检查表")
    return found


async def _row_of(ctx: Context, number: int) -> InspectionRow:
    found = await fetch_by_keys(ctx, INSPECTION, Read(ROW), [number])
    if number not in found:
        raise NotFound("监督检查")
    return inspection_row(found[number][0])


async def inspection(ctx: Context, number: int) -> InspectionView:
    """Return one inspection with all that belongs to it. Raises ``NotFound``, also for another government's.

    Nothing is drawn again: that reads and hashes all that could be drawn, and is for those alone who ask (`drawn_again`).
    """
    row = await _row_of(ctx, number)
    group = load_inspections().group(row.content)
    if group is None:
        raise NotFound("监督检查")
    (parts,) = await parts_of(ctx, [row])
    return InspectionView(row, group, parts)


async def parts_of(ctx: Context, rows: Sequence[InspectionRow]) -> list[InspectionParts]:
    """Return what belongs to inspections that were read under the guard, in their order, by one statement a kind."""
    ids, reads = [one.id for one in rows], ctx.db.reads
    samples = _by_inspection(await reads.fetch(SAMPLES, ids), DrawnMatter)
    sheets = _by_inspection(await reads.fetch(SHEETS, ids), Sheet)
    clues = _by_inspection(await reads.fetch(CLUES, ids), Clue)
    told = await reads.fetch(BEACONS, [f"inspection:{one}" for one in ids])
    beacons = {row["inspection_id"]: row["leaf"] for row in told}
    return [
        InspectionParts(tuple(samples[one]), tuple(sheets[one]), tuple(clues[one]), beacons.get(one, b""))
        for one in ids
    ]


def _by_inspection(rows: Sequence[asyncpg.Record], made: type[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        values = dict(row)
        found[values.pop("inspection_id")].append(made(**values))
    return found


async def drawn_again(ctx: Context, row: InspectionRow, parts: InspectionParts) -> bool:
    """Say whether seed and record draw the same lots once more, from what is registered today."""
    if row.seed is None:
        return False
    frame = await ctx.db.reads.fetch(FRAME, row.government_id, list(row.bodies), row.first_day, row.last_day)
    lots = draw.drawn(row.seed, parts.beacon, [one["number"] for one in frame], row.sample_size)
    return draw.commitment(row.seed) == row.commitment and lots == tuple(one.number for one in parts.samples)


def frame_listing(row: InspectionRow, page: PageRequest = PageRequest()) -> Listing:
    """Return the listing of everything that an inspection draws from, by number."""
    begins = datetime.combine(row.first_day, time(), LOCAL)
    ends = datetime.combine(row.last_day + timedelta(days=1), time(), LOCAL)
    filters = {"principal": list(row.bodies), "kind": list(DRAWN_FROM), "opened_from": begins, "opened_before": ends}
    return Listing(MATTER, Read(("id", "number", "title"), filters, "number", "all"), page)


async def frame(ctx: Context, number: int) -> AsyncIterator[tuple[str, ...]]:
    """Return the numbers of everything that an inspection draws from, in order and in pieces. Raises ``NotFound`` at once."""
    return _framed(ctx, await _row_of(ctx, number))


async def _framed(ctx: Context, row: InspectionRow) -> AsyncIterator[tuple[str, ...]]:
    asked, after = (row.government_id, list(row.bodies), row.first_day, row.last_day), ""
    while found := await ctx.db.reads.fetch(FRAME_PAGE, *asked, after, FRAME_ROWS):
        yield tuple(one["number"] for one in found)
        if len(found) < FRAME_ROWS:
            return
        after = found[-1]["number"]


async def case_draft(ctx: Context, number: int, body: str) -> CaseDraft:
    """Return what an inspection found of a body, as the beginning of a case. Raises ``NotFound``."""
    return draft_of(await inspection(ctx, number), body)


def draft_of(view: InspectionView, body: str) -> CaseDraft:
    """Return what an inspection that was read found of a body, as the beginning of a case."""
    names = {one.code: one.name for one in view.group.points}
    numbers = {one.id: one.number for one in view.samples}
    found = [one for one in view.sheets if one.verdict == "problem" and one.body_code == body]
    lines = [f"{numbers.get(one.sample_id or 0, body)} {names[one.point]}：{one.note}" for one in found]
    content = "\n".join([f"监督检查 {view.row.number} 发现：", *lines])[:4000]
    return CaseDraft(body, view.row.title, view.row.number, content)
