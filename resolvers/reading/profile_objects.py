"""Objects of the regulation's profile, written as JSON texts for compiled statements (003-3, 001-6)."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from domain.profiles import Profile
from resolvers.reading.selection import Selection
from resolvers.reading.shows import OfAttribute, OfWord

UNKNOWN_ORDER: Final = 99
"""The order of a code that the profile does not know: behind all others."""

UNKNOWN: Final[Mapping[str, Any]] = {"letters": "", "order": UNKNOWN_ORDER, "clause": ""}
"""What is said of a code that the profile does not know; its name is the code itself."""


def profile_table(profile: Profile, table: str, selection: Selection) -> Mapping[str, str]:
    """Return the objects of a table (``category`` or ``level``) by code, each as JSON text with the selected fields."""
    return _table(profile.id, table, selection, _entries(profile, table))


def _entries(profile: Profile, table: str) -> tuple[tuple[str, Any], ...]:
    listed = profile.categories if table == "category" else profile.levels
    return tuple((str(one.code), one) for one in listed)


@lru_cache(maxsize=512)
def _table(
    _profile: str, _table_name: str, selection: Selection, entries: tuple[tuple[str, Any], ...]
) -> Mapping[str, str]:
    return {code: _written(one, selection) for code, one in entries}


def _written(one: Any, selection: Selection) -> str:
    shown = {}
    for asked in selection.asked:
        if isinstance(asked.shown, OfWord):
            shown[asked.key] = asked.shown.text
        elif isinstance(asked.shown, OfAttribute):
            shown[asked.key] = getattr(one, asked.shown.name)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
