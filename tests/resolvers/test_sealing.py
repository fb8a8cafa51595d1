"""A sealed field opens in its own place alone, under its own key; both suites do what is published about them."""

import hashlib

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from resolvers.keys import CannotOpen, Keyring
from resolvers.sealing import (
    KEY_ID_BYTES,
    FieldSealer,
    SealingKey,
    Suite,
    aes_gcm_open,
    aes_gcm_seal,
    provider_of,
    sm4_gcm_open,
    sm4_gcm_seal,
)

pytestmark = pytest.mark.clause("R4")
SECRET, OTHER = b"a secret of thirty-two bytes or so", b"another secret of as many bytes..."
SUITES: tuple[Suite, ...] = ("aes-256-gcm", "sm4-gcm")
PLACE = ("party_version", "name_sealed", "7/1")
TEXT = "王小明".encode()


def sealer(secret: bytes = SECRET, suite: Suite = "aes-256-gcm", *earlier: SealingKey) -> FieldSealer:
    return FieldSealer(SealingKey(Keyring(secret), suite), earlier)


# RFC 8998, appendix A.1.
def test_sm4_gcm_gives_the_published_vector() -> None:
    key, nonce = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("00001234567800000000ABCD")
    plain = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    bound = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    expected = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert sm4_gcm_seal(key, nonce, plain, bound) == expected
    assert sm4_gcm_open(key, nonce, expected, bound) == plain
    with pytest.raises(InvalidTag):
        sm4_gcm_open(key, nonce, expected, bound + b"!")


# The GCM specification (McGrew, Viega), test case 14.
def test_aes_256_gcm_gives_the_published_vector() -> None:
    expected = bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    assert aes_gcm_seal(bytes(32), bytes(12), bytes(16), b"") == expected
    assert aes_gcm_open(bytes(32), bytes(12), expected, b"") == bytes(16)


# GB/T 32905-2016, example 1.
def test_sm3_gives_the_published_vector() -> None:
    assert hashlib.new("sm3", b"abc").hexdigest() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize("suite", SUITES)
@given(text=st.binary(max_size=200))
def test_what_is_sealed_opens_in_its_place_and_never_looks_the_same_twice(suite: Suite, text: bytes) -> None:
    provider = sealer(suite=suite)
    first, second = provider.seal(*PLACE, text), provider.seal(*PLACE, text)
    assert first != second
    assert provider.open(*PLACE, first) == provider.open(*PLACE, second) == text


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "elsewhere",
    [
        ("party", "name_sealed", "7/1"),
        ("party_version", "contact_sealed", "7/1"),
        ("party_version", "name_sealed", "7/2"),
        ("party_versionn", "ame_sealed", "7/1"),
        ("party_version", "name_sealed7", "/1"),
    ],
)
def test_a_field_that_was_moved_does_not_open(suite: Suite, elsewhere: tuple[str, str, str]) -> None:
    """Another table, column or row, and places that would be one text if they were simply joined."""
    provider = sealer(suite=suite)
    with pytest.raises(CannotOpen):
        provider.open(*elsewhere, provider.seal(*PLACE, TEXT))


@pytest.mark.parametrize("suite", SUITES)
def test_one_changed_bit_anywhere_is_noticed(suite: Suite) -> None:
    provider = sealer(suite=suite)
    sealed = provider.seal(*PLACE, TEXT)
    for bit in range(len(sealed) * 8):
        broken = bytearray(sealed)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            provider.open(*PLACE, bytes(broken))
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            provider.open(*PLACE, sealed[:length])


@pytest.mark.parametrize("suite", SUITES)
def test_an_earlier_secret_still_opens_and_no_longer_seals(suite: Suite) -> None:
    before = sealer(SECRET, suite)
    sealed = before.seal(*PLACE, TEXT)
    after = provider_of(Keyring(OTHER, earlier=(SECRET,)))
    assert after.open(*PLACE, sealed) == TEXT
    assert after.key_id != before.key_id
    assert after.seal(*PLACE, TEXT).hex().startswith(after.key_id)
    with pytest.raises(CannotOpen, match="not at hand"):
        provider_of(Keyring(OTHER)).open(*PLACE, sealed)


def test_a_change_of_suite_is_a_rotation_like_any_other() -> None:
    aes, national = provider_of(Keyring(SECRET)), provider_of(Keyring(SECRET, suite="sm4-gcm"))
    assert national.open(*PLACE, aes.seal(*PLACE, TEXT)) == TEXT
    assert aes.open(*PLACE, national.seal(*PLACE, TEXT)) == TEXT
    assert aes.key_id != national.key_id
    assert set(aes.indexes("party", "n", "1")) == set(national.indexes("party", "n", "1"))


@pytest.mark.parametrize("suite", SUITES)
def test_an_index_finds_equal_texts_of_one_column_under_one_key(suite: Suite) -> None:
    provider = sealer(suite=suite)
    index = provider.index("party", "number_index", "32030119800101123X")
    assert len(index) * 8 >= 128
    assert index == provider.index("party", "number_index", "32030119800101123X")
    others = {
        provider.index("party", "number_index", "320301198001011230"),
        provider.index("party", "phone_index", "32030119800101123X"),
        sealer(OTHER, suite).index("party", "number_index", "32030119800101123X"),
    }
    assert index not in others
    assert len(others) == 3


def test_no_key_serves_two_purposes_and_none_is_shown() -> None:
    keys = [
        key for suite in SUITES for one in [SealingKey(Keyring(SECRET), suite)] for key in (one.sealing, one.indexing)
    ]
    assert len(set(keys)) == len(keys) == 4
    provider = provider_of(Keyring(SECRET, earlier=(OTHER,)))
    assert SECRET.decode() not in repr(provider)
    assert OTHER.decode() not in repr(provider)
    assert len(bytes.fromhex(provider.key_id)) == KEY_ID_BYTES + 2
