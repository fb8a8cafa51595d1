"""Joining physical rows: vertical merges, filled-down names, rows broken over pages, hidden text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lists.sheets import Merge, Sheet
from tests.list_sheets import BASIS, HEADERS, codes, item_row, names, read, roles, sheet

pytestmark = pytest.mark.clause("L1")


def test_rows_that_are_merged_away_entirely_belong_to_the_item_above() -> None:
    merges = [f"{column}2:{column}4" for column in "ABCDEFGHIJKL"]
    reading = read(sheet([HEADERS, item_row("1", "甲"), (), (), item_row("2", "乙")], *merges))
    assert roles(reading) == ["header", "item", "continuation", "continuation", "item"]
    assert reading.items[0].rows == (2, 3, 4)


def test_sub_items_under_a_merged_name_are_items_of_their_own() -> None:
    second = ("", "", "2.子", *item_row("", "")[3:])
    reading = read(sheet([HEADERS, item_row("1", "甲", "1.子"), second], "A2:A3", "B2:B3"))
    assert names(reading) == ["甲/1.子", "甲/2.子"]
    assert [item.serial for item in reading.items] == ["1", "1"]


def test_sub_item_shares_the_cells_that_are_merged_down_into_it() -> None:
    second = ("", "", "2.子", "行政处罚", "《丙法》第二条", "某局", "某科", "市级", "负责", "", "", "")
    reading = read(sheet([HEADERS, item_row("1", "甲", "1.子"), second], "A2:A3", "B2:B3", "J2:J3", "K2:K3"))
    assert reading.items[1].content["accountability"] == ("1.乙；",)
    assert reading.items[1].content["bases"][0].title == "丙法"


def test_another_level_of_a_merged_item_is_an_item_of_its_own() -> None:
    second = ("", "", "", "", "", "县某局", "某股", "县市区级", "负责本县", "直接实施责任：\n1.丁。", "1.戊；", "")
    merges = ("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3")
    reading = read(sheet([HEADERS, item_row("1", "甲"), second], *merges))
    assert [(item.name, item.content["level"], item.content["body_name"]) for item in reading.items] == [
        ("甲", "prefecture", "某局"),
        ("甲", "county", "县某局"),
    ]
    assert reading.items[1].content["bases"] == reading.items[0].content["bases"]


def test_bases_and_duties_on_several_rows_of_a_merged_item_go_on_in_one_text() -> None:
    rows = [
        ("序号", "职权名称", "职权类型", "职权依据", "责任事项"),
        ("1", "甲", "行政许可", "【法律】《乙法》第一条", "1.受理责任：公示。"),
        ("", "", "", "【法规】《丙条例》第二条", "2.审查责任：核实。"),
        ("", "", "", "", "3.决定责任：作出决定。"),
    ]
    reading = read(sheet(rows, "A2:A4", "B2:B4", "C2:C4"))
    content = reading.items[0].content
    assert reading.items[0].rows == (2, 3, 4)
    assert [basis.kind for basis in content["bases"]] == ["law", "regulation"]
    assert [matter.heading for matter in content["responsibilities"]] == ["1.受理责任", "2.审查责任", "3.决定责任"]
    assert codes(reading) == [["missing_body"]] or codes(reading) == [[]]


def test_a_row_broken_over_a_page_is_joined_and_reported() -> None:
    rest = ("", "", "", "", "《戊法》第九条", "", "", "", "", "2.己。", "", "")
    reading = read(sheet([HEADERS, item_row("1", "甲"), rest, item_row("2", "乙")]))
    assert names(reading) == ["甲", "乙"]
    assert len(reading.items[0].content["bases"]) == 2
    assert codes(reading)[0] == ["orphan_rows"]


def test_name_broken_over_a_page_is_joined_and_reported() -> None:
    reading = read(sheet([HEADERS, item_row("1", "对擅自"), ("", "占用的处罚"), item_row("2", "乙")]))
    assert names(reading) == ["对擅自占用的处罚", "乙"]


def test_row_without_serial_but_with_content_is_an_item() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲"), item_row("", "乙")]))
    assert names(reading) == ["甲", "乙"]


def test_row_with_serial_and_content_but_no_name_is_an_item_that_waits() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲"), item_row("2", "")]))
    assert codes(reading)[1] == ["missing_name"]
    assert reading.items[1].blocked


def test_merges_lost_in_csv_are_filled_down_for_sub_items_and_reported() -> None:
    second = ("", "", "2.子", "", "", "", "", "", "", "", "", "")
    reading = read(sheet([HEADERS, item_row("1", "甲", "1.子"), second]))
    assert names(reading) == ["甲/1.子", "甲/2.子"]
    assert reading.items[1].category == "penalty"
    assert reading.items[1].content["bases"] == reading.items[0].content["bases"]
    assert "filled_down" in codes(reading)[1]


def test_text_hidden_under_a_merged_cell_is_reported_and_not_published() -> None:
    hidden = ("", "", "", "", "", "", "", "", "", "", "1.不同的文字；", "")
    merges = [f"{column}2:{column}3" for column in "ABCDEFGHIJKL"]
    reading = read(sheet([HEADERS, item_row("1", "甲"), hidden], *merges))
    assert reading.items[0].content["accountability"] == ("1.乙；",)
    assert codes(reading) == [["hidden_text"]]


def test_same_body_category_level_and_name_twice_is_reported_on_the_second() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲")], name="a"), sheet([HEADERS, item_row("1", "甲")], name="b"))
    assert codes(reading) == [[], ["duplicate_in_list"]]
    assert "“a”第2行" in reading.items[1].problems[0].message


def test_merges_that_overlap_or_leave_the_sheet_do_no_harm() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲"), ()], "A2:A9", "A2:C2", "K2:Z9"))
    assert names(reading) == ["甲"]


def test_blank_rows_between_an_item_and_its_continuation_do_not_part_them() -> None:
    rest = ("", "", "", "", "《戊法》第九条")
    reading = read(sheet([HEADERS, item_row("1", "甲"), (), rest]))
    assert reading.items[0].rows == (2, 4)
    assert roles(reading) == ["header", "item", "blank", "continuation"]


def test_rows_of_a_merged_cell_taken_apart_and_filled_are_one_item() -> None:
    sub_item = item_row("2", "乙", "2.子")
    rows = [HEADERS, item_row("1", "甲"), item_row("1", "甲"), item_row("2", "乙", "1.子"), sub_item, sub_item]
    reading = read(sheet(rows))
    assert names(reading) == ["甲", "乙/1.子", "乙/2.子"]
    assert roles(reading) == ["header", "item", "continuation", "item", "item", "continuation"]
    assert codes(reading) == [[], [], []]


def test_ditto_takes_the_text_of_the_row_above() -> None:
    second = ("2", "乙", "", "同上", "（同上）", "同上", "同上", "市级", "负责", "〃", "1.丙；", "")
    reading = read(sheet([HEADERS, item_row("1", "甲"), second, ("3", "丁", *second[2:])]))
    assert all(item.content["bases"] == reading.items[0].content["bases"] for item in reading.items)
    assert [item.category for item in reading.items] == ["penalty"] * 3
    assert codes(reading) == [[], ["filled_down"], ["filled_down"]]


def test_names_of_their_own_serial_under_one_merged_name_are_items() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲"), ("2", "", "", "", "《乙法》第二条")], "B2:B3", "D2:D3"))
    assert names(reading) == ["甲", "甲"]


CELL = st.sampled_from(
    [
        "",
        "",
        "",
        "1",
        "2,3",
        "甲",
        "对乙的处罚",
        "行政许可",
        "市级",
        "合计",
        "备注：丙",
        BASIS,
        "/",
        "无",
        "一、行政检查（2项）",
        *HEADERS,
    ]
)


@st.composite
def _sheets(draw: st.DrawFn) -> Sheet:
    width = draw(st.integers(1, 9))
    rows = draw(st.lists(st.tuples(*[CELL] * width), max_size=14))
    for place in draw(st.lists(st.integers(0, 13), max_size=2)):
        rows.insert(min(place, len(rows)), HEADERS[:width])
    corner = st.tuples(st.integers(0, 15), st.integers(0, 9), st.integers(0, 6), st.integers(0, 4))
    merges = [
        Merge(top, left, top + down, left + across) for top, left, down, across in draw(st.lists(corner, max_size=8))
    ]
    return Sheet("Sheet1", tuple(rows), tuple(merges))


@given(_sheets())
def test_every_row_of_any_sheet_is_accounted_for_once(any_sheet: Sheet) -> None:
    reading = read(any_sheet)
    assert reading.rows_read == len(reading.accounts) == len(any_sheet.rows)
    for item in reading.items:
        if item.name and item.category:
            item.to_content(scheme="s", code="c", body="b")
