"""Tags: of the day in the city's own time, strong in each coding, confirmed in any."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.context import LOCAL
from schema.registered_tags import Today, base_of, build, confirms, own_tag, seal, tag_in, tags_of

TAG = seal(b"secret", ("a", 1))
MOMENTS = st.floats(631_152_000, 4_102_444_800)  # 1990 to 2100


@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_the_day_is_that_of_the_time_zone_whatever_was_asked_before(moments: list[float]) -> None:
    today = Today()
    for one in moments:
        moment = datetime.fromtimestamp(one, UTC)
        assert today.at(one) == moment.astimezone(LOCAL).date()


@pytest.mark.parametrize("seconds", [-1, -0.001, 0, 0.001, 1])
def test_the_day_turns_at_midnight_and_not_around_it(seconds: float) -> None:
    midnight = datetime(2026, 11, 22, tzinfo=LOCAL).timestamp()
    today = Today()
    today.at(midnight - 3600)
    assert today.at(midnight + seconds).day == (22 if seconds >= 0 else 21)


def test_a_tag_depends_on_the_secret_and_on_every_part() -> None:
    others = [seal(b"other", ("a", 1)), seal(b"secret", ("a", 2)), seal(b"secret", ("a1",)), seal(b"secret", ())]
    assert len({TAG, *others}) == 5
    assert build() == build()


def test_each_coding_has_its_own_tag_and_any_of_them_confirms() -> None:
    tags = tags_of(TAG)
    assert len(set(tags)) == len(tags) == 3
    assert all(one.startswith(b'"') and one.endswith(b'"') for one in tags)
    for one in tags:
        assert base_of(one) == TAG
        for condition in (one, b"W/" + one, b'"x", ' + one, one + b',"y"'):
            assert confirms(condition, TAG)
            assert own_tag(condition, TAG) == one
    assert tag_in(TAG, "") == f'"{TAG}"'.encode()


@pytest.mark.parametrize(
    "condition",
    [b"", b"*", b"W/", TAG.encode(), f'"{TAG}.zstd"'.encode(), f'"x{TAG}"'.encode(), f'"{TAG}'.encode(), b"," * 1000],
)
def test_nothing_else_confirms(condition: bytes) -> None:
    assert not confirms(condition, TAG)


@given(st.binary(max_size=200))
def test_any_header_is_read(condition: bytes) -> None:
    assert not confirms(condition, TAG)
