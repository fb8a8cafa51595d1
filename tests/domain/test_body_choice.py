"""Bodies by their many names, bodies of other levels, and bodies that are proposed."""

import pytest

from domain.body_choice import BodyAnswer, BodyGroup, choose
from domain.body_names import BodyNames, GovernmentNames, KnownBody
from tests.factories import profile

CITY = GovernmentNames("云川市人民政府", "云川市", "prefecture")


def names(*bodies: KnownBody) -> BodyNames:
    """Return the bodies of the city: one agricultural bureau and one market regulator unless others are given."""
    known = bodies or (
        KnownBody("B1", "001", ("云川市农业农村局", "市农业农村局", "市畜牧局")),
        KnownBody("B2", "002", ("云川市市场监督管理局", "市市场监管局")),
    )
    return BodyNames(CITY, profile().levels, known)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("云川市农业农村局", "B1"),
        ("农业农村局", "B1"),
        ("市农业农村局", "B1"),
        ("地州市农业农村局", "B1"),
        ("地州市级农业农村局", "B1"),
        ("市\n农业\n农村局", "B1"),
        ("云川市农业农村局（云川市畜牧局）", "B1"),
        ("市畜牧局", "B1"),
        ("市场监督管理局", "B2"),
        ("云川市市场监督管理局", "B2"),
        ("市财政局", ""),
        ("", ""),
    ],
)
def test_a_body_is_known_by_all_its_names(text: str, code: str) -> None:
    """With or without government, level word, brackets and line breaks."""
    assert names().find(text).code == code


@pytest.mark.parametrize(
    ("text", "level"),
    [("自治区农业农村厅", "province"), ("县市区农业农村局", "county"), ("地州市财政局", ""), ("市财政局", "")],
)
def test_a_body_of_another_level_is_recognised(text: str, level: str) -> None:
    """It is never taken for one of this government's bodies."""
    found = names().find(text)
    assert (found.code, found.other_level) == ("", level)


def test_a_text_that_two_bodies_share_means_neither() -> None:
    """Ambiguity is a question, not a guess."""
    both = names(KnownBody("B1", "001", ("云川市甲局", "业务局")), KnownBody("B2", "002", ("云川市乙局", "业务局")))
    assert both.find("业务局").code == ""


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("市财政局", "云川市财政局"),
        ("地州市财政局", "云川市财政局"),
        ("市场监管局", "云川市市场监管局"),
        ("市政务服务局", "云川市政务服务局"),
        ("区域合作办公室", "云川市区域合作办公室"),
        ("市人民政府", "云川市人民政府"),
        ("云川市财政局（国资委）", "云川市财政局"),
        ("住房和城乡建设局", "云川市住房和城乡建设局"),
        ("城市管理局", "云川市城市管理局"),
        ("下冶镇人民政府", "下冶镇人民政府"),
        ("上高县市场监督管理局", "上高县市场监督管理局"),
        ("国家税务总局云川市税务局", "国家税务总局云川市税务局"),
    ],
)
def test_an_unknown_body_is_proposed_under_its_full_name(text: str, full: str) -> None:
    """The level's word gives way to the government's name; words that only look like one stay."""
    assert names().full_name(text) == full


def group(text: str, rows: int = 1, **more: object) -> BodyGroup:
    """Return a group of rows of one file."""
    return BodyGroup("a.xls", text, "", rows, **more)  # type: ignore[arg-type]


def answers(*groups: BodyGroup, chosen: str = "", create: bool = False) -> list[BodyAnswer]:
    """Return the answers in the order of the groups."""
    choice = choose(names(), "990100", groups, chosen, create=create)
    return [choice.answers[(one.file, one.text, one.given)] for one in groups]


def test_a_chosen_body_takes_every_row() -> None:
    """The option settles what the column says."""
    assert answers(group("市财政局"), group(""), chosen="B2") == [BodyAnswer("B2", "002")] * 2


def test_rows_of_other_levels_and_blank_rows_go_to_the_lists_body_with_a_doubt() -> None:
    """The list's body is the one that most of its rows name."""
    found = answers(group("市农业农村局", 20), group("市市场监管局"), group("自治区农业农村厅"), group(""))
    assert found[2:] == [BodyAnswer("B1", "001", "other_level_body"), BodyAnswer("B1", "001", "missing_body")]


def test_an_unknown_body_stays_unknown_without_consent() -> None:
    """It is proposed, and its rows have no body yet."""
    choice = choose(names(), "990100", [group("市财政局", 3), group("云川市财政局", 2)], "", create=False)
    assert [(one.number, one.name, one.aliases, one.rows) for one in choice.proposed] == [
        ("003", "云川市财政局", ("市财政局",), 5)
    ]
    assert {one.doubt for one in choice.answers.values()} == {"unknown_body"}


def test_with_consent_its_rows_go_to_the_new_body() -> None:
    """All spellings go to one body, numbered after the highest number in use."""
    found = answers(group("市财政局"), group("地州市财政局"), create=True)
    assert found == [BodyAnswer("990100003", "003")] * 2


def test_the_number_in_the_lists_own_codes_is_kept() -> None:
    """A list with codes already says what its body's number is."""
    choice = choose(names(), "990100", [group("市消防支队", numbers=frozenset({"207"}))], "", create=True)
    assert choice.proposed[0].number == "207"


def test_a_number_that_was_ever_used_is_not_given_again() -> None:
    """Bodies that are no longer valid keep their numbers."""
    choice = choose(names(), "990100", [group("市财政局")], "", create=True, used=frozenset({"008"}))
    assert choice.proposed[0].number == "009"


def test_a_column_that_only_says_the_department_in_charge_yields_to_the_title() -> None:
    """地州市商务主管部门 in the list of 云川市商务局 is that bureau."""
    choice = choose(names(), "990100", [group("地州市商务主管部门", hint="云川市商务局")], "", create=True)
    assert [(one.name, one.aliases) for one in choice.proposed] == [("云川市商务局", ("地州市商务主管部门",))]


def test_a_government_with_a_thousand_bodies_proposes_none() -> None:
    """No number is left: nothing is proposed and the rows wait for a person."""
    full = names(KnownBody("B1", "999", ("云川市甲局",)))
    assert choose(full, "990100", [group("市财政局")], "", create=True).proposed == ()
