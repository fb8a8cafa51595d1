"""Reading files into the values of `domain.lists`: the content decides the format, never the file's name.

    open_list(source, name) -> Workbook | RowSource      xls, xlsx, ods, HTML tables | CSV, JSON, JSON Lines (streamed)
    read_list_file(source, name, profile, mapping)       the whole reading, held in memory
    header_mapping(extras) -> HeaderMapping              the shipped mapping, extended by the operator's files

Every refusal names the file and the reason; a file that is refused has no effect.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from domain.lists.headers import HeaderMapping, parse_mapping
from domain.lists.reader import read_list, read_records, read_rows
from domain.lists.results import ListReading, Note, RecordReading, SheetSummary
from domain.lists.sheets import Merge, Sheet, Workbook
from domain.lists.words import Vocabulary
from resolvers import spreadsheet_child
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


def header_mapping(extras: Iterable[Path] = ()) -> HeaderMapping:
    """The shipped mapping, extended by TOML files of the operator; `MappingError` names table, key and reason."""
    return _parsed(_MAPPING.read_text("utf-8"), tuple(path.read_text("utf-8") for path in extras))


# The files are read each time, so that a changed one counts at once; the same texts are understood once.
_parsed = lru_cache(maxsize=8)(parse_mapping)


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
    """Have another process open the spreadsheet: a damaged one may abort whatever process reads it."""
    command = [sys.executable, "-I", spreadsheet_child.__file__, json.dumps(asdict(limits))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=2 * limits.seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise ListFileBroken(name, "读取超时") from error
    if done.returncode != 0 or not done.stdout:
        raise ListFileBroken(name, "内容相互矛盾，读取程序中止")
    answer = json.loads(done.stdout)
    if "sheets" in answer:
        return tuple(_sheet(sheet) for sheet in answer["sheets"])
    if answer["error"] == "password":
        raise ListFileEncrypted(name)
    if answer["error"] == "too_large":
        raise ListFileTooLarge(name, answer["reason"])
    raise ListFileBroken(name, answer["reason"])


def _sheet(sheet: dict[str, Any]) -> Sheet:
    merges = tuple(Merge(*bounds) for bounds in sheet["merges"])
    return Sheet(sheet["name"], tuple(tuple(row) for row in sheet["rows"]), merges, sheet["visible"])
