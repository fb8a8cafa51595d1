"""Fines against the law's range and the discretion benchmark (R11: 003-32(6), 003-15; 行政处罚法-32, -34).

Beyond the law's most nothing helps. Below its least a circumstance of 行政处罚法-32 must be named. Inside the law but
outside the tier, or by a tier whose conditions are not met, a reasoned deviation must have been approved by somebody
else than the doer.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from domain.benchmarks import AmountCondition, Condition, CountCondition, DiscretionBenchmark, DiscretionTier, FineRange
from domain.engine.parts import Fact, Fine

PERCENT: Final = Decimal(100)
Verdict = Literal["beyond_law", "below_law", "no_benchmark", "no_tier", "no_base", "outside_tier", "tier_not_met"]
HARD: Final = frozenset({"beyond_law", "no_benchmark", "no_tier", "no_base"})
"""What no deviation can heal."""


class FineFinding(NamedTuple):
    """One thing that is wrong with a fine, in words."""

    verdict: Verdict
    message: str


class Bounds(NamedTuple):
    """A range in yuan, both ends included; no upper end: unbounded."""

    lowest: Decimal
    highest: Decimal | None


def bounds(allowed: FineRange, bases: Mapping[str, Decimal]) -> Bounds | None:
    """Return a range in yuan; None if the amount it is taken of is not known."""
    if allowed.unit == "yuan":
        return Bounds(allowed.lowest, allowed.highest)
    if allowed.base not in bases:
        return None
    base = bases[allowed.base] / (PERCENT if allowed.unit == "percent" else 1)
    return Bounds(allowed.lowest * base, None if allowed.highest is None else allowed.highest * base)


def judge(fine: Fine, benchmarks: tuple[DiscretionBenchmark, ...], facts: Mapping[str, Fact]) -> Iterator[FineFinding]:
    """Say everything that is wrong with one fine; nothing if it is inside law and benchmark."""
    benchmark = next((one for one in benchmarks if one.violation == fine.violation), None)
    if benchmark is None:
        yield FineFinding("no_benchmark", f"事项中没有“{fine.violation}”的处罚依据和裁量基准")
        return
    yield from _against_law(fine, benchmark)
    tier = next((one for one in benchmark.tiers if one.name == fine.tier), None)
    if tier is None:
        names = "、".join(one.name for one in benchmark.tiers)
        yield FineFinding("no_tier", f"没有写明适用的裁量阶次；可选：{names}")
        return
    yield from _against_tier(fine, tier, facts)


def _against_law(fine: Fine, benchmark: DiscretionBenchmark) -> Iterator[FineFinding]:
    if benchmark.range is None:
        return
    allowed = bounds(benchmark.range, fine.bases)
    if allowed is None:
        yield FineFinding("no_base", f"法定幅度以“{benchmark.range.base}”为基数，请填写其数额")
        return
    if allowed.highest is not None and fine.amount > allowed.highest:
        yield FineFinding("beyond_law", f"罚款{fine.amount}元超过法定上限{allowed.highest:f}元")
    if fine.amount < allowed.lowest and not fine.lighter:
        yield FineFinding("below_law", f"罚款{fine.amount}元低于法定下限{allowed.lowest:f}元，未写明减轻处罚的情形")


def _against_tier(fine: Fine, tier: DiscretionTier, facts: Mapping[str, Fact]) -> Iterator[FineFinding]:
    for condition in tier.conditions:
        if (met := meets(condition, facts)) is not True:
            words = "未满足" if met is False else "没有登记相应的事实"
            yield FineFinding("tier_not_met", f"裁量阶次“{tier.name}”的条件“{condition.fact}”{words}")
    if tier.fine is None:
        if fine.amount > 0:
            yield FineFinding("outside_tier", f"裁量阶次“{tier.name}”没有规定罚款")
        return
    allowed = bounds(tier.fine, fine.bases)
    if allowed is None:
        yield FineFinding("no_base", f"裁量阶次“{tier.name}”以“{tier.fine.base}”为基数，请填写其数额")
        return
    above = allowed.highest is not None and fine.amount > allowed.highest
    if above or (fine.amount < allowed.lowest and not fine.lighter):
        top = "不限" if allowed.highest is None else f"{allowed.highest:f}"
        yield FineFinding(
            "outside_tier", f"罚款{fine.amount}元不在裁量阶次“{tier.name}”的幅度内（{allowed.lowest:f}至{top}元）"
        )


def meets(condition: Condition, facts: Mapping[str, Fact]) -> bool | None:
    """Tell whether a condition of a tier is met by the recorded facts; None if the fact is not recorded.

    Facts are found by their code or, as published benchmarks name them, by their words; counting within the window is
    done by whoever records the number.
    """
    fact = facts.get(condition.fact)
    if fact is None:
        return None
    if isinstance(condition, CountCondition):
        if fact.number is None:
            return None
        return condition.at_least <= fact.number and (condition.at_most is None or fact.number <= condition.at_most)
    if isinstance(condition, AmountCondition):
        value = fact.amount if fact.amount is not None else fact.number
        if value is None:
            return None
        above = condition.at_least is None or value >= condition.at_least
        return above and (condition.below is None or value < condition.below)
    return fact.yes_no


def deviation_flaw(fine: Fine, doer: str) -> str | None:
    """Return what is wrong with the deviation of a fine that needs one, or None if it carries."""
    if fine.deviation is None:
        return "需要写明理由，并经负责人批准或者集体讨论"
    if fine.deviation.approved_by == doer:
        return "偏离裁量基准不能由承办人自己批准"
    return None
