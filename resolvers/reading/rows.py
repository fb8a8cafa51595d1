"""From rows of the declared entities to the values that edges use."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from resolvers.power_views import BodyRow, GovernmentRow, Period, PowerRow

ROW_COLUMNS: Final = tuple(one.name for one in fields(PowerRow))
BODY_COLUMNS: Final = tuple(one.name for one in fields(BodyRow))
GOVERNMENT_COLUMNS: Final = tuple(one.name for one in fields(GovernmentRow))
_LISTS: Final = frozenset({"aliases", "offices", "duties"})


def power_row(row: Mapping[str, Any]) -> PowerRow:
    """Return a row of the entity ``power`` as a value."""
    return PowerRow(**{name: row[name] for name in ROW_COLUMNS})


def body_row(row: Mapping[str, Any]) -> BodyRow:
    """Return a row of the entity ``body`` as a value."""
    values: dict[str, Any] = {name: tuple(row[name]) if name in _LISTS else row[name] for name in BODY_COLUMNS}
    return BodyRow(**values)


def government_row(row: Mapping[str, Any]) -> GovernmentRow:
    """Return a row of the entity ``government`` as a value."""
    return GovernmentRow(**{name: row[name] for name in GOVERNMENT_COLUMNS})


def period_of(row: Mapping[str, Any]) -> Period:
    """Return the period in a row."""
    return Period(row["valid_from"], row["valid_until"], row["known_from"], row["known_until"])
