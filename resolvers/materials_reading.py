"""Reading materials: the list of a matter's, what of the guide is missing, and the bytes of one.

Every list goes through the declared entity, whose guard is that of the matter. Opening what a citizen handed in is an
event (`domain.materials.is_personal`): who, which, when; asked for again within the hour it is the same opening.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from domain.materials import is_personal
from resolvers import files, record
from resolvers.context import Context, unit_of_work
from resolvers.errors import NotFound
from resolvers.materials_places import place_of
from resolvers.materials_values import ForParty, MaterialView, NotScanned, OpenedFile, Target
from resolvers.matters_opening import hash_of
from resolvers.matters_values import MatterView
from resolvers.reading import Page, PageRequest, Read, fetch_by_keys, fetch_page
from resolvers.reading.fetching import understood
from resolvers.reading.materials import MATERIAL

OPENED: Final = "material.opened"
ONE_OPENING: Final = timedelta(hours=1)
"""A film is asked for in hundreds of ranges: within an hour that is one opening."""

SHOWN: Final = tuple(one.name for one in fields(MaterialView))
WHOSE: Final = (*SHOWN, "matter_id", "party_kind", "body_code")
PLAIN: Final = "id, digest, name, title, kind AS kind_code, size, side, sender, uploaded_by, uploaded_by_name, uploaded_at, scan, seq, taken_at"
AT_PLACE: Final = f"""
SELECT {PLAIN} FROM material WHERE (matter_id = $1 OR (matter_id IS NULL AND opening = $2)) AND seq IS NULL
  AND (sender = 'party' OR uploaded_by IS NOT DISTINCT FROM $3) AND scan <> 'infected'
ORDER BY no LIMIT 500
"""
OF_PARTY: Final = f"""
SELECT {PLAIN} FROM material WHERE sender = 'party'
  AND matter_id = (SELECT id FROM matter WHERE number = $1 AND code_hash = $2)
"""
LATELY: Final = """
SELECT EXISTS (SELECT FROM event WHERE stream = $1 AND kind = $2 AND actor_id IS NOT DISTINCT FROM $3 AND at > $4)
"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A material that the guide asks for, whether the matter has it, and what was handed in for it (R8)."""

    name: str
    required: bool
    there: bool
    held: tuple[MaterialView, ...]

    @property
    def missing(self) -> bool:
        """Whether it is required and not there."""
        return self.required and not self.there


async def listed(ctx: Context, matter_id: int, page: PageRequest = PageRequest(first=100)) -> Page[MaterialView]:
    """Return what acts took up into a matter, in the order of its coming; empty for whoever may not see the matter."""
    read = Read(SHOWN, {"matter": matter_id, "loose": False}, "handed_in")
    return (await fetch_page(ctx, MATERIAL, read, page)).map(_view)


async def loose(ctx: Context, aim: Target) -> tuple[MaterialView, ...]:
    """Return what was handed in at a place and no act has taken up: the actor's own, and the party's."""
    place = await place_of(ctx, aim)
    with understood():
        values = (place.matter_id, place.opening, ctx.actor.account_id)
        rows = cast("list[Any]", await ctx.db.reads.fetch(AT_PLACE, *values))
    found = tuple(_view(row) for row in rows)
    return tuple(one for one in found if place.sender != "party" or one.sender == "party")


def requirements(view: MatterView, held: Sequence[MaterialView]) -> tuple[Requirement, ...]:
    """Return what the guide of the matter's item asks for, each with what is in the file (R8, 003-32(2))."""
    guide = view.book.item.guide if view.book.item else None
    there = {one.name for one in view.matter.materials}
    return tuple(
        Requirement(one.name, one.required, one.name in there, tuple(each for each in held if each.title == one.name))
        for one in (guide.materials if guide else ())
    )


async def shown(ctx: Context, matter_id: int, material_id: UUID) -> MaterialView:
    """Return one material of a matter without opening it; raises ``NotFound``, also for what may not be seen."""
    return _view(await _row(ctx, matter_id, material_id))


async def opened(ctx: Context, matter_id: int, material_id: UUID, start: int = 0, end: int | None = None) -> OpenedFile:
    """Open a material of a matter from ``start`` to before ``end``.

    Raises ``NotFound``, ``NotScanned`` for what nobody may open, and ``Unavailable`` when the store is away.
    """
    row = await _row(ctx, matter_id, material_id)
    found = _view(row)
    _readable(found)
    pieces = await files.read(ctx, found.digest, start, end)
    if is_personal(row["side"], row["party_kind"]):
        await _recorded(ctx, row)
    return OpenedFile(found, start, found.size if end is None else min(end, found.size), pieces)


async def _row(ctx: Context, matter_id: int, material_id: UUID) -> Mapping[str, Any]:
    found = await fetch_by_keys(ctx, MATERIAL, Read(WHOSE), [material_id], "id")
    rows = [row for row in found.get(material_id, ()) if row["matter_id"] == matter_id]
    if not rows:
        raise NotFound("材料")
    return rows[0]


async def _recorded(ctx: Context, row: Mapping[str, Any]) -> None:
    stream, actor = f"material:{row['id']}", ctx.actor.account_id
    if await ctx.db.reads.fetchval(LATELY, stream, OPENED, actor, ctx.now - ONE_OPENING):
        return
    async with unit_of_work(ctx) as uow:
        told = {"digest": row["digest"], "matter": row["matter_id"]}
        await record.append(uow, stream, OPENED, told, body_code=row["body_code"])


async def listed_for_party(ctx: Context, aim: ForParty) -> tuple[MaterialView, ...]:
    """Return what the party itself handed in; nothing where number and code do not belong together."""
    return tuple(_view(row) for row in await _of_party(ctx, aim, "", ()))


async def opened_for_party(ctx: Context, aim: ForParty, material_id: UUID) -> OpenedFile:
    """Open what the party itself handed in; raises ``NotFound``, ``NotScanned``, ``Unavailable``."""
    rows = await _of_party(ctx, aim, " AND id = $3", (material_id,))
    if not rows:
        raise NotFound("材料")
    found = _view(rows[0])
    _readable(found)
    return OpenedFile(found, 0, found.size, await files.read(ctx, found.digest))


async def _of_party(ctx: Context, aim: ForParty, more: str, values: tuple[UUID, ...]) -> list[Any]:
    number = aim.number.strip().upper()
    with understood():
        sql = f"{OF_PARTY}{more} ORDER BY no LIMIT 500"
        return cast("list[Any]", await ctx.db.reads.fetch(sql, number, hash_of(ctx, number, aim.code), *values))


def _readable(found: MaterialView) -> None:
    if found.scan == "waiting":
        raise NotScanned("这个文件还没有完成病毒检查，暂时不能打开。", "请稍后再试。")
    if not found.readable:
        raise NotScanned("这个文件没有通过病毒检查，不能打开。", "请联系提交人重新提交。")


def _view(row: Mapping[str, Any]) -> MaterialView:
    return MaterialView(**{name: row[name] for name in SHOWN})
