"""Mutations of inspections: planning, drawing, noting, handing on to supervised handling, closing (000-14, 000-15)."""

from datetime import date
from typing import Any, Final, cast

import strawberry
from strawberry import UNSET

from resolvers import inspections, supervision
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.inspections_values import InspectionPlan
from resolvers.reading.inspections import INSPECTION
from schema.acting import Made, MatterActed, same_key
from schema.fields import computed
from schema.inspections import Inspection, InspectionVerdict
from schema.loading import Info
from schema.paging import given
from schema.sources import Source, rows_of
from schema.supervision_acting import KEY, mutation_of

WHICH: Final = "检查编号: number of the inspection."


@strawberry.type(description="监督检查已变更: what was done, and the inspection as it is now.")
class InspectionActed:
    """What an act did."""

    which: strawberry.Private[int]
    count: int = strawberry.field(description="条数: lots that are drawn, or points that were new; else 0.")

    @computed()
    async def inspection(self, info: Info) -> Inspection:
        """监督检查: as it is now."""
        row = await info.context.loaders.one(INSPECTION, rows_of(INSPECTION)).load(self.which)
        return cast(Inspection, Source("Inspection", row))


@strawberry.input(description="制定检查计划: whom, what, how, by whom, and how many are drawn (000-15).")
class InspectionPlanInput:
    """A plan."""

    idempotency_key: str = strawberry.field(description=KEY)
    title: str = strawberry.field(description="名称: what it is called.")
    way: str = strawberry.field(description="检查范围: full or focused.")
    methods: list[str] = strawberry.field(description="检查方式: codes.")
    content: str = strawberry.field(description="检查内容: code of what is looked at (000-14).")
    bodies: list[str] = strawberry.field(description="被检查的机关: codes.")
    team: list[str] = strawberry.field(description="检查组: names; two at least.")
    first_day: date = strawberry.field(description="起: matters registered from this day on are drawn from.")
    last_day: date = strawberry.field(description="止: the last day; before today.")
    sample_size: int = strawberry.field(description="抽取件数: how many are drawn.")


@strawberry.input(description="抽取: draw the lots and show the seed; again it gives the same.")
class InspectionDrawInput:
    """Which inspection."""

    idempotency_key: str = strawberry.field(description=KEY)
    inspection: str = strawberry.field(description=WHICH)


@strawberry.input(description="检查要点的结论: what is found on a point.")
class InspectionEntryInput:
    """A line of a sheet."""

    point: str = strawberry.field(description="要点代码: code of the point.")
    verdict: InspectionVerdict = strawberry.field(description="结论: what was found.")
    note: str = strawberry.field(default="", description="情况: in words; a problem needs them.")


@strawberry.input(description="填写检查表: of a drawn matter, or of a body as a whole.")
class InspectionNoteInput:
    """A sheet."""

    idempotency_key: str = strawberry.field(description=KEY)
    inspection: str = strawberry.field(description=WHICH)
    matter: str | None = strawberry.field(default=UNSET, description="办件编号: the drawn matter; or else `body`.")
    body: str | None = strawberry.field(default=UNSET, description="机构代码: the body as a whole.")
    entries: list[InspectionEntryInput] = strawberry.field(description="要点: what is found on each.")


@strawberry.input(description="移交督办: hand what was found of a body on to supervised handling (002-4.3.3).")
class InspectionTransferInput:
    """What is handed on."""

    idempotency_key: str = strawberry.field(description=KEY)
    inspection: str = strawberry.field(description=WHICH)
    body: str = strawberry.field(description="机构代码: the body that has to look into it.")
    requirement: str = strawberry.field(description="工作要求: what is required.")
    finish_on: date = strawberry.field(description="完成期限: the last day.")


@strawberry.input(description="结束检查: close it with its result; it stays in the ledger.")
class InspectionCloseInput:
    """A result."""

    idempotency_key: str = strawberry.field(description=KEY)
    inspection: str = strawberry.field(description=WHICH)
    result: str = strawberry.field(description="检查结论: what it came to.")


async def _which(info: Info, input_: Any) -> int:
    """Return which inspection is meant, after key and right: whoever may not act learns nothing of it."""
    same_key(info, input_.idempotency_key)
    supervision.must_supervise(info.context.ctx)
    return await inspections.id_of(info.context.ctx, input_.inspection)


async def _plan(info: Info, input_: Any) -> Any:
    wanted = InspectionPlan(
        key=same_key(info, input_.idempotency_key),
        title=input_.title,
        way=input_.way,
        methods=tuple(input_.methods),
        content=input_.content,
        bodies=tuple(dict.fromkeys(input_.bodies)),
        team=tuple(input_.team),
        first_day=input_.first_day,
        last_day=input_.last_day,
        sample_size=input_.sample_size,
    )
    return InspectionActed(which=await inspections.plan(info.context.ctx, wanted), count=0)


async def _draw(info: Info, input_: Any) -> Any:
    which = await _which(info, input_)
    return InspectionActed(which=which, count=await inspections.draw_samples(info.context.ctx, which))


async def _note(info: Info, input_: Any) -> Any:
    ctx, which = info.context.ctx, await _which(info, input_)
    number, body = given(input_.matter), given(input_.body)
    if (number is None) == (body is None):
        words = "应当写明抽中的办件或者机关，二者选一。"
        raise InvalidInput(words, "请改正后重试。", (FieldProblem("matter", "ONE_OF", words, "请改正后重试。"),))
    sample = None if number is None else await inspections.sample_of(ctx, which, number)
    entries = [(one.point, one.verdict.value, one.note) for one in input_.entries]
    return InspectionActed(which=which, count=await inspections.note(ctx, which, body or "", sample, entries))


async def _transfer(info: Info, input_: Any) -> Any:
    which = await _which(info, input_)
    done = await inspections.transfer(
        info.context.ctx, which, input_.body, input_.requirement, input_.finish_on, input_.idempotency_key
    )
    return MatterActed(done=done)


async def _close(info: Info, input_: Any) -> Any:
    which = await _which(info, input_)
    await inspections.close(info.context.ctx, which, input_.result)
    return InspectionActed(which=which, count=0)


def inspecting() -> list[Made]:
    """Return the mutations of this file."""
    return [
        mutation_of(
            "inspectionPlan",
            "制定检查计划: plan an inspection; its seed is sealed and what can be drawn is recorded (000-15).",
            _plan,
            InspectionPlanInput,
            InspectionActed,
        ),
        mutation_of(
            "inspectionDraw",
            "抽取: draw the lots of an inspection; anybody who may see it draws the same (000-15).",
            _draw,
            InspectionDrawInput,
            InspectionActed,
        ),
        mutation_of(
            "inspectionNote",
            "填写检查表: note what was found; what stood there before stays in the record (000-14).",
            _note,
            InspectionNoteInput,
            InspectionActed,
        ),
        mutation_of(
            "inspectionTransfer",
            "移交督办: open a supervision case of what an inspection found of a body (002-4.3.3).",
            _transfer,
            InspectionTransferInput,
            MatterActed,
        ),
        mutation_of(
            "inspectionClose",
            "结束检查: close an inspection with its result (000-15).",
            _close,
            InspectionCloseInput,
            InspectionActed,
        ),
    ]
