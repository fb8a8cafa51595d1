"""Fines: a tier is met by recorded facts, a range is counted in yuan (R11; 003-15, 003-32(6))."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.benchmarks import Condition
from domain.engine.fines import deviation_flaw, judge, meets
from domain.engine.parts import Fact, Fine
from tests.matters import VIOLATION, benchmark

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
COUNT = {"kind": "count", "fact": "次数"}
AMOUNT = {"kind": "amount", "fact": "面积", "unit": "平方米"}


@pytest.mark.clause("R11")
@pytest.mark.parametrize(
    ("condition", "fact", "met"),
    [
        (COUNT | {"at_least": 1, "at_most": 2}, {"number": 0}, False),
        (COUNT | {"at_least": 1, "at_most": 2}, {"number": 1}, True),
        (COUNT | {"at_least": 1, "at_most": 2}, {"number": 2}, True),
        (COUNT | {"at_least": 1, "at_most": 2}, {"number": 3}, False),
        (COUNT | {"at_least": 1}, {"number": 99}, True),
        (COUNT | {"at_least": 1}, {"text": "三次"}, None),
        # half-open: the lower bound belongs to the tier, the upper one to the next
        (AMOUNT | {"at_least": "10", "below": "20"}, {"amount": "9.99"}, False),
        (AMOUNT | {"at_least": "10", "below": "20"}, {"amount": "10"}, True),
        (AMOUNT | {"at_least": "10", "below": "20"}, {"number": 19}, True),
        (AMOUNT | {"at_least": "10", "below": "20"}, {"amount": "20"}, False),
        (AMOUNT | {"below": "20"}, {"amount": "0"}, True),
        (AMOUNT | {"at_least": "10"}, {"amount": "1000"}, True),
        (AMOUNT | {"at_least": "10"}, {"yes_no": True}, None),
        ({"kind": "stated", "fact": "主动消除"}, {"yes_no": True}, True),
        ({"kind": "stated", "fact": "主动消除"}, {"yes_no": False}, False),
        ({"kind": "stated", "fact": "主动消除"}, {"text": "是"}, None),
    ],
)
def test_conditions_of_a_tier_are_met_by_facts(
    condition: dict[str, Any], fact: dict[str, Any], *, met: bool | None
) -> None:
    one = CONDITION.validate_python(condition)
    held = Fact.model_validate({"code": condition["fact"]} | fact)
    assert meets(one, {held.code: held}) is met
    assert meets(one, {}) is None


def verdicts(amount: str, tier: str = "较轻", facts: tuple[Fact, ...] = (), **more: Any) -> list[str]:
    fine = Fine(violation=VIOLATION, tier=tier, amount=Decimal(amount), **more)
    return [one.verdict for one in judge(fine, (benchmark(),), {fact.code: fact for fact in facts})]


@pytest.mark.clause("R11")
@pytest.mark.parametrize(
    ("amount", "found"),
    [
        ("499.99", ["below_law", "outside_tier"]),
        ("500", []),
        ("1500", []),
        ("1500.01", ["outside_tier"]),
        ("5000", ["outside_tier"]),
        ("5000.01", ["beyond_law", "outside_tier"]),
    ],
)
def test_both_ends_of_a_range_belong_to_it(amount: str, found: list[str]) -> None:
    assert verdicts(amount) == found


@pytest.mark.clause("R11")
def test_a_lawful_circumstance_goes_below_the_least_and_never_above_the_most() -> None:
    assert verdicts("100", lighter="立功") == []
    assert verdicts("6000", lighter="立功") == ["beyond_law", "outside_tier"]


@pytest.mark.clause("R11")
def test_a_tier_that_is_not_proved_is_told() -> None:
    assert verdicts("2000", tier="较重") == ["tier_not_met"]
    assert verdicts("2000", tier="较重", facts=(Fact(code="一年内受到处罚的次数", number=0),)) == ["tier_not_met"]
    assert verdicts("2000", tier="较重", facts=(Fact(code="一年内受到处罚的次数", number=1),)) == []
    assert verdicts("2000", tier="没有这一阶次") == ["no_tier"]


@pytest.mark.clause("R11")
def test_a_deviation_is_approved_by_somebody_else() -> None:
    fine = Fine.model_validate(
        {"violation": VIOLATION, "amount": "1", "deviation": {"reasons": "理由", "approved_by": "局长"}}
    )
    assert deviation_flaw(fine, "甲") is None
    assert deviation_flaw(fine, "局长") is not None
    assert deviation_flaw(fine.model_copy(update={"deviation": None}), "甲") is not None
