"""Search text: the normal form of a part is a part of the normal form, and grams never miss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import search_text
from domain.search_text import normal, query, searchable, term_grams, tokens

CHARACTERS = st.text(st.sampled_from("处處罚罰许可許乾隆干食品Ａａ1２①（） ·、㈱éßİΣς ﷺ"), max_size=30)


@pytest.mark.clause("L11")
@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("行政處罰", "行政处罚"),  # Traditional
        ("ＡＢＣ１２３", "abc123"),  # full width
        ("《食品安全法》（2021 修正）", "食品安全法2021修正"),  # punctuation and spaces
        ("第①类㈱", "第1类株"),  # compatibility characters
        ("Ｃafé", "cafe"),  # marks
        ("：·—— ", ""),
    ],
)
def test_normal_forms(text: str, form: str) -> None:
    assert normal(text) == form


@pytest.mark.clause("L11")
@given(CHARACTERS | st.text(max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_the_normal_form_of_a_part_is_a_part_of_the_normal_form(text: str, start: int, length: int) -> None:
    assert normal(text[start : start + length]) in normal(text)


@given(CHARACTERS | st.text(max_size=30))
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@pytest.mark.clause("L11")
@given(CHARACTERS, CHARACTERS, st.integers(0, 30), st.integers(1, 30))
def test_every_version_has_the_grams_of_every_part_of_its_texts(name: str, body: str, start: int, length: int) -> None:
    content = {"code": "990100001XK00100", "name": name, "body_name": body}
    found = tokens(searchable(content))
    for prefix, text in (("n", name), ("x", body), ("c", content["code"])):
        form = normal(text[start : start + length])
        if form:
            assert set(term_grams(prefix, form)) <= found
            if prefix == "n" and len(normal(name)) <= search_text.SHORT_NAME:
                assert set(term_grams("s", form)) <= found
        leading = normal(text)[:length]
        if prefix == "n" and leading:
            assert set(search_text.leading_grams(leading)) <= found


def test_words_of_a_query_are_terms_and_too_many_become_one() -> None:
    assert query(" 食品  經營 食品 ").terms == ("食品", "经营")
    assert query("：；").terms == ()
    many = query(" ".join("甲乙丙丁戊己庚辛壬癸"))
    assert many.terms[-1] == "辛壬癸"
    assert len(many.terms) == search_text.MOST_TERMS


def test_nothing_is_found_across_two_texts_of_a_field() -> None:
    text = searchable({"code": "A", "name": "甲", "bases": [{"title": "乙法"}, {"title": "丙法"}]})
    assert normal("乙法丙") not in text.near
    assert "x法丙" not in tokens(text)
