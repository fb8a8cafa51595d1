"""Kept bodies: bounded, never of another revision, and packed as the reader asks."""

import gzip

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.kept import Kept, KeptBodies, coding_for

TEXT = "权力清单".encode() * 500


def test_a_body_comes_back_under_its_revision_only() -> None:
    kept = KeptBodies(100_000)
    assert kept.get("a", 1) is None
    kept.put("a", 1, b"one", ((b"etag", b"x"),))
    found = kept.get("a", 1)
    assert found is not None
    assert (found.body, found.head) == (b"one", ((b"etag", b"x"),))
    assert kept.get("a", 2) is None
    assert (len(kept), kept.size) == (0, 0)
    assert kept.get("a", 1) is None, "what was dropped does not come back with its revision"
    assert (kept.hits, kept.misses) == (1, 3)


def test_a_body_that_was_made_before_the_revision_rose_is_not_kept() -> None:
    kept = KeptBodies(100_000)
    assert kept.get("a", 2) is None
    assert kept.put("a", 1, b"old").body == b"old"
    assert kept.get("a", 2) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3000), st.sampled_from(("", "gzip", "br"))), max_size=80))
def test_whatever_is_kept_stays_within_the_bound(puts: list[tuple[int, int, str]]) -> None:
    kept = KeptBodies(20_000)
    kept.get("", 1)
    for key, length, accepted in puts:
        made = kept.put(key, 1, b"x" * length)
        kept.encoded(key, made, accepted)
        alive = [kept.get(one, 1) for one in range(31)]
        assert kept.size == sum(one.size for one in alive if one) <= 20_000
        assert sum(len(one.body) + sum(map(len, one.packed.values())) for one in alive if one) <= kept.size


def test_the_longest_unused_goes_first_and_a_giant_is_not_kept() -> None:
    kept = KeptBodies(10_000)
    kept.get("", 1)
    for name in "abcdefgh":
        kept.put(name, 1, b"x" * 500)
        assert kept.get("a", 1) is not None
    for _ in range(2):
        kept.put("i", 1, b"x" * 1000)
        kept.put("j", 1, b"x" * 1000)
    assert kept.get("a", 1) is not None
    assert kept.get("b", 1) is None
    kept.put("giant", 1, b"x" * 9_000)
    assert kept.get("giant", 1) is None


def test_who_reads_everything_once_drives_out_nothing_that_is_read_again() -> None:
    kept = KeptBodies(20_000)
    kept.get("", 1)
    for name in "abc":
        kept.put(name, 1, b"x" * 1000)
    for number in range(500):
        assert kept.get(number, 1) is None
        kept.put(number, 1, b"y" * 1000)
    assert all(kept.get(name, 1) for name in "abc")
    kept.put(499, 1, b"y" * 1000)
    assert kept.get(499, 1) is not None, "what is wanted a second time enters"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;Q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.4, gzip;q=0.8", "gzip"),
        ("br;q=0.8, gzip;q=0.8", "br"),
        ("*", "br"),
        ("*;q=0", ""),
        ("br;q=0, *", "gzip"),
        ("gzip;q=0.3, identity;q=0.9", ""),
        ("gzip;q=nonsense", ""),
        ("gzip;q=nan", ""),
        ("gzip;q=7", ""),
        ("x-gzip", "gzip"),
        (", ,;q=1,", ""),
    ],
)
def test_the_coding_follows_what_the_reader_accepts(accepted: str, coding: str) -> None:
    assert coding_for(accepted) == coding


def test_packed_forms_unpack_to_the_body_and_are_made_once() -> None:
    kept = Kept(TEXT)
    coding, packed = kept.encoded("gzip")
    assert (coding, gzip.decompress(packed)) == ("gzip", TEXT)
    coding, packed = kept.encoded("gzip, br")
    assert (coding, brotli.decompress(packed)) == ("br", TEXT)
    assert kept.encoded("br")[1] is packed
    assert Kept(b"short").encoded("br") == ("", b"short")
