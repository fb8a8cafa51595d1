"""Sheets that hold forms: labels with their values beside them, one form per item, one below the other.

Used only for sheets without a table. Every row belongs to the form that is open; the next form begins where the
first label of the open one, or a label of its identity (name, code, serial), comes again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.lists.assembly import Entry
from domain.lists.draft import Surroundings
from domain.lists.grid import Line
from domain.lists.headers import HeaderMapping
from domain.lists.items import build_item
from domain.lists.records import object_header
from domain.lists.results import RecordReading, RowAccount
from domain.lists.texts import compact
from domain.lists.words import Words

# A sheet is taken for forms when so many different fields stand as labels, the name among them.
_FEWEST_FIELDS = 4
_LONGEST_LABEL = 20


@dataclass(slots=True)
class _Form:
    """One form in the making: its rows, and label → texts."""

    rows: list[int] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)


def labelled(line: Line, mapping: HeaderMapping) -> list[tuple[str, str, str]]:
    """(field, label, value) of the labels in a row; the value is all that stands up to the next label."""
    found: list[tuple[str, str, list[str]]] = []
    for text in line.fresh().values():
        label = compact(text)
        match = mapping.match(label) if len(label) <= _LONGEST_LABEL else None
        # Two labels side by side: the second is the value of the first (权力类型 | 类型) unless it is known to be one.
        if match is not None and match.field and (not found or found[-1][2]):
            found.append((match.field, label, []))
        elif found:
            found[-1][2].append(text)
    return [(name, label, "\n".join(values)) for name, label, values in found]


def is_forms(lines: Sequence[Line], mapping: HeaderMapping) -> bool:
    """Whether a sheet without a table consists of forms."""
    pairs = [pair for line in lines for pair in labelled(line, mapping) if pair[2]]
    fields = {name for name, _, _ in pairs}
    return "name" in fields and len(fields) >= _FEWEST_FIELDS


def read_forms(sheet: str, lines: Sequence[Line], words: Words, around: Surroundings) -> Iterator[RecordReading]:
    """One item per form; rows above the first form are titles, blank rows stay blank."""
    form = _Form()
    waiting: list[RowAccount] = []
    for line in lines:
        if line.is_blank:
            waiting.append(RowAccount(sheet, line.number, "blank"))
            continue
        pairs = labelled(line, words.mapping)
        if _begins(form, pairs):
            yield from _finish(sheet, form, waiting, words, around)
            form, waiting = _Form(), []
        if not pairs and not form.rows:
            reason = " ".join(compact(text) for text in line.fresh().values())[:80]
            waiting.append(RowAccount(sheet, line.number, "title", 0, reason))
            continue
        _take(form, line, pairs)
    yield from _finish(sheet, form, waiting, words, around)


def _begins(form: _Form, pairs: list[tuple[str, str, str]]) -> bool:
    """Whether a row begins the next form: it repeats the first label of the open one, or a label of its identity."""
    first = next(iter(form.values), None)
    repeated = [(name, label) for name, label, _ in pairs if label in form.values]
    return any(label == first or name in ("name", "code", "serial") for name, label in repeated)


def _take(form: _Form, line: Line, pairs: list[tuple[str, str, str]]) -> None:
    form.rows.append(line.number)
    for _, label, value in pairs:
        form.values.setdefault(label, []).append(value)
    if not pairs:
        # A row without a label goes on with the last label above it.
        last = next(reversed(form.values))
        form.values[last].append("\n".join(line.fresh().values()))


def _finish(
    sheet: str, form: _Form, waiting: list[RowAccount], words: Words, around: Surroundings
) -> Iterator[RecordReading]:
    if form.rows:
        header = object_header(tuple(form.values), words)
        entry = Entry(form.rows, {place: list(texts) for place, texts in enumerate(form.values.values())})
        first = form.rows[0]
        yield RecordReading(RowAccount(sheet, first, "item", first), build_item(entry, header, words, around))
        for row in form.rows[1:]:
            yield RecordReading(RowAccount(sheet, row, "continuation", first, "同一事项表的另一栏"))
    for account in waiting:
        yield RecordReading(account)
