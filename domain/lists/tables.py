"""Walking down the rows of one sheet or file: headers, sections, items; streamed, one account per row.

The walk looks ahead a few rows only and holds one item at a time, so that a file of a million rows is read in
constant memory. The caller says beforehand whether the rows contain a header at all.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from domain.lists.assembly import Entry, begin, decide, extend, only_text
from domain.lists.draft import Surroundings
from domain.lists.grid import Line
from domain.lists.headers import HeaderMapping
from domain.lists.items import build_item
from domain.lists.layout import MAXIMAL_HEADER_ROWS, Header, header_at, is_number_row
from domain.lists.results import Note, RecordReading, RowAccount, RowRole
from domain.lists.rows import claimed_count, heading_words, is_note, is_serial, single_meaning, single_text, starts_part
from domain.lists.texts import compact
from domain.lists.words import Words

_JOINING = {
    "append": "文字接续上一行",
    "covered": "合并单元格所占的行",
    "same": "与本事项首行完全相同（合并单元格拆开后的重复行）",
}
_LONGEST_HEADER_CELL = 120
# An item that is followed by so many rows of nothing is finished.
_LONGEST_WAIT = 500


@dataclass(slots=True)
class Walk:
    """State of the walk through one sheet; `notes` collects what the report says about it."""

    sheet: str
    words: Words
    around: Surroundings
    header: Header | None = None
    entry: Entry | None = None
    # The last item that was finished: further sub-items take their name from it.
    above: Entry | None = None
    pending: list[RowAccount] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    # Section in which items are counted: (row, label, claimed count, items found).
    section: tuple[int, str, int, int] | None = None
    # (row, column, text) of cells outside the table that list the words of a choice.
    stray: list[tuple[int, int, str]] = field(default_factory=list)

    def account(self, line: Line, role: RowRole, reason: str = "") -> RowAccount:
        """The account of a row that belongs to no item."""
        return RowAccount(self.sheet, line.number, role, 0, reason)

    def finish(self) -> Iterator[RecordReading]:
        """Finish the open item: it and the accounts of the rows since then."""
        if self.entry is not None and self.header is not None:
            entry, self.above, self.entry = self.entry, self.entry, None
            self._set_stray_aside(entry, self.header)
            item = build_item(entry, self.header, self.words, self.around)
            yield RecordReading(RowAccount(self.sheet, item.row, "item", item.row), item)
            if self.section is not None:
                self.section = (*self.section[:3], self.section[3] + 1)
        for account in self.pending:
            yield RecordReading(account)
        self.pending.clear()

    def _set_stray_aside(self, entry: Entry, header: Header) -> None:
        known = header.by_index
        for column in [column for column in entry.texts if column not in known]:
            text = compact(entry.text(column))
            if len(text) <= 12 and column > max(known) and self.words.category(text):
                self.stray.append((entry.rows[0], column, text))
                del entry.texts[column]

    def close_section(self) -> None:
        """Compare the count that a section claims with what was found."""
        if self.section is not None:
            row, label, claimed, found = self.section
            if claimed != found:
                message = f"“{label}”写明 {claimed} 项，读到 {found} 项。"
                self.notes.append(Note(self.sheet, "count_differs", message, row))
        self.section = None


def walk(lines: Iterable[Line], state: Walk, *, has_header: bool = True) -> Iterator[RecordReading]:
    """Give the account of every row, in order within an item, with the item on its first row."""
    window: deque[Line] = deque()
    source = iter(lines)
    while True:
        while len(window) <= MAXIMAL_HEADER_ROWS:
            following = next(source, None)
            if following is None:
                break
            window.append(following)
        if not window:
            break
        if not has_header:
            line = window.popleft()
            yield RecordReading(_without_table(state, line))
            continue
        header = _header(state, window)
        if header is not None:
            yield from _take_header(state, window, header)
        elif state.header is None:
            yield RecordReading(_before_table(state, window.popleft()))
        else:
            yield from _take_row(state, window.popleft(), state.header)
            if len(state.pending) > _LONGEST_WAIT:
                yield from state.finish()
    yield from state.finish()
    state.close_section()


def find_header(lines: Iterable[Line], mapping: HeaderMapping) -> bool:
    """Whether any of the rows begins a header."""
    window: deque[Line] = deque()
    for line in lines:
        window.append(line)
        if len(window) > MAXIMAL_HEADER_ROWS:
            if _maybe_header(window[0]) and header_at(list(window)[:MAXIMAL_HEADER_ROWS], mapping):
                return True
            window.popleft()
    while window:
        if _maybe_header(window[0]) and header_at(list(window), mapping):
            return True
        window.popleft()
    return False


def _maybe_header(line: Line) -> bool:
    texts = line.fresh()
    if len(texts) < 2 or any(len(text) > _LONGEST_HEADER_CELL for text in texts.values()):
        return False
    return not is_serial(next(iter(texts.values())))


def _header(state: Walk, window: deque[Line]) -> Header | None:
    if not _maybe_header(window[0]):
        return None
    if state.header is not None and not state.words.mapping.knows_two(window[0].fresh().values()):
        return None
    return header_at(list(window)[:MAXIMAL_HEADER_ROWS], state.words.mapping)


def _take_header(state: Walk, window: deque[Line], header: Header) -> Iterator[RecordReading]:
    """Account for the rows of a header, merged rows under it and a row of column numbers."""
    yield from state.finish()
    labels = [(column.index, column.label) for column in header.columns]
    before = [(column.index, column.label) for column in state.header.columns] if state.header else None
    role: RowRole = "repeated_header" if before == labels else "header"
    if role == "header":
        state.header, state.above = header, None
        state.headers.append(header)
    rows = header.height
    while rows:
        yield RecordReading(state.account(window.popleft(), role, "" if role == "header" else "表头重复出现"))
        rows -= 1
    while window and window[0].hanging and not window[0].fresh():
        yield RecordReading(state.account(window.popleft(), role, "表头合并单元格所占的行"))
    if window and is_number_row(window[0]) and not _is_data(window[0], header):
        yield RecordReading(state.account(window.popleft(), role, "列号行"))


def _is_data(line: Line, header: Header) -> bool:
    name = header.index_of("name")
    return name is not None and name in line.fresh() and not is_serial(line.text(name).strip("()（）"))


def _without_table(state: Walk, line: Line) -> RowAccount:
    if line.is_blank:
        return state.account(line, "blank")
    return state.account(line, "unassigned", "本工作表没有认出表头，行内文字未读入")


def _before_table(state: Walk, line: Line) -> RowAccount:
    """Rows above the first header: titles, and lines such as 填报单位：."""
    if line.is_blank or not line.fresh():
        return state.account(line, "blank")
    found = single_text(line, None)
    texts = [compact(text) for text in dict.fromkeys(line.fresh().values())]
    state.titles += texts
    if found is None:
        return state.account(line, "note", "表头之前的说明行")
    _take_category(state, found[0], "title")
    return state.account(line, "title", texts[0][:80])


def _take_category(state: Walk, text: str, source: str) -> bool:
    """Take the category that a title or section names; a section outranks the sheet, and the sheet a title."""
    within = state.words.category if source == "section" else state.words.category_within
    if within(heading_words(text)) is None:
        return False
    if source == "section":
        state.around = replace(state.around, category_text=compact(text), category_from="section")
    elif state.around.category_from in ("nowhere", "title"):
        state.around = replace(state.around, category_text=compact(text), category_from="title")
    return True


def _take_row(state: Walk, line: Line, header: Header) -> Iterator[RecordReading]:
    if line.is_blank:
        state.pending.append(state.account(line, "blank"))
        return
    single = only_text(line, header)
    if single is None:
        single = _heading_in_name(state, line, header)
    if single is not None:
        yield from state.finish()
        yield RecordReading(_take_single(state, line, single[0]))
        return
    verdict = decide(line, header, state.entry)
    if verdict in ("item", "sub"):
        if state.entry is None and state.above is None and len(line.fresh()) < 2 and not line.hanging:
            name = header.index_of("name")
            if name is None or not line.text(name).strip():
                yield RecordReading(state.account(line, "unassigned", "只有一个单元格有文字，无法归入事项"))
                return
        yield from state.finish()
        state.entry = begin(line, header, state.above, fill_down=verdict == "sub")
    elif verdict in _JOINING and state.entry is not None:
        extend(state.entry, line)
        reason = _JOINING[verdict]
        state.pending.append(RowAccount(state.sheet, line.number, "continuation", state.entry.rows[0], reason))
    elif verdict == "numbered":
        state.pending.append(state.account(line, "blank", "只有序号，没有内容"))
    else:
        fresh = line.fresh()
        role: RowRole = "note" if fresh else "blank"
        text = " ".join(compact(part) for part in fresh.values())
        state.pending.append(state.account(line, role, f"合计或说明行：{text[:80]}" if fresh else ""))


def _heading_in_name(state: Walk, line: Line, header: Header) -> tuple[str, int, bool] | None:
    """A heading that stands alone in the name column: a category, or （一） and the like."""
    fresh = line.fresh()
    name = header.index_of("name")
    if name is None or set(fresh) != {name} or line.hanging or header.index_of("serial") is None:
        return None
    text = fresh[name]
    short = len(text) <= 40
    heading = is_note(text) or (short and (starts_part(text) or state.words.category(heading_words(text)) is not None))
    return (text, name, False) if heading else None


def _take_single(state: Walk, line: Line, text: str) -> RowAccount:
    """A row that says one thing: a section with its category or body, a note, a title."""
    meaning = single_meaning(text, state.words.category)
    said = compact(text)
    if meaning == "category":
        _take_category(state, text, "section")
    elif meaning == "title":
        state.titles.append(said)
        _take_category(state, text, "section") or _take_category(state, text, "title")
    elif meaning == "body":
        state.around = replace(state.around, body_name=heading_words(said))
    claimed = claimed_count(said)
    if meaning in ("category", "body", "part", "title"):
        state.close_section()
        if claimed is not None:
            state.section = (line.number, said[:40], claimed, 0)
        return state.account(line, "title" if meaning == "title" else "section", said[:80])
    return state.account(line, "note", f"说明行：{said[:200]}")
