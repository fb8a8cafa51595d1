"""The published lists, disturbed as other departments' lists are: the same items must come out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from domain.lists.reader import read_list
from domain.lists.results import ListReading
from domain.lists.sheets import Merge, Sheet, Workbook
from domain.lists.texts import squeeze
from resolvers.workbooks import header_mapping, open_list
from tests.list_sheets import check_accounts, profile

pytestmark = pytest.mark.clause("L1")

FILES = ("统计局", "医疗保障局", "商务局", "应急管理局", "科学技术局", "国动办", "财政局")


def header_row(sheet: Sheet) -> int:
    """Index of the header row, or -1."""
    return next((place for place, row in enumerate(sheet.rows[:6]) if "序号" in map(squeeze, row)), -1)


def without_merges(sheet: Sheet) -> Sheet:
    """As a CSV of the sheet would be."""
    return replace(sheet, merges=())


def filled(sheet: Sheet) -> Sheet:
    """Merged cells taken apart, their text in every cell."""
    rows = [list(row) for row in sheet.rows]
    for merge in sheet.merges:
        for place in range(merge.top, min(merge.bottom + 1, len(rows))):
            for column in range(merge.left, min(merge.right + 1, len(rows[0]))):
                rows[place][column] = sheet.rows[merge.top][merge.left]
    return replace(sheet, rows=tuple(map(tuple, rows)), merges=())


def shifted(sheet: Sheet) -> Sheet:
    """Two blank rows above and a blank column to the left."""
    width = len(sheet.rows[0]) + 1 if sheet.rows else 1
    merges = tuple(Merge(m.top + 2, m.left + 1, m.bottom + 2, m.right + 1) for m in sheet.merges)
    return replace(sheet, rows=(("",) * width,) * 2 + tuple(("", *row) for row in sheet.rows), merges=merges)


def _inserted(sheet: Sheet, before: Callable[[int, tuple[str, ...]], list[tuple[str, ...]]]) -> Sheet:
    """Rows put in before others; never inside a merged range."""
    rows: list[tuple[str, ...]] = []
    moved: dict[int, int] = {}
    for place, row in enumerate(sheet.rows):
        if not any(merge.top < place <= merge.bottom for merge in sheet.merges):
            rows += before(place, row)
        moved[place] = len(rows)
        rows.append(row)
    merges = tuple(
        Merge(moved[m.top], m.left, moved[m.top] + m.bottom - m.top, m.right) for m in sheet.merges if m.top in moved
    )
    return replace(sheet, rows=tuple(rows), merges=merges)


def paged(sheet: Sheet) -> Sheet:
    """Title and header again every ten rows."""
    header = header_row(sheet)

    def before(place: int, row: tuple[str, ...]) -> list[tuple[str, ...]]:
        again = header >= 0 and place > header + 1 and (place - header) % 10 == 0
        return [("某局权责清单（续表）", *[""] * (len(row) - 1)), sheet.rows[header]] if again else []

    return _inserted(sheet, before)


def sectioned(sheet: Sheet) -> Sheet:
    """The category in section rows, and neither in its column nor in the sheet's name."""
    header = header_row(sheet)
    if header < 0:
        return sheet
    column = [squeeze(cell) for cell in sheet.rows[header]].index("权力类型")
    last = ""

    def before(place: int, row: tuple[str, ...]) -> list[tuple[str, ...]]:
        nonlocal last
        category = squeeze(row[column])
        if place <= header or not category or category == last:
            return []
        last = category
        return [(f"一、{category}", *[""] * (len(row) - 1))]

    with_sections = _inserted(sheet, before)
    rows = [
        row if place <= header or row[0].startswith("一、") else (*row[:column], "", *row[column + 1 :])
        for place, row in enumerate(with_sections.rows)
    ]
    return replace(with_sections, name="一", rows=tuple(rows))


def wrapped(sheet: Sheet) -> Sheet:
    """Every text broken after nine characters, as in a narrow column."""

    def wrap(text: str) -> str:
        lines = (line[start : start + 9] for line in text.split("\n") for start in range(0, len(line), 9))
        return "\n".join(lines)

    header = max(header_row(sheet), 0)
    rows = tuple(tuple(map(wrap, row)) if place >= header else row for place, row in enumerate(sheet.rows))
    return replace(sheet, rows=rows)


def said(reading: ListReading) -> list[tuple[object, ...]]:
    """What must be the same for every item."""
    return [
        (
            item.name,
            item.sub_item,
            item.category,
            item.content.get("level"),
            tuple(basis.title for basis in item.content.get("bases", ())),
            tuple(matter.heading for matter in item.content.get("responsibilities", ())),
        )
        for item in reading.items
    ]


@pytest.mark.parametrize("part", FILES)
@pytest.mark.parametrize("disturb", [without_merges, filled, shifted, paged, sectioned, wrapped])
def test_disturbed_list_gives_the_same_items(part: str, disturb: Callable[[Sheet], Sheet], shared_data: Path) -> None:
    path = next((path for path in sorted((shared_data / "lists").iterdir()) if part in path.name), None)
    if path is None:
        pytest.skip(f"the sample {part} is not there")
    workbook = open_list(path)
    assert isinstance(workbook, Workbook)
    plain = read_list(workbook, profile(), header_mapping())
    sheets = tuple(disturb(sheet) for sheet in workbook.sheets)
    disturbed = read_list(replace(workbook, sheets=sheets), profile(), header_mapping())
    assert disturbed.rows_read == len(disturbed.accounts) == sum(len(sheet.rows) for sheet in sheets)
    if disturb is not sectioned:
        check_accounts(disturbed, {sheet.name: len(sheet.rows) for sheet in sheets})
    assert said(disturbed) == said(plain)
