"""Reading our own export back: the exact document beside a row holds, unless somebody edited a cell.

Words cannot carry everything (which paragraph is a heading, what was a date). So the document is put into words once
more, read like the list was read, and compared field by field: where the cell still says what the document says, the
document's value is taken; where it does not, somebody edited the cell, and the cell wins.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from domain.published_table import TOLD_HEADERS

PARTED = ("guide", "further")
# White space, invisible characters and Excel's own escapes may be changed on the way through a spreadsheet.
FRAGILE = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x7f-\x9f\ufffe\uffff]|_(?=x)")


def armoured(json_text: str) -> str:
    """Return canonical JSON text in which no character can be lost or changed by a spreadsheet program."""
    return FRAGILE.sub(lambda found: f"\\u{ord(found[0]):04x}", json_text)


def exact_document(text: str) -> dict[str, Any] | None:
    """Return the document in an exact cell, or None when the text is none (somebody edited it)."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def without_told(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says without the columns of our export that only tell what the document holds."""
    further = {header: text for header, text in (said.get("further") or {}).items() if header not in TOLD_HEADERS}
    kept = {field: value for field, value in said.items() if field != "further"}
    return {**kept, "further": further} if further else kept


def reconciled(
    said: Mapping[str, Any], echo: Mapping[str, Any], document: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the content of a row, and the fields that somebody edited.

    ``said`` is what the row says, ``echo`` what the reading makes of the document's own words, ``document`` the
    exact document; all three are plain JSON.
    """
    content = dict(document)
    edited: list[str] = []
    for field in sorted({*said, *echo}):
        if said.get(field) == echo.get(field):
            continue
        edited.append(field)
        value = said.get(field)
        if field in PARTED:
            value = _parted(said.get(field) or {}, echo.get(field) or {}, document.get(field) or {})
        if value:
            content[field] = value
        else:
            content.pop(field, None)
    return content, tuple(edited)


def _parted(said: Mapping[str, Any], echo: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Do the same inside a field that is made of named parts."""
    parts = dict(document)
    for name in {*said, *echo}:
        if said.get(name) != echo.get(name):
            if said.get(name):
                parts[name] = said[name]
            else:
                parts.pop(name, None)
    return parts
