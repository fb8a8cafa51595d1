"""Published results: masking, what a text must not tell, and how long something is shown."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.profiles import load_profiles
from domain.results import draft, kind_of, public_name, shown_until, telling
from tests.matters import Run, rulebook

PROFILE = load_profiles()["demo-city"]
pytestmark = pytest.mark.clause("H7")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12))
def test_of_a_person_the_first_character_alone_is_told(name: str) -> None:
    masked = public_name("citizen", name)
    assert masked[0] == name[0]
    assert set(masked[1:]) == {"*"}
    assert public_name("organisation", name) == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("身份证110101199003077678", ("居民身份证号码",)),
        ("身份证 110101 1990 0307 7678 号", ("居民身份证号码",)),
        ("电话13812345678", ("手机号码",)),
        ("a.b@example.com", ("电子邮箱",)),
        ("云测罚〔2026〕123号，罚款 1,000 元", ()),
        ("统一社会信用代码91320300MA1N0000X1", ()),
        ("编号110101199003077679", ()),
    ],
)
def test_a_text_that_tells_who_somebody_is_is_found(text: str, found: tuple[str, ...]) -> None:
    assert telling(text) == found


def test_a_licence_is_ready_with_its_decision_and_a_penalty_with_its_service() -> None:
    rules = PROFILE.results
    run = Run(rulebook()).licence_at("decide")
    assert kind_of(rules, run.matter, "licence") is None
    run.go("decide", outcome={"result": "granted"})
    found = kind_of(rules, run.matter, "licence")
    assert found is not None
    assert found[0] == "licence"
    assert kind_of(rules, run.matter, "confirmation") is None
    said = draft(run.matter, run.book, "测试局")
    assert (said.result, said.party, said.body_name) == ("准予行政许可", "", "测试局")


@pytest.mark.parametrize(
    ("kind", "measures", "until"),
    [
        ("licence", (), None),
        ("penalty", ("fine",), date(2029, 11, 20)),
        ("penalty", ("warning", "fine"), date(2029, 11, 20)),
        ("penalty", ("circular_of_criticism",), date(2027, 2, 20)),
    ],
)
def test_a_result_is_shown_as_long_as_the_profile_says(
    kind: str, measures: tuple[str, ...], until: date | None
) -> None:
    assert shown_until(PROFILE, PROFILE.results.kinds[kind], measures, date(2026, 11, 20)) == until
