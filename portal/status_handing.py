"""What a party hands in from the hall, by number and code: supplements and further materials, and what is there (H2, R8)."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.datastructures import FormData

from domain.materials import extensions_of
from portal.labels import mark
from portal.materials import SCANS, size_words
from portal.matters_fields import Answers, Control, Data, FilesTold
from portal.matters_handing import material_of, taken
from resolvers import materials
from resolvers.context import Context
from resolvers.file_store import megabytes
from resolvers.materials import ForParty, MaterialView
from resolvers.matters import PublicStatus

OTHER: Final = "other-file"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that the party handed in, with its size and what a scanner said."""

    file: MaterialView
    size: str
    scan: str


@dataclass(frozen=True, slots=True)
class Handing:
    """The form for files: ``kind`` is the act that they are for."""

    kind: str
    key: str
    controls: tuple[Control, ...]
    files: FilesTold


def wanted(found: PublicStatus) -> tuple[str, ...]:
    """Return what the organ asked to be supplemented and has not received."""
    return tuple(item for one in found.supplements if not one.received for item in one.items)


def kind_of(found: PublicStatus) -> str:
    """Return the act that files are for now; empty if there is none, as when the matter has ended."""
    if found.phase not in ("received", "running"):
        return ""
    return next((kind for kind in ("supplement", "record") if kind in found.acts), "")


async def handing_of(ctx: Context, found: PublicStatus, code: str, key: str = "") -> Handing | None:
    """Return the form for files; None where the party can bring nothing now."""
    kind = kind_of(found)
    if not kind:
        return None
    loose = await materials.loose(ctx, ForParty(found.number, code))
    controls = [Control(f"up-{one.id}", one.title or one.name, "checkbox", one.name, default="on") for one in loose]
    controls += [Control(f"item{place}-file", item, "file") for place, item in enumerate(wanted(found), 1)]
    controls.append(Control(OTHER, mark("其他材料"), "file"))
    told = FilesTold(megabytes(ctx.intake.party_bytes), "、".join(extensions_of(ctx.intake.kinds)))
    return Handing(kind, key or uuid4().hex, tuple(controls), told)


async def own_files(ctx: Context, found: PublicStatus, code: str) -> tuple[OwnFile, ...]:
    """Return what the party handed in and an act took up."""
    files = await materials.listed_for_party(ctx, ForParty(found.number, code))
    return tuple(OwnFile(one, size_words(one.size), SCANS[one.scan]) for one in files if one.seq)


async def hand_in(ctx: Context, found: PublicStatus, code: str, form: FormData, answers: Answers) -> list[Data]:
    """Hand in what the form brings; return what the act is to take up. What is refused is told at its control."""
    aim = ForParty(found.number, code)
    before = await materials.loose(ctx, aim)
    brought = [material_of(one, one.title or one.name, "party") for one in before if answers.ticked(f"up-{one.id}")]
    for place, item in enumerate(wanted(found), 1):
        files = await taken(ctx, aim, form, answers, f"item{place}-file", item)
        brought += [material_of(one, item, "party") for one in files]
    others = await taken(ctx, aim, form, answers, OTHER, "")
    brought += [material_of(one, one.name, "party") for one in others]
    if not brought and not answers.problems:
        answers.wrong(OTHER, "没有选择文件。", "请选择要提交的文件。")
    return brought
