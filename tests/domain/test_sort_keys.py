"""Chinese names sort by their sound, then by their characters."""

from domain.sort_keys import quick_sort_key, sort_key

NAMES = ["药品经营许可", "安全生产许可", "食品经营许可", "食品生产许可", "办学许可"]
BY_SOUND = ["安全生产许可", "办学许可", "食品经营许可", "食品生产许可", "药品经营许可"]


def test_names_sort_by_pinyin() -> None:
    """a, b, s, y: not by code point."""
    assert sorted(NAMES, key=sort_key) == BY_SOUND
    assert sorted(NAMES, key=quick_sort_key) == BY_SOUND


def test_different_names_have_different_keys() -> None:
    """Two characters of one sound are told apart by the characters themselves."""
    for key in (sort_key, quick_sort_key):
        assert key("权利") != key("权力")
        assert key("权力") == key("权力")
