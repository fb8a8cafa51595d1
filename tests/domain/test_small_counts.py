"""Published counts: small ones are hidden, and none of them can be found again by subtraction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.small_counts import LEAST, suppressed

pytestmark = pytest.mark.clause("H7", "003-31(1)")


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 40), max_size=12))
def test_no_small_count_is_shown_or_follows_from_the_sum(counts: dict[int, int]) -> None:
    shown = suppressed(counts)
    assert shown.keys() == counts.keys()
    hidden = [counts[key] for key, count in shown.items() if count is None]
    assert all(count in (counts[key], None) for key, count in shown.items())
    assert not [count for count in shown.values() if count is not None and 0 < count < LEAST]
    if hidden and any(count for count in shown.values()):
        assert len(hidden) >= 2
        assert sum(hidden) >= LEAST


def test_what_is_large_enough_stands_as_it_is() -> None:
    assert suppressed({"a": 5, "b": 0, "c": 120}) == {"a": 5, "b": 0, "c": 120}
    assert suppressed({"a": 4, "b": 7, "c": 120}) == {"a": None, "b": None, "c": 120}
    assert suppressed({"a": 1, "b": 1, "c": 9, "d": 50}) == {"a": None, "b": None, "c": None, "d": 50}
