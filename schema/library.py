"""The library as a whole: its revision, how much it holds, its categories, levels and calendar."""

from datetime import date, datetime
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from domain.flows import LimitUnit as UnitCode
from resolvers import calendar as days
from resolvers.context import LOCAL
from resolvers.errors import InvalidInput
from resolvers.overview import overview
from schema.calendar import CalendarDay, Deadline
from schema.cost import ListSize
from schema.flows import LimitUnit
from schema.loading import Info
from schema.paging import given
from schema.profiles import Category, Level, category_of, level_of


async def list_categories(info: Info) -> list[Category]:
    """权力类别: the categories in force here, in the regulation's own order (003-3, 001-6)."""
    return [category_of(one) for one in sorted(info.context.ctx.profile.categories, key=lambda one: one.order)]


async def list_levels(info: Info) -> list[Level]:
    """行使层级: the levels of government, from the top."""
    return [level_of(one) for one in sorted(info.context.ctx.profile.levels, key=lambda one: one.order)]


async def calendar_days(
    info: Info,
    from_: Annotated[date, strawberry.argument(name="from", description="起始日期: first day.")],
    to: Annotated[date, strawberry.argument(description="结束日期: last day, included; at most three years on.")],
) -> list[CalendarDay]:
    """工作日历: every day from one to another, working or not, and why (003-53)."""
    return cast(list[CalendarDay], list(await days.calendar(info.context.ctx, from_, to)))


# The plain value, since introspection prints defaults of enums from values and not from members.
WORKDAY = cast(LimitUnit, "workday")


async def count_deadline(
    info: Info,
    start: Annotated[date, strawberry.argument(description="起算日: the day of the event; it is not counted itself.")],
    limit: Annotated[int, strawberry.argument(description="期限: how many units, 1 to 9999; 0 goes with IMMEDIATE.")],
    unit: Annotated[LimitUnit, strawberry.argument(description="单位: unit of the limit.")] = WORKDAY,
    start_at: Annotated[
        datetime | None,
        strawberry.argument(
            description="起算时刻: the moment of the event, needed for hours; its day must be `start`."
        ),
    ] = UNSET,
) -> Deadline:
    """期限计算: when a limit ends, with a day-by-day receipt (003-53, 民法典-201 to 203)."""
    ctx = info.context.ctx
    moment: datetime | None = given(start_at)
    if moment is not None and moment.astimezone(LOCAL).date() != start:
        raise InvalidInput("startAt 与 start 不是同一天。", "请让两者落在北京时间的同一天，或省略 startAt。")
    begun = moment if moment is not None and LimitUnit(unit) is LimitUnit.HOUR else start
    return cast(Deadline, await days.deadline(ctx, begun, limit, cast(UnitCode, LimitUnit(unit).value)))


@strawberry.type(description="权力库概况: revision and size of the library (003-20, 003-26).")
class Library:
    """The library at a glance."""

    revision: int = strawberry.field(description="修订号: rises by one with every confirmed batch; made for caches.")
    changed_at: datetime | None = strawberry.field(description="更新时刻: when the library last changed.")
    in_use: int = strawberry.field(description="在用事项数: items in use today (003-21).")
    suspended: int = strawberry.field(description="暂停事项数: items suspended today (003-21).")
    cancelled: int = strawberry.field(description="取消事项数: items cancelled (003-21).")
    bodies: int = strawberry.field(description="责任主体数: bodies that are registered.")
    governments: int = strawberry.field(description="政府数: governments that are registered.")
    laws: int = strawberry.field(description="法律法规数: laws and documents that items name.")


async def about_library(info: Info) -> Library:
    """权力库概况: revision, time of the last change, and how much the library holds today (003-26)."""
    return cast(Library, await overview(info.context.ctx))


CALENDAR_SIZE = ListSize(assumed_size=366)
