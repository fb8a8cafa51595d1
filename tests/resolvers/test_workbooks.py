"""Files of every kind become sheets or rows; what cannot be read is refused with file and reason."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from domain.lists.results import ListReading
from domain.lists.sheets import Merge, Workbook
from resolvers.spreadsheet_child import cell_text
from resolvers.workbook_guards import (
    DEFAULT_LIMITS,
    ListFileBroken,
    ListFileEncrypted,
    ListFileRefused,
    ListFileTooLarge,
    ListFormatUnknown,
)
from resolvers.workbooks import RowSource, header_mapping, open_list, read_list_file
from tests.list_sheets import check_accounts, names, profile

pytestmark = pytest.mark.clause("L1")

ROWS = (
    ("序号", "事项名称", "权力类型", "实施依据"),
    ("1", "甲", "行政许可", "【法律】《乙法》第一条"),
    ("2", "丙，丁", "行政检查", ""),
)


def xlsx(write: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    """The bytes of a workbook that `write` fills."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    write(workbook)
    workbook.close()
    return stream.getvalue()


def small(workbook: xlsxwriter.Workbook) -> None:
    """One sheet with `ROWS`."""
    sheet = workbook.add_worksheet("行政许可")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)


def two_sheets(workbook: xlsxwriter.Workbook) -> None:
    """Two sheets with nothing in them."""
    workbook.add_worksheet()
    workbook.add_worksheet()


def read(data: bytes | Path, name: str = "list") -> ListReading:
    """The whole reading, accounts checked."""
    reading = read_list_file(data, name, profile(), header_mapping())
    check_accounts(reading, {})
    return reading


def opened(data: bytes, name: str = "list.xlsx") -> Workbook:
    """The workbook of a spreadsheet."""
    workbook = open_list(data, name)
    assert isinstance(workbook, Workbook)
    return workbook


def test_cells_become_text_without_artefacts_of_the_program() -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet("一")
        sheet.write_row(0, 0, [1, 1.5, 0.1 + 0.2, True, 650200207])
        sheet.write_datetime(1, 0, date(2024, 5, 1), workbook.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_string(2, 2, "2,3")

    rows = opened(xlsx(write)).sheets[0].rows
    assert rows[0] == ("1", "1.5", "0.3", "是", "650200207")
    assert rows[1][:1] == ("2024-05-01",)
    assert rows[2] == ("", "", "2,3", "", "")
    assert [cell_text(value) for value in (2.0, 1e20, None, False)] == ["2", "1e+20", "", "否"]


def test_sheets_keep_order_visibility_and_merged_ranges() -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        first, second, third = (workbook.add_worksheet(name) for name in ("一", "二", "三"))
        first.merge_range("B2:C4", "合")
        second.write(0, 0, "x")
        second.hide()
        third.very_hidden()

    sheets = opened(xlsx(write)).sheets
    assert [(sheet.name, sheet.visible) for sheet in sheets] == [("一", True), ("二", False), ("三", False)]
    assert sheets[0].merges == (Merge(1, 1, 3, 2),)
    assert sheets[0].rows[0] == ("", "")[: len(sheets[0].rows[0])] or set(sheets[0].rows[0]) == {""}
    assert sheets[2].rows == ()


def test_rows_keep_the_numbers_of_the_spreadsheet_when_it_begins_lower() -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet("一")
        for number, row in enumerate(ROWS):
            sheet.write_row(number + 4, 2, row)

    assert [item.row for item in read(xlsx(write)).items] == [6, 7]


def test_openpyxl_workbooks_are_read_alike() -> None:
    workbook = openpyxl.Workbook()
    for row in ROWS:
        workbook.active.append(row)  # type: ignore[union-attr]
    stream = io.BytesIO()
    workbook.save(stream)
    assert names(read(stream.getvalue())) == ["甲", "丙，丁"]


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    data = xlsx(small)
    workbook = opened(data, "list.xls")
    assert workbook.format == "xlsx"
    assert "实际内容是 xlsx" in workbook.remarks[0]
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    assert names(read(path)) == ["甲", "丙，丁"]


def test_the_hash_is_of_the_bytes_so_that_the_same_file_is_known_again() -> None:
    data = xlsx(small)
    assert opened(data, "a.xlsx").sha256 == opened(data, "b.xlsx").sha256


def test_html_tables_under_the_name_xls_are_read_with_their_spans() -> None:
    html = (
        "<html><head><style>td{}</style></head><body><table><tr><td colspan=4>某局权责清单</td></tr>"
        "<tr><th>序号</th><th>事项名称</th><th>权力类型</th><th>子项名称</th></tr>"
        "<tr><td rowspan=2>1</td><td rowspan=2>甲&amp;乙</td><td>行政许可</td><td>一<br>子</td></tr>"
        "<tr><td>行政许可</td><td>二子</td></tr></table></body></html>"
    )
    reading = read(html.encode("gb18030"), "list.xls")
    assert names(reading) == ["甲&乙/一子", "甲&乙/二子"]


def test_spreadsheetml_is_read() -> None:
    xml = (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="行政许可"><Table>'
        + "".join(
            "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
            for row in ROWS
        )
        + "</Table></Worksheet></Workbook>"
    )
    workbook = opened(xml.encode(), "list.xls")
    assert workbook.sheets[0].name == "行政许可"
    assert workbook.sheets[0].rows[2][1] == "丙，丁"


def ods(table: str, styles: str = "") -> bytes:
    """An OpenDocument file with this content."""
    spaces = "".join(f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in _SPACES)
    content = (
        f"<office:document-content{spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return stream.getvalue()


_SPACES = ("office", "table", "text", "style")


def ods_cell(text: str, attributes: str = "") -> str:
    """A text cell."""
    return f'<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p></table:table-cell>'


def ods_row(*cells: str, repeated: int = 1) -> str:
    """A row of cells."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def test_opendocument_keeps_merged_ranges_hidden_sheets_and_values() -> None:
    covered = "<table:covered-table-cell/>"
    number = '<table:table-cell office:value-type="float" office:value="1" table:number-rows-spanned="2"/>'
    filler = ods_row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=1_048_000)
    data = ods(
        '<table:table table:name="一">'
        + ods_row(*(ods_cell(word) for word in ("序号", "事项名称", "子项名称", "权力类型")))
        + ods_row(number, ods_cell("甲", 'table:number-rows-spanned="2"'), ods_cell("子"), ods_cell("行政许可"))
        + ods_row(covered, covered, ods_cell("丑"), ods_cell("行政许可"))
        + filler
        + '</table:table><table:table table:name="二" table:style-name="ta2"></table:table>',
        '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>',
    )
    assert [sheet.visible for sheet in opened(data, "a.ods").sheets] == [True, False]
    reading = read(data, "a.ods")
    assert names(reading) == ["甲/子", "甲/丑"]
    assert [item.serial for item in reading.items] == ["1", "1"]


def test_opendocument_that_unfolds_to_too_much_is_refused() -> None:
    for row in (
        ods_row(ods_cell("x"), repeated=1_048_576),
        ods_row(ods_cell("x", 'table:number-columns-repeated="16384"')),
    ):
        with pytest.raises(ListFileTooLarge):
            open_list(ods(f'<table:table table:name="一">{row}</table:table>'), "a.ods")
    with pytest.raises(ListFileBroken):
        open_list(ods("<table:table>"), "a.ods")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(ROWS)
    reading = read(stream.getvalue().encode(encoding), "清单.csv")
    assert names(reading) == ["甲", "丙，丁"]
    assert reading.items[0].content["bases"][0].title == "乙法"


def test_csv_rows_count_records_and_not_lines() -> None:
    text = '序号,事项名称,权力类型\r\n1,"甲\r\n乙",行政许可\r\n\r\n2,丙,行政许可\r\n'
    reading = read(text.encode(), "a.csv")
    assert [(item.name, item.row) for item in reading.items] == [("甲乙", 2), ("丙", 4)]
    assert reading.accounts[2].role == "blank"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]], ensure_ascii=False),
        json.dumps({"标题": "清单", "items": [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]}),
        "\n".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) for row in ROWS[1:]),
        json.dumps(ROWS, ensure_ascii=False),
    ],
    ids=["array", "envelope", "lines", "rows"],
)
def test_json_of_every_shape(text: str) -> None:
    assert names(read(text.encode(), "a.json")) == ["甲", "丙，丁"]


def test_json_values_that_are_no_texts_are_read() -> None:
    record: dict[str, Any] = {
        "序号": 1,
        "事项名称": "甲",
        "权力类型": "行政许可",
        "追责情形": ["1.乙；", "2.丙。"],
        "备注": None,
        "星级": 4.5,
    }
    content = read(json.dumps([record]).encode(), "a.json").items[0].content
    assert content["accountability"] == ("1.乙；", "2.丙。")
    assert content["further"] == {"星级": "4.5"}


def test_documents_of_our_own_export_come_back_as_they_are() -> None:
    item = read(xlsx(small), "a.xlsx").items[0]
    content = item.to_content(scheme="hubei-16", code="320300001XK00100", body="b1")
    document = content.model_dump(mode="json", exclude_defaults=True)
    again = read(json.dumps({"items": [document]}).encode(), "a.json").items[0]
    assert (again.scheme, again.code, again.body_code) == ("hubei-16", "320300001XK00100", "b1")
    assert again.to_content(scheme=again.scheme, code=again.code, body=again.body_code) == content


def test_long_form_is_pivoted_per_record_and_every_row_accounted_for() -> None:
    rows = [
        ("来源", "row_id", "原表头", "值"),
        ("某市", "a-1", "职权名称", "甲"),
        ("某市", "a-1", "职权类型", "行政征用"),
        ("某市", "a-2", "职权名称", "乙"),
        ("某市", "a-2", "责任事项1", "受理"),
        ("某市", "a-2", "责任事项2", "审查"),
    ]
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    reading = read(stream.getvalue().encode(), "a.csv")
    assert [(item.name, item.rows) for item in reading.items] == [("甲", (2, 3)), ("乙", (4, 5, 6))]
    assert reading.items[0].category == "requisition"
    assert [matter.text for matter in reading.items[1].content["responsibilities"]] == ["受理\n审查"]


def _archive(**entries: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", ListFileBroken),
        (xlsx(small)[:2000], ListFileBroken),
        (OLE, ListFileBroken),
        (OLE + "Workbook".encode("utf-16-le"), ListFileBroken),
        (OLE + "EncryptedPackage".encode("utf-16-le"), ListFileEncrypted),
        (_archive(word__document_dot_xml="<x/>"), ListFormatUnknown),
        (_archive(readme="x"), ListFormatUnknown),
        (b"%PDF-1.7", ListFormatUnknown),
        (b"abc\x00\x01\x02def", ListFormatUnknown),
        (b"<html><body>nothing</body></html>", ListFormatUnknown),
        (b'[{"a": 1}, {"a"', ListFileBroken),
        (b'[{"a": 1} {"a": 2}]', ListFileBroken),
        (b"\xff\xff\xff,\xfe\xff\n", ListFileBroken),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_name_and_reason(data: bytes, error: type[ListFileRefused]) -> None:
    with pytest.raises(error) as caught:
        read(data, "某局清单.xlsx")
    assert "某局清单.xlsx" in caught.value.message
    assert caught.value.remedy


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    def far(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        sheet.write("A1", "x")
        sheet.write("XFD1048576", "y")

    with pytest.raises(ListFileTooLarge, match="1048576 行"):
        read(xlsx(far), "a.xlsx")
    with pytest.raises(ListFileTooLarge, match="解开后"):
        open_list(xlsx(small), "a.xlsx", replace(DEFAULT_LIMITS, unpacked_bytes=1000))
    with pytest.raises(ListFileTooLarge, match="2 个工作表"):
        open_list(xlsx(two_sheets), "a.xlsx", replace(DEFAULT_LIMITS, sheets=1))
    with pytest.raises(ListFileTooLarge, match="上限为 0 MB"):
        open_list(xlsx(small), "a.xlsx", replace(DEFAULT_LIMITS, file_bytes=10))


def test_too_long_cells_and_too_many_columns_are_refused_with_their_row() -> None:
    limits = replace(DEFAULT_LIMITS, cell_characters=5, columns=3)
    with pytest.raises(ListFileTooLarge, match="第2行有单元格超过 5 字"):
        open_list(xlsx(small), "a.xlsx", replace(limits, columns=9))
    with pytest.raises(ListFileTooLarge, match="4 列，上限"):
        open_list(xlsx(small), "a.xlsx", limits)
    source = open_list(b"a,b\nx,1234567\n", "a.csv", limits)
    assert isinstance(source, RowSource)
    with pytest.raises(ListFileBroken, match="第2行"):
        list(source.rows())


def test_formatted_but_empty_cells_far_away_do_not_count() -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        small(workbook)
        sheet = workbook.get_worksheet_by_name("行政许可")
        sheet.write_blank("XFD1048576", None, workbook.add_format({"bold": True}))

    assert names(read(xlsx(write), "a.xlsx")) == ["甲", "丙，丁"]


def test_damaged_workbooks_never_take_the_server_down() -> None:
    data = xlsx(small)
    for place in range(0, len(data), 97):
        damaged = data[:place] + b"\xff\x00\xff" + data[place + 3 :]
        try:
            open_list(damaged, "a.xlsx")
        except ListFileRefused as refusal:
            assert "a.xlsx" in refusal.message  # noqa: PT017
