"""Identifiers: form and check digit, with a reason for people."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from domain.identifiers import IdentifierError, citizen_id, division, division_level, document_number, usc_code

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


# GB 32100-2015
@pytest.mark.clause("R4")
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("115113010833722043", "115113010833722043"),
        (" 1151 1301 0833 7220 43 ", "115113010833722043"),
        ("１１５１１３０１０８３３７２２０４３", "115113010833722043"),
    ],
)
def test_a_credit_code_is_accepted_in_any_width(written: str, code: str) -> None:
    assert usc_code(written) == code


@pytest.mark.clause("R4")
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("11511301083372204", "现为17位"),
        ("222222222222222222", "校验位"),
        ("11511301083372204I", "不允许的字符"),
        ("115113010833722044", "校验位"),
        ("", "现为0位"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(IdentifierError, match=reason) as caught:
        usc_code(written)
    assert caught.value.identifier == "usc_code"


@pytest.mark.clause("R4")
@given(st.from_regex(r"[1-9][0-9A][1-9][0-9]{14}", fullmatch=True), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_in_a_credit_code_is_always_found(body: str, place: int, other: str) -> None:
    code = body + str(uscc.calc_check_digit(body))
    broken = code[:place] + other + code[place + 1 :]
    if broken != code:
        with pytest.raises(IdentifierError):
            usc_code(broken)


# GB 11643-1999; the number is made up: division 990100 does not exist.
def made_up(born: str, order: str = "001", place: str = "990100") -> str:
    body = f"{place}{born}{order}"
    return body + str(mod_11_2.calc_check_digit(body))


@pytest.mark.clause("R4")
def test_a_citizen_number_is_taken_apart_whatever_division_it_names() -> None:
    found = citizen_id(made_up("19900229".replace("0229", "0228")))
    assert (found.division, found.born, found.male) == ("990100", date(1990, 2, 28), True)
    assert not citizen_id(made_up("20000229", "002")).male


@pytest.mark.clause("R4", "H5")
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (made_up("19900228")[:-1], "18位"),
        (made_up("19900230"), "日期不存在"),
        (made_up("19900228")[:-1] + ("1" if made_up("19900228")[-1] == "0" else "0"), "校验位"),
        (made_up("20300101"), "晚于今天"),
    ],
)
def test_a_wrong_citizen_number_is_refused_and_never_repeated(number: str, reason: str) -> None:
    with pytest.raises(IdentifierError, match=reason) as caught:
        citizen_id(number, today=date(2026, 11, 21))
    assert number not in f"{caught.value} {caught.value.text}"


# GB/T 2260
@pytest.mark.parametrize(
    ("code", "level", "parents"),
    [
        ("320000", "province", ()),
        ("320300", "prefecture", ("320000",)),
        ("320311", "county", ("320000", "320300")),
    ],
)
def test_a_division_code_tells_its_level_and_what_lies_above(code: str, level: str, parents: tuple[str, ...]) -> None:
    found = division(code)
    assert (found.level, found.parents) == (level, parents)


@pytest.mark.parametrize("code", ["32030", "3203001", "03xxxx", "020300", "320011", ""])
def test_a_wrong_division_code_is_refused(code: str) -> None:
    with pytest.raises(IdentifierError):
        division_level(code)


# GB/T 9704-2012
@pytest.mark.clause("R7")
@pytest.mark.parametrize(
    "written",
    ["徐政办发〔2016〕80号", "徐政办发[2016]80号", "徐政办发（2016）第080号", "徐政办发 【2016】 80 号"],
)
def test_document_numbers_are_read_in_any_bracket_and_written_in_one(written: str) -> None:
    found = document_number(written)
    assert (found.issuer, found.year, found.serial) == ("徐政办发", 2016, 80)
    assert str(found) == "徐政办发〔2016〕80号"


@pytest.mark.clause("R7")
@pytest.mark.parametrize(
    "written", ["国务院令第591号", "徐政办发2016年80号", "〔2016〕80号", "徐政办发〔2016〕0号", ""]
)
def test_what_is_no_document_number_is_refused(written: str) -> None:
    with pytest.raises(IdentifierError, match="发文字号"):
        document_number(written)
