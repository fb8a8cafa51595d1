"""Tables in long form: one row per (record, header, value); consecutive rows of one record make one item."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from domain.lists.assembly import Entry
from domain.lists.draft import Surroundings
from domain.lists.headers import HeaderMapping, normalise
from domain.lists.items import build_item
from domain.lists.records import object_header
from domain.lists.results import RecordReading, RowAccount
from domain.lists.words import Words

Row = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LongColumns:
    """Place of the header row (from 0) and of the three columns; the remaining columns describe the source."""

    header_row: int
    record: int
    header: int
    value: int
    others: tuple[tuple[int, str], ...]


def long_columns(rows: Iterable[tuple[str, ...]], mapping: HeaderMapping) -> LongColumns | None:
    """Recognise a long table by its header within the given first rows."""
    for place, row in enumerate(rows):
        names = [normalise(cell) for cell in row]
        found = [
            next((column for column, name in enumerate(names) if name in mapping.long.get(key, ())), None)
            for key in ("record", "header", "value")
        ]
        record, header, value = found
        if record is not None and header is not None and value is not None:
            others = tuple((column, row[column]) for column, name in enumerate(names) if name and column not in found)
            return LongColumns(place, record, header, value, others)
    return None


def read_long(sheet: str, rows: Iterable[Row], columns: LongColumns, words: Words) -> Iterator[RecordReading]:
    """Pivot and read: the first row of a record is the item, its other rows are continuations."""
    numbered = iter(rows)
    for _ in range(columns.header_row):
        yield RecordReading(RowAccount(sheet, next(numbered)[0], "title"))
    yield RecordReading(RowAccount(sheet, next(numbered)[0], "header"))

    def record_of(row: Row) -> str:
        return row[1][columns.record].strip() if len(row[1]) > columns.record else ""

    for record, group in groupby(numbered, key=record_of):
        members = list(group)
        if not record:
            yield from (_outside(sheet, row) for row in members)
            continue
        yield from _record(sheet, members, columns, words)


def _outside(sheet: str, row: Row) -> RecordReading:
    blank = not any(cell.strip() for cell in row[1])
    return RecordReading(
        RowAccount(sheet, row[0], "blank" if blank else "unassigned", 0, "" if blank else "没有记录号")
    )


def _record(sheet: str, members: list[Row], columns: LongColumns, words: Words) -> Iterator[RecordReading]:
    keys: list[str] = []
    entry = Entry([number for number, _ in members], {})
    for _, cells in members:
        key = cells[columns.header].strip() if len(cells) > columns.header else ""
        value = cells[columns.value] if len(cells) > columns.value else ""
        if key and key in keys:
            entry.texts.setdefault(keys.index(key), []).append(value)
        else:
            entry.texts[len(keys)] = [value]
            keys.append(key or f"第{len(keys) + 1}项（无表头）")
    first = members[0][1]
    for column, key in columns.others:
        if column < len(first) and first[column].strip():
            entry.texts[len(keys)] = [first[column]]
            keys.append(key)
    header = object_header(tuple(keys), words)
    item = build_item(entry, header, words, Surroundings(sheet))
    yield RecordReading(RowAccount(sheet, members[0][0], "item", members[0][0]), item)
    for number, _ in members[1:]:
        yield RecordReading(RowAccount(sheet, number, "continuation", members[0][0], "同一记录的另一栏"))
