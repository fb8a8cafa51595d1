"""Files of an application: handed in with the first step under the key of the form, and named in what is sent (H2, R8).

What was handed in is offered again by the same form until the application is sent. The page that is looked through
carries what it shows, so that the same application, sent twice, brings the same.
"""

import json
from typing import Any, Final

from starlette.datastructures import FormData

from domain.materials import extensions_of
from domain.powers import Material
from portal.labels import mark
from portal.matters_fields import Answers, Control, Data, FilesTold, slug
from portal.matters_handing import material_of, taken
from resolvers import materials
from resolvers.context import Context
from resolvers.errors import InvalidInput
from resolvers.file_store import megabytes
from resolvers.materials import ForApplication, MaterialView

KEY: Final = "before-the-form-is-read"
"""Stands for the key where only that is asked whether files are taken at all."""

BROUGHT: Final = "brought"
OTHER: Final = "other-file"
MOST: Final = 200
TEXTS: Final = ("name", "digest", "note")


def told(ctx: Context) -> FilesTold:
    """Return what is said of files that somebody without an account may hand in."""
    return FilesTold(megabytes(ctx.intake.party_bytes), "、".join(extensions_of(ctx.intake.kinds)))


def controls_for(guide: tuple[Material, ...], files: tuple[MaterialView, ...]) -> tuple[Control, ...]:
    """Return what was handed in already, to be kept or left out, then a control for each material of the guide."""
    found = [Control(f"up-{one.id}", one.title or one.name, "checkbox", one.name, default="on") for one in files]
    for one in guide:
        hint = "；".join(filter(None, ("必要材料" if one.required else "视情况提交", one.note)))
        found.append(Control(f"mat-{slug(one.name)}-file", one.name, "file", hint))
    return (*found, Control(OTHER, mark("其他材料"), "file"))


async def loose(ctx: Context, key: str) -> tuple[MaterialView, ...]:
    """Return what was handed in under a key and not sent yet; nothing under what is no key."""
    try:
        return await materials.loose(ctx, ForApplication(key))
    except InvalidInput:
        return ()


async def hand_in(ctx: Context, form: FormData, answers: Answers, guide: tuple[Material, ...]) -> list[Data]:
    """Hand in what the form brings; return what is to be sent: the new files, and earlier ones that are ticked.

    A file that is refused is told at its control. Raises ``InvalidInput`` for a key that is too short.
    """
    aim = ForApplication(answers.text("key")[:120])
    before = {one.id for one in await materials.loose(ctx, aim)}
    for one in guide:
        await taken(ctx, aim, form, answers, f"mat-{slug(one.name)}-file", one.name)
    await taken(ctx, aim, form, answers, OTHER, "")
    found = await materials.loose(ctx, aim)
    ticked = [one for one in found if one.id not in before or answers.ticked(f"up-{one.id}")]
    answers.values = {**answers.values, **{f"up-{one.id}": "on" for one in ticked}}
    return [material_of(one, one.title or one.name, "party") for one in ticked]


def carried_files(answers: Answers, brought: list[Data]) -> tuple[tuple[str, str], ...]:
    """Return the fields that carry the files on: what is sent, and the ticks for who goes back to the form."""
    ticks = tuple((name, "on") for name in answers.values if name.startswith("up-") and answers.ticked(name))
    said = json.dumps([{name: one[name] for name in TEXTS} for one in brought], ensure_ascii=False)
    return (*ticks, (BROUGHT, said)) if brought else ticks


def brought_of(answers: Answers) -> list[Data]:
    """Return the files that a page of confirmation carries; whether they were handed in, the use-case checks."""
    try:
        said: Any = json.loads(answers.text(BROUGHT) or "[]")
    except (ValueError, RecursionError):
        said = None
    whole = isinstance(said, list) and len(said) <= MOST and all(isinstance(one, dict) for one in said)
    if not whole or not all(isinstance(one.get(name), str) for one in said for name in TEXTS):
        raise InvalidInput("随申请提交的材料没有读懂。", "请返回填写页面，重新核对后提交。")
    # Whatever a form says, what comes from the hall is the party's.
    return [{name: one[name][:200] for name in TEXTS} | {"by": "party"} for one in said]
