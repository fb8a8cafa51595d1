"""Which item a row is: codes first, then keys, then what tells equals apart; and codes that continue the list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fates import Assigned, Draft, Held, Identity, assign, identity, match_text
from domain.item_codes import CodeBook, NoCodeLeft, can_count
from tests.factories import profile

SCHEME = profile().scheme("hubei-16")


def book() -> CodeBook:
    """Return an empty book of codes."""
    return CodeBook(SCHEME, "990100")


def said(name: str, **more: str) -> Identity:
    """Return the identity of an item of body 001."""
    return identity({"name": name, "category": "licence"} | more, "001", "prefecture")


def draft(seq: int, name: str, code: str = "", **more: str) -> Draft:
    """Return a row that is a licence of body 001."""
    scheme = "hubei-16" if code else ""
    return Draft(seq, said(name, **more), scheme, code, "001", "XK", bool(more.get("sub_item")))


def held(item: int, name: str, code: str, version: int | None = None, **more: str) -> Held:
    """Return an item of the library."""
    number = item + 100 if version is None else version
    return Held(item, number, "hubei-16", code, b"", said(name, **more))


def codes(found: dict[int, Assigned]) -> list[str]:
    """Return the codes in the order of the rows."""
    return [found[seq].code for seq in sorted(found)]


@pytest.mark.parametrize(
    ("left", "right"),
    [("药品 经营许可", "药品经营许可"), ("（一）审批", "(一)审批"), ("Ａ类", "a类"), ("建设\n项目", "建设项目")],
)
def test_texts_are_compared_without_space_width_and_punctuation(left: str, right: str) -> None:
    """Lists write one name in many ways."""
    assert match_text(left) == match_text(right)


def test_a_list_without_levels_means_the_governments_own() -> None:
    """The own level and no level are one key; another level is another item."""
    assert said("甲").key == said("甲", level="prefecture").key != said("甲", level="county").key


def test_a_row_with_a_code_is_the_item_with_that_code_whatever_it_is_called() -> None:
    """A renamed item keeps its identity."""
    found = assign([draft(1, "新名称", "990100001XK00700")], [held(5, "旧名称", "990100001XK00700")], book())
    assert found[1].held is not None
    assert (found[1].held.item_id, found[1].trouble) == (5, "")


def test_the_second_row_with_one_code_asks() -> None:
    """Two rows cannot be one item."""
    found = assign([draft(1, "甲", "990100001XK00700"), draft(2, "乙", "990100001XK00700")], [], book())
    assert (found[1].trouble, found[2].trouble, found[2].detail) == ("", "duplicate_code", "1")


def test_a_known_name_under_another_code_asks() -> None:
    """Somebody may have given the item a new code; a second item must not appear by itself."""
    found = assign([draft(1, "甲", "990100001XK00900")], [held(5, "甲", "990100001XK00100")], book())
    assert (found[1].trouble, found[1].detail) == ("known_under_other_code", "990100001XK00100")


def test_a_row_without_code_is_the_item_of_the_same_key() -> None:
    """Even when handling unit and authority have changed: there is only one such item."""
    found = assign([draft(1, "甲", handling_unit="新科")], [held(5, "甲", "990100001XK00100")], book())
    assert found[1].code == "990100001XK00100"


def test_equal_keys_are_told_apart_by_unit_and_authority_then_by_order() -> None:
    """Duplicate names are real: two units, two items; a moved unit is found by elimination."""
    library = [
        held(5, "甲", "990100001XK00100", handling_unit="一科"),
        held(6, "甲", "990100001XK00200", handling_unit="二科"),
    ]
    rows = [draft(1, "甲", handling_unit="三科"), draft(2, "甲", handling_unit="一科")]
    assert codes(assign(rows, library, book())) == ["990100001XK00200", "990100001XK00100"]


def test_equal_rows_ask_and_get_a_code_of_their_own() -> None:
    """The first of two equal rows is the item; the other is a doublet or another item, as a person says."""
    found = assign([draft(1, "甲"), draft(2, "甲")], [], book())
    assert (found[1].trouble, found[2].trouble, found[2].detail) == ("", "same_item_twice", "1")
    assert codes(found) == ["990100001XK00100", "990100001XK00200"]


def test_accepted_doublets_are_found_again() -> None:
    """Once both are in the library, the same list asks nothing any more."""
    library = [held(5, "甲", "990100001XK00100"), held(6, "甲", "990100001XK00200")]
    found = assign([draft(1, "甲"), draft(2, "甲")], library, book())
    assert codes(found) == ["990100001XK00100", "990100001XK00200"]
    assert {one.trouble for one in found.values()} == {""}


def test_several_candidates_are_a_question() -> None:
    """One row, two items of its name, neither of its unit: nobody guesses."""
    library = [
        held(5, "甲", "990100001XK00100", handling_unit="一科"),
        held(6, "甲", "990100001XK00200", handling_unit="二科"),
    ]
    found = assign([draft(1, "甲", handling_unit="三科")], library, book())
    assert found[1].trouble == "several_candidates"


def test_an_item_that_is_not_in_force_on_the_day_asks() -> None:
    """Its code is taken, its content on the day is none."""
    found = assign([draft(1, "甲", "990100001XK00100")], [held(5, "甲", "990100001XK00100", 0)], book())
    assert found[1].trouble == "not_in_force_yet"


def test_sub_items_share_the_number_of_their_main_item() -> None:
    """Main item 00, sub-items counted on, whether the main item stands first, last or nowhere."""
    rows = [
        draft(1, "甲", sub_item="一"),
        draft(2, "甲", sub_item="二"),
        draft(3, "甲"),
        draft(4, "乙"),
        draft(5, "甲", sub_item="三"),
    ]
    ends = [code[-5:] for code in codes(assign(rows, [], book()))]
    assert ends == ["00101", "00102", "00100", "00200", "00103"]


def test_codes_continue_the_library_and_the_lists_own_codes() -> None:
    """A number that was ever used is not given again; another division's numbers do not count."""
    library = [held(5, "甲", "990100001XK00700"), held(6, "乙", "999999001XK05000")]
    rows = [draft(1, "丙"), draft(2, "丁", "990100001XK00900"), draft(3, "甲", sub_item="一")]
    assert codes(assign(rows, library, book())) == ["990100001XK01000", "990100001XK00900", "990100001XK00701"]


def test_without_body_or_category_there_is_no_code() -> None:
    """Such a row is blocked until somebody says what is missing."""
    found = assign([Draft(1, said("甲"), letters="XK"), Draft(2, said("乙"), body_number="001")], [], book())
    assert {one.trouble for one in found.values()} == {"no_code_possible"}


def test_a_used_up_series_says_so() -> None:
    """999 items of a category in a body are all that the scheme can number."""
    full = book()
    full.take(["990100001XK99900"])
    with pytest.raises(NoCodeLeft, match="3位事项号已用完"):
        full.next("001", "XK", b"m", is_sub_item=False)
    assert assign([draft(1, "甲")], [], full)[1].trouble == "no_code_left"


def test_only_schemes_made_of_numbers_are_continued() -> None:
    """A credit code or an opaque base cannot be counted on."""
    schemes = profile().code_schemes
    assert [name for name in schemes if can_count(schemes[name])] == ["hubei-16"]


NAMES = st.sampled_from(["甲", "乙", "丙"])
UNITS = st.sampled_from(["", "一科", "二科"])


@given(st.lists(st.tuples(NAMES, UNITS, st.sampled_from(["", "子"])), max_size=12))
def test_every_row_has_one_identity_and_no_two_share_a_code(rows: list[tuple[str, str, str]]) -> None:
    """Whatever repeats, each row gets an answer; what enters has codes of its own, and finds itself again."""
    drafts = [draft(seq, name, handling_unit=unit, sub_item=sub) for seq, (name, unit, sub) in enumerate(rows)]
    found = assign(drafts, [], book())
    given_codes = codes(found)
    assert sorted(found) == [one.seq for one in drafts]
    assert len(set(given_codes)) == len(given_codes)
    entered = [one for one in drafts if not found[one.seq].trouble]
    library = [Held(one.seq, 1, "hubei-16", found[one.seq].code, b"", one.identity) for one in entered]
    again = assign(entered, library, book())
    assert [again[one.seq].code for one in entered] == [found[one.seq].code for one in entered]
