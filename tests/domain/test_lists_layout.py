"""Headers and tables as departments lay them out: titles above, two-row headers, repeats, sections, footnotes."""

import pytest

from tests.list_sheets import BASIS, HEADERS, codes, item_row, names, read, roles, sheet

pytestmark = pytest.mark.clause("L1")


def test_title_blank_and_form_lines_stand_before_the_header() -> None:
    reading = read(
        sheet(
            [
                ("某市某局权责清单（行政处罚类）",),
                (),
                ("填报单位：某局", "", "", "填报日期：2024年5月1日"),
                HEADERS,
                item_row("1", "对甲的处罚", category=""),
            ],
            "A1:L1",
        )
    )
    assert roles(reading) == ["title", "blank", "note", "header", "item"]
    assert reading.items[0].category == "penalty"
    assert reading.items[0].category_from == "title"


def test_title_repeated_in_every_cell_is_a_title_and_no_header_row() -> None:
    reading = read(sheet([["某局权责清单"] * 12, HEADERS, item_row("1", "甲")]))
    assert roles(reading) == ["title", "header", "item"]


def test_level_and_authority_are_told_apart_under_one_merged_header() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲", level="地州\n市级")], "H1:I1"))
    content = reading.items[0].content
    assert (content["level"], content["authority"]) == ("prefecture", "负责本级")


def test_level_and_authority_are_told_apart_when_the_header_is_not_merged_but_blank_or_repeated() -> None:
    repeated = list(HEADERS)
    repeated[8] = repeated[7]
    for headers in (HEADERS, repeated):
        content = read(sheet([headers, item_row("1", "甲")])).items[0].content
        assert (content["level"], content["authority"]) == ("prefecture", "负责本级")


def test_level_at_the_beginning_of_a_sentence_is_the_level_and_the_rest_the_authority() -> None:
    headers = [header for header in HEADERS if header]
    row = [cell for place, cell in enumerate(item_row("1", "甲")) if place != 8]
    row[7] = "地州市级。负责行政区域内的审批。"
    content = read(sheet([headers, row])).items[0].content
    assert (content["level"], content["authority"]) == ("prefecture", "负责行政区域内的审批。")


def test_sentence_without_a_level_is_kept_as_authority_and_reported() -> None:
    reading = read(sheet([HEADERS, (*item_row("1", "甲")[:7], "按照有关规定执行", "", *item_row("1", "甲")[9:])]))
    assert reading.items[0].content["authority"] == "按照有关规定执行"
    assert codes(reading) == [["unknown_level"]]


def test_two_header_rows_with_merged_parents() -> None:
    reading = read(
        sheet(
            [
                ("序号", "事项名称", "权力类型", "责任事项", "", "追责", "", "办理时限", ""),
                ("", "", "", "内容", "依据", "情形", "依据", "法定", "承诺"),
                (
                    "1",
                    "甲",
                    "行政许可",
                    "一次告知",
                    "《乙法》第二条",
                    "1.丙；",
                    "《丁条例》第三条",
                    "20个工作日",
                    "5个工作日",
                ),
            ],
            *("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:G1", "H1:I1"),
        )
    )
    content = reading.items[0].content
    assert roles(reading) == ["header", "header", "item"]
    assert content["responsibility_bases"][0].title == "乙法"
    assert content["accountability_bases"][0].title == "丁条例"
    assert (content["statutory_limit"].value, content["promised_limit"].value) == (20, 5)


def test_two_header_rows_without_any_merge_as_a_csv_has_them() -> None:
    reading = read(
        sheet(
            [
                ("序号", "事项名称", "权力类型", "责任事项", "", "备注"),
                ("", "", "", "内容", "依据", ""),
                ("1", "甲", "行政许可", "一次告知", "《乙法》第二条", ""),
            ]
        )
    )
    assert roles(reading) == ["header", "header", "item"]
    assert reading.items[0].content["responsibility_bases"][0].article == "第二条"


def test_header_repeated_after_a_page_break_and_a_row_of_column_numbers() -> None:
    numbers = tuple(str(number) for number in range(1, 13))
    reading = read(sheet([HEADERS, numbers, item_row("1", "甲"), HEADERS, numbers, item_row("2", "乙")]))
    assert roles(reading) == ["header", "header", "item", "repeated_header", "repeated_header", "item"]
    assert names(reading) == ["甲", "乙"]


def test_second_table_with_other_columns_in_the_same_sheet() -> None:
    reading = read(
        sheet(
            [
                ("一、行政许可",),
                ("序号", "事项名称", "设定依据"),
                ("1", "甲", BASIS),
                (),
                ("二、行政检查",),
                ("序号", "设定依据", "事项名称", "实施机关"),
                ("1", BASIS, "乙", "某局"),
            ]
        )
    )
    assert [(item.name, item.category) for item in reading.items] == [("甲", "licence"), ("乙", "inspection")]
    assert reading.items[1].content["body_name"] == "某局"


def test_section_rows_give_category_and_body_and_their_counts_are_compared() -> None:
    reading = read(
        sheet(
            [
                ("序号", "事项名称", "设定依据", "行使主体"),
                ("一、行政许可（2项）",),
                ("1", "甲", BASIS, ""),
                ("（二）行政处罚（1项）", "", "", ""),
                ("1", "乙", BASIS, ""),
                ("市教育局", "", "", ""),
                ("2", "丙", BASIS, ""),
            ],
            *("A2:D2", "A6:D6"),
        )
    )
    assert [item.category for item in reading.items] == ["licence", "penalty", "penalty"]
    assert reading.items[2].content["body_name"] == "市教育局"
    assert [note.code for note in reading.notes] == ["count_differs"]


def test_footnotes_and_totals_are_notes_with_their_text() -> None:
    reading = read(
        sheet(
            [HEADERS, item_row("1", "甲"), ("合计", "1项"), ("备注：包括两级事项。",), ("", "注：另见附件。")],
            "A4:L4",
        )
    )
    assert roles(reading) == ["header", "item", "note", "note", "note"]
    assert "包括两级事项" in reading.accounts[3].reason


def test_rows_that_were_only_numbered_in_advance_are_blank_with_the_reason() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲"), ("2",), ("3",)]))
    assert roles(reading) == ["header", "item", "blank", "blank"]
    assert reading.accounts[2].reason == "只有序号，没有内容"


def test_unrecognised_and_missing_headers_keep_their_columns() -> None:
    reading = read(sheet([("序号", "事项名称", "权力类型", "星级"), ("1", "甲", "行政许可", "五星", "旁注")]))
    further = reading.items[0].content["further"]
    assert further == {"星级": "五星", "第5列（无表头）": "旁注"}
    assert reading.sheets[0].unrecognised == ("星级",)


def test_options_of_a_form_beside_the_table_are_noted_and_not_taken_as_content() -> None:
    rows = [(*item_row(str(n), f"事项{n}"), "", word) for n, word in enumerate(("行政许可", "行政检查"), 1)]
    reading = read(sheet([HEADERS, *rows]))
    assert all("further" not in item.content for item in reading.items)
    assert [note.code for note in reading.notes] == ["stray_cells"]


def test_doubled_column_keeps_both_texts_and_says_so() -> None:
    headers = ("序号", "事项名称", "权力类型", "追责情形", "备注", "追责情形")
    reading = read(
        sheet([headers, ("1", "甲", "行政许可", "1.一；", "", "1.二；"), ("2", "乙", "行政许可", "", "", "1.三；")])
    )
    assert reading.items[0].content["further"] == {"追责情形（第6列）": "1.二；"}
    assert reading.items[1].content["accountability"] == ("1.三；",)
    assert "column_conflict" in codes(reading)[0]


def test_columns_marked_per_level() -> None:
    reading = read(
        sheet(
            [
                ("序号", "职权名称", "职权类型", "行使层级", "", "", "实施依据"),
                ("", "", "", "省级", "市级", "县级", ""),
                ("1", "甲", "行政许可", "", "√", "", BASIS),
                ("2", "乙", "行政许可", "", "√", "√", BASIS),
                ("3", "丙", "行政许可", "", "", "负责本县", BASIS),
            ],
            *("A1:A2", "B1:B2", "C1:C2", "D1:F1", "G1:G2"),
        )
    )
    assert [item.content.get("level") for item in reading.items] == ["prefecture", "prefecture", "county"]
    assert codes(reading)[1] == ["several_levels"]
    assert reading.items[2].content["authority"] == "负责本县"


def test_sheet_without_header_is_reported_row_by_row() -> None:
    reading = read(
        sheet([("说明",), ("本清单由某局编制，请勿转载",)], name="说明"), sheet([HEADERS, item_row("1", "甲")])
    )
    assert roles(reading)[:2] == ["unassigned", "unassigned"]
    assert [note.code for note in reading.notes] == ["no_header"]


def test_hidden_sheet_is_read_but_waits_for_a_person() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲")], visible=False))
    assert reading.items[0].blocked
    assert reading.notes[0].code == "hidden_sheet"


def test_category_comes_from_the_sheet_name_with_stray_spaces_and_the_count_is_compared() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲", category="")], name="行政检查（ 17项）"))
    assert (reading.items[0].category, reading.items[0].category_from) == ("inspection", "sheet")
    assert reading.notes[0].code == "count_differs"


def test_a_serial_for_two_numbers_counts_twice_against_the_label() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲"), item_row("2,3", "乙")], name="行政处罚（3项）"))
    assert reading.notes == ()
    assert codes(reading) == [[], ["several_serials"]]


def test_row_category_wins_over_the_sheet_and_the_contradiction_is_reported() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲", category="行政许可")], name="行政检查"))
    assert reading.items[0].category == "licence"
    assert codes(reading) == [["category_conflict"]]


def test_unknown_category_blocks_the_row() -> None:
    reading = read(sheet([HEADERS, item_row("1", "甲", category="公共服务")]))
    assert codes(reading) == [["unknown_category"]]
    assert reading.items[0].blocked


def test_forms_with_labels_beside_their_values_are_read_one_item_each() -> None:
    rows = [
        ("某局权责事项表",),
        ("职权名称", "甲", "", "职权类型", "行政许可"),
        ("职权编码", "A-1", "", "行使主体", "某局"),
        ("职权依据", "【法律】《乙法》第一条"),
        ("责任事项", "1.受理责任：公示。"),
        ("", "2.审查责任：核实。"),
        (),
        ("职权名称", "丙", "", "职权类型", "行政检查"),
        ("职权编码", "A-2", "", "行使主体", "某局"),
        ("职权依据", "【法律】《丁法》第二条"),
    ]
    reading = read(sheet(rows, "A1:E1"))
    assert [(item.name, item.code, item.category) for item in reading.items] == [
        ("甲", "A-1", "licence"),
        ("丙", "A-2", "inspection"),
    ]
    assert len(reading.items[0].content["responsibilities"]) == 2
    assert roles(reading)[:2] == ["title", "item"]


def test_name_column_with_a_strange_header_is_guessed_and_said() -> None:
    headers = ("序号", "管什么", "权力类型", "实施依据", "行使主体", "备注")
    reading = read(sheet([headers, ("1", "甲", "行政许可", BASIS, "某局", "")]))
    assert names(reading) == ["甲"]
    assert "name_column_guessed" in [note.code for note in reading.notes]


def test_of_several_levels_the_body_s_own_is_taken() -> None:
    row = (*item_row("1", "甲")[:5], "某市某局", "某科", "自治区级、地州市级、县市区级", "负责本级", "", "", "")
    reading = read(sheet([HEADERS, row]))
    assert reading.items[0].content["level"] == "prefecture"
    assert codes(reading)[0][0] == "several_levels"


def test_remarks_that_speak_of_an_end_are_pointed_out() -> None:
    reading = read(sheet([HEADERS, (*item_row("1", "甲")[:11], "2015年1月22日废止")]))
    assert codes(reading) == [["status_in_remarks"]]
    assert reading.items[0].content["remarks"] == "2015年1月22日废止"
