"""Files that come with the form of an act: handed in first, so that a refused act loses none of them (R6, R8).

Each file is taken or refused by itself and told at its control. What was taken is offered again by the same form until
an act takes it up.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from domain.materials import extensions_of
from portal.forms import FORM_BYTES, limited, read_form
from portal.matters_fields import Answers, Data, FilesTold, slug
from portal.matters_file_parts import OTHERS
from resolvers import materials
from resolvers.context import Context
from resolvers.errors import FieldProblem, Refusal
from resolvers.file_store import FileTooLarge, megabytes
from resolvers.materials import MaterialView, Sent, Target

MOST_FILES: Final = 200
"""Parts of a form that may be files; a control without one sends an empty part."""


class Slot(NamedTuple):
    """A place of the form for one thing: its control, what it is, whether it was ticked as paper, whose it is."""

    control: str
    title: str
    paper: bool
    copies: int
    side: str = "party"


def told(ctx: Context) -> FilesTold:
    """Return what is said above a form that takes files."""
    return FilesTold(megabytes(ctx.intake.most_bytes), "、".join(extensions_of(ctx.intake.kinds)))


async def read_with_files(request: Request, aim: Target, most: int) -> FormData:
    """Read a form that may carry files; who may not hand in any is told before a byte of one is taken."""
    await materials.check_place(request.state.context, aim)
    refusal = FileTooLarge(f"提交的内容合计超过 {megabytes(most)} MB。", "请减少文件后重新提交，可以分几次提交。")
    return await read_form(limited(request, most + FORM_BYTES, refusal), max_files=MOST_FILES)


async def hand_in(
    ctx: Context, aim: Target, form: FormData, answers: Answers, guide: tuple[tuple[str, bool], ...]
) -> tuple[MaterialView, ...]:
    """Hand in what the form brings and note in the answers what an act is to take up; return all that is loose now."""
    for slot in _slots(answers, guide):
        await _fill(ctx, aim, form, answers, slot)
    for name in [one for one in form if one.startswith("rec-") and one.endswith("-file")]:
        for one in await taken(ctx, aim, form, answers, name, name.removeprefix("rec-").removesuffix("-file")):
            answers.recordings[one.title] = one.digest
    found = await materials.loose(ctx, aim)
    ticked = {one.id for one in found if answers.ticked(f"up-{one.id}")}
    known = {(one["digest"], one["name"]) for one in answers.materials}
    for one in found:
        if one.id in ticked and (one.digest, one.title or one.name) not in known:
            answers.materials.append(material_of(one, one.title or one.name, "party"))
    answers.values = {**answers.values, **{f"up-{one.id}": "on" for one in found if one.digest in _digests(answers)}}
    return found


async def keep_files(
    ctx: Context, aim: Target, form: FormData, answers: Answers, guide: tuple[tuple[str, bool], ...]
) -> None:
    """Hand in the files of a form that is only saved as a draft: the boxes for them are ticked, nothing is noted yet."""
    for slot in _slots(answers, guide):
        files = await taken(ctx, aim, form, answers, slot.control, slot.title)
        answers.values = {**answers.values, **{f"up-{one.id}": "on" for one in files}}


def _digests(answers: Answers) -> set[str]:
    return {one["digest"] for one in answers.materials}


def _slots(answers: Answers, guide: tuple[tuple[str, bool], ...]) -> Iterator[Slot]:
    for name, _ in guide:
        here = f"mat-{slug(name)}"
        yield Slot(f"{here}-file", name, answers.ticked(here), _copies(answers, here))
    for number in range(1, OTHERS + 1):
        here = f"other{number}"
        side = "organ" if answers.text(f"{here}-side") == "organ" else "party"
        title = answers.text(here)[:200]
        yield Slot(f"{here}-file", title, bool(title), _copies(answers, here), side)


def _copies(answers: Answers, here: str) -> int:
    return min(max(answers.whole(f"{here}-copies") or 1, 1), 9_999)


async def _fill(ctx: Context, aim: Target, form: FormData, answers: Answers, slot: Slot) -> None:
    files = await taken(ctx, aim, form, answers, slot.control, slot.title)
    answers.materials += [material_of(one, slot.title or one.name, slot.side) for one in files]
    refused = any(problem.path == slot.control for problem in answers.problems)
    if slot.paper and not files and not refused:
        entry = await materials.enter_paper(ctx, aim, slot.title, slot.copies)
        answers.materials.append(material_of(entry, slot.title, slot.side, f"{slot.copies}份"))


def material_of(one: MaterialView, name: str, side: str, note: str = "") -> Data:
    """Return what an act brings for a file that was handed in."""
    # The name of the file stays out of the record: people put names of persons into it.
    return {"name": name[:200], "digest": one.digest, "by": side, "note": note or one.kind.name}


async def taken(
    ctx: Context, aim: Target, form: FormData, answers: Answers, control: str, title: str
) -> list[MaterialView]:
    """Hand in the files of one control; those that are refused are told there."""
    found = []
    for one in form.getlist(control):
        if not isinstance(one, UploadFile) or not one.filename:
            continue
        try:
            sent = Sent(one.file, one.filename, one.content_type or "", title)
            found.append(await materials.upload(ctx, aim, sent))
        except Refusal as refusal:
            if refusal.status in (401, 403, 404):
                raise
            answers.problems.append(FieldProblem(control, refusal.code, refusal.message, refusal.remedy))
    return found
