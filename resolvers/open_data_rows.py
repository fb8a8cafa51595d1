"""Rows of the open data as JSON and as CSV: one form of each value, whichever file or answer it stands in (H7)."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from domain.published_table import harmless

Rows = Sequence[Sequence[Any]]

TOLD: Final[Mapping[str, str]] = {
    "bigint": "integer",
    "integer": "integer",
    "boolean": "boolean",
    "text": "string",
    "date": "date",
    "timestamptz": "datetime",
    "text[]": "array",
    "jsonb": "object",
}
"""What the description of a table calls the types (Frictionless Table Schema)."""


def plain(value: Any, kind: str) -> Any:
    """Return a value as JSON has it; one that is JSON already stays text, byte for byte."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if kind == "text[]" and value is not None else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_row(names: Sequence[str], kinds: Sequence[str], row: Sequence[Any]) -> str:
    """Return a row as one JSON object; JSON inside it is the database's own text."""
    cells = (
        value if kind == "jsonb" and value is not None else _json(plain(value, kind))
        for value, kind in zip(row, kinds, strict=True)
    )
    return "{" + ",".join(f'"{name}":{cell}' for name, cell in zip(names, cells, strict=True)) + "}"


def cell(value: Any, kind: str) -> str:
    """Return a value as a CSV file has it: nothing for what is not known, and nothing that a spreadsheet would run."""
    if value is None:
        return ""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "text[]":
        return _json(list(value))
    return harmless(str(value)) if kind == "text" else str(plain(value, kind))


def csv_text(rows: Iterable[Sequence[str]]) -> bytes:
    """Return lines of a CSV file (RFC 4180)."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
