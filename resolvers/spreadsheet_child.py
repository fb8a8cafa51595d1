"""The process that opens a spreadsheet: bytes on standard input, sheets as JSON on standard output.

A damaged workbook can make the reading library panic or ask for so much memory that the process is aborted. That
process must not be the server; so this file is run by itself, with limits on memory and time, and imports nothing
of the project. The parent is `resolvers.workbooks`.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

# A number with more digits than this is a code that a spreadsheet has already rounded.
_LARGEST_EXACT = 10**15


def cell_text(value: Any) -> str:
    """A cell as text: ``1.0`` → ``1``, real decimals as shown, dates as ISO, booleans as 是/否."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _LARGEST_EXACT else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else "" if value is None else str(value)


def read_sheets(data: bytes, limits: dict[str, int]) -> dict[str, Any]:
    """``{"sheets": […]}``, or ``{"error": "password" | "too_large" | "broken", "reason": …}``."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        worksheets = [meta for meta in workbook.sheets_metadata if meta.typ is SheetTypeEnum.WorkSheet]
        if len(worksheets) > limits["sheets"]:
            return _too_large(f"有 {len(worksheets)} 个工作表，上限为 {limits['sheets']} 个工作表")
        sheets = []
        for meta in worksheets:
            sheet = workbook.get_sheet_by_name(meta.name)
            reason = _excess(sheet, meta.name, limits)
            if reason:
                return _too_large(reason)
            rows = _rows(sheet)
            for number, row in enumerate(rows, 1):
                if any(len(text) > limits["cell_characters"] for text in row):
                    return _too_large(f"工作表“{meta.name}”第{number}行有单元格超过 {limits['cell_characters']} 字")
            merges = [[*start, *end] for start, end in sheet.merged_cell_ranges or ()]
            visible = meta.visible is SheetVisibleEnum.Visible
            sheets.append({"name": meta.name, "visible": visible, "rows": rows, "merges": merges})
    except PasswordError:
        return {"error": "password", "reason": ""}
    except MemoryError:
        return {"error": "broken", "reason": "内容要求的内存过大"}
    except Exception as error:  # noqa: BLE001  # whatever is wrong with the file is said, this process ends anyway
        return {"error": "broken", "reason": str(error)[:200]}
    return {"sheets": sheets}


def _excess(sheet: CalamineSheet, title: str, limits: dict[str, int]) -> str:
    rows, columns = (bound + 1 for bound in sheet.end or (-1, -1))
    if rows <= limits["rows"] and columns <= limits["columns"] and rows * columns <= limits["cells"]:
        return ""
    return f"工作表“{title}”有 {rows} 行 × {columns} 列，上限为 {limits['rows']} 行 × {limits['columns']} 列"


def _rows(sheet: CalamineSheet) -> list[list[str]]:
    if sheet.start is None:
        return []
    return [[cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def _too_large(reason: str) -> dict[str, Any]:
    return {"error": "too_large", "reason": reason}


def main(arguments: list[str]) -> int:
    """Read standard input under the limits given as JSON in the first argument."""
    limits = json.loads(arguments[0])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
    answer = read_sheets(sys.stdin.buffer.read(), limits)
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=True).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
