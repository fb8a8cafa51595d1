"""The one root schema of the process: it composes what the other files declare, and declares nothing itself."""

from typing import Final

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema import library
from schema.calendar import CalendarDay, Deadline
from schema.fields import computed
from schema.operations import PreparedOperation, Runner
from schema.profiles import Category, Level
from schema.scalars import SCALARS


@strawberry.type(description="查询: everything here is public and read only.")
class Query:
    """The root of all queries."""

    categories: list[Category] = computed()(library.categories)
    levels: list[Level] = computed()(library.levels)
    calendar: list[CalendarDay] = computed(library.CALENDAR_SIZE)(library.calendar)
    deadline: Deadline = computed()(library.deadline)


schema: Final = strawberry.Schema(
    query=Query,
    extensions=[PreparedOperation],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
runner: Final = Runner(schema)
