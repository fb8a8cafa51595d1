"""The lists that departments really published: every row accounted for, counts as checked by eye."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.lists.results import ListItem, ListReading
from domain.lists.texts import squeeze
from resolvers.workbooks import RowSource, header_mapping, open_list, read_list_file
from tests.list_sheets import check_accounts, profile

pytestmark = pytest.mark.clause("L1")

# File (part of its name) → items by category, checked by eye against the sheets; merged rows make one item.
COUNTS: dict[str, dict[str, int]] = {
    "农业农村局": {
        "licence": 10,
        "coercion": 21,
        "penalty": 254,
        "levy": 3,
        "confirmation": 1,
        "reward": 2,
        "inspection": 17,
        "adjudication": 1,
        "other_power": 3,
    },
    "统计局": {"penalty": 2, "inspection": 1},
    "住房和城乡建设局": {"licence": 19, "penalty": 280, "inspection": 14, "other_power": 14},
    "医疗保障局": {"penalty": 6, "coercion": 1, "inspection": 8, "reward": 1, "other_power": 1},
    "商务局": {"licence": 2, "inspection": 2, "penalty": 13, "other_power": 4},
    "委宣传部": {"licence": 1},
    "应急管理局": {
        "licence": 11,
        "penalty": 92,
        "coercion": 14,
        "inspection": 11,
        "benefit": 1,
        "reward": 6,
        "confirmation": 2,
        "other_power": 12,
    },
    "科学技术局": {"penalty": 1, "confirmation": 2, "other_power": 1},
    "国动办": {"inspection": 3, "licence": 4, "levy": 1, "penalty": 5, "other_power": 5},
    "财政局": {"inspection": 3, "penalty": 9, "adjudication": 1, "confirmation": 1, "licence": 2, "other_power": 3},
}
TABLES = {"items-karamay-fire-2025": 75, "items-guangan-service-codes": 1135, "items-other-sources-eav": 38}


@cache
def reading_of(path: Path) -> ListReading:
    """The reading of one file."""
    return read_list_file(path, path.name, profile(), header_mapping())


def _file(folder: Path, part: str) -> Path:
    found = [path for path in sorted(folder.iterdir()) if part in path.name]
    if not found:
        pytest.skip(f"the sample {part} is not there")
    return found[0]


def _rows_in(path: Path) -> dict[str, int]:
    opened = open_list(path)
    if isinstance(opened, RowSource):
        return {opened.sheet: sum(1 for _ in opened.rows())}
    return {sheet.name: len(sheet.rows) for sheet in opened.sheets}


@pytest.mark.parametrize("part", COUNTS)
def test_published_list_is_read_with_every_row_accounted_for(part: str, shared_data: Path) -> None:
    path = _file(shared_data / "lists", part)
    reading = reading_of(path)
    check_accounts(reading, _rows_in(path))
    assert Counter(item.category for item in reading.items) == COUNTS[part]
    assert not [account for account in reading.accounts if account.role == "unassigned"]


@pytest.mark.parametrize("part", COUNTS)
def test_items_of_a_published_list_are_whole(part: str, shared_data: Path) -> None:
    reading = reading_of(_file(shared_data / "lists", part))
    assert not [item for item in reading.items if item.blocked]
    for item in reading.items:
        content = item.to_content(scheme="s", code="c", body="b")
        assert content.bases
        assert content.body_name
        missing = {problem.column for problem in item.problems if problem.code == "missing_field"}
        assert bool(content.responsibilities) is ("责任事项" not in missing)
        assert (2 <= len(content.accountable_persons) <= 5) is ("追责对象范围" not in missing)
        assert bool(content.accountability) is ("追责情形" not in missing)


@pytest.mark.parametrize("part", COUNTS)
def test_no_text_of_a_published_list_is_lost(part: str, shared_data: Path) -> None:
    path = _file(shared_data / "lists", part)
    opened = open_list(path)
    assert not isinstance(opened, RowSource)
    reading = reading_of(path)
    said = {(item.sheet, row): _said(item) for item in reading.items for row in item.rows}
    for sheet in opened.sheets:
        for number, row in enumerate(sheet.rows, 1):
            for cell in row[1:] if (sheet.name, number) in said else ():
                lost = [piece for piece in _pieces(cell) if piece not in said[sheet.name, number]]
                assert not lost, (sheet.name, number, lost)


def _said(item: ListItem) -> str:
    """All letters of an item's texts, and of what its problems quote."""
    texts: list[str] = [problem.message for problem in item.problems if problem.code == "hidden_text"]

    def gather(value: Any) -> None:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            for inner in value.values():
                gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)

    gather(item.to_content(scheme="s", code="c", body="b").model_dump(mode="json"))
    return " ".join(_letters(text) for text in texts)


def _letters(text: str) -> str:
    return "".join(character for character in squeeze(text) if character.isalpha() and character not in "一二三")


def _pieces(cell: str) -> list[str]:
    """Pieces of eight letters from within the sentences of a cell, tags and headings left out."""
    sentences = re.split(r"【[^】]*】|(?:直接实施|指导监督)责任|[。；：:;\n\d]", cell.replace("\n", ""))
    pieces = [_letters(sentence) for sentence in sentences]
    return [piece[start : start + 8] for piece in pieces for start in range(0, len(piece) - 7, 8)]


@pytest.mark.parametrize("part", TABLES)
def test_table_is_read_with_every_row_accounted_for(part: str, shared_data: Path) -> None:
    path = _file(shared_data / "tables", part)
    reading = reading_of(path)
    check_accounts(reading, _rows_in(path))
    assert len(reading.items) == TABLES[part]


def test_slashes_in_place_of_codes_are_no_codes(shared_data: Path) -> None:
    reading = reading_of(_file(shared_data / "tables", "items-karamay-fire-2025"))
    assert sum(not item.code for item in reading.items) == 28
    limits = Counter(str(item.content.get("statutory_limit")) for item in reading.items)
    assert limits.most_common(1)[0][1] == 60
    assert {item.content["status"] for item in reading.items} == {"in_use"}


def test_xls_under_the_name_xlsx_is_read_and_said(shared_data: Path) -> None:
    reading = reading_of(_file(shared_data / "lists", "财政局"))
    assert any("实际内容是 xls 格式" in note.message for note in reading.notes)
    assert [note.code for note in reading.notes] == ["file", "stray_cells"]


def test_sub_items_are_as_many_as_the_sheets_name(shared_data: Path) -> None:
    emergency = reading_of(_file(shared_data / "lists", "应急管理局"))
    assert sum(bool(item.sub_item) for item in emergency.items) == 21
    levy = [item for item in reading_of(_file(shared_data / "lists", "农业农村局")).items if item.category == "levy"]
    assert [item.content["level"] for item in levy] == ["province", "county", "prefecture"]
