"""Supervision inspections 监督检查 (000-14, 000-15; 002-4.3.3): the ledger for whoever holds them, with all that it takes to draw again."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, cast

import strawberry
from strawberry import UNSET

from domain.supervision.inspections import STATE_NAMES, load_inspections
from resolvers import inspections
from resolvers.context import Context
from resolvers.inspections_values import InspectionFilter
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import Row
from resolvers.reading.inspections import INSPECTION, SHEET
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.shows import OfDocument, OfMany, OfPage
from resolvers.reading.statements import Read
from schema.cost import PAGED, Cost, ListSize
from schema.fields import coded, computed
from schema.loading import Info
from schema.matters import COLUMNS, Matter, SupervisionCase, matter_source
from schema.nested import children_page
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.parts import as_it_is, part
from schema.sources import (
    FromSource,
    Root,
    Source,
    column,
    has_many,
    identified,
    late_column,
    late_document,
    rows_of,
    same_row,
)

InspectionState: Final = coded("InspectionState", STATE_NAMES, "检查状态: how far an inspection has come.")
InspectionVerdict: Final = coded(
    "InspectionVerdict", load_inspections().verdicts, "检查结论: what a sheet says of a point."
)
SHEETS: Final = ListSize(assumed_size=200)


@strawberry.type(description="检查要点: one thing that a sheet asks about (000-14).")
class InspectionPoint:
    """A point."""

    code: str = part("code", "代码: its code.")
    name: str = part("name", "名称: what is looked at.")


@strawberry.type(description="检查内容: what is looked at, by the kind of powers (000-14).")
class InspectionContent:
    """A group of points."""

    code: str = part("code", "代码: its code.")
    name: str = part("name", "名称: which powers.")
    clause: str = part("clause", "依据: the clause.")
    points: list[InspectionPoint] = part("points", "要点: what a sheet asks about.", default=())


@strawberry.type(description="检查记录: what stands on a point, of a drawn matter or of a body.")
class InspectionSheet(FromSource):
    """A line of a sheet."""

    entity: ClassVar[Entity] = SHEET

    body_code: str = column("body_code", "机构代码: code of the body it is about.")
    matter_number: str | None = column("matter_number", "办件编号: the drawn matter; null: the body as a whole.")
    point: str = column("point", "要点代码: code of the point.")
    point_name: str = column("point_name", "要点: what was looked at.")
    verdict: InspectionVerdict = column("verdict", "结论: what was found.")  # type: ignore[valid-type]
    note: str = column("note", "情况: in words.")
    noted_at: datetime = column("noted_at", "记录时间: when it was noted.")
    noted_by: str = column("noted_by", "记录人: by whom.")


FRAME: Final = OfPage("framed_matter", "id", "inspection_id", "number")
"""Everything that an inspection could draw."""


async def _frame(root: Root, info: Info, first: First = UNSET, after: After = UNSET) -> Any:
    """抽取范围: every matter that could be drawn, by number."""
    found = await children_page(info, FRAME, root["id"], page_request(info, first, after), COLUMNS)
    return Connection(page=found.map(matter_source))


# No read of rows: it hashes every number of the frame once more and compares the lots.
async def _redrawn(root: Root, info: Info) -> bool | None:
    """重新抽取: whether drawing again just now gave the same lots; null until they are drawn."""
    row = inspections.inspection_row(root)
    told = await info.context.loaders.one(INSPECTION, Read(("id", "entry", "numbers"))).load(row.id)
    if told is None or row.state == "planned":
        return None
    return await inspections.drawn_again(info.context.ctx, row, bytes.fromhex(told["entry"]), told["numbers"])


@strawberry.type(
    description="抽取: the sealed seed, the record's own hash and the lots; whoever has them draws the same again (000-15)."
)
class InspectionDraw(FromSource):
    """A draw."""

    entity: ClassVar[Entity] = INSPECTION

    label: str = column("label", "前缀: stands before everything that is hashed; it ends with a line feed.")
    commitment: str = column(
        "commitment", "种子的哈希: SHA-256 of label and seed, in hexadecimal; on record since the plan."
    )
    entry: str = late_column(
        INSPECTION,
        "entry",
        "登记号: the salted hash that the record of the plan got, in hexadecimal; nobody could choose it.",
    )
    seed: str | None = column("seed", "种子: in hexadecimal; null until the lots are drawn.")
    frame_digest: str = column(
        "frame_digest",
        "抽取范围摘要: SHA-256 of label and all numbers, each on a line, in order, in hexadecimal.",
    )
    frame_size: int = column("frame_size", "抽取范围件数: how many matters could be drawn.")
    sample_size: int = column("sample_size", "计划件数: how many were to be drawn.")
    numbers: list[str] = late_column(
        INSPECTION,
        "numbers",
        "抽中的办件: in the order of their lots, SHA-256 of label, seed, entry and number, the smallest first.",
        ListSize(assumed_size=100),
    )
    redrawn: bool | None = computed(Cost(weight=100))(_redrawn)
    frame: Connection[Matter] = computed(PAGED, shows=FRAME)(_frame)


def _sheet(row: Row) -> Source:
    return Source("InspectionSheet", row)


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
    content: InspectionContent | None = late_document(
        INSPECTION,
        OfDocument("group", "content", None),
        "检查内容: what is looked at, with its points (000-14).",
        read=as_it_is,
    )
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
    draw: InspectionDraw = same_row(
        "InspectionDraw", "抽取: how matters are drawn, so that whoever may see it can draw again (000-15)."
    )
    samples: list[Matter] = has_many(
        OfMany("drawn_matter", "id", "inspection_id", "no"),
        matter_source,
        "抽中的办件: the matters that were drawn, in the order of their lots.",
        ListSize(assumed_size=100),
        columns=(*COLUMNS, "inspection_id"),
    )
    sheets: list[InspectionSheet] = has_many(
        OfMany("inspection_sheet", "id", "inspection_id", "placed"),
        _sheet,
        "检查表: what stands on each point now; what stood there before is in the record.",
        SHEETS,
    )
    findings: list[InspectionSheet] = has_many(
        OfMany("inspection_sheet", "id", "inspection_id", "placed", only="is_problem"),
        _sheet,
        "发现的问题: of the sheets those that say there is a problem.",
        SHEETS,
    )
    cases: list[SupervisionCase] = has_many(
        OfMany("following_case", "id", "inspection_id", "id"),
        matter_source,
        "移交的线索: supervision cases that follow it up (002-4.3.3).",
        ListSize(assumed_size=10),
        columns=(*COLUMNS, "inspection_id"),
    )


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
    listing = inspections_listing(info.context.ctx, page, state, content, body)
    read = replace(listing.read, columns=rows_of(INSPECTION).columns)
    found = await fetch_listing(info.context.ctx, replace(listing, read=read))
    return Connection(page=found.map(lambda row: Source("Inspection", row)))


def inspection_listing(_ctx: Context, number: str) -> Listing:
    """Return the listing of the inspection with a number."""
    return inspections.numbered(number)


async def one_inspection(
    info: Info, number: Annotated[str, strawberry.argument(description="编号: number of the inspection.")]
) -> Inspection | None:
    """监督检查: one by its number; null if there is none, or none to be seen."""
    row = await info.context.loaders.one(INSPECTION, rows_of(INSPECTION), "number").load(number.strip().upper())
    return cast(Inspection | None, None if row is None else Source("Inspection", row))
