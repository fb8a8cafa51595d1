"""OpenDocument spreadsheets (.ods): cells, merged ranges and hidden sheets, with repeats bounded while they unfold.

Read here and not by the spreadsheet library, which does not tell the merged ranges of this format.
"""

import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from domain.lists.sheets import Merge, Sheet
from resolvers.workbook_guards import ARCHIVE_ERRORS, FileLimits, ListFileBroken, ListFileEncrypted, ListFileTooLarge

_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CHUNK: Final = 200_000


@dataclass(slots=True)
class _Table:
    """One sheet in the making; `blank` counts rows of nothing that are only kept when something follows."""

    name: str
    visible: bool
    rows: list[tuple[str, ...]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    blank: int = 0
    cells: int = 0


def opendocument_sheets(data: bytes, name: str, limits: FileLimits) -> tuple[Sheet, ...]:
    """The sheets of an OpenDocument file, in order; refusals name the file and the reason."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if b"manifest:encryption-data" in archive.read("META-INF/manifest.xml"):
                raise ListFileEncrypted(name)
            with archive.open("content.xml") as stream:
                reader = _Reader(name, limits)
                while chunk := stream.read(_CHUNK):
                    reader.feed(chunk)
    except (*ARCHIVE_ERRORS, ParseError) as error:
        raise ListFileBroken(name, str(error)[:200]) from error
    return tuple(_sheet(table) for table in reader.tables)


def _sheet(table: _Table) -> Sheet:
    width = max((len(row) for row in table.rows), default=0)
    rows = tuple(row + ("",) * (width - len(row)) for row in table.rows)
    return Sheet(table.name, rows, tuple(table.merges), table.visible)


class _Reader:
    """Takes the XML in chunks and keeps rows only; finished elements are forgotten at once."""

    def __init__(self, name: str, limits: FileLimits) -> None:
        self.tables: list[_Table] = []
        self._name = name
        self._limits = limits
        self._parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._depth = 0

    def feed(self, chunk: bytes) -> None:
        """Parse a chunk and take the rows that it ends."""
        if b"<!DOCTYPE" in chunk:
            raise ListFileBroken(self._name, "其中有不应有的 DOCTYPE")
        self._parser.feed(chunk)
        for event in self._parser.read_events():
            element = event[-1]
            if isinstance(element, Element):
                (self._start if event[0] == "start" else self._end)(element)

    def _start(self, element: Element) -> None:
        if element.tag == f"{_STYLE}style":
            self._style = element.get(f"{_STYLE}name", "")
        elif element.tag == f"{_TABLE}table":
            self._depth += 1
            if self._depth == 1:
                if len(self.tables) >= self._limits.sheets:
                    raise ListFileTooLarge(self._name, f"工作表超过 {self._limits.sheets} 个")
                visible = element.get(f"{_TABLE}style-name", "") not in self._hidden_styles
                self.tables.append(_Table(element.get(f"{_TABLE}name", ""), visible))

    def _end(self, element: Element) -> None:
        if element.tag == f"{_STYLE}table-properties" and element.get(f"{_TABLE}display") == "false":
            self._hidden_styles.add(self._style)
        elif element.tag == f"{_TABLE}table-row" and self._depth == 1:
            self._row(self.tables[-1], element)
            element.clear()
        elif element.tag == f"{_TABLE}table":
            self._depth -= 1
            element.clear()

    def _row(self, table: _Table, element: Element) -> None:
        repeats = _number(element, "number-rows-repeated")
        cells: list[str] = []
        spans: list[tuple[int, int, int]] = []
        pending = 0
        for cell in element:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            text, count = _text(cell), _number(cell, "number-columns-repeated")
            down, across = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
            if not text and (down, across) == (1, 1):
                pending += count
                continue
            if len(cells) + pending + count > self._limits.columns:
                raise ListFileTooLarge(self._name, f"工作表“{table.name}”超过 {self._limits.columns} 列")
            if len(text) > self._limits.cell_characters:
                reason = f"工作表“{table.name}”有单元格超过 {self._limits.cell_characters} 字"
                raise ListFileTooLarge(self._name, reason)
            cells += [""] * pending
            pending = 0
            if (down, across) != (1, 1):
                spans.append((len(cells), down, across))
            cells += [text] * count
        self._keep(table, tuple(cells), spans, repeats)

    def _keep(self, table: _Table, row: tuple[str, ...], spans: list[tuple[int, int, int]], repeats: int) -> None:
        if not row:
            table.blank += repeats
            return
        total = len(table.rows) + table.blank + repeats
        table.cells += len(row) * repeats
        if total > self._limits.rows or table.cells > self._limits.cells:
            raise ListFileTooLarge(self._name, f"工作表“{table.name}”超过 {self._limits.rows} 行")
        table.rows += [()] * table.blank
        table.blank = 0
        top = len(table.rows)
        table.merges += [Merge(top, left, top + down - 1, left + across - 1) for left, down, across in spans]
        table.rows += [row] * repeats


def _number(element: Element, attribute: str) -> int:
    return max(1, int(element.get(f"{_TABLE}{attribute}", "1")))


def _text(cell: Element) -> str:
    """What a cell says: paragraphs as lines; numbers, dates and booleans from their exact value."""
    kind = cell.get(f"{_OFFICE}value-type", "")
    value = cell.get(f"{_OFFICE}value", "")
    if kind == "float" and value:
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 10**15 else f"{number:.15g}"
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value", "").removesuffix("T00:00:00").replace("T", " ")
    if kind == "boolean":
        return "是" if cell.get(f"{_OFFICE}boolean-value") == "true" else "否"
    return "\n".join(_paragraph(paragraph) for paragraph in cell.findall(f"{_TEXT}p"))


def _paragraph(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            parts.append(" ")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)
