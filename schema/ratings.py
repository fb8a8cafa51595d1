"""Published figures of ratings (003-27): how many were invited, how many answered, and what became of bad ratings."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from resolvers import ratings
from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.reading.declarations import Entity
from resolvers.reading.hall import RATING_FIGURE
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from schema.bodies import Body
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import FromSource, Source, column, identified, reference


@strawberry.enum(description="What figures of ratings are counted by (003-27).")
class RatingBreakdown(Enum):
    """Breakdowns."""

    BODY = strawberry.enum_value("body", description="机关: all items of a body together.")
    ITEM = strawberry.enum_value("item", description="事项: each item of a body.")


@strawberry.type(
    description="评价统计: ratings of a body or an item in a month; null where fewer than five answered (003-27)."
)
class RatingFigure(FromSource, Node):
    """A figure."""

    entity: ClassVar[Entity] = RATING_FIGURE

    id: strawberry.ID = identified("RatingFigure")
    month: date = column("month", "月份: first day of the month in which the parties were invited.")
    body: Body | None = reference(Body.entity, "body_code", "Body", "机关: the body that was rated.", foreign="code")
    item_code: str = column("item_code", "权力编码: code of the item; empty: the body's items together.")
    item_name: str = column("item_name", "事项名称: name of the item.")
    invited: int = column("invited", "邀请: how many were invited to rate.")
    answered: int | None = column("answered", "评价: how many answered.")
    very_satisfied: int | None = column("very_satisfied", "非常满意: how many.")
    satisfied: int | None = column("satisfied", "满意: how many.")
    fairly_satisfied: int | None = column("fairly_satisfied", "基本满意: how many.")
    dissatisfied: int | None = column("dissatisfied", "不满意: how many; bad.")
    very_dissatisfied: int | None = column("very_dissatisfied", "非常不满意: how many; bad.")
    bad: int | None = column("bad", "差评: how many of the answers are bad.")
    reviewed: int | None = column("reviewed", "已核查: how many of the bad ones have been reviewed.")
    reviewed_in_time: int | None = column("in_time", "按期核查: how many of them within the limit.")
    rated_again: int | None = column("again", "再次评价: how many rated anew after the review.")
    better: int | None = column("better", "改善: how many of them better than before.")
    published_at: datetime = column("published_at", "公布时间: when the figure was published or changed last.")


def month_of(period: str) -> date | None:
    """Return the month that a period names, such as 2026-10; None for none. Raises ``InvalidInput``."""
    if not period:
        return None
    try:
        return date.fromisoformat(f"{period}-01")
    except ValueError as error:
        message, remedy = "period 不是有效的月份。", "请按“年-月”填写，例如 2026-10。"
        raise InvalidInput(message, remedy, (FieldProblem("period", "NOT_A_MONTH", message, remedy),)) from error


def ratings_listing(_ctx: Context, page: PageRequest, by: Any = UNSET, period: str = "", body: str = "") -> Listing:
    """Return the listing of figures. Raises ``InvalidInput`` for a period that is no month."""
    chosen = given(by)
    return ratings.listing(page, month_of(period), body, of_items=bool(chosen) and chosen is RatingBreakdown.ITEM)


async def list_ratings(  # noqa: PLR0913, PLR0917 - filters and paging of one list
    info: Info,
    by: Annotated[RatingBreakdown | None, strawberry.argument(description="口径: bodies if nothing is said.")] = UNSET,
    period: Annotated[str, strawberry.argument(description="月份: such as 2026-10; all months if it is empty.")] = "",
    body: Annotated[str, strawberry.argument(description="机构代码: code of the body.")] = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[RatingFigure]:
    """评价统计: published figures of ratings, the latest month first (003-27)."""
    page = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, ratings_listing(info.context.ctx, page, by, period, body))
    return Connection(page=found.map(lambda row: Source("RatingFigure", row)))
