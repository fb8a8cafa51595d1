"""Discretion benchmarks: violation, basis, tiers with typed conditions and ranges (003-15, 000-9, 004-7)."""

from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry

from domain import benchmarks as domain
from schema.fields import told


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

    fact: str = told(domain.CountCondition, "fact")
    at_least: int = told(domain.CountCondition, "at_least")
    at_most: int | None = told(domain.CountCondition, "at_most")
    window_value: int | None = told(domain.CountCondition, "window_value")
    window_unit: WindowUnit | None = told(domain.CountCondition, "window_unit")

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Recognise the domain's value."""
        return isinstance(obj, domain.CountCondition)


@strawberry.type(description="数额条件: a measured amount lies in a range, its upper end excluded (003-15).")
class AmountCondition:
    """A condition on an amount."""

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


@strawberry.type(description="裁量基准: the discretion benchmark for one violation (003-15, 000-9, 004-7).")
class DiscretionBenchmark:
    """A benchmark inside an item."""

    violation: str = told(domain.DiscretionBenchmark, "violation", "003-15")
    basis: str = told(domain.DiscretionBenchmark, "basis", "003-15")
    range_text: str = told(domain.DiscretionBenchmark, "range_text")
    range: FineRange | None = told(domain.DiscretionBenchmark, "range", "003-15")
    tiers: list[DiscretionTier] = told(domain.DiscretionBenchmark, "tiers", "003-15")
