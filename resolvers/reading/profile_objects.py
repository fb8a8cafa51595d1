"""Objects of the regulation's profile, written as JSON texts for compiled statements (003-3, 001-6)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from domain.profiles import Profile
from resolvers.database import JsonText
from resolvers.reading.selection import Selection
from resolvers.reading.shows import OfAttribute, OfWord

UNKNOWN_ORDER: Final = 99
"""The order of a code that the profile does not know: behind all others."""

UNKNOWN: Final[Mapping[str, Any]] = {"letters": "", "order": UNKNOWN_ORDER, "clause": ""}
"""What is said of a code that the profile does not know; its name is the code itself."""


_MOST: Final = 512
_written_tables: dict[tuple[int, str, Selection], tuple[Profile, JsonText]] = {}


def profile_table(profile: Profile, table: str, selection: Selection) -> JsonText:
    """Return the objects of a table (``category`` or ``level``): an object of JSON texts by code, selected fields only.

    Written once for each profile and selection; the profile is told by identity, since it never changes.
    """
    key = (id(profile), table, selection)
    kept = _written_tables.get(key)
    if kept is not None and kept[0] is profile:
        return kept[1]
    listed = profile.categories if table == "category" else profile.levels
    made = JsonText(json.dumps({str(one.code): _written(one, selection) for one in listed}, ensure_ascii=False))
    if len(_written_tables) >= _MOST:
        _written_tables.clear()
    _written_tables[key] = (profile, made)
    return made


def _written(one: Any, selection: Selection) -> str:
    shown = {}
    for asked in selection.asked:
        if isinstance(asked.shown, OfWord):
            shown[asked.key] = asked.shown.text
        elif isinstance(asked.shown, OfAttribute):
            shown[asked.key] = getattr(one, asked.shown.name)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
