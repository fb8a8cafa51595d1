"""Finding the header of a table: one to three header rows, merged, repeated or with blanks, and its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from domain.lists.grid import Line
from domain.lists.headers import HeaderMapping, Match, normalise
from domain.lists.texts import compact

MAXIMAL_HEADER_ROWS = 3
# Fields that continue over several numbered columns (责任事项1, 责任事项2 …); others keep their own header.
NUMBERED_FIELDS = frozenset(
    ("responsibilities", "bases", "responsibility_bases", "accountability", "materials", "conditions", "steps")
)
_LONGEST_CHILD = 24
# A table with so many known columns is a list; its name column is looked for among the first columns.
_ENOUGH_FIELDS = 4
_LEFTMOST = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its place, its header as read, and the field ("" = kept under the header)."""

    index: int
    header: str
    field: str
    recognised: bool = True

    @property
    def label(self) -> str:
        """Field, or ``further:<header>``, for the report."""
        return self.field or f"further:{self.header}"


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised header: number of its rows, and the columns of the table below it."""

    height: int
    columns: tuple[Column, ...]

    @property
    def by_index(self) -> Mapping[int, Column]:
        """Column index → column."""
        return {column.index: column for column in self.columns}

    def index_of(self, field: str) -> int | None:
        """Index of the first column of a field."""
        return next((column.index for column in self.columns if column.field == field), None)

    @property
    def fields(self) -> frozenset[str]:
        """All fields of the table."""
        return frozenset(column.field for column in self.columns if column.field)


def header_at(lines: Sequence[Line], mapping: HeaderMapping) -> Header | None:
    """The header that begins with the first of `lines` (further lines are looked ahead), or None."""
    best: Header | None = None
    for height in range(1, min(MAXIMAL_HEADER_ROWS, len(lines)) + 1):
        if height > 1 and not _is_below(lines[height - 2], lines[height - 1]):
            break
        header = _compose(lines[:height], mapping)
        if _is_header(header, lines[:height]) and (best is None or _score(header) >= _score(best)):
            best = header
    return None if best is None else _with_name(best)


def _with_name(header: Header) -> Header:
    """Take a strange column on the left for the name where no header names one, so that items keep their names."""
    if header.index_of("name") is not None or len(header.fields) < _ENOUGH_FIELDS:
        return header
    for place, column in enumerate(header.columns[:_LEFTMOST]):
        if not column.recognised and not column.field:
            named = replace(column, field="name")
            return replace(header, columns=(*header.columns[:place], named, *header.columns[place + 1 :]))
    return header


def is_number_row(line: Line) -> bool:
    """A row of column numbers below a header: 1 2 3, or (1) (2), or A B C."""
    texts = [normalise(text).strip("()") for text in line.fresh().values()]
    if len(texts) < 4:
        return False
    if all(text.isdecimal() for text in texts):
        numbers = [int(text) for text in texts]
        return all(after - before == 1 for before, after in pairwise(numbers))
    return texts == [chr(ord("A") + place) for place in range(len(texts))]


def spread(line: Line) -> dict[int, str]:
    """Header texts over all the columns they cover; hanging cells count as belonging to this row, too."""
    texts: dict[int, str] = {}
    for column, text in {**line.fresh(), **{c: t for c, t in line.hanging.items() if t.strip()}}.items():
        for place in range(column, column + line.spans.get(column, 1)):
            texts[place] = text
    return texts


def _is_below(parent: Line, child: Line) -> bool:
    """Whether `child` holds sub-headers of `parent`: short texts only under cells that span several columns."""
    fresh = child.fresh()
    above = parent.fresh()
    # One text across the whole row is a title, not a parent of sub-headers.
    if not fresh or len({normalise(text) for text in above.values()}) + len(parent.hanging) < 2:
        return False
    wide = _wide_columns(parent)
    under_wide = 0
    for column, text in fresh.items():
        if len(compact(text)) > _LONGEST_CHILD or compact(text).isdecimal():
            return False
        if column in wide:
            under_wide += 1
        elif column in above and normalise(above[column]) != normalise(text):
            return False
    return under_wide > 0


def _wide_columns(line: Line) -> set[int]:
    """Columns under a cell that covers several: merged, or followed by blanks, or repeated sideways."""
    wide: set[int] = set()
    for column, span in line.spans.items():
        wide.update(range(column, column + span))
    fresh = line.fresh()
    columns = sorted({*fresh, *line.hanging})
    for position, column in enumerate(columns):
        if column in line.spans or column in line.hanging:
            continue
        end = columns[position + 1] if position + 1 < len(columns) else column + 1
        repeated = column + 1 in fresh and normalise(fresh[column + 1]) == normalise(fresh[column])
        if end - column > 1 or repeated:
            wide.update(range(column, max(end, column + 2)))
    return wide


def _compose(lines: Sequence[Line], mapping: HeaderMapping) -> Header:
    width = max(len(line.cells) for line in lines)
    rows = [_filled(line) if place < len(lines) - 1 else spread(line) for place, line in enumerate(lines)]
    found: list[tuple[int, str, Match | None]] = []
    for column in range(width):
        path: list[str] = []
        for row in rows:
            text = compact(row.get(column, ""))
            if text and (not path or normalise(path[-1]) != normalise(text)):
                path.append(text)
        found.append((column, "".join(path[-1:]) if len(path) < 2 else "·".join(path), _match_path(path, mapping)))
    return Header(len(lines), tuple(_columns(found, mapping)))


def _filled(line: Line) -> dict[int, str]:
    """Texts of a parent row over the columns they cover, blanks to the right included where nothing is merged."""
    texts = spread(line)
    fresh = line.fresh()
    last = ""
    for column in range(len(line.cells)):
        if column in fresh or column in texts:
            last = texts[column] if not line.spans else ""
        elif last:
            texts[column] = last
    return texts


def _match_path(path: Sequence[str], mapping: HeaderMapping) -> Match | None:
    """Recognise a header of one or more rows: the whole path first, then either order, the child, the parent."""
    if not path:
        return None
    if len(path) == 1:
        return mapping.match(path[0])
    child, parent = path[-1], path[-2]
    above, below = mapping.match(parent), mapping.match(child)
    for text in (parent + child, child + parent, child):
        match = mapping.match(text)
        if match is not None:
            # 实施层级及权限 over 权限: when the whole says no more than the parent, the child says which part it is.
            return below if below is not None and match == above else match
    return None


def _columns(found: Sequence[tuple[int, str, Match | None]], mapping: HeaderMapping) -> list[Column]:
    columns: list[Column] = []
    run: tuple[str, str, int] = ("", "", 0)
    for index, header, recognised in found:
        match = recognised
        if not header:
            # A blank to the right of a header that is known to cover several columns belongs to it.
            text, field, place = run
            if field in mapping.spans and place + 1 < len(mapping.spans[field]):
                run = (text, field, place + 1)
                columns.append(Column(index, text, mapping.spans[field][place + 1]))
            else:
                run = ("", "", 0)
            continue
        if match is not None and match.number and match.field not in NUMBERED_FIELDS:
            match = Match("")
        field = match.field if match is not None else ""
        place = run[2] + 1 if field and run[1] == field and run[0] == normalise(header) else 0
        run = (normalise(header), field, place)
        spans = mapping.spans.get(field, ())
        target = spans[place] if place < len(spans) and (place or _covers_several(found, index)) else field
        columns.append(Column(index, header, target, match is not None))
    return columns


def _covers_several(found: Sequence[tuple[int, str, Match | None]], index: int) -> bool:
    """Whether the header of a column is repeated in the next one, or the next one is blank."""
    following = found[index + 1] if index + 1 < len(found) else None
    if following is None:
        return False
    return not following[1] or (normalise(following[1]) == normalise(found[index][1]) and following[2] is not None)


def _score(header: Header) -> int:
    return sum(1 for column in header.columns if column.recognised and column.field)


def _is_header(header: Header, lines: Sequence[Line]) -> bool:
    """A header names at least three known columns, or two with the name among them and hardly anything else."""
    fields = {column.field for column in header.columns if column.field}
    texts = {normalise(text) for line in lines for text in line.fresh().values()}
    if len(texts) < 2 or any(len(text) > 80 for text in texts) or is_form_row(header):
        return False
    known = sum(1 for column in header.columns if column.recognised)
    if len(fields) >= 3:
        return known * 2 >= len(header.columns) or "name" in fields
    return len(fields) == 2 and "name" in fields and known * 3 >= len(header.columns) * 2


def is_form_row(header: Header) -> bool:
    """Labels and values in turn, as in a form for one item (事项名称 | 甲 | 权力类型 | 行政许可): not a header."""
    kinds = [bool(column.recognised and column.field) for column in header.columns]
    return len(kinds) >= 2 and len(kinds) % 2 == 0 and kinds == [True, False] * (len(kinds) // 2)
