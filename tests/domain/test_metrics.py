"""The registry of figures: one definition each, denominators that hide nothing, and published counts that tell of nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.metrics import BY_ID, LEAST_BASE, METRICS, Figure, change, completed, disclosed
from domain.periods import Period, period_of
from domain.small_counts import LEAST
from resolvers import metrics_counting

pytestmark = pytest.mark.clause("N1", "N2", "S6")


def test_each_figure_has_one_definition_and_is_counted_or_follows() -> None:
    """Shares name two other figures; everything else is counted by a source (its name stands in a statement)."""
    assert len(BY_ID) == len(METRICS)
    statements = " ".join(
        text for name, text in vars(metrics_counting).items() if name.isupper() and isinstance(text, str)
    )
    for one in METRICS:
        assert one.definition.endswith("。")
        assert one.clause
        if one.of is not None:
            assert set(one.of) <= BY_ID.keys()
        else:
            elsewhere = one.id == "due" or one.group == "complaints"
            assert f"AS {one.id}" in statements or elsewhere, one.id


def test_what_is_late_and_still_open_counts_as_not_in_time() -> None:
    found = {one.place: one.value for one in completed([
        Figure("on_time", "B1", "licence", 30), Figure("late", "B1", "licence", 5), Figure("late_open", "B1", "licence", 5),
        Figure("on_time", "B2", "penalty", 10), Figure("accepted", "B1", "licence", 7), Figure("accepted", "B2", "penalty", 2),
    ])}  # fmt: skip
    assert (found["due", "B1", ""], found["timeliness", "B1", ""]) == (40, 75)
    assert (found["due", "", ""], found["timeliness", "", ""]) == (50, 80)
    assert found["accepted", "", ""] == 9
    assert (found["accepted", "", "licence"], found["accepted", "", "penalty"]) == (7, 2)
    # On time by category is not a figure of the registry.
    assert ("on_time", "", "licence") not in found
    nothing = {one.place: one.value for one in completed([Figure("on_time", "", "", 0)])}
    assert nothing["timeliness", "", ""] is None


@given(st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 40), min_size=2))
def test_published_counts_tell_of_nobody(counts: dict[str, int]) -> None:
    """No small count is shown; whoever has the sum of all cannot find a single hidden one; shares need a base."""
    figures = completed([Figure("closed", body, "licence", count) for body, count in counts.items()]
                        + [Figure("on_time", body, "licence", count) for body, count in counts.items()])  # fmt: skip
    told = {one.place: one.value for one in disclosed(figures)}
    hidden = [body for body in counts if told["closed", body, ""] is None]
    assert not any(0 < (told["closed", body, ""] or 0) < LEAST for body in counts)
    assert all(told["closed", body, ""] is None for body, count in counts.items() if 0 < count < LEAST)
    others = [body for body, count in counts.items() if count and body not in hidden]
    assert len(hidden) != 1 or not others
    assert all((told["timeliness", body, ""] is None) or count >= LEAST_BASE for body, count in counts.items())


@given(st.fixed_dictionaries({name: st.integers(0, 60) for name in ("on_time", "late", "late_open")}))
def test_what_is_hidden_of_a_sum_is_not_what_is_left_of_it(counts: dict[str, int]) -> None:
    """A reader knows the sum and whatever parts are shown, and that hidden ones are not nothing: two are left open."""
    figures = completed([Figure(name, "B001", "", count) for name, count in counts.items()])
    told = {one.metric: one.value for one in disclosed(figures) if not one.body}
    hidden = [name for name, count in counts.items() if count and told[name] is None]
    assert all(name in hidden for name, count in counts.items() if 0 < count < LEAST)
    if hidden and told["due"] is not None:
        assert len(hidden) >= 2
        assert sum(counts[name] for name in hidden) >= LEAST
    assert told["timeliness"] is None or "on_time" not in hidden


def test_twelve_due_and_ten_in_time_do_not_tell_of_two() -> None:
    figures = completed([Figure("on_time", "B001", "", 10), Figure("late", "B001", "", 2)])
    told = {one.metric: one.value for one in disclosed(figures) if not one.body}
    assert told == {"due": 12, "on_time": None, "late": None, "timeliness": None}


def test_a_comparison_says_whether_it_is_better() -> None:
    assert change(BY_ID["timeliness"], 90, 80) == "better"
    assert change(BY_ID["late"], 3, 2) == "worse"
    assert change(BY_ID["received"], 3, 2) == "other"
    assert change(BY_ID["late"], 2, 2) == "same"
    assert change(BY_ID["late"], None, 2) == ""


def test_periods_follow_each_other_without_a_gap() -> None:
    one = Period(2025, 1)
    for _ in range(9):
        assert one.ends == one.following.begins
        assert one.following.before == one
        assert period_of(one.code) == one
        one = one.following
    assert (Period(2026).name, Period(2026, 3).name) == ("2026年度", "2026年第三季度")
    assert [month.month for month in Period(2026, 4).months] == [10, 11, 12]
    assert [period_of(one) for one in ("2026-Q5", "26", "2026Q1", "")] == [None] * 4
