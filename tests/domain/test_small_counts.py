"""Published counts: small ones are hidden, and none of them can be found again by subtraction."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.small_counts import LEAST, published, whole_months

pytestmark = pytest.mark.clause("H7", "003-31(1)")
COUNTS = st.dictionaries(st.integers(0, 30), st.integers(0, 40), max_size=12)


@given(COUNTS)
def test_no_small_count_is_shown_or_follows_from_the_sum(counts: dict[int, int]) -> None:
    shown = published(counts)
    assert shown.keys() == counts.keys()
    hidden = [counts[key] for key, count in shown.items() if count is None]
    assert all(count is None or abs(count - counts[key]) < LEAST for key, count in shown.items())
    assert all(count % LEAST == 0 for count in shown.values() if count is not None)
    assert all(counts[key] == 0 or counts[key] >= LEAST for key, count in shown.items() if count is not None)
    if hidden and any(shown.values()):
        assert len(hidden) >= 2
        assert sum(hidden) >= LEAST


@given(COUNTS, st.integers(0, 30))
def test_one_matter_more_is_no_difference_that_tells_its_number(counts: dict[int, int], key: int) -> None:
    """Whoever compares two tables finds differences of whole steps only, never that there was one more."""
    more = {**counts, key: counts.get(key, 0) + 1}
    before, after = published(counts), published(more)
    shown = [(before[one], after[one]) for one in counts if before[one] is not None and after[one] is not None]
    assert all((left or 0) - (right or 0) in {0, -LEAST} for left, right in shown)


def test_what_is_large_enough_stands_rounded() -> None:
    assert published({"a": 5, "b": 0, "c": 122}) == {"a": 5, "b": 0, "c": 120}
    assert published({"a": 4, "b": 7, "c": 123}) == {"a": None, "b": None, "c": 125}
    assert published({"a": 1, "b": 1, "c": 9, "d": 50}) == {"a": None, "b": None, "c": None, "d": 50}


def test_tables_are_of_whole_months() -> None:
    assert whole_months(date(2026, 2, 1), date(2026, 2, 28))
    assert whole_months(date(2026, 1, 1), date(2026, 12, 31))
    assert not whole_months(date(2026, 1, 2), date(2026, 1, 31))
    assert not whole_months(date(2024, 2, 1), date(2024, 2, 28))
    assert not whole_months(date(2026, 2, 1), date(2026, 1, 31))
