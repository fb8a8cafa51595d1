"""Supervision inspections 监督检查 (000-14, 000-15; 002-4.3.3): the ledger for whoever holds them, with all that it takes to draw again."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, cast

import strawberry
from strawberry import UNSET

from domain.draw import LABEL
from domain.supervision.inspections import STATE_NAMES, load_inspections
from resolvers import inspections
from resolvers.context import Context
from resolvers.inspections_values import InspectionFilter, InspectionParts, InspectionRow
from resolvers.inspections_values import Sheet as Noted
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.matters import MATTER
from resolvers.reading.paging import PageRequest
from resolvers.reading.statements import Read
from resolvers.reading.supervision import INSPECTION
from schema.cost import PAGED, Cost, ListSize
from schema.fields import coded, computed
from schema.loading import Info
from schema.matters import COLUMNS, READ, Matter, SupervisionCase, matter_source
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import FromSource, Root, Source, column, identified, rows_of

InspectionState: Final = coded("InspectionState", STATE_NAMES, "检查状态: how far an inspection has come.")
InspectionVerdict: Final = coded(
    "InspectionVerdict", load_inspections().verdicts, "检查结论: what a sheet says of a point."
)
SHEETS: Final = ListSize(assumed_size=200)


@strawberry.type(description="检查要点: one thing that a sheet asks about (000-14).")
class InspectionPoint:
    """A point."""

    code: str = strawberry.field(description="代码: its code.")
    name: str = strawberry.field(description="名称: what is looked at.")


@strawberry.type(description="检查内容: what is looked at, by the kind of powers (000-14).")
class InspectionContent:
    """A group of points."""

    code: str = strawberry.field(description="代码: its code.")
    name: str = strawberry.field(description="名称: which powers.")
    clause: str = strawberry.field(description="依据: the clause.")
    points: list[InspectionPoint] = strawberry.field(description="要点: what a sheet asks about.")


@strawberry.type(description="检查记录: what stands on a point, of a drawn matter or of a body.")
class InspectionSheet:
    """A line of a sheet."""

    body_code: str = strawberry.field(description="机构代码: code of the body it is about.")
    matter_number: str | None = strawberry.field(description="办件编号: the drawn matter; null: the body as a whole.")
    point: str = strawberry.field(description="要点代码: code of the point.")
    point_name: str = strawberry.field(description="要点: what was looked at.")
    verdict: InspectionVerdict = strawberry.field(description="结论: what was found.")  # type: ignore[valid-type]
    note: str = strawberry.field(description="情况: in words.")
    noted_at: datetime = strawberry.field(description="记录时间: when it was noted.")
    noted_by: str = strawberry.field(description="记录人: by whom.")


@strawberry.type(
    description="抽取: the sealed seed, the record's own hash and the lots; whoever has them draws the same again (000-15)."
)
class InspectionDraw:
    """A draw."""

    row: strawberry.Private[InspectionRow]
    parts: strawberry.Private[InspectionParts]

    @computed()
    def label(self) -> str:
        """前缀: stands before everything that is hashed; it ends with a line feed."""
        return LABEL.decode()

    @computed()
    def commitment(self) -> str:
        """种子的哈希: SHA-256 of label and seed, in hexadecimal; on record since the plan."""
        return self.row.commitment.hex()

    @computed()
    def entry(self) -> str:
        """登记号: the salted hash that the record of the plan got, in hexadecimal; nobody could choose it."""
        return self.parts.beacon.hex()

    @computed()
    def seed(self) -> str | None:
        """种子: in hexadecimal; null until the lots are drawn."""
        return None if self.row.seed is None else self.row.seed.hex()

    @computed()
    def frame_digest(self) -> str:
        """抽取范围摘要: SHA-256 of label and all numbers, each on a line, in order, in hexadecimal."""
        return self.row.frame_digest.hex()

    @computed()
    def frame_size(self) -> int:
        """抽取范围件数: how many matters could be drawn."""
        return self.row.frame_size

    @computed()
    def sample_size(self) -> int:
        """计划件数: how many were to be drawn."""
        return self.row.sample_size

    @computed(ListSize(assumed_size=100))
    def numbers(self) -> list[str]:
        """抽中的办件: in the order of their lots, SHA-256 of label, seed, entry and number, the smallest first."""
        return [one.number for one in self.parts.samples]

    @computed(Cost(weight=100))
    async def redrawn(self, info: Info) -> bool | None:
        """重新抽取: whether drawing again just now gave the same lots; null until they are drawn."""
        drawn = self.row.state != "planned"
        return await inspections.drawn_again(info.context.ctx, self.row, self.parts) if drawn else None

    @computed(PAGED)
    async def frame(self, info: Info, first: First = UNSET, after: After = UNSET) -> Connection[Matter]:
        """抽取范围: every matter that could be drawn, by number."""
        found = inspections.frame_listing(self.row, page_request(info, first, after))
        read = Read(COLUMNS, found.read.filters, found.read.order, found.read.scope)
        rows = await fetch_listing(info.context.ctx, Listing(found.entity, read, found.page))
        return cast(Connection[Matter], Connection(page=rows.map(matter_source)))


async def _loaded(root: Source, info: Info) -> tuple[InspectionRow, InspectionParts]:
    """Return an inspection with what belongs to it, read once for all inspections of the operation."""
    row = inspections.inspection_row(root)

    async def batch(ctx: Context, rows: Any) -> list[InspectionParts]:
        return await inspections.parts_of(ctx, rows)

    return row, await info.context.loaders.of("inspection_parts", batch).load(row)


def _content(root: Root) -> InspectionContent | None:
    """检查内容: what is looked at, with its points (000-14)."""
    group = load_inspections().group(root["content"])
    if group is None:
        return None
    points = [InspectionPoint(code=one.code, name=one.name) for one in group.points]
    return InspectionContent(code=group.code, name=group.name, clause=group.clause, points=points)


async def _draw(root: Root, info: Info) -> InspectionDraw:
    """抽取: how matters are drawn, so that whoever may see it can draw again (000-15)."""
    row, parts = await _loaded(root, info)
    return InspectionDraw(row=row, parts=parts)


async def _sheets(root: Root, info: Info) -> list[InspectionSheet]:
    """检查表: what stands on each point now; what stood there before is in the record."""
    row, parts = await _loaded(root, info)
    group = load_inspections().group(row.content)
    names = {one.code: one.name for one in group.points} if group else {}
    numbers = {one.id: one.number for one in parts.samples}
    return [_sheet(one, names, numbers) for one in parts.sheets]


def _sheet(one: Noted, names: dict[str, str], numbers: dict[int, str]) -> InspectionSheet:
    return InspectionSheet(
        body_code=one.body_code,
        matter_number=numbers.get(one.sample_id or 0),
        point=one.point,
        point_name=names.get(one.point, one.point),
        verdict=InspectionVerdict(one.verdict),
        note=one.note,
        noted_at=one.noted_at,
        noted_by=one.noted_by,
    )


async def _findings(root: Root, info: Info) -> list[InspectionSheet]:
    """发现的问题: of the sheets those that say there is a problem."""
    return [one for one in await _sheets(root, info) if one.verdict is InspectionVerdict("problem")]


async def _samples(root: Root, info: Info) -> list[Matter]:
    """抽中的办件: the matters that were drawn, in the order of their lots."""
    _, parts = await _loaded(root, info)
    return cast(list[Matter], await _matters(info, [one.number for one in parts.samples]))


async def _cases(root: Root, info: Info) -> list[SupervisionCase]:
    """移交的线索: supervision cases that follow it up (002-4.3.3)."""
    _, parts = await _loaded(root, info)
    return cast(list[SupervisionCase], await _matters(info, [one.number for one in parts.clues]))


async def _matters(info: Info, numbers: list[str]) -> list[Source]:
    rows = await info.context.loaders.one(MATTER, READ, "number").load_many(numbers)
    return [matter_source(row) for row in rows if row is not None]


@strawberry.type(
    description="监督检查: one inspection as the ledger 台账 keeps it, from the plan to the result (000-14, 000-15)."
)
class Inspection(FromSource, Node):
    """An inspection."""

    entity: ClassVar[Entity] = INSPECTION

    id: strawberry.ID = identified("Inspection")
    number: str = column("number", "编号: its number.")
    bureau: str = column("bureau", "检查机构代码: code of the bureau that holds it.")
    title: str = column("title", "名称: what it is called.")
    way: str = column("way", "检查范围: full or focused.")
    methods: list[str] = column("methods", "检查方式: codes of how it is done: dossiers, interviews, on site …")
    content_code: str = column("content", "检查内容代码: code of what is looked at.")
    content: InspectionContent | None = computed()(_content)
    body_codes: list[str] = column("bodies", "被检查的机关: codes of the bodies.")
    team: list[str] = column("team", "检查组: who inspects.")
    first_day: date = column("first_day", "起: matters registered from this day on.")
    last_day: date = column("last_day", "止: the last day.")
    state: InspectionState = column("state", "状态: how far it has come.")  # type: ignore[valid-type]
    result: str = column("result", "检查结论: empty until it is closed.")
    planned_at: datetime = column("planned_at", "计划时间: when it was planned.")
    planned_by: str = column("planned_by", "计划人: by whom.")
    drawn_at: datetime | None = column("drawn_at", "抽取时间: when the lots were drawn.")
    closed_at: datetime | None = column("closed_at", "结束时间: when it was closed.")
    draw: InspectionDraw = computed()(_draw)
    samples: list[Matter] = computed(ListSize(assumed_size=100))(_samples)
    sheets: list[InspectionSheet] = computed(SHEETS)(_sheets)
    findings: list[InspectionSheet] = computed(SHEETS)(_findings)
    cases: list[SupervisionCase] = computed(ListSize(assumed_size=10))(_cases)


def inspections_listing(
    _ctx: Context, page: PageRequest, state: Any = UNSET, content: str = "", body: str = ""
) -> Listing:
    """Return the listing of inspections."""
    chosen = given(state)
    return inspections.listing(InspectionFilter(str(chosen.value) if chosen else "", content, body), page)


async def list_inspections(  # noqa: PLR0913, PLR0917 - filters and paging of one list
    info: Info,
    state: Annotated[InspectionState | None, strawberry.argument(description="状态: of this state only.")] = UNSET,  # type: ignore[valid-type]
    content: Annotated[str, strawberry.argument(description="检查内容代码: of these contents only.")] = "",
    body: Annotated[str, strawberry.argument(description="机构代码: in which this body is inspected.")] = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Inspection]:
    """监督检查台账: inspections that you may see, the latest first; for others there is none (000-15)."""
    page: PageRequest = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, inspections_listing(info.context.ctx, page, state, content, body))
    return Connection(page=found.map(lambda row: Source("Inspection", row)))


def inspection_listing(_ctx: Context, number: str) -> Listing:
    """Return the listing of the inspection with a number."""
    return inspections.listing(InspectionFilter(exactly=number.strip().upper()), PageRequest(first=1))


async def one_inspection(
    info: Info, number: Annotated[str, strawberry.argument(description="编号: number of the inspection.")]
) -> Inspection | None:
    """监督检查: one by its number; null if there is none, or none to be seen."""
    row = await info.context.loaders.one(INSPECTION, rows_of(INSPECTION), "number").load(number.strip().upper())
    return cast(Inspection | None, None if row is None else Source("Inspection", row))
