"""Reading files into the values of `domain.lists`: the content decides the format, never the file's name.

    open_list(source, name) -> Workbook | RowSource      xls, xlsx, ods, HTML tables | CSV, JSON, JSON Lines (streamed)
    read_list_file(source, name, profile, mapping)       the whole reading, held in memory
    header_mapping(extras) -> HeaderMapping              the shipped mapping, extended by the operator's files

Every refusal names the file and the reason; a file that is refused has no effect.
"""

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from domain.lists.headers import HeaderMapping, parse_mapping
from domain.lists.reader import read_list, read_records, read_rows
from domain.lists.results import ListReading, Note, RecordReading, SheetSummary
from domain.lists.sheets import Merge, Sheet, Workbook
from domain.lists.words import Vocabulary
from resolvers.html_tables import html_sheets
from resolvers.opendocument import opendocument_sheets
from resolvers.workbook_guards import (
    DEFAULT_LIMITS,
    FileLimits,
    ListFileBroken,
    ListFileEncrypted,
    ListFileTooLarge,
    check_archive,
    content_hash,
    sniff,
)
from resolvers.workbook_streams import RowSource, decode_all, open_rows

__all__ = ["RowSource", "header_mapping", "open_list", "read_list_file", "read_source"]

_MAPPING = Path(__file__).resolve().parent.parent / "domain" / "lists" / "headers.toml"
_EXTENSIONS = {"xls": (".xls", ".et"), "xlsx": (".xlsx", ".xlsm"), "ods": (".ods",), "xlsb": (".xlsb",)}
# A number with more digits than this is a code that a spreadsheet has already rounded.
_LARGEST_EXACT = 10**15


def header_mapping(extras: Iterable[Path] = ()) -> HeaderMapping:
    """The shipped mapping, extended by TOML files of the operator; `MappingError` names table, key and reason."""
    return parse_mapping(_MAPPING.read_text("utf-8"), [path.read_text("utf-8") for path in extras])


def open_list(source: Path | bytes, name: str = "", limits: FileLimits = DEFAULT_LIMITS) -> Workbook | RowSource:
    """Open a list: a spreadsheet is read whole, a CSV or JSON file becomes a source of rows.

    Raises `ListFileBroken`, `ListFileEncrypted`, `ListFileTooLarge` or `ListFormatUnknown`.
    """
    name = name or (source.name if isinstance(source, Path) else "list")
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size == 0:
        raise ListFileBroken(name, "文件是空的")
    found = sniff(source, name)
    if found in ("csv", "json"):
        return open_rows(source, name, found, limits)
    if size > limits.file_bytes:
        raise ListFileTooLarge(name, f"文件有 {size // 1_000_000} MB，上限为 {limits.file_bytes // 1_000_000} MB")
    data = source.read_bytes() if isinstance(source, Path) else source
    if found == "html":
        sheets = html_sheets(decode_all(data, name), limits, name)
        return Workbook(name, content_hash(data), sheets, "html", _remarks(name, "html"))
    if found in ("xlsx", "xlsb", "ods"):
        check_archive(data, name, limits)
    if found == "ods":
        return Workbook(name, content_hash(data), opendocument_sheets(data, name, limits), "ods", _remarks(name, "ods"))
    return Workbook(name, content_hash(data), _sheets(data, name, limits), found, _remarks(name, found))


def read_list_file(
    source: Path | bytes,
    name: str,
    profile: Vocabulary,
    mapping: HeaderMapping,
    limits: FileLimits = DEFAULT_LIMITS,
) -> ListReading:
    """Read a whole list into memory, whatever its format."""
    opened = open_list(source, name, limits)
    if isinstance(opened, Workbook):
        return read_list(opened, profile, mapping)
    readings = list(read_source(opened, profile, mapping))
    items = tuple(reading.item for reading in readings if reading.item is not None)
    notes = tuple(note for reading in readings for note in reading.notes)
    accounts = tuple(sorted((reading.account for reading in readings), key=lambda account: account.row))
    summary = SheetSummary(opened.sheet, visible=True, rows=len(accounts), items=len(items))
    remarks = tuple(Note("", "file", remark) for remark in opened.remarks)
    return ListReading(opened.name, opened.sha256, items, accounts, (summary,), (*remarks, *notes))


def read_source(source: RowSource, profile: Vocabulary, mapping: HeaderMapping) -> Iterator[RecordReading]:
    """Stream the readings of a CSV or JSON file: one per row, in constant memory."""
    if source.kind == "rows":
        yield from read_rows(source.sheet, source.rows(), profile, mapping)
    else:
        yield from read_records(source.sheet, source.records(), profile, mapping)


def _remarks(name: str, found: str) -> tuple[str, ...]:
    suffix = Path(name).suffix.lower()
    if suffix in _EXTENSIONS.get(found, (suffix,)):
        return ()
    return (f"文件名以“{suffix or '无扩展名'}”结尾，实际内容是 {found} 格式，已按内容读取。",)


def _sheets(data: bytes, name: str, limits: FileLimits) -> tuple[Sheet, ...]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if len(workbook.sheets_metadata) > limits.sheets:
            raise ListFileTooLarge(name, f"有 {len(workbook.sheets_metadata)} 个工作表，上限为 {limits.sheets} 个")
        sheets = []
        for meta in workbook.sheets_metadata:
            if meta.typ is not SheetTypeEnum.WorkSheet:
                continue
            visible = meta.visible is SheetVisibleEnum.Visible
            sheets.append(_sheet(workbook.get_sheet_by_name(meta.name), meta.name, visible, name, limits))
        return tuple(sheets)
    except PasswordError as error:
        raise ListFileEncrypted(name) from error
    except (CalamineError, ValueError, OSError, UnicodeError) as error:
        raise ListFileBroken(name, str(error)[:200]) from error


def _sheet(sheet: CalamineSheet, title: str, visible: bool, name: str, limits: FileLimits) -> Sheet:  # noqa: FBT001
    end_row, end_column = sheet.end or (-1, -1)
    if end_row + 1 > limits.rows or end_column + 1 > limits.columns:
        size = f"{end_row + 1} 行 × {end_column + 1} 列"
        raise ListFileTooLarge(name, f"工作表“{title}”有 {size}，上限为 {limits.rows} 行 × {limits.columns} 列")
    if sheet.start is None:
        return Sheet(title, (), (), visible)
    rows = []
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
        row = tuple(cell_text(cell) for cell in cells)
        if any(len(text) > limits.cell_characters for text in row):
            raise ListFileTooLarge(name, f"工作表“{title}”第{number}行有单元格超过 {limits.cell_characters} 字")
        rows.append(row)
    merges = tuple(Merge(*start, *end) for start, end in sheet.merged_cell_ranges or ())
    return Sheet(title, tuple(rows), merges, visible)


def cell_text(value: Any) -> str:
    """A cell as text: ``1.0`` → ``1``, real decimals as shown, dates as ISO, booleans as 是/否."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _LARGEST_EXACT else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else "" if value is None else str(value)
