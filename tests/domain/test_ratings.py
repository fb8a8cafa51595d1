"""Ratings: what may be said, and which figures may be published without telling of anybody."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.profiles import load_profiles
from domain.ratings import Given, Tally, better, problems, publishable, settled, total

RULES = load_profiles()["demo-city"].ratings
LEAST = RULES.least_shown
pytestmark = pytest.mark.clause("H6")


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (Given("satisfied"), []),
        (Given("dissatisfied", ("slow", "attitude")), []),
        (Given(""), ["MISSING"]),
        (Given("perfect"), ["MISSING"]),
        (Given("very_dissatisfied"), ["MISSING"]),
        (Given("very_satisfied", ("slow",)), ["NOT_ASKED"]),
        (Given("dissatisfied", ("slow", "slow")), ["UNKNOWN"]),
        (Given("dissatisfied", ("weather",)), ["UNKNOWN"]),
        (Given("dissatisfied", tuple(one.code for one in RULES.reasons)), ["TOO_MANY"]),
        (Given("satisfied", (), "长" * 1001), ["TOO_LONG"]),
    ],
)
def test_a_rating_is_one_of_five_grades_with_reasons_for_the_last_two(said: Given, codes: list[str]) -> None:
    assert [one.code for one in problems(RULES, said)] == codes


def test_grades_and_what_counts_as_bad_are_those_of_the_standard() -> None:
    assert [(one.name, one.bad) for one in RULES.grades] == [
        ("非常满意", False),
        ("满意", False),
        ("基本满意", False),
        ("不满意", True),
        ("非常不满意", True),
    ]
    assert better(RULES, "dissatisfied", "satisfied")
    assert not better(RULES, "dissatisfied", "very_dissatisfied")


def test_a_month_is_settled_when_its_last_invitation_has_run_out() -> None:
    october = date(2026, 10, 1)
    assert [settled(october, 15, day) for day in (date(2026, 11, 16), date(2026, 11, 17))] == [False, True]


@given(st.lists(st.integers(0, 30), max_size=12))
def test_nothing_published_tells_of_fewer_than_five_people(answers: list[int]) -> None:
    """Neither a figure nor the body's figure less those of its items is about one to four people, whatever was answered."""
    parts = [Tally("B", f"I{number}", count + 1, count) for number, count in enumerate(answers)]
    whole = Tally("B", "", sum(one.invited for one in parts), sum(answers))
    told = {one.item: one for one in publishable((whole, *parts), LEAST)}
    shown = [one for one in told.values() if not one.hidden]
    assert all(one.answered == 0 or one.answered >= LEAST for one in shown)
    if not told[""].hidden:
        left = whole.answered - sum(one.answered for one in shown if one.item)
        assert left == 0 or left >= LEAST
        hidden = [one for one in told.values() if one.hidden]
        assert len(hidden) != 1
    assert all(not one.hidden for one in told.values() if one.answered >= LEAST) or any(
        0 < one.answered < LEAST for one in parts
    )


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=12))
def test_a_sum_is_one_of_what_is_shown(rows: list[tuple[int, bool]]) -> None:
    tallies = [Tally("B", str(n), count, count, hidden=hidden) for n, (count, hidden) in enumerate(rows)]
    summed = total(tallies)
    assert summed.answered == sum(count for count, hidden in rows if not hidden)
    assert summed.invited == sum(count for count, _ in rows)
