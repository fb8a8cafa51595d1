"""Rows of the open data as JSON and as CSV: one form of each value, whichever file or answer it stands in (H7)."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, Final

from domain.published_table import FORMULA_BEGINS

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


_text: Final[Callable[[str], str]] = encode_basestring


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _texts(values: Sequence[str]) -> str:
    return "[" + ",".join(map(_text, values)) + "]"


def _truth(value: object) -> str:
    return "true" if value else "false"


_JSON: Final[Mapping[str, Callable[[Any], str]]] = {
    "bigint": str,
    "integer": str,
    "boolean": _truth,
    "text": _text,
    "date": lambda day: f'"{day}"',
    "timestamptz": lambda at: f'"{_moment(at)}"',
    "text[]": _texts,
    # What is JSON already stays text, byte for byte.
    "jsonb": str,
}
_CELL: Final[Mapping[str, Callable[[Any], str]]] = {
    **_JSON,
    "date": str,
    "timestamptz": _moment,
}


def _written(values: Iterable[Any], write: Callable[[Any], str], nothing: str) -> list[str]:
    return [nothing if value is None else write(value) for value in values]


def _harmless(values: Iterable[Any]) -> list[str]:
    """Return texts as `harmless` does; a call for each of some ten million would take longer than all the rest."""
    return ["" if one is None else f"'{one}" if one.startswith(FORMULA_BEGINS) else one for one in values]


def json_rows(types: Mapping[str, str], columns: Iterable[Sequence[Any]]) -> list[str]:
    """Return rows as JSON objects. They come by column: a value is then written without a look at what kind it is of."""
    cells = [_written(column, _JSON[kind], "null") for column, kind in zip(columns, types.values(), strict=True)]
    # A name in braces would be a place of its own; columns have plain names.
    form = "{{" + ",".join(f'"{name}":{{}}' for name in types) + "}}"
    return list(map(form.format, *cells))


def csv_rows(types: Mapping[str, str], columns: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as lines of a CSV file; nothing stands for what is not known."""
    cells = [
        _harmless(column) if kind == "text" else _written(column, _CELL[kind], "")
        for column, kind in zip(columns, types.values(), strict=True)
    ]
    return csv_text(zip(*cells, strict=True))


def csv_text(rows: Iterable[Sequence[str]]) -> bytes:
    """Return lines of a CSV file (RFC 4180)."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
