"""Taking materials up into a matter: an act may name only what was handed in for this very matter, and was looked at.

A digest is no key: whoever knows that of somebody else's file cannot put the file into a matter of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.engine.acts import Act
from domain.engine.acts_base import Bringing
from domain.engine.parts import Material
from resolvers.context import UnitOfWork
from resolvers.errors import FieldProblem, InvalidInput

FIND: Final = """
SELECT id, digest, title, scan, seq, sender FROM material
WHERE digest = ANY($3::text[]) AND (matter_id = $1 OR (matter_id IS NULL AND opening = $2))
ORDER BY no
"""
TAKE: Final = """
UPDATE material SET matter_id = $2, seq = $3, taken_at = $4, title = $5, side = $6 WHERE id = $1 AND seq IS NULL
"""
READABLE: Final = ("clean", "unscanned")


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that an act takes up, and as what."""

    row: UUID
    title: str
    side: str


async def wanted(
    uow: UnitOfWork, act: Act, *, matter_id: int | None = None, opening: bytes | None = None
) -> tuple[Taken, ...]:
    """Return the rows that an act takes up; raises ``InvalidInput`` for a digest that is none of this place's.

    What the party brings must have been handed in by the party. Recordings may lie elsewhere: those handed in here are
    taken up, of the others the digest is all there is (004-4).
    """
    if not isinstance(act, Bringing) or not (act.materials or act.recordings):
        return ()
    digests = sorted({*(one.digest for one in act.materials), *(one.digest for one in act.recordings)})
    rows = await (await uow.raw()).fetch(FIND, matter_id, opening, digests)
    mine = [row for row in rows if act.by.kind != "party" or row["sender"] == "party"]
    problems = [
        problem
        for place, one in enumerate(act.materials)
        for problem in [_problem(place, one, [row for row in mine if row["digest"] == one.digest])]
        if problem is not None
    ]
    if problems:
        raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))
    return tuple(_chosen(act, mine))


def _problem(place: int, one: Material, rows: Sequence[Any]) -> FieldProblem | None:
    path = f"materials.{place}.digest"
    if any(row["scan"] in READABLE for row in rows):
        return None
    if any(row["scan"] == "waiting" for row in rows):
        message = f"“{one.name}”的文件还没有完成病毒检查。"
        return FieldProblem(path, "FILE_NOT_SCANNED", message, "文件已经保存，请稍后再次提交。")
    return FieldProblem(path, "FILE_UNKNOWN", f"没有收到“{one.name}”的文件。", "请重新上传文件后提交。")


def _chosen(act: Bringing, rows: Sequence[Any]) -> list[Taken]:
    """Choose a row for each thing that is brought: the one sent under its name, else any of its content."""
    loose = [row for row in rows if row["seq"] is None and row["scan"] in READABLE]
    found: list[Taken] = []
    named = [(one.digest, one.name, one.by) for one in act.materials]
    named += [(one.digest, one.code, "organ") for one in act.recordings]
    for digest, name, side in named:
        fitting = [row for row in loose if row["digest"] == digest]
        best = next((row for row in fitting if row["title"] == name), fitting[0] if fitting else None)
        if best is not None:
            loose.remove(best)
            found.append(Taken(best["id"], name, side))
    return found


async def take_up(uow: UnitOfWork, taken: Sequence[Taken], matter_id: int, seq: int) -> None:
    """Note for each row which event took it up; from then on it stays."""
    if taken:
        connection = await uow.raw()
        values = [(one.row, matter_id, seq, uow.ctx.now, one.title, one.side) for one in taken]
        await connection.executemany(TAKE, values)
