"""The working-day calendar and deadlines with their day-by-day receipt (003-53, N4)."""

from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry

from domain import calendar as days
from domain import clock
from schema.cost import ListSize
from schema.fields import computed
from schema.flows import LimitUnit


@strawberry.enum(description="What a day is (003-53).")
class DayKind(Enum):
    """Kinds of days."""

    WORKDAY = strawberry.enum_value("workday", description="工作日: an ordinary working day.")
    WEEKEND = strawberry.enum_value("weekend", description="周末: Saturday or Sunday.")
    HOLIDAY = strawberry.enum_value("holiday", description="节假日: a day off by law or by the year's notice.")
    MAKE_UP_WORKDAY = strawberry.enum_value(
        "make_up_workday", description="调休上班: a day of the weekend worked in exchange."
    )


@strawberry.enum(description="Why a day of a receipt counts or does not (民法典-201, 民法典-203, 003-53).")
class DayReason(Enum):
    """Reasons for counting a day or not."""

    START = strawberry.enum_value("start", description="起算当日: the day of the start is not counted (民法典-201).")
    WORKDAY = strawberry.enum_value("workday", description="工作日: counted.")
    MAKE_UP_WORKDAY = strawberry.enum_value("make_up_workday", description="调休上班: counted.")
    CALENDAR_DAY = strawberry.enum_value(
        "calendar_day", description="自然日: counted in a limit of days, months or years."
    )
    WEEKEND = strawberry.enum_value("weekend", description="周末: not counted.")
    HOLIDAY = strawberry.enum_value("holiday", description="节假日: not counted.")
    PAUSED = strawberry.enum_value("paused", description="暂停: the clock stands still on a lawful ground.")
    MOVED = strawberry.enum_value("moved", description="顺延: the last day was a day off (民法典-203).")


@strawberry.type(description="日历日: what the official calendar says of one day (003-53).")
class CalendarDay:
    """A day."""

    day: date = strawberry.field(description="日期: the day.")
    kind: DayKind = strawberry.field(description="类型: what the day is.")
    name: str = strawberry.field(description="名称: name of the holiday or exchange, if any.")
    working: bool = strawberry.field(description="是否工作日: whether offices work.")
    official: bool = strawberry.field(
        description="是否正式: whether the year's official notice says so; false: provisional."
    )

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Recognise the domain's value."""
        return isinstance(obj, days.Day)


@strawberry.type(description="计时日: one day of a deadline's receipt, counted or not, and why (003-53).")
class DeadlineDay:
    """A line of a receipt."""

    day: date = strawberry.field(description="日期: the day.")
    counted: bool = strawberry.field(description="是否计入: whether the day counts.")
    reason: DayReason = strawberry.field(description="原因: why it counts or does not.")
    number: int = strawberry.field(description="累计: the running count after this day.")
    text: str = strawberry.field(description="说明: the reason in words.")
    official: bool = strawberry.field(description="是否正式: whether an official notice covers the day.")


@strawberry.type(description="日历版本: the version of a year's calendar that a deadline was computed with.")
class CalendarVersion:
    """A year and its version."""

    year: int = strawberry.field(description="年度: the year.")
    version: int = strawberry.field(description="版本: 0 means that no official notice is loaded.")


@strawberry.type(description="到期日: the end of a limit with its day-by-day receipt (003-53, 民法典-201 to 203).")
class Deadline:
    """A deadline."""

    start: date = strawberry.field(description="起算日: the day of the start.")
    value: int = strawberry.field(description="期限: how many units.")
    unit: LimitUnit = strawberry.field(description="单位: the unit.")
    due: date | None = strawberry.field(description="到期日: the last day.")
    due_at: datetime | None = strawberry.field(description="到期时刻: for limits in hours.")
    provisional: bool = strawberry.field(
        description="是否暂定: rests on a year without an official notice; counted anew when it comes."
    )
    summary: str = strawberry.field(description="说明: one sentence for people.")
    days: list[DeadlineDay] = strawberry.field(
        description="逐日计算: every day from the start to the due day, counted or not, and why.",
        directives=[ListSize(assumed_size=100)],
    )

    @computed()
    @staticmethod
    def versions(root: strawberry.Parent[clock.Receipt]) -> list[CalendarVersion]:
        """日历版本: which versions of which years were used."""
        return [CalendarVersion(year=year, version=version) for year, version in sorted(root.versions.items())]
