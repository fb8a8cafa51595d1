"""Small invented sheets for tests of the list reader, written as plain rows with merged ranges such as "A3:A5"."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from domain.lists.headers import HeaderMapping, parse_mapping
from domain.lists.reader import read_list
from domain.lists.results import ListReading
from domain.lists.sheets import Merge, Sheet, Workbook
from domain.profiles import Profile, load_profiles

HEADERS = (
    "序号",
    "事项名称",
    "子项名称",
    "权力类型",
    "实施依据",
    "行使主体",
    "承办机构",
    "实施层级及权限",
    "",
    "责任事项内容",
    "追责情形",
    "备注",
)
BASIS = "【法律】《某某法》第一条"


@cache
def mapping() -> HeaderMapping:
    """The shipped mapping."""
    return parse_mapping((Path(__file__).parent.parent / "domain" / "lists" / "headers.toml").read_text("utf-8"))


@cache
def profile() -> Profile:
    """A profile that knows all eleven categories."""
    return load_profiles()["demo-city"]


def merge(text: str) -> Merge:
    """``B2:C5`` → a merged range."""
    left, top, right, bottom = re.fullmatch(r"([A-Z])(\d+):([A-Z])(\d+)", text).groups()  # type: ignore[union-attr]
    return Merge(int(top) - 1, ord(left) - 65, int(bottom) - 1, ord(right) - 65)


def sheet(rows: Sequence[Sequence[str]], *merges: str, name: str = "Sheet1", visible: bool = True) -> Sheet:
    """A sheet whose rows are padded to one length."""
    width = max((len(row) for row in rows), default=0)
    cells = tuple(tuple(row) + ("",) * (width - len(row)) for row in rows)
    return Sheet(name, cells, tuple(merge(text) for text in merges), visible)


def item_row(
    serial: str, name: str, sub_item: str = "", category: str = "行政处罚", level: str = "市级"
) -> tuple[str, ...]:
    """A full row under `HEADERS`."""
    return (
        serial,
        name,
        sub_item,
        category,
        BASIS,
        "某局",
        "某科",
        level,
        "负责本级",
        "直接实施责任：\n1.甲。",
        "1.乙；",
        "",
    )


def read(*sheets: Sheet, name: str = "list.xlsx") -> ListReading:
    """The reading of a workbook of these sheets, its accounts checked to be complete."""
    reading = read_list(Workbook(name, "00", sheets), profile(), mapping())
    check_accounts(reading, {one.name: len(one.rows) for one in sheets})
    return reading


def check_accounts(reading: ListReading, rows: dict[str, int]) -> None:
    """Rows read = rows accounted for: each row once, each item row one item, each continuation with its item."""
    placed = [(account.sheet, account.row) for account in reading.accounts]
    assert len(placed) == len(set(placed))
    for name, count in rows.items():
        assert sorted(row for at, row in placed if at == name) == list(range(1, count + 1))
    first_rows = {(item.sheet, item.row) for item in reading.items}
    assert len(first_rows) == len(reading.items)
    assert first_rows == {(a.sheet, a.row) for a in reading.accounts if a.role == "item"}
    continued = {(item.sheet, row) for item in reading.items for row in item.rows[1:]}
    assert continued == {(a.sheet, a.row) for a in reading.accounts if a.role == "continuation"}
    assert all((a.sheet, a.of) in first_rows for a in reading.accounts if a.role == "continuation")


def names(reading: ListReading) -> list[str]:
    """Name and sub-item of every item, in order."""
    return [f"{item.name}/{item.sub_item}" if item.sub_item else item.name for item in reading.items]


def roles(reading: ListReading) -> list[str]:
    """Role of every row, in order."""
    return [account.role for account in reading.accounts]


def codes(reading: ListReading) -> list[list[str]]:
    """Codes of the problems of every item."""
    return [[problem.code for problem in item.problems] for item in reading.items]
