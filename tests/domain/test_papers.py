"""Templates of legal documents: every kind has one, what goes in comes out as text, what is missing is told by field."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.engine.acts import ACT_NAMES
from domain.paper_files import PaperError, load_papers, parse_papers
from domain.paper_samples import sample_facts, sample_texts
from domain.paper_templates import PaperTemplate
from domain.paper_words import character_words, day_words, limit_words, number_words, unfit, upper_yuan, yuan
from domain.papers import BLANK, Composed, compose, plain_text
from domain.procedure_files import load_procedures
from domain.procedures import Procedure
from domain.profiles import Profile, load_profiles

pytestmark = pytest.mark.clause("R7")

PROFILES = load_profiles()
DEMO = PROFILES["demo-city"]
HOSTILE = '#let x = 1; $a^2$ \\n \\u{41} *b* _i_ `c` <a> @r [x] "q" // ' + "{party_name} {one} %s" + " 很长的文字" * 300


def kinds(profile: Profile = DEMO) -> Iterator[tuple[Procedure, str, PaperTemplate]]:
    """Yield every kind of document that a profile's procedures have, in every category that runs by them."""
    for procedure in load_procedures(profile).values():
        for category in procedure.categories or (procedure.id.partition("-")[0],):
            for code in procedure.documents:
                found = load_papers().find(code, procedure.kind, category)
                assert found is not None, f"{procedure.id}: {code} has no template for {category}"
                yield procedure, code, found


def drawn(procedure: Procedure, code: str, template: PaperTemplate, **more: str) -> Composed:
    """Return a document with sample data."""
    texts = sample_texts(template) | more
    return compose(template, procedure.documents[code].name, sample_facts(template, procedure, DEMO), texts)


def test_every_document_of_every_procedure_has_a_template() -> None:
    for profile in PROFILES.values():
        assert len(list(kinds(profile))) > 60


def test_the_samples_of_every_kind_are_whole() -> None:
    for procedure, code, template in kinds():
        made = drawn(procedure, code, template)
        assert made.problems == (), (procedure.id, code)
        assert BLANK not in plain_text(made.sheet)
        assert template.acts, (procedure.id, code)
        assert set(template.acts) <= set(ACT_NAMES)


@pytest.mark.clause("R18")
def test_a_decision_without_reasons_is_not_made() -> None:
    reasoned = [(p, c, t) for p, c, t in kinds() if t.reasoned]
    assert {code for _, code, _ in reasoned} >= {"decision", "penalty_decision", "non_acceptance", "penalty_notice"}
    for procedure, _, template in reasoned:
        facts = sample_facts(template, procedure, DEMO)
        texts = sample_texts(template) | {"reasons_text": ""}
        (problem,) = compose(template, "决定书", facts, texts).problems
        assert (problem.field, problem.code) == ("reasons_text", "MISSING")
        assert "说明理由" in problem.message


@pytest.mark.clause("R15", "R18")
def test_a_penalty_decision_tells_what_the_law_asks_for() -> None:
    procedure = load_procedures(DEMO)["penalty-ordinary"]
    template = load_papers().find("penalty_decision", "penalty_case", "penalty")
    assert template is not None
    text = plain_text(drawn(procedure, "penalty_decision", template).sheet)
    for words in ("60日", "6个月", "行政复议", "行政诉讼", "15日内", "3%", "较轻", "云川银行", "91650301MA0000000X"):
        assert words in text
    assert "不自行收缴" in text
    # The numbers are the profile's and the procedure's: with others the text is another.
    other = sample_facts(template, procedure, DEMO) | {"limit:apply_reconsideration": "90日"}
    assert "90日" in plain_text(compose(template, "行政处罚决定书", other, sample_texts(template)).sheet)


def test_the_identity_number_stands_only_where_the_form_demands_it() -> None:
    with_number = set()
    for procedure, code, template in kinds():
        if "91650301MA0000000X" in plain_text(drawn(procedure, code, template).sheet):
            with_number.add(code)
            assert template.identity
    assert with_number == {"penalty_decision", "inquiry_record"}


def test_what_is_put_in_is_shown_and_never_read_again() -> None:
    for procedure, code, template in kinds():
        texts = dict.fromkeys(template.fields, HOSTILE)
        made = compose(template, procedure.documents[code].name, sample_facts(template, procedure, DEMO), texts)
        assert made.problems == ()
        if template.fields.keys() - {"receipt_code"}:
            assert "{party_name} {one} %s" in plain_text(made.sheet)


def test_what_is_missing_is_told_all_at_once_by_its_words() -> None:
    procedure = load_procedures(DEMO)["penalty-ordinary"]
    template = load_papers().find("penalty_decision", "penalty_case", "penalty")
    assert template is not None
    made = compose(template, "行政处罚决定书", {"organ": "某局", "fined": "是"}, {})
    told = {one.field or one.message for one in made.problems}
    assert {"story_text", "reasons_text", "basis_text", "bank_text", "court_text"} <= told
    assert any("当事人姓名或者名称" in one for one in told)
    assert len(told) == len(made.problems)
    assert BLANK in plain_text(made.sheet)
    assert procedure.documents


CASE = load_procedures(DEMO)["case"]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_characters_that_nobody_sees_are_refused(text: str) -> None:
    template = load_papers().find("closure_report", "case", "levy")
    assert template is not None
    made = drawn(CASE, "closure_report", template, summary_text=f"结{text}")
    # The end is cut as texts of papers are cut: the separators U+001C to U+001F count as white space there.
    assert bool(made.problems) == bool(unfit(f"结{text}".strip()))


def test_a_character_is_named_so_that_it_can_be_found() -> None:
    assert character_words("\u202e") == "U+202E"
    assert character_words("𠮷") == "“𠮷”（U+20BB7）"
    assert unfit("可以\n换行") == ""
    assert unfit("不可\u0000") == "\u0000"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.5", "伍角整"),
        ("0.05", "伍分"),
        ("105", "壹佰零伍元整"),
        ("10005", "壹万零伍元整"),
        ("1000010", "壹佰万零壹拾元整"),
        ("120000000", "壹亿贰仟万元整"),
        ("20030.05", "贰万零叁拾元零伍分"),
        ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
    ],
)
def test_sums_in_capital_numerals(amount: str, words: str) -> None:
    assert upper_yuan(Decimal(amount)) == words


def test_days_limits_and_numbers_as_official_writing_has_them() -> None:
    assert day_words(date(2026, 3, 2)) == "2026年3月2日"
    assert [limit_words(20, "workday"), limit_words(60, "day"), limit_words(6, "month")] == [
        "20个工作日",
        "60日",
        "6个月",
    ]
    assert number_words("市监罚", 2026, 12) == "市监罚〔2026〕12号"
    assert [yuan(Decimal(1500)), yuan(Decimal("1500.5"))] == ["1500元", "1500.50元"]


WRONG = 'layout = "letter"\nclause = "003-31(5)"\nbody = ["{nobody_knows}"]'


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"[a]\n{WRONG}", "a"),
        ('[a]\nlayout = "poem"\nclause = "003-31(5)"', "a.layout"),
        ('[a]\nlayout = "letter"\nclause = "003-31(5)"\nreasoned = true', "a"),
        ("[a", "(file)"),
    ],
)
def test_a_wrong_file_is_told_with_its_key(text: str, key: str) -> None:
    with pytest.raises(PaperError) as raised:
        parse_papers({"x.toml": text})
    assert (raised.value.file, raised.value.key) == ("x.toml", key)
