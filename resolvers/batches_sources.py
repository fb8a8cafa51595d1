"""From files to source rows: every physical row of every file once, with what it says or why it says nothing.

The reading itself is that of `domain.lists`; here files are told apart by their content, our own exports get their
exact documents back, and everything becomes plain JSON that can be kept with a batch.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from pydantic import ValidationError

from domain.exact_rows import exact_document, reconciled, without_told
from domain.list_coverage import ALL_FIELDS, covered
from domain.lists.headers import HeaderMapping, normalise
from domain.lists.reader import read_list, read_records, read_rows
from domain.lists.records import own_document
from domain.lists.results import ListItem, ListReading, Note, RowAccount
from domain.lists.sheets import Sheet, Workbook
from domain.powers import PowerContent
from domain.profiles import Profile
from domain.published_table import EXACT_HEADER, EXACT_SHEET, EXACT_SHEET_COLUMNS, HEADERS, Words, cells, cut, harmless
from domain.values import Value, document
from resolvers.batches_values import RowProblem, SourceFile, SourceNote
from resolvers.workbooks import RowSource, open_list

# Rows of an export whose words are read back at a time.
ECHO_ROWS = 500
ExactDocuments = Mapping[tuple[str, str], Mapping[str, Any]]

REASONS: Mapping[str, str] = {
    "title": "标题行",
    "header": "表头行",
    "repeated_header": "重复的表头行",
    "section": "分类标题行",
    "note": "说明、合计或落款行",
    "blank": "空行",
    "unassigned": "未能归入任何事项的内容",
    "continuation": "第 {of} 行事项的续行",
    "exact": "本系统导出的结构化数据，已与清单行合并读取",
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One physical row. ``said`` is there for items only; ``role`` is the reader's, or "exact"."""

    file: str
    sheet: str
    row: int
    role: str
    first_row: int
    reason: str
    said: Mapping[str, Any] | None = None
    problems: tuple[RowProblem, ...] = ()

    @property
    def name(self) -> str:
        """Name of the item, or ""."""
        return str((self.said or {}).get("name", ""))


@dataclass(slots=True)
class SourceReport:
    """What was read of one file; filled while its rows are read."""

    name: str
    sha256: str
    format: str
    rows: int = 0
    body_hint: str = ""
    notes: list[SourceNote] = field(default_factory=list)
    # The paths that a sheet speaks of, where the reading knows its columns.
    columns: dict[str, frozenset[str]] = field(default_factory=dict)


class Source:
    """One opened file. ``rows`` may be iterated once; ``report`` is complete when it ends."""

    def __init__(self, file: SourceFile, profile: Profile, mapping: HeaderMapping) -> None:
        self._profile = profile
        self._mapping = mapping
        self._words = Words.of(profile)
        self._opened = open_list(file.path, file.name)
        # How our own export writes a text into a cell of this kind of file.
        self._written = cut if isinstance(self._opened, Workbook) else harmless
        self.report = SourceReport(file.name, self._opened.sha256, self._opened.format)

    def rows(self) -> Iterator[SourceRow]:
        """Yield every row of the file in order."""
        opened = self._opened
        found = self._workbook(opened) if isinstance(opened, Workbook) else self._stream(opened)
        for row in found:
            self.report.rows += 1
            yield row

    def _note(self, notes: Iterable[Note]) -> None:
        self.report.notes += [SourceNote(self.report.name, one.sheet, one.code, one.message) for one in notes]

    def _workbook(self, workbook: Workbook) -> Iterator[SourceRow]:
        exact_sheets = [sheet for sheet in workbook.sheets if is_exact_sheet(sheet)]
        listed = tuple(sheet for sheet in workbook.sheets if not is_exact_sheet(sheet))
        documents = exact_documents(exact_sheets)
        plain = Workbook(workbook.name, workbook.sha256, listed, workbook.format, workbook.remarks)
        reading = read_list(plain, self._profile, self._mapping)
        self._note(reading.notes)
        self.report.body_hint = reading.body_hint
        for summary in reading.sheets:
            every = ALL_FIELDS if documents else covered(summary.columns)
            self.report.columns[summary.name] = every
        yield from self._accounted(reading, documents)
        for sheet in exact_sheets:
            for place in range(len(sheet.rows)):
                number = sheet.first_row + place
                yield SourceRow(self.report.name, sheet.name, number, "exact", 0, REASONS["exact"])

    def _accounted(self, reading: ListReading, documents: ExactDocuments) -> Iterator[SourceRow]:
        items = {(item.sheet, item.row): item for item in reading.items}
        found = ((account, items.get((account.sheet, account.row))) for account in reading.accounts)
        yield from self._exact_rows(
            (account, item, documents.get((item.scheme, item.code)) if item else None) for account, item in found
        )

    def _stream(self, source: RowSource) -> Iterator[SourceRow]:
        self._note(Note("", "file", remark) for remark in source.remarks)
        if source.kind == "records":
            yield from self._records(source)
            return
        documents: dict[int, Mapping[str, Any]] = {}
        rows = _without_exact(source.rows(), documents)
        yield from self._exact_rows(self._with_documents(source.sheet, rows, documents))

    def _with_documents(
        self, sheet: str, rows: Iterable[tuple[int, tuple[str, ...]]], documents: dict[int, Mapping[str, Any]]
    ) -> Iterator[tuple[RowAccount, ListItem | None, Mapping[str, Any] | None]]:
        for reading in read_rows(sheet, rows, self._profile, self._mapping):
            self._note(reading.notes)
            exact = documents.pop(reading.account.row, None)
            if exact is not None:
                self.report.columns[sheet] = ALL_FIELDS
            yield reading.account, reading.item, exact

    def _records(self, source: RowSource) -> Iterator[SourceRow]:
        records = self._remembered(source)
        for reading in read_records(source.sheet, records, self._profile, self._mapping):
            self._note(reading.notes)
            yield self._row(reading.account, reading.item, plain_content(reading.item) if reading.item else None)

    def _remembered(self, source: RowSource) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Pass records on; documents of our own speak of every field, what they leave out is empty."""
        for position, record in source.records():
            if position == 1 and own_document(record) is not None:
                self.report.columns[source.sheet] = ALL_FIELDS
            yield position, record

    def _exact_rows(
        self, readings: Iterable[tuple[RowAccount, ListItem | None, Mapping[str, Any] | None]]
    ) -> Iterator[SourceRow]:
        """Yield rows with their exact documents, where they have one, chunk by chunk."""
        source = iter(readings)
        while chunk := list(islice(source, ECHO_ROWS)):
            documents = [exact for _, item, exact in chunk if item is not None and exact is not None]
            echoes = iter(self._echoes(documents))
            for account, item, exact in chunk:
                said = without_told(plain_content(item)) if item is not None else None
                if said is not None and exact is not None:
                    said, _edited = reconciled(said, next(echoes), exact)
                yield self._row(account, item, said)

    def _echoes(self, documents: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Return, for each document, what the reading of lists makes of the document's own words."""
        if not documents:
            return ()
        rows = chain([(1, HEADERS)], enumerate(map(self._worded, documents), 2))
        readings = read_rows("", rows, self._profile, self._mapping)
        found = {one.account.row: one.item for one in readings if one.item is not None}
        return [without_told(plain_content(found[row])) if row in found else {} for row in range(2, len(documents) + 2)]

    def _worded(self, plain: Mapping[str, Any]) -> tuple[str, ...]:
        try:
            content = PowerContent.model_validate(dict(plain), strict=False)
        except ValidationError:
            return ("0", "-", *[""] * (len(HEADERS) - 2))
        return ("0", *(self._written(text) for text in cells(content, self._words)))

    def _row(self, account: RowAccount, item: ListItem | None, said: Mapping[str, Any] | None) -> SourceRow:
        reason = account.reason or REASONS.get(account.role, "").format(of=account.of)
        problems = () if item is None else tuple(_problem(item))
        role = account.role
        if role == "unassigned":
            problems = (_unassigned(account),)
        return SourceRow(
            self.report.name, account.sheet, account.row, role, account.of, "" if item else reason, said, problems
        )


def is_exact_sheet(sheet: Sheet) -> bool:
    """Tell whether a sheet is the exact data of our own export."""
    head = tuple(cell.strip() for cell in sheet.rows[0]) if sheet.rows else ()
    return sheet.name.startswith(EXACT_SHEET) and head[: len(EXACT_SHEET_COLUMNS)] == EXACT_SHEET_COLUMNS


def exact_documents(sheets: Sequence[Sheet]) -> ExactDocuments:
    """Return the documents on exact sheets by (scheme, code); a damaged one is left out."""
    texts: dict[tuple[str, str], str] = {}
    for sheet in sheets:
        for row in sheet.rows[1:]:
            scheme, code, _number, part = (cell.strip() for cell in row[:4])
            texts[(scheme, code)] = texts.get((scheme, code), "") + part
    found = ((key, exact_document(text)) for key, text in texts.items())
    return {key: one for key, one in found if one is not None}


def _without_exact(
    rows: Iterable[tuple[int, tuple[str, ...]]], documents: dict[int, Mapping[str, Any]]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Pass rows on without the exact column; the documents in it go to ``documents`` by row number."""
    place: int | None = None
    for number, row in rows:
        if place is None:
            place = next((index for index, cell in enumerate(row) if _is_exact_header(cell)), None)
            yield number, row if place is None else row[:place] + row[place + 1 :]
            continue
        if place < len(row) and (found := exact_document(row[place])) is not None:
            documents[number] = found
        yield number, row[:place] + row[place + 1 :]


def _is_exact_header(cell: str) -> bool:
    return "JSON" in cell and len(cell) < 2 * len(EXACT_HEADER) and normalise(cell) == normalise(EXACT_HEADER)


def plain_content(item: ListItem) -> dict[str, Any]:
    """Return what an item says as plain JSON: its content with the identity it brings, without empty fields."""
    said = {name: _plain(value) for name, value in item.content.items()}
    said |= {"scheme": item.scheme, "code": item.code, "body": item.body_code}
    # A guide that says nothing is still a guide; everything else that is empty says nothing.
    return {
        name: value for name, value in said.items() if value not in ("", None, []) and (value != {} or name == "guide")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return document(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def _problem(item: ListItem) -> Iterator[RowProblem]:
    for one in item.problems:
        # Whether two rows are one item is decided over the whole batch, with the library in view.
        if one.code == "duplicate_in_list":
            continue
        severity: Any = "blocked" if one.blocking else "note"
        yield RowProblem(one.column, one.code, one.message, one.advice, severity, by="list")


def _unassigned(account: RowAccount) -> RowProblem:
    message = account.reason or REASONS["unassigned"]
    return RowProblem("", "unassigned", message, "请核对原表；需要收录的，请修改原表后重新导入", "blocked", by="list")
