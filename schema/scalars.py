"""Scalars: civil days, moments with their zone, amounts as decimal text. Each refuses what it cannot read, in words."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from resolvers.context import LOCAL

# PostgreSQL and Python agree on these years; beyond them nothing is administered.
FIRST_YEAR, LAST_YEAR = 1, 9998
AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)


def _day(value: Any) -> date:
    try:
        if not isinstance(value, str) or len(value) != len("2026-01-31"):
            raise ValueError
        day = date.fromisoformat(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError
    except ValueError as error:
        raise GraphQLError("日期须写作 2026-01-31 的形式，且确有其日。") from error
    return day


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        if moment.tzinfo is None or not FIRST_YEAR < moment.year <= LAST_YEAR:
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise GraphQLError("时刻须写作 2026-01-31T09:30:00+08:00 的形式，并带时区。") from error
    return moment


def _amount(value: Any) -> Decimal:
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise GraphQLError('数额须写作 "1500.00" 形式的文本：整数不超过 15 位，小数不超过 6 位。')
    return Decimal(value)


DATE: Final[ScalarDefinition] = strawberry.scalar(
    name="Date",
    description="A civil day of Asia/Shanghai, such as `2026-01-31`.",
    specified_by_url="https://scalars.graphql.org/andimarek/local-date",
    serialize=date.isoformat,
    parse_value=_day,
)
DATE_TIME: Final[ScalarDefinition] = strawberry.scalar(
    name="DateTime",
    description="A moment with its offset from UTC; answers are in the time of Asia/Shanghai.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=lambda moment: moment.astimezone(LOCAL).isoformat(),
    parse_value=_moment,
)
DECIMAL: Final[ScalarDefinition] = strawberry.scalar(
    name="Decimal",
    description='An exact decimal number written as text, such as `"1500.00"`.',
    serialize=lambda amount: format(amount, "f"),
    parse_value=_amount,
)

SCALARS: Final[dict[object, ScalarDefinition]] = {date: DATE, datetime: DATE_TIME, Decimal: DECIMAL}
