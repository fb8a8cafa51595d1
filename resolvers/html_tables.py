"""Tables in HTML, and SpreadsheetML 2003, as old systems save them under the name .xls: each table is a sheet."""

from html.parser import HTMLParser

from domain.lists.sheets import Merge, Sheet
from resolvers.workbook_guards import FileLimits, ListFileTooLarge, ListFormatUnknown

_ROWS = frozenset(("tr", "row", "ss:row"))
_CELLS = frozenset(("td", "th", "cell", "ss:cell"))
_TABLES = frozenset(("table", "ss:table"))
_BREAKS = frozenset(("br", "p", "div", "li"))
_SILENT = frozenset(("script", "style", "head", "title"))


def html_sheets(text: str, limits: FileLimits, name: str) -> tuple[Sheet, ...]:
    """The outermost tables of a page with their merged cells; `ListFormatUnknown` when there is none."""
    parser = _Tables(limits, name)
    parser.feed(text)
    parser.close()
    sheets = tuple(
        Sheet(title or f"表{number}", _rectangle(rows), tuple(merges))
        for number, (title, rows, merges) in enumerate(parser.tables, 1)
        if rows
    )
    if not sheets:
        raise ListFormatUnknown(name, "网页中没有表格")
    return sheets


def _rectangle(rows: list[dict[int, str]]) -> tuple[tuple[str, ...], ...]:
    width = max((max(row, default=-1) for row in rows), default=-1) + 1
    return tuple(tuple(row.get(column, "") for column in range(width)) for row in rows)


class _Tables(HTMLParser):
    """Collects tables: rows as column → text, and merges from rowspan and colspan."""

    def __init__(self, limits: FileLimits, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[str, list[dict[int, str]], list[Merge]]] = []
        self._limits = limits
        self._name = name
        self._depth = 0
        self._silent = 0
        self._title = ""
        self._column = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)
        # Column → last row that a merged cell above reaches.
        self._reach: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif tag in ("worksheet", "ss:worksheet"):
            self._title = values.get("ss:name", "")
        elif tag in _TABLES:
            self._depth += 1
            if self._depth == 1:
                self.tables.append((self._title, [], []))
                self._reach = {}
        elif self._depth == 1 and tag in _ROWS:
            self._begin_row()
        elif self._depth == 1 and tag in _CELLS:
            self._end_cell()
            self._begin_cell(values)
        elif tag in _BREAKS and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _TABLES and self._depth:
            if self._depth == 1:
                self._end_cell()
            self._depth -= 1
        elif self._depth == 1 and (tag in _CELLS or tag in _ROWS):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._silent:
            self._cell.append(" ".join(data.split()) if data.strip() else " ")

    def _begin_row(self) -> None:
        self._end_cell()
        rows = self.tables[-1][1]
        rows.append({})
        self._column = 0
        if len(rows) > self._limits.rows:
            raise ListFileTooLarge(self._name, f"表格超过 {self._limits.rows} 行")

    def _begin_cell(self, values: dict[str, str]) -> None:
        rows = self.tables[-1][1]
        if not rows:
            rows.append({})
        row = len(rows) - 1
        index = values.get("ss:index", "")
        self._column = int(index) - 1 if index.isdecimal() and int(index) > 0 else self._column
        while self._reach.get(self._column, -1) >= row:
            self._column += 1
        down = _number(values.get("rowspan", ""), 1) - 1 + _number(values.get("ss:mergedown", ""), 0)
        across = _number(values.get("colspan", ""), 1) - 1 + _number(values.get("ss:mergeacross", ""), 0)
        if self._column + across >= self._limits.columns:
            raise ListFileTooLarge(self._name, f"表格超过 {self._limits.columns} 列")
        self._span = (min(down, self._limits.rows), across)
        self._cell = []

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        _, rows, merges = self.tables[-1]
        row, (down, across) = len(rows) - 1, self._span
        rows[row][self._column] = "".join(self._cell).strip()
        if down or across:
            merges.append(Merge(row, self._column, row + down, self._column + across))
            for column in range(self._column, self._column + across + 1):
                self._reach[column] = row + down
        self._column += across + 1
        self._cell = None


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and int(text) > 0 else default
