"""Joining physical rows into items: vertical merges, filled-down names, rows broken over pages.

Every row gets exactly one account. A row becomes
* an item, when it has a name of its own (or none, but a serial and content: then the missing name is a problem);
* an item with the name of the row above, when it is a further sub-item, code, body or level under a merged name;
* a continuation, when only texts go on (bases, duties …) or nothing is seen but merged cells;
* a title, section, header, note or blank row otherwise, with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.lists.grid import Line
from domain.lists.layout import Header
from domain.lists.rows import is_note, is_serial, is_total, nothing_but_serial, single_text
from domain.lists.texts import PARAGRAPH, is_ditto, is_empty, same

# Columns whose change under a merged name makes another item.
_IDENTITY = ("level", "level_authority", "body_name", "body_code")
# Columns that are never filled down from the row above: what is blank there is blank.
_OWN = frozenset(("serial", "code", "sub_item", "remarks", "authority", "status", "status_reason", "status_basis"))


@dataclass(slots=True)
class Entry:
    """One item in the making: its rows, the texts per column, and how they came about."""

    rows: list[int]
    texts: dict[int, list[str]]
    # Cells of its first row, as they stood there.
    begun: Mapping[int, str] = field(default_factory=dict)
    # Columns that were filled from the row above although nothing is merged there.
    filled: set[int] = field(default_factory=set)
    # Rows that were taken as a continuation without a merge that says so.
    loose: list[int] = field(default_factory=list)
    # (row, column, text) of text that is hidden under a merged cell.
    hidden: list[tuple[int, int, str]] = field(default_factory=list)

    def text(self, column: int | None) -> str:
        """All the text of a column: a row broken over a page goes on in its line, other rows begin a paragraph."""
        between = "\n" if self.loose else PARAGRAPH
        return "" if column is None else between.join(self.texts.get(column, ()))


def decide(line: Line, header: Header, entry: Entry | None) -> str:
    """How a row of a table joins the items: ``item``, ``sub``, ``append``, ``covered``, ``same``, ``numbered``, ``note``."""
    fresh = {column: text for column, text in line.fresh().items() if not is_empty(text)}
    if not fresh:
        return "covered" if entry is not None and (line.hanging or line.fresh()) else "note"
    if nothing_but_serial(line, header) and not line.hanging:
        return "numbered"
    name = header.index_of("name")
    serial = header.index_of("serial")
    if any(is_total(fresh[column]) for column in (serial, name) if column is not None and column in fresh):
        return "note"
    if serial in fresh and is_note(fresh[serial]):
        return "note"
    if entry is None:
        return "item"
    if serial in fresh and line.fresh() == entry.begun:
        return "same"
    if name is None or name in fresh:
        return _with_name(line, header, entry, fresh)
    return _without_name(line, header, fresh, name)


def _with_name(line: Line, header: Header, entry: Entry, fresh: Mapping[int, str]) -> str:
    """A row with a name: an item, unless it is the rest of a row broken over a page."""
    serial = header.index_of("serial")
    if serial is None or serial in fresh or serial in line.hanging or header.index_of("name") is None:
        return "item"
    proofs = [header.index_of(field) for field in ("category", "code", "body_name", "level", "bases")]
    proofs = [column for column in proofs if column is not None and entry.text(column)]
    broken = proofs and not any(column in fresh or column in line.hanging for column in proofs)
    return "append" if broken and is_serial(entry.text(serial)) and not line.hanging else "item"


def _without_name(line: Line, header: Header, fresh: Mapping[int, str], name: int) -> str:
    sub_item, code, serial = (header.index_of(field) for field in ("sub_item", "code", "serial"))
    if sub_item in fresh or code in fresh:
        return "sub"
    merged = name in line.hanging
    identity = [column for column in map(header.index_of, _IDENTITY) if column is not None and column in fresh]
    content = sum(1 for column in fresh if column != serial)
    columns = max(1, sum(1 for column in header.columns if column.field not in ("serial", "remarks")))
    numbered = serial is not None and serial in fresh and is_serial(fresh[serial])
    if merged:
        whole = content * 2 >= columns and header.index_of("category") in fresh
        return "sub" if identity or whole or numbered else "append"
    if numbered:
        return "sub" if len(identity) > 1 and content * 2 < columns else "item"
    return "sub" if len(identity) > 1 and content * 3 >= columns else "append"


def begin(line: Line, header: Header, above: Entry | None, *, fill_down: bool) -> Entry:
    """A new item from a row: its own texts, what hangs into it, and (`fill_down`) what the item above says."""
    entry = Entry([line.number], {}, begun=line.fresh())
    for column, text in line.fresh().items():
        entry.texts[column] = [text]
        if is_ditto(text) and above is not None and above.text(column):
            entry.texts[column] = list(above.texts[column])
            entry.filled.add(column)
    for column, text in line.hanging.items():
        if column not in entry.texts and text.strip():
            entry.texts[column] = [text]
    if fill_down and above is not None:
        name = header.index_of("name")
        without_merges = name is not None and name not in line.hanging
        for place in header.columns:
            wanted = place.field == "name" or (without_merges and place.field and place.field not in _OWN)
            if wanted and place.index not in entry.texts and above.text(place.index):
                entry.texts[place.index] = list(above.texts[place.index])
                entry.filled.add(place.index)
    _note_hidden(entry, line)
    return entry


def extend(entry: Entry, line: Line) -> None:
    """Join a continuation row to its item: each text goes on with the text of its column."""
    entry.rows.append(line.number)
    for column, text in line.fresh().items():
        before = entry.texts.setdefault(column, [])
        if not before or not (is_empty(text) or any(same(text, part) for part in before)):
            before.append(text)
    if line.fresh() and not line.hanging and line.fresh() != entry.begun:
        entry.loose.append(line.number)
    _note_hidden(entry, line)


def _note_hidden(entry: Entry, line: Line) -> None:
    entry.hidden.extend((line.number, column, text) for column, text in line.hidden.items())


def only_text(line: Line, header: Header | None) -> tuple[str, int, bool] | None:
    """The single text of a row that is no item, as (text, column, wide); None when the row may be an item."""
    found = single_text(line, header)
    if found is None or header is None:
        return found
    text, column, wide = found
    if wide:
        return found
    at = header.by_index.get(column)
    if at is None or at.field == "serial":
        return None if at is not None and is_serial(text) else found
    return None


def columns_without_header(lines: Sequence[Entry], header: Header) -> Iterator[int]:
    """Indices of columns that hold text but have no header."""
    known = header.by_index
    yield from sorted({column for entry in lines for column in entry.texts if column not in known})
