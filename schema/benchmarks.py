"""Discretion benchmarks: violation, basis, tiers with typed conditions and ranges (003-15, 000-9, 004-7)."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from domain import benchmarks as domain
from resolvers import benchmarks
from resolvers.context import Context
from resolvers.power_views import AsOf
from resolvers.reading.declarations import Entity
from resolvers.reading.library import BENCHMARK
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.shows import OfOwner, OfPlace
from schema.fields import computed, plain, told
from schema.loading import Info
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import Placed, Source, item_of, of_value

if TYPE_CHECKING:
    from schema.powers import PowerItem


@strawberry.enum(description="Unit of a fine (003-15).")
class FineUnit(Enum):
    """Units of fines."""

    YUAN = strawberry.enum_value("yuan", description="元: a sum in yuan.")
    MULTIPLE = strawberry.enum_value("multiple", description="倍: a multiple of a base, such as the illegal gains.")
    PERCENT = strawberry.enum_value("percent", description="百分比: a percentage of a base.")


@strawberry.enum(description="Unit of the window in which something is counted (003-15).")
class WindowUnit(Enum):
    """Units of windows."""

    DAY = strawberry.enum_value("day", description="日: calendar days.")
    MONTH = strawberry.enum_value("month", description="个月: months.")
    YEAR = strawberry.enum_value("year", description="年: years.")


def _of(name: str, clause: str = "") -> Any:
    return of_value(domain.DiscretionBenchmark, name, "benchmark", clause)


@strawberry.type(description="罚款幅度: a range of fines, both ends included (003-15).")
class FineRange:
    """A range of fines."""

    lowest: Decimal = told(domain.FineRange, "lowest", "003-15")
    highest: Decimal | None = told(domain.FineRange, "highest", "003-15")
    unit: FineUnit = told(domain.FineRange, "unit")
    base: str = told(domain.FineRange, "base")


@strawberry.type(description="次数条件: how often something happened within a window (003-15).")
class CountCondition:
    """A condition on a count."""

    tag: ClassVar[str] = "count"

    fact: str = told(domain.CountCondition, "fact")
    at_least: int = told(domain.CountCondition, "at_least", name="atLeastTimes")
    at_most: int | None = told(domain.CountCondition, "at_most", name="atMostTimes")
    window_value: int | None = told(domain.CountCondition, "window_value")
    window_unit: WindowUnit | None = told(domain.CountCondition, "window_unit")

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Recognise the domain's value."""
        return isinstance(obj, domain.CountCondition)


@strawberry.type(description="数额条件: a measured amount lies in a range, its upper end excluded (003-15).")
class AmountCondition:
    """A condition on an amount."""

    tag: ClassVar[str] = "amount"

    fact: str = told(domain.AmountCondition, "fact")
    unit: str = told(domain.AmountCondition, "unit")
    at_least: Decimal | None = told(domain.AmountCondition, "at_least")
    below: Decimal | None = told(domain.AmountCondition, "below")

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Recognise the domain's value."""
        return isinstance(obj, domain.AmountCondition)


@strawberry.type(description="情节条件: a circumstance stated by the officer as found (003-15).")
class StatedCondition:
    """A condition in words."""

    tag: ClassVar[str] = "stated"

    fact: str = told(domain.StatedCondition, "fact")

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Recognise the domain's value."""
        return isinstance(obj, domain.StatedCondition)


TierCondition = Annotated[
    CountCondition | AmountCondition | StatedCondition,
    strawberry.union("TierCondition", description="适用条件: one typed condition of a tier; all of them must be met."),
]


@strawberry.type(description="裁量阶次: one tier of a benchmark, when it applies and what it allows (003-15).")
class DiscretionTier:
    """A tier."""

    name: str = told(domain.DiscretionTier, "name", "003-15")
    conditions: list[TierCondition] = told(domain.DiscretionTier, "conditions", "003-15")
    text: str = told(domain.DiscretionTier, "text")
    fine: FineRange | None = told(domain.DiscretionTier, "fine", "003-15")
    measure: str = told(domain.DiscretionTier, "measure", "003-15")


async def _item(root: strawberry.Parent[Placed], info: Info) -> Any:
    """权力事项: the item that the benchmark belongs to; null if the item does not exist on the day."""
    return await item_of(root, info)


@strawberry.type(description="裁量基准: the discretion benchmark for one violation (003-15, 000-9, 004-7).")
class DiscretionBenchmark:
    """A benchmark of an item."""

    entity: ClassVar[Entity] = BENCHMARK

    violation: str = _of("violation", "003-15")
    basis: str = _of("basis", "003-15")
    range_text: str = _of("range_text")
    range: FineRange | None = _of("range", "003-15")
    tiers: list[DiscretionTier] = _of("tiers", "003-15")
    position: int = plain(OfPlace(), "序号: place among the item's benchmarks, from 1.")
    item: Annotated["PowerItem", strawberry.lazy("schema.powers")] | None = computed(shows=OfOwner())(_item)


def benchmarks_listing(
    _ctx: Context, page: PageRequest, search: str = "", body: str = "", code: str = "", as_of: Any = UNSET
) -> Listing:
    """Return the listing of benchmarks."""
    return benchmarks.listing(benchmarks.BenchmarkFilter(search, body, code), page, AsOf(given(as_of)))


async def list_benchmarks(  # noqa: PLR0913, PLR0917 - filters, day and paging of one list
    info: Info,
    search: Annotated[str, strawberry.argument(description="检索: part of the violation's name.")] = "",
    body: Annotated[str, strawberry.argument(description="机构代码: code of the responsible body.")] = "",
    code: Annotated[str, strawberry.argument(description="权力编码: code of the item.")] = "",
    as_of: Annotated[date | None, strawberry.argument(description="基准日期: items in force on this day.")] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[DiscretionBenchmark]:
    """裁量基准: discretion benchmarks of the items in force on a day, by item code (003-15, 004-7)."""
    page, at = page_request(info, first, after, last, before), AsOf(given(as_of))
    listing = benchmarks_listing(info.context.ctx, page, search, body, code, as_of)
    found = await benchmarks.fetch_benchmarks(info.context.ctx, listing)
    return Connection(page=found.map(lambda row: Placed(row.benchmark, Source("BenchmarkRow", row, at), row.position)))
