"""The published form as a workbook, written row by row in constant memory: words on one sheet, exact data on another.

Every cell is written as a text: nothing a list holds can become a formula or a link.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from domain.exact_rows import armoured
from domain.powers import PowerContent
from domain.published_table import COLUMNS, EXACT_SHEET, EXACT_SHEET_COLUMNS, Words, cells, cut, parts

LIST_SHEET = "权责清单"
# A sheet has 1,048,576 rows; what does not fit goes on a further sheet with its own header.
SHEET_ROWS = 1_000_000
SERIAL_WIDTH = 6
EXACT_WIDTHS = (12, 24, 6, 80)
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class PublishedWorkbook:
    """A workbook in the making: ``add`` items in order, then ``close``."""

    def __init__(self, path: Path, title: str, words: Words, day: date, sheet_rows: int = SHEET_ROWS) -> None:
        self._book = xlsxwriter.Workbook(str(path), OPTIONS)
        # The day of the state, not the moment of writing: the same state gives the same bytes, so checksums hold.
        self._book.set_properties({"title": title, "created": datetime(day.year, day.month, day.day, tzinfo=UTC)})
        self._words = words
        self._title = title
        self._sheet_rows = sheet_rows
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top", "border": 1, "num_format": "@"})
        self._plain = self._book.add_format({"valign": "top", "num_format": "@"})
        self._head = self._book.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "align": "center",
                "valign": "vcenter",
                "border": 1,
                "bg_color": "#DCE6F1",
            }
        )
        self._large = self._book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self._serial = 0
        self._sheets = 0
        self._list, self._row = self._list_sheet()
        self._exact: Worksheet | None = None
        self._exact_row, self._exact_sheets = 0, 0

    def add(self, contents: Sequence[PowerContent], documents: Sequence[str]) -> None:
        """Add items; ``documents`` are their canonical JSON."""
        for content, exact in zip(contents, documents, strict=True):
            self._add_words(content)
            self._add_exact(content, exact)

    def close(self) -> None:
        """Finish the file. Without any item it still has its header."""
        self._book.close()

    def _add_words(self, content: PowerContent) -> None:
        if self._row >= self._sheet_rows:
            self._list, self._row = self._list_sheet()
        self._serial += 1
        self._list.write_number(self._row, 0, self._serial, self._wrapped)
        for place, text in enumerate(cells(content, self._words), 1):
            if text:
                self._list.write_string(self._row, place, cut(text), self._wrapped)
        self._row += 1

    def _add_exact(self, content: PowerContent, exact: str) -> None:
        for number, part in enumerate(parts(armoured(exact)), 1):
            if self._exact is None or self._exact_row >= self._sheet_rows:
                self._exact_sheets += 1
                self._exact = self._new_sheet(EXACT_SHEET, self._exact_sheets)
                self._widths(self._exact, EXACT_WIDTHS, self._plain)
                self._cells(self._exact, 0, EXACT_SHEET_COLUMNS, self._head)
                self._exact_row = 1
            self._cells(self._exact, self._exact_row, (content.scheme, content.code, str(number), part), self._plain)
            self._exact_row += 1

    def _list_sheet(self) -> tuple[Worksheet, int]:
        """Begin a sheet of the list: title, header of two rows with the merged 实施层级及权限."""
        self._sheets += 1
        sheet = self._new_sheet(LIST_SHEET, self._sheets)
        self._widths(sheet, (SERIAL_WIDTH, *(column.width for column in COLUMNS)), self._wrapped)
        sheet.set_row(0, 30)
        sheet.merge_range(0, 0, 0, len(COLUMNS), self._title, self._large)
        upper = ["序号", *(column.group or column.header for column in COLUMNS)]
        lower = ["", *(column.header if column.group else "" for column in COLUMNS)]
        self._cells(sheet, 1, upper, self._head)
        self._cells(sheet, 2, lower, self._head)
        # Rows are flushed as they are written, so the merged ranges are noted after both rows of the header.
        sheet.merge.extend(_header_merges())
        sheet.freeze_panes(3, 2)
        sheet.set_landscape()
        sheet.repeat_rows(1, 2)
        sheet.fit_to_pages(1, 0)
        return sheet, 3

    def _new_sheet(self, name: str, number: int) -> Worksheet:
        return self._book.add_worksheet(name if number == 1 else f"{name}（{number}）")

    @staticmethod
    def _widths(sheet: Worksheet, widths: Sequence[int], form: Format) -> None:
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width, form)

    @staticmethod
    def _cells(sheet: Worksheet, row: int, texts: Sequence[str], form: Format) -> None:
        for place, text in enumerate(texts):
            sheet.write_string(row, place, text, form)


def _header_merges() -> list[list[int]]:
    """Return the merged ranges of the header: columns over both rows, and the groups over their columns."""
    merges = [[1, 0, 2, 0]]
    start = 0
    while start < len(COLUMNS):
        group, end = COLUMNS[start].group, start + 1
        while group and end < len(COLUMNS) and COLUMNS[end].group == group:
            end += 1
        merges.append([1, start + 1, 1, end] if group else [1, start + 1, 2, start + 1])
        start = end
    return merges
