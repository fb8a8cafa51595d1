"""Published bulletins, yearly reports and figures for everybody; reports that are written and notices for officials (N1, N2)."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, cast

import strawberry
from strawberry import UNSET

from domain.reports import Content, Edition
from resolvers import metrics, reports
from resolvers.context import Context
from resolvers.reading.declarations import Entity
from resolvers.reading.library import GOVERNMENT
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.reports import ANNUAL_REPORT, BULLETIN, METRIC_FIGURE, NOTICE, REPORT
from resolvers.reading.shows import METADATA, OfDocument
from resolvers.reading.statements import Read
from schema.bodies import Body, Government
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.reports_values import ReportFigure, ReportSection
from schema.sources import FromSource, Root, Source, column, identified, reference, rows_of


def _parts(root: Root) -> Any:
    return Edition.model_validate(root["content"]).parts


def _figures(root: Root) -> Any:
    return Edition.model_validate(root["content"]).figures


def _of_content(name: str, resolve: Any, description: str) -> Any:
    return strawberry.field(
        resolver=resolve, description=description, metadata={METADATA: OfDocument("content", name, ())}
    )


@strawberry.type
class PublishedEdition(FromSource, Node):
    """What bulletins and yearly reports share: an edition as it was published."""

    government: Government | None = reference(
        GOVERNMENT, "government_id", "Government", "政府: whose it is.", foreign="id"
    )
    body: Body | None = reference(Body.entity, "body_code", "Body", "机关: the body that made it.", foreign="code")
    body_code: str = column("body_code", "机构代码: code of the body.")
    period: str = column("period", "时期: such as 2026-Q3 or 2026.")
    edition: int = column("edition", "版次: number of the edition, from 1.")
    title: str = column("title", "题目: its title.")
    note: str = column("note", "更正说明: what a later edition corrects and why; empty for the first.")
    digest: str = column("digest_hex", "摘要: SHA-256 of its content, in hexadecimal.")
    pdf_size: int = column("pdf_size", "PDF大小: bytes of its PDF.")
    published_at: datetime = column("published_at", "公布时间: when it was published.")
    current: bool = column("current", "现行: whether no later edition has taken its place.")
    sections: list[ReportSection] = _of_content("parts", _parts, "内容: its sections, in their order.")
    figures: list[ReportFigure] = _of_content("figures", _figures, "数字: its figures, as they were published.")


@strawberry.type(description="季度通报: a quarterly bulletin on how powers were run, as it was published (003-6).")
class Bulletin(PublishedEdition):
    """A bulletin."""

    entity: ClassVar[Entity] = BULLETIN

    id: strawberry.ID = identified("Bulletin")


@strawberry.type(description="年度报告: what a body reported on a year, as it was accepted and published (003-10).")
class AnnualReport(PublishedEdition):
    """A yearly report."""

    entity: ClassVar[Entity] = ANNUAL_REPORT

    id: strawberry.ID = identified("AnnualReport")


@strawberry.enum(description="What figures are of.")
class MetricBreakdown(Enum):
    """Breakdowns."""

    GOVERNMENT = strawberry.enum_value("government", description="全市: the whole government.")
    BODY = strawberry.enum_value("body", description="机关: each body.")
    CATEGORY = strawberry.enum_value("category", description="权力类别: each category of power.")


@strawberry.type(
    description="统计数字: a published figure as it stands now; of a restated one also the value before (003-6)."
)
class MetricFigure(FromSource, Node):
    """A figure."""

    entity: ClassVar[Entity] = METRIC_FIGURE

    id: strawberry.ID = identified("MetricFigure")
    period: str = column("period", "时期: such as 2026-Q3 or 2026.")
    metric: str = column("metric", "指标: id of the figure, as in `metricDefinitions`.")
    body_code: str = column("body_code", "机构代码: of which body; empty: not of one.")
    category: str = column("category", "类别代码: of which category; empty: of all.")
    value: int | None = column("value", "数值: its value; null: too small to be told.")
    restated: bool = column("restated", "重述: whether it was published with another value before.")
    previous: int | None = column("previous", "重述前: the value before it was restated.")
    published_at: datetime = column("published_at", "公布时间: when this value was published.")


@strawberry.enum(description="Kind of report.")
class ReportKind(Enum):
    """Kinds."""

    ANNUAL_REPORT = strawberry.enum_value(
        "annual_report", description="年度报告: the yearly report of a body (003-10)."
    )
    BULLETIN = strawberry.enum_value("bulletin", description="季度通报: the quarterly bulletin (003-6).")


@strawberry.enum(description="Where a report stands.")
class ReportState(Enum):
    """States."""

    OPEN = strawberry.enum_value("open", description="编写中: it is being written.")
    SUBMITTED = strawberry.enum_value("submitted", description="已提交: it was handed in.")
    RETURNED = strawberry.enum_value("returned", description="已退回: it was sent back.")
    ACCEPTED = strawberry.enum_value("accepted", description="已接收: it was accepted and published.")


@strawberry.type(description="报告中写好的文字: what was written of a section so far.")
class ReportText:
    """A text."""

    code: str = strawberry.field(description="代码: code of the section.")
    text: str = strawberry.field(description="内容: what it says.")


def _texts(root: Root) -> list[ReportText]:
    content = Content.model_validate(root["content"])
    return [ReportText(code=code, text=text) for code, text in content.sections.items()]


def _exact(root: Root) -> Any:
    return Content.model_validate(root["content"]).figures


@strawberry.type(description="报告: one that is due or written, for whoever writes, receives or watches it (003-10).")
class Report(FromSource, Node):
    """A report at the desk."""

    entity: ClassVar[Entity] = REPORT

    id: strawberry.ID = identified("Report")
    kind: ReportKind = column("kind", "种类: yearly report or bulletin.")
    body: Body | None = reference(Body.entity, "body_code", "Body", "机关: whose it is.", foreign="code")
    period: str = column("period", "时期: what it reports on.")
    state: ReportState = column("state", "状态: where it stands.")
    edition: int = column("edition", "版次: the edition that is written.")
    seq: int = column("no", "序号: send it as `seen` with the next act.")
    due_on: date | None = column("due_on", "期限: last day on which it is in time.")
    late: bool = column("late", "迟报: whether it came after that day.")
    missed: bool = column("missed", "逾期: whether it was found not to have come (003-51(6)).")
    note: str = column("note", "更正说明: what the edition corrects.")
    submitted_at: datetime | None = column("submitted_at", "提交时间: when it was handed in last.")
    texts: list[ReportText] = strawberry.field(resolver=_texts, description="内容: the texts of its sections so far.")
    figures: list[ReportFigure] = _of_content("figures", _exact, "数字: its figures; exact, for those who write.")


@strawberry.type(description="通知: something you were told, with the clause behind it (003-10, 003-32(4)).")
class Notice(FromSource, Node):
    """A notice."""

    entity: ClassVar[Entity] = NOTICE

    id: strawberry.ID = identified("Notice")
    title: str = column("title", "题目: what it is about.")
    text: str = column("body", "内容: what it says.")
    template: str = column("template", "种类: code of its kind.")
    clause: str = column("clause", "依据: the clause behind it.")
    address: str = column("address", "地址: where it leads on this site; empty: nowhere.")
    made_at: datetime = column("made_at", "时间: when you were told.")
    read_at: datetime | None = column("read_at", "已读: when you marked it as read; null: not yet.")


Period = Annotated[str, strawberry.argument(description="时期: 2026-Q3, or 2026 for a year; all if it is empty.")]
BodyCode = Annotated[str, strawberry.argument(description="机构代码: code of a body; all if it is empty.")]


def bulletins_listing(_ctx: Context, page: PageRequest, period: str = "") -> Listing:
    """Return the listing of current bulletins."""
    return reports.listing("bulletin", page, period=period)


async def list_bulletins(
    info: Info,
    period: Period = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Bulletin]:
    """季度通报: bulletins in their current editions, the latest quarter first (003-6)."""
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    return cast(Connection[Bulletin], await _editions("Bulletin", ctx, bulletins_listing(ctx, page, period)))


def annual_listing(_ctx: Context, page: PageRequest, period: str = "", body: str = "") -> Listing:
    """Return the listing of current yearly reports."""
    return reports.listing("annual_report", page, period=period, body=body)


async def list_annual_reports(
    info: Info,
    period: Period = "",
    body: BodyCode = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[AnnualReport]:
    """年度报告: published reports of the bodies in their current editions, the latest year first (003-10)."""
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    return cast(Connection[AnnualReport], await _editions("AnnualReport", ctx, annual_listing(ctx, page, period, body)))


async def _editions(kind: str, ctx: Context, listing: Listing) -> Any:
    found = await fetch_listing(ctx, listing)
    return Connection(page=found.map(lambda row: Source(kind, row)))


def metrics_listing(
    _ctx: Context, page: PageRequest, by: Any = UNSET, period: str = "", metric: str = "", body: str = ""
) -> Listing:
    """Return the listing of published figures."""
    chosen = given(by)
    return metrics.listing(page, period=period, metric=metric, body=body, by=chosen.value if chosen else "")


async def list_metrics(  # noqa: PLR0913, PLR0917 - filters and paging of one list
    info: Info,
    by: Annotated[
        MetricBreakdown | None, strawberry.argument(description="口径: of what; all if nothing is said.")
    ] = UNSET,
    period: Period = "",
    metric: Annotated[str, strawberry.argument(description="指标: id of a figure; all if it is empty.")] = "",
    body: BodyCode = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[MetricFigure]:
    """统计数字: published figures, the latest period first; the same as on pages, in bulletins and reports (003-6)."""
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    return cast(
        Connection[MetricFigure],
        await _editions("MetricFigure", ctx, metrics_listing(ctx, page, by, period, metric, body)),
    )


def reports_listing(_ctx: Context, page: PageRequest, kind: Any = UNSET, period: str = "") -> Listing:
    """Return the listing of reports at the desk."""
    chosen = given(kind)
    asked = {"kind": chosen.value if chosen else "", "period": period}
    filters = {name: value for name, value in asked.items() if value}
    return Listing(REPORT, Read(rows_of(REPORT).columns, filters, "latest"), page)


async def list_reports(
    info: Info,
    kind: Annotated[
        ReportKind | None, strawberry.argument(description="种类: of which kind; both if nothing is said.")
    ] = UNSET,
    period: Period = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Report]:
    """报告: reports that you write, receive or watch, the latest first; none for whoever may see none (003-10)."""
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    return cast(Connection[Report], await _editions("Report", ctx, reports_listing(ctx, page, kind, period)))


def notices_listing(_ctx: Context, page: PageRequest) -> Listing:
    """Return the listing of one's own notices."""
    return Listing(NOTICE, Read(rows_of(NOTICE).columns, {}, "latest"), page)


async def list_notices(
    info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
) -> Connection[Notice]:
    """通知: what you were told, the newest first; none for whoever has not signed in (003-10, 003-32(4))."""
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    return cast(Connection[Notice], await _editions("Notice", ctx, notices_listing(ctx, page)))
