"""Reading inspections: the ledger 台账, what belongs to each of them, and drawing their lots again (000-14, 000-15; S9).

The ledger is a declared entity, whose guard stands in each statement. What belongs to an inspection is read only of a row that
was read under the guard.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from typing import Any, Final

from domain import draw
from domain.access import Permission, Target
from domain.supervision.inspections import load_inspections
from resolvers.context import Context
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
from resolvers.reading.inspections import DRAWABLE, FOLLOWS, INSPECTION, STANDING
from resolvers.reading.listings import Listing
from resolvers.supervision_alerts import bureau_of
from resolvers.supervision_cases import CaseDraft

_DRAWABLE: Final = DRAWABLE.format(m="m", government="$1", bodies="$2::text[]", first="$3", last="$4")
FRAME: Final = f"SELECT m.number, m.id FROM matter m WHERE {_DRAWABLE} ORDER BY m.number"
FRAME_PAGE: Final = f"SELECT m.number FROM matter m WHERE {_DRAWABLE} AND m.number > $5 ORDER BY m.number LIMIT $6"
FRAME_ROWS: Final = 5_000
BEACON: Final = """
SELECT l.leaf FROM event e JOIN event_leaf l ON l.event_id = e.id WHERE e.stream = $1 AND e.kind = 'inspection.planned'
"""
SAMPLES: Final = """
SELECT s.id, s.no, s.matter_id, m.number, m.title, m.body_code FROM inspection_sample s
JOIN matter m ON m.id = s.matter_id WHERE s.inspection_id = $1 ORDER BY s.no
"""
LOT: Final = """
SELECT s.id FROM inspection_sample s JOIN matter m ON m.id = s.matter_id WHERE s.inspection_id = $1 AND m.number = $2
"""
SHEETS: Final = f"""
SELECT h.sample_id, h.body_code, h.point, h.verdict, h.note, h.noted_at, h.noted_by FROM ({STANDING}) h
WHERE h.inspection_id = $1 ORDER BY h.body_code, coalesce(h.sample_id, 0), h.point
"""
CLUES: Final = f"""
SELECT m.id, m.number, m.title FROM inspection i JOIN matter m ON {FOLLOWS.format(i="i", m="m")} WHERE i.id = $1 ORDER BY m.id
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


def numbered(number: str) -> Listing:
    """Return the listing of the inspection with a number: of one, or of none, whatever is given as its number."""
    return Listing(INSPECTION, Read(ROW, {"exactly": number.strip().upper()}, "latest"), PageRequest(first=1))


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
    return InspectionView(row, group, await _parts_of(ctx, row))


async def _parts_of(ctx: Context, row: InspectionRow) -> InspectionParts:
    """Return what belongs to an inspection that was read under the guard."""
    reads = ctx.db.reads
    return InspectionParts(
        tuple(DrawnMatter(**one) for one in await reads.fetch(SAMPLES, row.id)),
        tuple(Sheet(**one) for one in await reads.fetch(SHEETS, row.id)),
        tuple(Clue(**one) for one in await reads.fetch(CLUES, row.id)),
        await reads.fetchval(BEACON, f"inspection:{row.id}") or b"",
    )


async def drawn_again(ctx: Context, row: InspectionRow, beacon: bytes, drawn: Sequence[str]) -> bool:
    """Say whether seed and record draw the same lots once more, from what is registered today: the numbers drawn then."""
    if row.seed is None:
        return False
    frame = await ctx.db.reads.fetch(FRAME, row.government_id, list(row.bodies), row.first_day, row.last_day)
    lots = draw.drawn(row.seed, beacon, [one["number"] for one in frame], row.sample_size)
    return draw.commitment(row.seed) == row.commitment and lots == tuple(drawn)


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
