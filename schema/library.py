"""The library as a whole: its revision, how much it holds, its categories, levels and calendar."""

from datetime import date, datetime
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from domain.flows import LimitUnit as UnitCode
from resolvers import calendar as days
from resolvers.context import LOCAL
from resolvers.errors import InvalidInput
from schema.calendar import CalendarDay, Deadline
from schema.cost import ListSize
from schema.flows import LimitUnit
from schema.loading import Info
from schema.paging import given
from schema.profiles import Category, Level, category_of, level_of


async def categories(info: Info) -> list[Category]:
    """权力类别: the categories in force here, in the regulation's own order (003-3, 001-6)."""
    return [category_of(one) for one in sorted(info.context.ctx.profile.categories, key=lambda one: one.order)]


async def levels(info: Info) -> list[Level]:
    """行使层级: the levels of government, from the top."""
    return [level_of(one) for one in sorted(info.context.ctx.profile.levels, key=lambda one: one.order)]


async def calendar(
    info: Info,
    from_: Annotated[date, strawberry.argument(name="from", description="起始日期: first day.")],
    to: Annotated[date, strawberry.argument(description="结束日期: last day, included; at most three years on.")],
) -> list[CalendarDay]:
    """工作日历: every day from one to another, working or not, and why (003-53)."""
    return cast(list[CalendarDay], list(await days.calendar(info.context.ctx, from_, to)))


async def deadline(
    info: Info,
    start: Annotated[date, strawberry.argument(description="起算日: the day of the event; it is not counted itself.")],
    limit: Annotated[int, strawberry.argument(description="期限: how many units, 1 to 9999; 0 goes with IMMEDIATE.")],
    unit: Annotated[LimitUnit, strawberry.argument(description="单位: unit of the limit.")] = LimitUnit.WORKDAY,
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
    begun = moment if moment is not None and unit is LimitUnit.HOUR else start
    return cast(Deadline, await days.deadline(ctx, begun, limit, cast(UnitCode, unit.value)))


CALENDAR_SIZE = ListSize(assumed_size=366)
