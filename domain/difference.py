"""The difference between two versions of an item, field by field, in words that people read.

Lists are compared as lists: what was inserted, what was removed, and what was changed in an entry that stayed. A
path reads like ``实施依据[2] · 条款``; numbers count from 1 in the later version, and in the earlier one for what
was removed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain.powers import PowerContent
from domain.values import document
from domain.words import CODES

Kind = Literal["added", "removed", "changed"]
JOINT: Final = " · "
ALIKE: Final = 0.5
"""Two entries that are at least so alike are one entry that was changed."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One difference. ``path`` is for machines, ``title`` for people; texts are empty where there was nothing."""

    path: str
    title: str
    before: str
    after: str
    kind: Kind


def difference(before: PowerContent, after: PowerContent) -> tuple[FieldDifference, ...]:
    """Return what changed from one content to another, in the order of the fields; nothing for equal contents."""
    return tuple(_objects(PowerContent, document(before), document(after), "", ""))


def _members(annotation: Any) -> tuple[type[BaseModel], ...]:
    """Return all models an annotation allows: several where a field tells them apart."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    if hasattr(annotation, "__metadata__"):
        return _members(get_args(annotation)[0])
    return tuple(model for one in get_args(annotation) for model in _members(one))


def _objects(model: Any, before: Any, after: Any, path: str, title: str) -> Iterator[FieldDifference]:
    """Compare two objects field by field, in the order of the model."""
    fields = _fields(model)
    names = [*fields, *sorted({*before, *after} - fields.keys())]
    for name in names:
        info = fields.get(name)
        here = f"{path}.{name}" if path else name
        said = (info.title if info else None) or name
        shown = f"{title}{JOINT}{said}" if title else said
        yield from _values(info.annotation if info else None, before.get(name), after.get(name), here, shown)


def _fields(annotation: Any) -> dict[str, FieldInfo]:
    """Return the fields of the model, or of all models a union allows."""
    found: dict[str, FieldInfo] = {}
    for model in _members(annotation):
        found |= model.model_fields
    return found


def _values(annotation: Any, before: Any, after: Any, path: str, title: str) -> Iterator[FieldDifference]:
    """Compare two values of one field."""
    if before == after:
        return
    if isinstance(before or after, list) and isinstance(after or before, list):
        yield from _lists(annotation, before or [], after or [], path, title)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(annotation, before, after, path, title)
    else:
        yield _one(annotation, before, after, path, title)


def _one(annotation: Any, before: Any, after: Any, path: str, title: str) -> FieldDifference:
    kind: Kind = "added" if before is None else "removed" if after is None else "changed"
    return FieldDifference(path, title, readable(annotation, before), readable(annotation, after), kind)


def _lists(annotation: Any, before: list[Any], after: list[Any], path: str, title: str) -> Iterator[FieldDifference]:
    """Compare two lists: equal entries are matched first, then alike ones between them."""
    keys = [[readable(annotation, entry) for entry in entries] for entries in (before, after)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = _paired(keys[0][i1:i2], keys[1][j1:j2])
        for left, right in pairs:
            old = before[i1 + left] if left is not None else None
            new = after[j1 + right] if right is not None else None
            number = (j1 + right if right is not None else i1 + (left or 0)) + 1
            yield from _values(annotation, old, new, f"{path}[{number}]", f"{title}[{number}]")


def _paired(before: Sequence[str], after: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pair the entries of two replaced stretches: one-to-one in order where alike, alone otherwise."""
    if len(before) == len(after) == 1:
        return [(0, 0)]
    pairs: list[tuple[int | None, int | None]] = []
    waiting = 0
    for right, new in enumerate(after):
        match = next((left for left in range(waiting, len(before)) if _alike(before[left], new)), None)
        if match is None:
            pairs.append((None, right))
            continue
        pairs += [(left, None) for left in range(waiting, match)]
        pairs.append((match, right))
        waiting = match + 1
    return pairs + [(left, None) for left in range(waiting, len(before))]


def _alike(left: str, right: str) -> bool:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _coded(annotation: Any) -> bool:
    """Say whether a field holds one of a fixed set of codes."""
    return get_origin(annotation) is Literal or any(_coded(one) for one in get_args(annotation))


def readable(annotation: Any, value: Any) -> str:
    """Return a value as text: an entry as its titled fields, a list line by line, codes as their words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str) and _coded(annotation):
        return CODES.get(value, value)
    if isinstance(value, dict):
        fields = _fields(annotation)
        said = [(fields.get(name), name, one) for name, one in value.items()]
        order = {name: at for at, name in enumerate(fields)}
        said.sort(key=lambda entry: order.get(entry[1], len(order)))
        shown = [
            f"{(info.title if info else None) or name}：{readable(info.annotation if info else None, one)}"
            for info, name, one in said
        ]
        return "；".join(shown)
    if isinstance(value, list):
        return "\n".join(readable(annotation, one) for one in value)
    return str(value)
