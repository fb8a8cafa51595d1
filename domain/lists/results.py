"""What reading a list gives: items, an account of every row, a summary of every sheet, and notes.

The rule of the account (rows read = rows accounted for): every physical row of every sheet has exactly one
`RowAccount`; every item names the rows it was made of, and every row of role "item" belongs to exactly one item.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.powers import PowerContent

RowRole = Literal[
    "item",  # first row of an item
    "continuation",  # a further row of the item that begins at row `of`
    "title",  # title of the sheet or of a table
    "header",  # header row of a table
    "repeated_header",  # the header once more, after a page break
    "section",  # a row that names the category or part of the rows below
    "note",  # footnote, total, signature, a line of explanation
    "blank",  # nothing in it
    "unassigned",  # content that could not be assigned to an item; needs a person
]

ProblemCode = Literal[
    "missing_name",
    "missing_category",
    "unknown_category",
    "category_conflict",
    "missing_basis",
    "missing_body",
    "missing_field",
    "unknown_level",
    "several_levels",
    "several_serials",
    "limit_not_understood",
    "status_not_understood",
    "status_in_remarks",
    "duplicate_in_list",
    "duplicated_text",
    "name_too_long",
    "cell_too_long",
    "invalid_field",
    "column_conflict",
    "orphan_rows",
    "truncated_text",
    "filled_down",
    "hidden_text",
    "hidden_sheet",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should look at: where, what, what to do. It never drops the row."""

    column: str
    code: ProblemCode
    message: str
    advice: str
    # True: the item cannot enter the library before a person has repaired it.
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class RowAccount:
    """What became of one physical row (number from 1, as the spreadsheet shows it)."""

    sheet: str
    row: int
    role: RowRole
    # Row of the item that this row belongs to ("item": itself; "continuation": the item's first row); else 0.
    of: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of the list: where it stood, and `PowerContent` keyword data without scheme, code and body."""

    sheet: str
    rows: tuple[int, ...]
    # The list's own code and serial, or "" (a list without codes gets them from the batch).
    code: str
    serial: str
    # Category as published, and where it was found.
    category_text: str
    category_from: Literal["row", "section", "sheet", "title", "nowhere"]
    # Keyword data of `PowerContent`; "category" and "level" are profile codes or "" when unknown.
    content: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    # Scheme of the code and code of the body, when the list gives them (our own export does).
    scheme: str = ""
    body_code: str = ""

    @property
    def row(self) -> int:
        """First row of the item, from 1."""
        return self.rows[0]

    @property
    def name(self) -> str:
        """Name of the item, or "" (then `problems` says so)."""
        return str(self.content.get("name", ""))

    @property
    def sub_item(self) -> str:
        """Name of the sub-item, or ""."""
        return str(self.content.get("sub_item", ""))

    @property
    def category(self) -> str:
        """Category code of the profile, or ""."""
        return str(self.content.get("category", ""))

    @property
    def blocked(self) -> bool:
        """Whether a person has to repair the item before it can enter the library."""
        return any(problem.blocking for problem in self.problems)

    def to_content(self, *, scheme: str, code: str, body: str) -> PowerContent:
        """Build the content with the identity that the batch assigns; raises pydantic's ``ValidationError``."""
        return PowerContent(**{**self.content, "scheme": scheme, "code": code, "body": body})


@dataclass(frozen=True, slots=True)
class SheetSummary:
    """Figures of one sheet for the report."""

    name: str
    visible: bool
    rows: int
    items: int
    # Count that the sheet's name or title claims, such as 254 in 行政处罚（254项）; None when it claims none.
    claimed: int | None = None
    # Canonical field or "further:<header>" per column, in column order.
    columns: tuple[str, ...] = ()
    unrecognised: tuple[str, ...] = ()
    by_category: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence of the report about a sheet or the file as a whole (Chinese, for readers)."""

    sheet: str
    code: str
    message: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class ListReading:
    """The whole result of reading one workbook."""

    file: str
    sha256: str
    items: tuple[ListItem, ...]
    accounts: tuple[RowAccount, ...]
    sheets: tuple[SheetSummary, ...]
    notes: tuple[Note, ...]
    # Body that the titles or the name of the file point to, for lists without a column for it; or "".
    body_hint: str = ""

    @property
    def rows_read(self) -> int:
        """Physical rows of all sheets."""
        return sum(sheet.rows for sheet in self.sheets)


@dataclass(frozen=True, slots=True)
class RecordReading:
    """One step of the streamed reading of a CSV or JSON file: the account of a row and the item, if it is one."""

    account: RowAccount
    item: ListItem | None = None
    notes: tuple[Note, ...] = ()
