"""Supervision inspections 监督检查 (000-14, 000-15; S9): planned, drawn so that anybody can draw again, noted, closed, kept as 台账.

The hash of the seed is in the record before the draw; the lots are made of the seed and of the salted entry that this very
record got from the database, which nobody who plans can know beforehand.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Final

import asyncpg

from domain import draw
from domain.access import Permission, Target
from resolvers import record
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, NotFound
from resolvers.inspections_reading import (
    BEACON,
    FRAME,
    SHEETS,
    case_draft,
    draft_of,
    drawn_again,
    frame,
    id_of,
    inspection,
    inspection_row,
    inspections,
    listing,
    numbered,
    sample_of,
)
from resolvers.inspections_values import LONGEST, InspectionPlan, InspectionRow, Sheet, check, check_entries, wrong
from resolvers.matters_opening import DRAW
from resolvers.matters_values import ActDone
from resolvers.permits import permit, permit_or_hide
from resolvers.supervision_alerts import bureau_of
from resolvers.supervision_cases import CaseOpening, open_case

__all__ = [
    "InspectionMoved",
    "case_draft",
    "close",
    "draw_samples",
    "drawn_again",
    "frame",
    "id_of",
    "inspection",
    "inspection_row",
    "inspections",
    "listing",
    "note",
    "numbered",
    "plan",
    "sample_of",
    "transfer",
]

LETTERS: Final = "JC"
PURPOSE: Final = "inspection-draw"
_COLUMNS: Final = (
    "id, number, government_id, bureau, title, way, methods, content, bodies, team, first_day, last_day, sample_size,"
    " frame_size, frame_digest, commitment, seed, state, result, planned_at, planned_by, drawn_at, closed_at"
)
ADD: Final = """
INSERT INTO inspection (number, government_id, bureau, title, way, methods, content, bodies, team, first_day, last_day,
  sample_size, frame_size, frame_digest, commitment, opening, planned_at, planned_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id
"""
KNOWN: Final = "SELECT id FROM inspection WHERE opening = $1"
HOLD: Final = f"SELECT {_COLUMNS} FROM inspection WHERE id = $1 FOR UPDATE"
BODIES: Final = "SELECT code FROM body WHERE government_id = $1 AND code = ANY($2::text[])"
SHOW: Final = "UPDATE inspection SET seed = $2, state = 'drawn', drawn_at = $3 WHERE id = $1"
TAKE: Final = """
INSERT INTO inspection_sample (inspection_id, no, matter_id)
SELECT $1, no, matter FROM unnest($2::bigint[]) WITH ORDINALITY AS t (matter, no)
"""
LOTS: Final = """
SELECT s.id, m.body_code FROM inspection_sample s JOIN matter m ON m.id = s.matter_id WHERE s.inspection_id = $1
"""
NOTE: Final = """
INSERT INTO inspection_sheet (inspection_id, sample_id, body_code, point, verdict, note, noted_at, noted_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
CLOSE: Final = "UPDATE inspection SET state = 'closed', result = $2, closed_at = $3 WHERE id = $1"


class InspectionMoved(Conflict):
    """The inspection has gone on meanwhile."""

    code = "INSPECTION_MOVED"


def _row(row: asyncpg.Record) -> InspectionRow:
    values = {one.name: row[one.name] for one in fields(InspectionRow)}
    return InspectionRow(**values | {name: tuple(values[name]) for name in ("methods", "bodies", "team")})


async def plan(ctx: Context, wanted: InspectionPlan) -> int:
    """Plan an inspection and commit to its draw; returns its id. The same key gives the same one.

    Raises ``NotPermitted``, ``NotSignedIn`` and ``InvalidInput``.
    """
    government, bureau = bureau_of(ctx)
    permit(ctx, Permission.SUPERVISION_OPEN, Target(government or None, bureau))
    check(ctx, wanted)
    opening = ctx.keys.keyed_hash(PURPOSE, f"{ctx.actor.account_id}|{wanted.key}")
    async with unit_of_work(ctx, unrecorded="an inspection that was planned before under its key") as uow:
        connection = await uow.raw()
        if (known := await connection.fetchval(KNOWN, opening)) is not None:
            return int(known)
        held = {row["code"] for row in await connection.fetch(BODIES, government, list(wanted.bodies))}
        if held != set(wanted.bodies):
            raise wrong("bodies", "被检查的机关不是本级政府的机关。")
        frame = await connection.fetch(FRAME, government, list(wanted.bodies), wanted.first_day, wanted.last_day)
        if not frame:
            raise wrong("first_day", "这些机关在这一期间没有登记办件，无从抽取。")
        series = f"{bureau}{LETTERS}{ctx.now.astimezone(LOCAL).year}"
        number = f"{series}{await connection.fetchval(DRAW, series):04}"
        sealed = draw.commitment(_seed(ctx, number))
        frame_digest = draw.frame_digest([row["number"] for row in frame])
        values = (number, government, bureau, wanted.title.strip(), wanted.way, list(wanted.methods), wanted.content)
        values2 = (list(wanted.bodies), list(wanted.team), wanted.first_day, wanted.last_day, wanted.sample_size)
        made: int = await connection.fetchval(
            ADD, *values, *values2, len(frame), frame_digest, sealed, opening, ctx.now, ctx.actor.name
        )
        told = {
            "number": number,
            "commitment": sealed.hex(),
            "frame": frame_digest.hex(),
            "frame_size": len(frame),
            "sample_size": wanted.sample_size,
        }
        await record.append(uow, f"inspection:{made}", "inspection.planned", told, body_code=bureau)
        return made


def _seed(ctx: Context, number: str) -> bytes:
    """Return the seed of an inspection: known to whoever has the server's secret, and to nobody who has the database alone."""
    return ctx.keys.keyed_hash(PURPOSE, number)


async def _held(uow: UnitOfWork, number: int) -> InspectionRow:
    row = await (await uow.raw()).fetchrow(HOLD, number)
    if row is None:
        raise NotFound("监督检查")
    permit_or_hide(uow.ctx, Permission.SUPERVISION_OPEN, Target(row["government_id"]), "监督检查")
    return _row(row)


async def draw_samples(ctx: Context, number: int) -> int:
    """Draw the lots of an inspection and show the seed; returns how many. Again: the same, and nothing is drawn anew."""
    async with unit_of_work(ctx, unrecorded="lots that were drawn before") as uow:
        held, connection = await _held(uow, number), await uow.raw()
        if held.state != "planned":
            return len(await connection.fetch(LOTS, number))
        frame = await connection.fetch(FRAME, held.government_id, list(held.bodies), held.first_day, held.last_day)
        ids = {row["number"]: row["id"] for row in frame}
        if draw.frame_digest(list(ids)) != held.frame_digest:
            raise InspectionMoved("可抽取的办件与计划时登记的不同。", "请另行制定检查计划，并查明原因。")
        seed, beacon = _seed(ctx, held.number), await connection.fetchval(BEACON, f"inspection:{number}")
        if draw.commitment(seed) != held.commitment:
            raise InspectionMoved("抽取的种子与计划时登记的不符。", "服务器的密钥已经更换，请另行制定检查计划。")
        lots = draw.drawn(seed, beacon, list(ids), held.sample_size)
        await connection.execute(SHOW, number, seed, ctx.now)
        await connection.execute(TAKE, number, [ids[one] for one in lots])
        told = {"seed": seed.hex(), "beacon": beacon.hex(), "drawn": list(lots)}
        await record.append(uow, f"inspection:{number}", "inspection.drawn", told, body_code=held.bureau)
        return len(lots)


async def note(
    ctx: Context, number: int, body: str, sample: int | None, entries: Sequence[tuple[str, str, str]]
) -> int:
    """Note points with verdict and words, of a drawn matter or of a body; returns how many were new.

    Raises ``NotFound``, ``InvalidInput`` and ``InspectionMoved``.
    """
    async with unit_of_work(ctx, unrecorded="sheets that say what stood there before") as uow:
        held, connection = await _held(uow, number), await uow.raw()
        if held.state != "drawn":
            raise InspectionMoved("现在不能填写检查表。", "抽取以后、结束以前可以填写。")
        samples = {row["id"]: row["body_code"] for row in await connection.fetch(LOTS, number)}
        if sample is not None:
            body = samples.get(sample, "")
        if body not in held.bodies:
            raise NotFound("检查表")
        check_entries(held.content, entries)
        before = {
            (one.body_code, one.sample_id, one.point): (one.verdict, one.note)
            for one in await _sheets(connection, number)
        }
        fresh = [one for one in entries if before.get((body, sample, one[0])) != (one[1], one[2].strip())]
        for point, verdict, words in fresh:
            values = (number, sample, body, point, verdict, words.strip(), ctx.now, ctx.actor.name)
            await connection.execute(NOTE, *values)
        if fresh:
            told = {"sample": sample, "body": body, "points": [[point, verdict] for point, verdict, _ in fresh]}
            await record.append(uow, f"inspection:{number}", "inspection.noted", told, body_code=held.bureau)
        return len(fresh)


async def close(ctx: Context, number: int, result: str) -> None:
    """Close an inspection with its result; the same again changes nothing. Raises ``InvalidInput`` and ``InspectionMoved``."""
    words = result.strip()
    async with unit_of_work(ctx, unrecorded="an inspection that was closed before with the same result") as uow:
        held, connection = await _held(uow, number), await uow.raw()
        if held.state == "closed" and held.result == words:
            return
        if held.state != "drawn":
            raise InspectionMoved("现在不能结束检查。", "请刷新后核对。")
        if not words or len(words) > LONGEST:
            raise wrong("result", "没有写检查结论，或者超过两千字。")
        sheets, samples = await _sheets(connection, number), await connection.fetch(LOTS, number)
        if left := len(samples) - len({one.sample_id for one in sheets if one.sample_id}):
            raise wrong("result", f"还有 {left} 件抽中的办件没有检查表。")
        await connection.execute(CLOSE, number, words, ctx.now)
        problems = sum(one.verdict == "problem" for one in sheets)
        told = {"result": words, "sheets": len(sheets), "problems": problems}
        await record.append(uow, f"inspection:{number}", "inspection.closed", told, body_code=held.bureau)


async def transfer(ctx: Context, number: int, body: str, requirement: str, finish_on: date, key: str) -> ActDone:
    """Hand what was found of a body on to supervised handling; the same key gives the same case (002-4.3.3).

    Raises ``NotFound``, ``InvalidInput`` where nothing was found of the body, and what ``open_case`` raises.
    """
    found = await inspection(ctx, number)
    draft = draft_of(found, body)
    if not any(one.verdict == "problem" and one.body_code == body for one in found.sheets):
        raise wrong("body", "这次检查没有发现该机关的问题。")
    opening = CaseOpening(
        key=key,
        title=draft.title,
        undertaker=draft.undertaker,
        content=draft.content,
        requirement=requirement,
        finish_on=finish_on,
        origin=draft.origin,
    )
    return await open_case(ctx, opening)


async def _sheets(connection: asyncpg.Connection, number: int) -> tuple[Sheet, ...]:
    return tuple(Sheet(**row) for row in await connection.fetch(SHEETS, number))
