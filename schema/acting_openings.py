"""Mutations with doors of their own: opening a matter, applying in the hall, joining cases and parting them."""

from typing import Any, Final

import strawberry
from strawberry import UNSET

from resolvers import matters
from schema.acting import (
    NUMBER,
    SEEN,
    Made,
    MatterActed,
    MatterOpened,
    MatterParted,
    mutation,
    opened,
    opening,
    same_key,
)
from schema.acting import _key as key_field
from schema.acting_inputs import ACTS, fields_of, made
from schema.acting_table import Doing
from schema.loading import Info
from schema.paging import given

OPEN: Final = Doing("matterOpen", "open", "登记: register a case or a clue at the counter (003-28, 003-31(1)).")
APPLY: Final = Doing(
    "matterApply", "open", "申请: apply in the hall for an item that is open to applications (003-26, H2).", "party"
)
MERGE: Final = Doing("matterMerge", "merge", "并案: take up other penalty cases of the same party (003-30).")
SPLIT: Final = Doing("matterSplit", "split", "分案: let parts of a penalty case go on as cases of their own (003-30).")
BOUND: Final = ("kind", "key", "by", "seen", "visit", "matter", "origin", "came_by")

ITEM: Final = (str, strawberry.field(description="权力编码: code of the item (003-29)."))
BODY: Final = (
    str | None,
    strawberry.field(default=UNSET, description="机构代码: the handling body; the item's own, if nothing is said."),
)
TITLE: Final = (
    str | None,
    strawberry.field(default=UNSET, description="名称: what it is about; the item's name, if empty."),
)
PROCEDURE: Final = (
    str | None,
    strawberry.field(default=UNSET, description="程序: such as `penalty-summary`, where the item allows several."),
)
REASONS: Final = (str, strawberry.field(description="理由: why (003-31(4))."))


def _open() -> Any:
    fields = {"idempotency_key": key_field(), "item": ITEM, "body": BODY, "title": TITLE, "procedure": PROCEDURE}
    brought = fields_of(ACTS["open"], (*BOUND, "body"))

    async def resolve(info: Info, input_: Any) -> Any:
        return opened(await matters.open_matter(info.context.ctx, opening(info, input_)))

    return mutation(OPEN, resolve, made("MatterOpenInput", {**fields, **brought}, OPEN.words), MatterOpened)


def _apply() -> Any:
    fields = {"idempotency_key": key_field(), "item": ITEM, "body": BODY}
    brought = {name: one for name, one in fields_of(ACTS["open"], BOUND).items() if name in ("materials", "party_kind")}

    async def resolve(info: Info, input_: Any) -> Any:
        return opened(await matters.apply(info.context.ctx, opening(info, input_)))

    return mutation(APPLY, resolve, made("MatterApplyInput", {**fields, **brought}, APPLY.words), MatterOpened)


def _merge() -> Any:
    others = (list[str], strawberry.field(description="并入的案件: numbers of the other cases (003-30)."))
    fields = {"number": NUMBER, "idempotency_key": key_field(), "seen": SEEN, "others": others, "reasons": REASONS}

    async def resolve(info: Info, input_: Any) -> Any:
        ctx, key = info.context.ctx, same_key(info, input_.idempotency_key)
        ids = await matters.ids_of(ctx, [input_.number, *input_.others])
        done = await matters.merge(ctx, ids[0], ids[1:], input_.reasons, key, given(input_.seen))
        return MatterActed(done=done)

    return mutation(MERGE, resolve, made("MatterMergeInput", fields, MERGE.words), MatterActed)


def _split() -> Any:
    titles = (list[str], strawberry.field(description="分出案件的名称: a title for each new case (003-30)."))
    fields = {"number": NUMBER, "idempotency_key": key_field(), "seen": SEEN, "titles": titles, "reasons": REASONS}

    async def resolve(info: Info, input_: Any) -> Any:
        ctx, key = info.context.ctx, same_key(info, input_.idempotency_key)
        ids = await matters.ids_of(ctx, [input_.number])
        found = await matters.split(ctx, ids[0], input_.titles, input_.reasons, key, given(input_.seen))
        return MatterParted(acted=MatterActed(done=found.done), numbers=list(found.numbers))

    return mutation(SPLIT, resolve, made("MatterSplitInput", fields, SPLIT.words), MatterParted)


def openings() -> list[Made]:
    """Return the mutations of this file."""
    made_ = ((OPEN, _open), (APPLY, _apply), (MERGE, _merge), (SPLIT, _split))
    return [Made(doing.name, make()) for doing, make in made_]
