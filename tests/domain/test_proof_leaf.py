"""A leaf tells nothing, binds everything, and opens in parts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.proof.leaf import (
    PARTS,
    Act,
    Leaf,
    LeafBroken,
    blind,
    commitment_in,
    entry,
    field,
    microseconds,
    moment,
    opened_entry,
    opening,
    sm3,
)
from domain.proof.merkle import leaf_hash
from tests.proofs import act, salt

pytestmark = pytest.mark.clause("R9", "S1")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ACTS = st.builds(
    Act,
    stream=TEXT,
    seq=st.integers(0, 2**31 - 1),
    kind=TEXT,
    body_code=TEXT,
    at=st.integers(-(2**53), 2**53),
    actor_id=TEXT,
    actor_name=TEXT,
    body=TEXT,
)
SALTS = st.binary(min_size=16, max_size=16)


def test_every_leaf_has_the_same_form_whatever_it_is_of() -> None:
    complaint = act(3, "matter:9", kind="complaint.filed", body="检举某某局长")
    for one in (complaint, act(1, "power:4", kind="power.published"), act(1, "account:1", actor_name="李强")):
        found = entry(one, salt(1))
        assert len(found) == 37
        assert found[:5] == b"\x01\x00\x00\x00\x20"
        assert not any(text.encode() in found for text in (one.stream, one.kind, one.actor_name, one.body_code))


@given(ACTS, SALTS, st.sets(st.sampled_from(PARTS)))
def test_an_opening_of_any_parts_leads_to_the_entry(one: Act, salted: bytes, shown: set[str]) -> None:
    opened = opening(one, salted, tuple(shown))
    assert opened_entry(opened) == entry(one, salted)
    hidden = str({part: value for part, value in opened.items() if part not in shown})
    assert not re.search(r"'(name|text|stream|blind)'", hidden)


@given(ACTS, ACTS, SALTS)
def test_two_acts_never_share_an_entry(one: Act, other: Act, salted: bytes) -> None:
    assert (entry(one, salted) == entry(other, salted)) == (one == other)


def test_lengths_keep_fields_apart() -> None:
    assert entry(act(1, "a", kind="bc"), salt(1)) != entry(act(1, "ab", kind="c"), salt(1))
    assert field(b"") != field(b"\0")


def test_the_salt_decides_and_a_blind_does_not_tell_it() -> None:
    assert entry(act(1), salt(1)) != entry(act(1), salt(2))
    assert len({blind(part, salt(1)) for part in PARTS}) == 3
    with pytest.raises(LeafBroken):
        entry(act(1), b"short")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"v": 2},
        {"v": True, "head": {}, "actor": {}, "body": {}},
        {"v": 1, "head": {"digest": "00"}, "actor": {}, "body": {}},
        {"v": 1, "head": None, "actor": [], "body": 1},
        {"v": 1, "head": {"digest": "AB" * 32}, "actor": {"digest": "00" * 32}, "body": {"digest": "00" * 32}},
    ],
)
def test_what_is_no_opening_is_refused_by_name(broken: dict[str, object]) -> None:
    with pytest.raises(LeafBroken):
        opened_entry(broken)


def test_numbers_must_be_numbers() -> None:
    opened = opening(act(1), salt(1))
    for wrong in (True, 1.0, "1", 2**60):
        opened["head"]["seq"] = wrong
        with pytest.raises(LeafBroken):
            opened_entry(opened)


def test_an_entry_of_another_version_is_refused() -> None:
    found = entry(act(1), salt(1))
    assert len(commitment_in(found)) == 32
    for wrong in (b"", b"\x02" + found[1:], found[:-1], found + b"\0", found[:4] + b"\x21" + found[5:]):
        with pytest.raises(LeafBroken):
            commitment_in(wrong)


def test_the_leaf_is_hashed_by_rfc_9162_and_by_sm3_beside_it() -> None:
    leaf = Leaf.of(entry(act(1), salt(1)))
    assert leaf.hash == leaf_hash(leaf.entry)
    assert leaf.sm3 in (None, sm3(b"\0" + leaf.entry))
    # GB/T 32905, example 1; a system whose OpenSSL lacks SM3 says so and works without.
    assert sm3(b"abc") in (None, bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 -- made aware below
def test_moments_are_whole_microseconds(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC)
    assert moment(microseconds(aware)) == aware
    assert microseconds(aware + timedelta(microseconds=1)) == microseconds(aware) + 1
