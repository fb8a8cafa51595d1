"""A workbook as the rules see it: sheets of text cells with their merged ranges, nothing of a file format.

Row and column indices of `Merge` and of `Sheet.rows` count from 0; everything reported to people counts rows from 1,
as the spreadsheet program shows them.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range; all four bounds are inclusive and count from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows of text cells (all rows as long as the longest) and the merged ranges."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    merges: tuple[Merge, ...] = ()
    visible: bool = True
    # Number (from 1) of the first row in the file, so that reports name the row the person sees.
    first_row: int = 1


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file that was read: its name, the SHA-256 of its bytes (hex) and its sheets in file order."""

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]
    # What was found in the file, such as "xls", whatever its name says.
    format: str = ""
    # Sentences for the report, such as a name that contradicts the content.
    remarks: tuple[str, ...] = field(default=())
