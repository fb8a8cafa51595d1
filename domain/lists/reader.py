"""The entry point: a workbook in, items and an account of every row out.

`read_list` holds a whole workbook (spreadsheets are bounded by `resolvers.workbooks`); `read_rows` and
`read_records` stream the rows of a CSV file and the objects of a JSON file in constant memory.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from domain.lists.checks import duplicate_key
from domain.lists.draft import Surroundings
from domain.lists.forms import is_forms, read_forms
from domain.lists.grid import plain_lines, sheet_lines
from domain.lists.headers import HeaderMapping
from domain.lists.layout import Header
from domain.lists.longform import long_columns, read_long
from domain.lists.records import read_objects
from domain.lists.results import ListItem, ListReading, Note, Problem, RecordReading, RowAccount, SheetSummary
from domain.lists.rows import claimed_count, serials
from domain.lists.sheets import Sheet, Workbook
from domain.lists.tables import Walk, find_header, walk
from domain.lists.texts import compact
from domain.lists.words import Vocabulary, Words

# Rows of a streamed file in which the header is looked for.
_HEADER_WITHIN = 200
_BODY_IN_TITLE = re.compile(
    r"^(?:附件\s*\d*\s*[:：]?)?\s*(?:\d{4}\s*年(?:度)?版?)?(?P<body>[\u4e00-\u9fff（）()]{2,40}?)(?:系统|部门)?\s*(?:\d{4}\s*年(?:度)?版?)?"
    r"(?:行政)?(?:权责|权力|责任|职权|公共服务|政务服务|执法|消防监督执法)"
)
_BODY_SUFFIX = re.compile(r"(?:局|委|委员会|办|办公室|厅|部|院|中心|政府|队|社|会|署|处)(?:[（(][^（）()]*[)）])?$")


@dataclass(frozen=True, slots=True)
class SheetReading:
    """The reading of one sheet."""

    items: tuple[ListItem, ...]
    accounts: tuple[RowAccount, ...]
    summary: SheetSummary
    notes: tuple[Note, ...]
    titles: tuple[str, ...]


def read_list(workbook: Workbook, profile: Vocabulary, mapping: HeaderMapping) -> ListReading:
    """Read every sheet of a workbook; pure and deterministic, raises nothing for any content of cells."""
    words = Words(profile, mapping)
    readings = [read_sheet(sheet, words) for sheet in workbook.sheets]
    items = _mark_duplicates([item for reading in readings for item in reading.items])
    titles = [title for reading in readings for title in reading.titles]
    return ListReading(
        file=workbook.name,
        sha256=workbook.sha256,
        items=items,
        accounts=tuple(account for reading in readings for account in reading.accounts),
        sheets=tuple(reading.summary for reading in readings),
        notes=(
            *(Note("", "file", remark) for remark in workbook.remarks),
            *(note for reading in readings for note in reading.notes),
        ),
        body_hint=_body_hint([*titles, re.sub(r"\.\w{2,5}$", "", workbook.name)]),
    )


def read_sheet(sheet: Sheet, words: Words) -> SheetReading:
    """Read one sheet: find its tables, join its rows, account for all of them."""
    state = Walk(sheet.name, words, _sheet_surroundings(sheet.name, words))
    numbered = [(sheet.first_row + place, row) for place, row in enumerate(sheet.rows)]
    columns = long_columns((row for _, row in numbered[:5]), words.mapping)
    if columns is not None:
        steps = list(read_long(sheet.name, iter(numbered), columns, words))
        has_header = True
    else:
        lines = list(sheet_lines(sheet))
        has_header = find_header(lines, words.mapping)
        if not has_header and is_forms(lines, words.mapping):
            has_header = True
            steps = list(read_forms(sheet.name, lines, words, state.around))
        else:
            steps = list(walk(lines, state, has_header=has_header))
    items = tuple(step.item for step in steps if step.item is not None)
    if not sheet.visible:
        items = tuple(_from_hidden_sheet(item) for item in items)
    accounts = tuple(sorted((step.account for step in steps), key=lambda account: account.row))
    claimed = claimed_count(sheet.name)
    return SheetReading(
        items,
        accounts,
        _summary(sheet, state.headers, items, claimed),
        tuple(_notes(sheet, state, items, claimed, has_header=has_header)),
        tuple(state.titles),
    )


def read_rows(
    sheet: str, rows: Iterable[tuple[int, tuple[str, ...]]], profile: Vocabulary, mapping: HeaderMapping
) -> Iterator[RecordReading]:
    """Stream (row number, cells) of a CSV file: one `RecordReading` per row, constant memory.

    Notes on the file as a whole (sections whose counts differ, stray cells) come with the last row's reading.
    """
    words = Words(profile, mapping)
    source = iter(rows)
    first = list(islice(source, _HEADER_WITHIN))
    columns = long_columns((row for _, row in first[:5]), mapping)
    if columns is not None:
        yield from read_long(sheet, chain(first, source), columns, words)
        return
    state = Walk(sheet, words, _sheet_surroundings(sheet, words))
    has_header = find_header(plain_lines(first), mapping)
    last: RecordReading | None = None
    for step in walk(plain_lines(chain(first, source)), state, has_header=has_header):
        if last is not None:
            yield last
        last = step
    if last is not None:
        notes = _notes(Sheet(sheet, ()), state, (), None, has_header=has_header)
        yield replace(last, notes=tuple(notes))


def read_records(
    sheet: str, records: Iterable[tuple[int, Mapping[str, Any]]], profile: Vocabulary, mapping: HeaderMapping
) -> Iterator[RecordReading]:
    """Stream (position, object) of JSON: objects keyed by Chinese headers, or documents of our own export."""
    words = Words(profile, mapping)
    yield from read_objects(sheet, records, words, _sheet_surroundings(sheet, words))


def _sheet_surroundings(name: str, words: Words) -> Surroundings:
    code = words.category_within(name)
    return Surroundings(name, name, "sheet") if code else Surroundings(name)


def _mark_duplicates(items: list[ListItem]) -> tuple[ListItem, ...]:
    """Report items that say the same body, category, level, name and sub-item as an earlier one."""
    first: dict[tuple[str, ...], ListItem] = {}
    marked: list[ListItem] = []
    for item in items:
        earlier = first.setdefault(duplicate_key(item), item)
        if earlier is not item and item.name:
            place = f"工作表“{earlier.sheet}”第{earlier.row}行"
            message = f"与{place}的事项重复（{'编码' if item.code else '主体、类型、层级、名称'}相同）。"
            problem = Problem("事项名称", "duplicate_in_list", message, "请确认保留哪一行，或补充子项名称加以区分。")
            marked.append(replace(item, problems=(*item.problems, problem)))
            continue
        marked.append(item)
    return tuple(marked)


def _from_hidden_sheet(item: ListItem) -> ListItem:
    message = "本行在隐藏的工作表中。"
    problem = Problem("", "hidden_sheet", message, "请确认是否收录；不收录时请退回本行。", True)
    return replace(item, problems=(problem, *item.problems))


def _summary(sheet: Sheet, headers: list[Header], items: tuple[ListItem, ...], claimed: int | None) -> SheetSummary:
    columns = [column for header in headers for column in header.columns]
    return SheetSummary(
        name=sheet.name,
        visible=sheet.visible,
        rows=len(sheet.rows),
        items=len(items),
        claimed=claimed,
        columns=tuple(dict.fromkeys(column.label for column in columns)),
        unrecognised=tuple(dict.fromkeys(column.header for column in columns if not column.recognised)),
        by_category=dict(Counter(item.category for item in items)),
    )


def _notes(
    sheet: Sheet, state: Walk, items: tuple[ListItem, ...], claimed: int | None, *, has_header: bool
) -> Iterator[Note]:
    if not sheet.visible:
        yield Note(
            sheet.name, "hidden_sheet", f"工作表“{sheet.name}”在文件中是隐藏的；其中 {len(items)} 个事项须逐一确认。"
        )
    if not has_header and any(any(cell.strip() for cell in row) for row in sheet.rows):
        yield Note(
            sheet.name,
            "no_header",
            f"工作表“{sheet.name}”没有认出表头，其中的文字未读入。请检查表头，或在映射文件中补充表头的写法。",
        )
    if claimed is not None:
        numbers = {number for item in items for number in serials(item.serial) or (item.serial,)}
        if claimed not in (len(items), len(numbers)):
            message = f"工作表名称写明 {claimed} 项，读到 {len(items)} 个事项（{len(numbers)} 个序号）。"
            yield Note(sheet.name, "count_differs", message)
    yield from state.notes
    unrecognised = [column.header for header in state.headers for column in header.columns if not column.recognised]
    if unrecognised:
        names = "、".join(f"“{name}”" for name in dict.fromkeys(unrecognised))
        yield Note(
            sheet.name, "unrecognised_headers", f"没有认出的表头：{names}；内容已按原表头保留在“其他规定内容”中。"
        )
    guessed = [c.header for header in state.headers for c in header.columns if c.field == "name" and not c.recognised]
    for name in dict.fromkeys(guessed):
        yield Note(sheet.name, "name_column_guessed", f"没有认出“事项名称”一栏，已把“{name}”一栏当作事项名称，请核对。")
    if any(header.index_of("name") is None for header in state.headers):
        yield Note(sheet.name, "no_name_column", "表中没有认出“事项名称”一栏。请在映射文件中补充它的写法。")
    if state.stray:
        rows = [row for row, _, _ in state.stray]
        column = state.stray[0][1] + 1
        texts = "、".join(dict.fromkeys(text for _, _, text in state.stray))
        message = f"第{column}列没有表头，疑为填表用的选项（第{min(rows)}—{max(rows)}行：{texts}），未并入事项。"
        yield Note(sheet.name, "stray_cells", message, min(rows))


def _body_hint(titles: Iterable[str]) -> str:
    """The body that a title names: 某市某局2024年权责清单 → 某市某局; "" when none does."""
    for title in titles:
        found = _BODY_IN_TITLE.match(compact(title))
        if found and _BODY_SUFFIX.search(found["body"]):
            return found["body"]
        named = re.match(r"^(?:填报)?(?:单位|部门)(?:名称)?[:：](?P<body>.{2,40})$", compact(title))
        if named:
            return named["body"].strip()
    return ""
