"""What a list says about an item, laid over what the library holds: a column that a list lacks changes nothing.

A published list has some columns of many. Fields without a column keep what the library holds; a blank cell of a
column that is there empties the field.
"""

from collections.abc import Collection, Mapping
from typing import Any

from domain.powers import Guide, PowerContent

ALL_FIELDS = frozenset(PowerContent.model_fields)
GUIDE_FIELDS = frozenset(Guide.model_fields)
FURTHER = "further:"
# Columns that fill more than one field, and columns whose field has another name.
COLUMN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "level_authority": ("level", "authority"),
    "level_mark": ("level", "authority"),
    "body_name": ("body", "body_name"),
    "body_code": ("body",),
    "accountability": ("accountability",),
}
IDENTITY = frozenset({"scheme", "code", "body", "category", "name", "sub_item"})


def covered(columns: Collection[str]) -> frozenset[str]:
    """Return the paths that a list with these columns speaks of: fields, ``guide.x`` and ``further.header``."""
    paths: set[str] = set(IDENTITY)
    for column in columns:
        if column.startswith(FURTHER):
            paths.add(f"further.{column.removeprefix(FURTHER)}")
        elif column in GUIDE_FIELDS:
            paths.add(f"guide.{column}")
        else:
            paths.update(COLUMN_FIELDS.get(column, (column,)))
    return frozenset(paths)


def overlaid(held: Mapping[str, Any], said: Mapping[str, Any], paths: Collection[str]) -> dict[str, Any]:
    """Return the plain document of an item after a list: ``said`` where the list speaks, ``held`` elsewhere.

    Whatever ``said`` holds counts as spoken of, also when no column was named for it.
    """
    merged = {field: value for field, value in held.items() if field not in paths}
    merged.update({field: value for field, value in said.items() if field not in ("guide", "further")})
    for part in ("guide", "further"):
        inner = _overlaid_part(part, held, said, paths)
        merged.pop(part, None)
        if inner or (part == "guide" and part in said):
            merged[part] = inner
    return merged


def _overlaid_part(
    part: str, held: Mapping[str, Any], said: Mapping[str, Any], paths: Collection[str]
) -> dict[str, Any]:
    """Merge a field that is itself made of named parts, part by part."""
    before, after = held.get(part) or {}, said.get(part) or {}
    if part in paths:
        return dict(after)
    kept = {name: value for name, value in before.items() if f"{part}.{name}" not in paths}
    return {**kept, **after}
