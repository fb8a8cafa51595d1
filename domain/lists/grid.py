"""Rows with their merged ranges resolved: what is seen in a row, what hangs down into it, what is hidden under it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from domain.lists.sheets import Merge, Sheet
from domain.lists.texts import clean, same

_NOTHING: Mapping[int, str] = {}
_NO_SPANS: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One physical row. Columns count from 0, `number` is the row number in the file (from 1)."""

    number: int
    cells: tuple[str, ...]
    # Column → text of the merged cell that reaches into this row from above.
    hanging: Mapping[int, str] = field(default_factory=dict)
    # Column → number of columns of the merged cell that begins (or hangs) there, where it is more than one.
    spans: Mapping[int, int] = field(default_factory=dict)
    # Column → text that lies hidden under a merged cell and differs from what is seen.
    hidden: Mapping[int, str] = field(default_factory=dict)

    def text(self, column: int) -> str:
        """Text of a cell that begins in this row, else ""."""
        return self.cells[column] if column < len(self.cells) else ""

    def fresh(self) -> dict[int, str]:
        """Column → text of all cells that begin in this row and are not blank."""
        return {column: text for column, text in enumerate(self.cells) if text and not text.isspace()}

    @property
    def is_blank(self) -> bool:
        """Nothing begins in this row and nothing reaches into it."""
        return not self.hanging and not any(text and not text.isspace() for text in self.cells)


def sheet_lines(sheet: Sheet) -> Iterator[Line]:
    """The rows of a sheet in order, merged ranges resolved; ranges that overlap or leave the sheet do no harm."""
    starts: dict[int, list[Merge]] = {}
    for merge in sheet.merges:
        starts.setdefault(max(merge.top, 0), []).append(merge)
    open_merges: list[tuple[Merge, str]] = []
    for index, row in enumerate(sheet.rows):
        number = sheet.first_row + index
        open_merges = [(merge, text) for merge, text in open_merges if merge.bottom >= index]
        beginning = starts.get(index)
        if not open_merges and not beginning:
            yield Line(number, row, _NOTHING, _NO_SPANS, _NOTHING)
            continue
        yield _merged_line(number, list(row), open_merges, beginning or [])
        open_merges += [(merge, row[merge.left]) for merge in beginning or [] if 0 <= merge.left < len(row)]


class _Covering:
    """The cells of one row while its merged ranges are laid over them."""

    def __init__(self, cells: list[str]) -> None:
        self.cells = cells
        self.hanging: dict[int, str] = {}
        self.spans: dict[int, int] = {}
        self.hidden: dict[int, str] = {}
        self._taken: set[int] = set()

    def lay(self, merge: Merge, text: str, *, begins: bool) -> None:
        """Blank out what the range covers; a range over cells that are taken already is left out."""
        columns = range(max(merge.left, 0), min(merge.right + 1, len(self.cells)))
        if not columns or not self._taken.isdisjoint(columns):
            return
        self._taken.update(columns)
        if len(columns) > 1:
            self.spans[columns[0]] = len(columns)
        if not begins:
            self.hanging[columns[0]] = text
        for column in columns[1:] if begins else columns:
            if clean(self.cells[column]) and not same(self.cells[column], text):
                self.hidden[column] = self.cells[column]
            self.cells[column] = ""


def _merged_line(number: int, cells: list[str], reaching: list[tuple[Merge, str]], beginning: list[Merge]) -> Line:
    covering = _Covering(cells)
    for merge, text in reaching:
        covering.lay(merge, text, begins=False)
    for merge in beginning:
        if 0 <= merge.left < len(cells):
            covering.lay(merge, cells[merge.left], begins=True)
    return Line(number, tuple(cells), covering.hanging, covering.spans, covering.hidden)


def plain_lines(rows: Iterable[tuple[int, tuple[str, ...]]]) -> Iterator[Line]:
    """Rows of a file without merged cells, as (number, cells), streamed."""
    for number, cells in rows:
        yield Line(number, cells, _NOTHING, _NO_SPANS, _NOTHING)
