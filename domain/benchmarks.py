"""Discretion benchmarks 裁量基准: violation, basis, tiers with typed conditions and a range for each (003-15, L7)."""

from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import Field, PlainSerializer, model_validator

from domain.values import Value

Amount = Annotated[
    Decimal,
    Field(ge=0, max_digits=18, decimal_places=2),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json"),
]


MOST_TIMES: Final = 2**31 - 1
"""Nothing is counted beyond 32 bits; interfaces and databases hold no more in an integer."""


class CountCondition(Value):
    """How often something happened within a window that ends on the day of the violation."""

    kind: Literal["count"] = Field(title="条件类型", description="Always count.")
    fact: str = Field(min_length=1, title="事实", description="What is counted, such as earlier penalties.")
    at_least: int = Field(0, ge=0, le=MOST_TIMES, title="至少", description="Smallest count that meets the condition.")
    at_most: int | None = Field(
        None, ge=0, le=MOST_TIMES, title="至多", description="Largest count that meets it; none: no bound."
    )
    window_value: int | None = Field(
        None, ge=1, le=MOST_TIMES, title="期间", description="Length of the window; none: ever."
    )
    window_unit: Literal["day", "month", "year"] | None = Field(None, title="期间单位", description="Its unit.")

    @model_validator(mode="after")
    def _bounds_fit(self) -> Self:
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("at_most is smaller than at_least")
        if (self.window_value is None) != (self.window_unit is None):
            raise ValueError("a window needs both a value and a unit")
        return self


class AmountCondition(Value):
    """A measured amount lies in a half-open range [from, below)."""

    kind: Literal["amount"] = Field(title="条件类型", description="Always amount.")
    fact: str = Field(min_length=1, title="事实", description="What is measured, such as the value of the goods.")
    unit: str = Field(min_length=1, title="计量单位", description="Unit of the amount: 元, 平方米, 吨 …")
    at_least: Amount | None = Field(None, title="不低于", description="Lower bound, included; none: no bound.")
    below: Amount | None = Field(None, title="低于", description="Upper bound, excluded; none: no bound.")

    @model_validator(mode="after")
    def _bounds_fit(self) -> Self:
        if self.at_least is None and self.below is None:
            raise ValueError("an amount condition needs at least one bound")
        if self.at_least is not None and self.below is not None and self.below <= self.at_least:
            raise ValueError("the upper bound does not lie above the lower bound")
        return self


class StatedCondition(Value):
    """A circumstance that the officer states as found or not found."""

    kind: Literal["stated"] = Field(title="条件类型", description="Always stated.")
    fact: str = Field(min_length=1, title="情节", description="The circumstance in words.")


Condition = Annotated[CountCondition | AmountCondition | StatedCondition, Field(discriminator="kind")]


class FineRange(Value):
    """A range of fines, both ends included: in yuan, or as a multiple of a base such as the illegal gains."""

    lowest: Amount = Field(Decimal(0), title="最低", description="Smallest fine allowed.")
    highest: Amount | None = Field(None, title="最高", description="Largest fine allowed; none: no upper bound.")
    unit: Literal["yuan", "multiple", "percent"] = Field("yuan", title="单位", description="Yuan or times a base.")
    base: str = Field("", title="基数", description="What a multiple or percentage is taken of.")

    @model_validator(mode="after")
    def _ends_fit(self) -> Self:
        if self.highest is not None and self.highest < self.lowest:
            raise ValueError("the highest fine lies below the lowest")
        if (self.unit == "yuan") == bool(self.base):
            raise ValueError("a multiple or percentage needs its base, a sum in yuan has none")
        return self


class DiscretionTier(Value):
    """One tier of a benchmark: when it applies and what it allows."""

    name: str = Field(min_length=1, title="裁量阶次", description="Name of the tier, such as 情节较轻.")
    conditions: tuple[Condition, ...] = Field((), title="适用条件", description="All must be met.")
    text: str = Field("", title="条件表述", description="The conditions in words as published.")
    fine: FineRange | None = Field(None, title="罚款幅度", description="Range of the fine, if there is one.")
    measure: str = Field(min_length=1, title="处罚标准", description="The penalty in words as published.")


class DiscretionBenchmark(Value):
    """A benchmark for one violation."""

    violation: str = Field(min_length=1, title="违法行为", description="The unlawful act.")
    basis: str = Field(min_length=1, title="法律依据", description="Law and article that set the penalty.")
    range_text: str = Field("", title="处罚种类及幅度", description="What the law itself allows, in words.")
    range: FineRange | None = Field(None, title="法定幅度", description="The law's own range of the fine.")
    tiers: tuple[DiscretionTier, ...] = Field(min_length=1, title="裁量阶次", description="From mild to grave.")

    # 003-15: a benchmark narrows the law's range and never leaves it.
    @model_validator(mode="after")
    def _tiers_stay_inside_the_law(self) -> Self:
        if self.range is None:
            return self
        for tier in self.tiers:
            if tier.fine is None or (tier.fine.unit, tier.fine.base) != (self.range.unit, self.range.base):
                continue
            above = self.range.highest is not None and (
                tier.fine.highest is None or tier.fine.highest > self.range.highest
            )
            # 减轻处罚 may go below the law's minimum (Penalty Law art 32); nothing may go above the maximum.
            if above:
                raise ValueError(f"tier {tier.name}: its fine goes above the law's range")
        return self
