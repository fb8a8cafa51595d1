"""Parties are checked in form, each problem at its field and none with a value; a mask shows too little to find anybody."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from domain.identifiers import IdentifierError
from domain.identity_documents import (
    DOCUMENT_NAMES,
    DOCUMENTS_OF,
    DocumentKind,
    checked_number,
    masked_number,
    number_key,
)
from domain.parties import FIELDS, Party, checked, id_of, masked, normalised, reference
from domain.tables.parties import DOCUMENTS
from tests.strategies import AWKWARD

pytestmark = pytest.mark.clause("R4")
TODAY = date(2026, 11, 22)
DIGITS = "0123456789"


def citizen_number(place: str = "990100", born: str = "19800229", order: str = "123") -> str:
    body = f"{place}{born}{order}"
    return body + str(mod_11_2.calc_check_digit(body))


def person(**changes: Any) -> Party:
    fields: dict[str, Any] = {"kind": "citizen", "document": "citizen_id", "name": "王小明", "number": citizen_number()}
    return Party(**(fields | {"phone": "13800138000"} | changes))


def unit(**changes: Any) -> Party:
    fields: dict[str, Any] = {"kind": "organisation", "document": "usc_code", "name": "云川市测试有限公司"}
    return Party(
        **(fields | {"number": "91990100MA0000001" + check("91990100MA0000001"), "phone": "0516-83712345"} | changes)
    )


def check(body: str) -> str:
    return str(uscc.calc_check_digit(body))


def problems(party: Party) -> set[tuple[str, str]]:
    return {(one.field, one.code) for one in checked(party, TODAY)[1]}


CITIZENS = st.builds(
    citizen_number,
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    st.dates(date(1900, 1, 1), TODAY).map(lambda day: day.strftime("%Y%m%d")),
    st.from_regex(r"[0-9]{3}", fullmatch=True),
)
UNITS = st.from_regex(r"[1-9][1-9][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True).map(lambda body: body + check(body))


@given(number=CITIZENS)
def test_every_well_formed_citizen_number_is_taken(number: str) -> None:
    assert problems(person(number=number)) == set()


@given(number=UNITS)
def test_every_well_formed_credit_code_is_taken(number: str) -> None:
    assert problems(unit(number=number)) == set()


@given(number=CITIZENS, place=st.integers(0, 17), digit=st.sampled_from(DIGITS))
def test_one_wrong_digit_in_a_citizen_number_is_always_found(number: str, place: int, digit: str) -> None:
    broken = number[:place] + digit + number[place + 1 :]
    if broken != number:
        assert problems(person(number=broken)) == {("number", "MALFORMED")}


@given(number=st.one_of(CITIZENS, UNITS), data=st.data())
def test_a_number_is_the_same_however_it_is_written(number: str, data: st.DataObject) -> None:
    """Small letters, full width, blanks, dashes and invisible characters between any two characters."""
    written = ""
    for one in number:
        forms = [one, one.lower(), chr(ord(one) + 0xFEE0)]
        written += data.draw(st.sampled_from(forms)) + data.draw(
            st.sampled_from(["", "", " ", "　", "-", "－", "\u200b", "·"])
        )
    assert number_key(written) == number


@pytest.mark.parametrize(
    ("document", "right", "wrong"),
    [
        ("organisation_code", "12345678-X", "1234567X"),
        ("business_registration", "320300000012345", "32030000001234"),
        ("other_unit", "苏民证字第0012号", "甲"),
        ("residence_permit", citizen_number("810000"), citizen_number("990100")),
        ("foreign_permanent", "USA110000000123", "USA11000000012"),
        ("foreign_permanent", citizen_number("911456"), citizen_number("320301")),
        ("passport", "e12345678", "PASSPORT"),
        ("mainland_permit", "H12345678", "X12345678"),
        ("taiwan_permit", "12345678", "1234567"),
        ("military", "军字第1234567号", "军字第号"),
        ("other_person", "AB-123", "AB"),
    ],
)
def test_other_documents_are_checked_by_their_plain_form(document: DocumentKind, right: str, wrong: str) -> None:
    assert checked_number(document, right) == number_key(right)
    with pytest.raises(IdentifierError) as caught:
        checked_number(document, wrong)
    assert caught.value.identifier == document
    assert number_key(wrong) not in caught.value.reason


def test_a_citizen_number_of_somebody_not_yet_born_is_refused() -> None:
    assert problems(person(number=citizen_number(born="20261123"))) == {("number", "MALFORMED")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": " \u200b"}, {("name", "MISSING")}),
        ({"name": "13800138000"}, {("name", "MALFORMED")}),
        ({"number": ""}, {("number", "MISSING")}),
        ({"phone": ""}, {("phone", "MISSING")}),
        ({"phone": "", "email": "a@example.com"}, set()),
        ({"phone": "", "address": "测试路1号"}, set()),
        ({"phone": "1234"}, {("phone", "MALFORMED")}),
        ({"phone": "电话"}, {("phone", "MALFORMED")}),
        ({"email": "a@b"}, {("email", "MALFORMED")}),
        ({"document": "usc_code"}, {("document", "UNFIT"), ("number", "MALFORMED")}),
        ({"name": "王" * 101}, {("name", "TOO_LONG")}),
        ({"address": "路" * 201, "contact": "1"}, {("address", "TOO_LONG"), ("contact", "MALFORMED")}),
    ],
)
def test_each_problem_is_told_at_its_field(changes: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert problems(person(**changes)) == expected


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86-138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("(0516) 8371 2345", "051683712345"),
        ("0516-83712345转801", "051683712345-801"),
        ("400-800-1234", "4008001234"),
        ("12345", "12345"),
        ("+852 2123 4567", "+85221234567"),
    ],
)
def test_a_telephone_number_has_one_form(written: str, kept: str) -> None:
    assert normalised(person(phone=written)).phone == kept


def test_names_lose_what_cannot_be_seen_and_keep_their_blanks_where_they_belong() -> None:
    assert normalised(person(name=" 王 小\u200b明 ")).name == "王小明"
    assert normalised(person(name="John   Smith")).name == "John Smith"


@given(st.fixed_dictionaries({name: st.text(AWKWARD + DIGITS + "@.", max_size=30) for name in FIELDS}))
def test_any_text_is_judged_and_its_one_form_stays_as_it_is(fields: dict[str, str]) -> None:
    """Nothing that somebody writes is an error of the program; what was normalised is normal."""
    for kind, document in (("citizen", "citizen_id"), ("organisation", "usc_code")):
        made, _ = checked(Party(kind, document, **fields), TODAY)  # type: ignore[arg-type]
        assert normalised(made) == made
        assert masked(made).name == "" or "*" in masked(made).name


def test_no_problem_and_no_picture_of_a_party_tells_a_value() -> None:
    values = {name: f"秘密值{place}XYZ" for place, name in enumerate(FIELDS)}
    party = Party("citizen", "citizen_id", **values)
    told = f"{checked(party, TODAY)[1]} {party!r} {party} {(party,)}"
    assert "秘密值" not in told
    assert {one.field for one in checked(party, TODAY)[1]} == {"number", "phone", "email"}


def test_a_mask_shows_the_ends_only() -> None:
    number = citizen_number("320301")
    assert masked_number(number) == f"3203**********{number[-4:]}"
    shown = masked(person(number=number, email="someone@example.com", address="云川市测试区测试路1号院2单元301室"))
    assert (shown.name, shown.phone, shown.email) == ("王**", "138****8000", "s***@example.com")
    assert shown.address == "云川市测试区***"
    assert masked(person(name="王五")).name == "王*"
    assert masked(unit()).name == "云川*****公司"
    assert masked(unit(phone="051683712345")).phone == "051*****2345"


@given(number=st.text(DIGITS, min_size=1, max_size=40))
def test_a_mask_is_as_long_as_the_number_and_hides_at_least_half(number: str) -> None:
    shown = masked_number(number)
    assert len(shown) == len(number)
    assert shown.count("*") * 2 >= len(number)


@given(st.uuids())
def test_a_matter_names_a_party_by_a_text_that_leads_back(party_id: Any) -> None:
    assert id_of(reference(party_id)) == party_id
    assert id_of(str(party_id)) is id_of("party:1") is id_of("") is None


def test_every_kind_of_document_has_a_word_a_kind_of_party_and_a_place_in_the_table() -> None:
    listed = [one for kinds in DOCUMENTS_OF.values() for one in kinds]
    assert sorted(listed) == sorted(DOCUMENT_NAMES) == sorted(DOCUMENTS)
