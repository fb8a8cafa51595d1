"""The entry point: a workbook in, items and an account of every row out.

`read_list` holds a whole workbook (spreadsheets are bounded by `resolvers.workbooks`); `read_records` streams rows
of a table with one header (CSV, JSON Lines) in constant memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from domain.lists.headers import HeaderMapping
from domain.lists.results import ListReading, RecordReading
from domain.lists.sheets import Workbook


class Vocabulary(Protocol):
    """What the reader asks of a profile: words of categories and levels → codes."""

    def category_of(self, text: str) -> str | None:
        """Code of the category that the text names, or None."""
        ...

    def level_of(self, text: str) -> str | None:
        """Code of the level that the text names, or None."""
        ...


def read_list(workbook: Workbook, profile: Vocabulary, mapping: HeaderMapping) -> ListReading:
    """Read every sheet of a workbook; pure and deterministic, raises nothing for any content of cells."""
    raise NotImplementedError


def read_rows(
    sheet: str, rows: Iterable[tuple[int, tuple[str, ...]]], profile: Vocabulary, mapping: HeaderMapping
) -> Iterator[RecordReading]:
    """Stream (row number, cells) of a CSV file: one `RecordReading` per row, constant memory."""
    raise NotImplementedError


def read_records(
    sheet: str, records: Iterable[tuple[int, Mapping[str, Any]]], profile: Vocabulary, mapping: HeaderMapping
) -> Iterator[RecordReading]:
    """Stream (position, object) of JSON: objects keyed by Chinese headers, or documents of our own export."""
    raise NotImplementedError
