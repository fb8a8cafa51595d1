"""JSON objects → items: documents of our own export as they are, others by their (Chinese) keys like columns."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from domain.lists.assembly import Entry
from domain.lists.draft import Surroundings, name_of
from domain.lists.fields import adapter
from domain.lists.items import build_item
from domain.lists.layout import NUMBERED_FIELDS, Column, Header
from domain.lists.results import ListItem, Problem, RecordReading, RowAccount
from domain.lists.words import Words
from domain.powers import PowerContent

_IDENTITY = ("scheme", "code", "body")
# Keys that an export may put around the content of an item.
_ENVELOPE = ("content", "item")


def read_objects(
    sheet: str, records: Iterable[tuple[int, Mapping[str, Any]]], words: Words, around: Surroundings
) -> Iterator[RecordReading]:
    """One reading per object; the "row" is its position in the file, from 1."""
    headers: dict[tuple[str, ...], Header] = {}
    for position, record in records:
        document = own_document(record)
        if document is not None:
            yield _reading(sheet, position, _own_item(sheet, position, document))
            continue
        keys = tuple(str(key) for key in record)
        if not any(str(value).strip() for value in record.values() if value is not None):
            yield RecordReading(RowAccount(sheet, position, "blank"))
            continue
        header = headers.get(keys)
        if header is None:
            header = object_header(keys, words)
            headers[keys] = header
        texts = {place: [cell_text(value)] for place, value in enumerate(record.values()) if cell_text(value).strip()}
        yield _reading(sheet, position, build_item(Entry([position], texts), header, words, around))


def own_document(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The content of an item when the object is one of our own export; None for anything else."""
    for key in _ENVELOPE:
        inner = record.get(key)
        if isinstance(inner, Mapping):
            return own_document(inner)
    if isinstance(record.get("name"), str) and isinstance(record.get("category"), str):
        return record if set(record) <= set(PowerContent.model_fields) else None
    return None


def object_header(keys: tuple[str, ...], words: Words) -> Header:
    """The keys of an object as the header of a table."""
    columns = []
    for place, key in enumerate(keys):
        match = words.mapping.match(key)
        field = match.field if match is not None else ""
        if match is not None and match.number and field not in NUMBERED_FIELDS:
            field = ""
        columns.append(Column(place, key, field, match is not None))
    return Header(1, tuple(columns))


def cell_text(value: Any) -> str:
    """A JSON value as the text of a cell: lists of plain values become lines, structures stay JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list) and all(isinstance(part, str | int | float) for part in value):
        return "\n".join(str(part) for part in value)
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


def _own_item(sheet: str, position: int, document: Mapping[str, Any]) -> ListItem:
    content: dict[str, Any] = {}
    problems: list[Problem] = []
    further: dict[str, str] = {}
    for name, value in document.items():
        if name in _IDENTITY:
            continue
        try:
            content[name] = adapter(name).validate_json(json.dumps(value))
        except ValidationError as error:
            title = name_of(name)
            further[title] = cell_text(value)
            message = f"“{title}”的内容不符合要求（{error.errors()[0]['type']}），原文已保留。"
            problems.append(Problem(title, "invalid_field", message, "请在审核时改正。", name in ("name", "category")))
    if further:
        content["further"] = {**content.get("further", {}), **further}
    return ListItem(
        sheet=sheet,
        rows=(position,),
        code=str(document.get("code", "")),
        serial="",
        category_text=str(document.get("category", "")),
        category_from="row",
        content=content,
        problems=tuple(problems),
        scheme=str(document.get("scheme", "")),
        body_code=str(document.get("body", "")),
    )


def _reading(sheet: str, position: int, item: ListItem) -> RecordReading:
    return RecordReading(RowAccount(sheet, position, "item", position), item)
