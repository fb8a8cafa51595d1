"""Slots: where the values of a compiled statement come from. The text is made once, the values at every request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from resolvers.context import Context
from resolvers.database import JsonText
from resolvers.reading.declarations import PARAMETERS
from resolvers.reading.listings import Collected, Listing
from resolvers.reading.profile_objects import profile_table
from resolvers.reading.selection import Selection
from resolvers.reading.statements import NAMED_VALUES

TODAY: Final = -1
"""In place of a listing: today, as known now."""


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter that is the same everywhere in an operation: the actor, today, now."""

    name: str


@dataclass(frozen=True, slots=True)
class DayOf:
    """``valid_on`` or ``recorded_at`` of a listing."""

    name: str
    listing: int


@dataclass(frozen=True, slots=True)
class FilterOf:
    """The value of a filter of a listing."""

    listing: int
    name: str


@dataclass(frozen=True, slots=True)
class KeyOf:
    """One of the key values in the cursor of a listing."""

    listing: int
    place: int


@dataclass(frozen=True, slots=True)
class LimitOf:
    """How many rows the page of a listing may hold."""

    listing: int


@dataclass(frozen=True, slots=True)
class CountedOf:
    """One of the values that the ready count of a listing adds."""

    listing: int
    place: int


@dataclass(frozen=True, slots=True)
class SuffixOf:
    """What the ids of items read on the days of a listing end with."""

    listing: int


@dataclass(frozen=True, slots=True)
class ProfileOf:
    """The objects of a table of the profile, written as a selection asks for them, by code."""

    table: str
    selection: Selection


@dataclass(frozen=True, slots=True)
class KeysOf:
    """The keys of the rows that a page was found to have."""


Slot = Named | DayOf | FilterOf | KeyOf | LimitOf | CountedOf | SuffixOf | ProfileOf | KeysOf


def day_suffix(valid_on: date | None, recorded_at: datetime | None) -> str:
    """Return the end of an item's key: it leads back to the two days that the item was read at."""
    if valid_on is None and recorded_at is None:
        return ""
    day = valid_on.isoformat() if valid_on else ""
    return f"@{day}~{recorded_at.isoformat() if recorded_at else ''}"


class Values:
    """The values of one request. Raises ``InvalidInput`` for a wrong cursor, also where nothing asks for its rows."""

    def __init__(self, ctx: Context, listings: Sequence[Listing], keys: Sequence[Any] = ()) -> None:
        self._ctx, self._listings, self._keys = ctx, listings, keys
        self._positions = [() if one.searched is not None else one.position() for one in listings]
        self._counted: dict[int, list[Any]] = {}

    def of(self, slot: Slot) -> Any:
        """Return the value for a slot."""
        return _READERS[type(slot)](self, slot)

    def named(self, slot: Named) -> Any:
        """Return who asks, and when, and what else is the same everywhere."""
        return NAMED_VALUES[slot.name](self._ctx)

    def day(self, slot: DayOf) -> Any:
        """Return the day, or the moment, that a listing is read at."""
        read = self._listings[slot.listing].read if slot.listing != TODAY else None
        if slot.name == "valid_on":
            return (read.valid_on if read else None) or self._ctx.today
        return (read.recorded_at if read else None) or self._ctx.now

    def filter(self, slot: FilterOf) -> Any:
        """Return the value of a filter."""
        return self._listings[slot.listing].read.filters[slot.name]

    def key(self, slot: KeyOf) -> Any:
        """Return a key value of a cursor."""
        return self._positions[slot.listing][slot.place]

    def limit(self, slot: LimitOf) -> int:
        """Return how many rows a page may hold."""
        return self._listings[slot.listing].page.limit

    def counted(self, slot: CountedOf) -> Any:
        """Return a value of a ready count: the count is rendered into nothing once more, for its values."""
        if slot.listing not in self._counted:
            collected, counted = Collected(), self._listings[slot.listing].counted
            if counted is not None:
                counted(collected)
            self._counted[slot.listing] = collected.values
        return self._counted[slot.listing][slot.place]

    def suffix(self, slot: SuffixOf) -> str:
        """Return the end of dated ids."""
        read = self._listings[slot.listing].read if slot.listing != TODAY else None
        return day_suffix(read.valid_on, read.recorded_at) if read else ""

    def profile(self, slot: ProfileOf) -> JsonText:
        """Return the objects of a profile's table, as JSON texts by code."""
        return profile_table(self._ctx.profile, slot.table, slot.selection)

    def keys(self, _slot: KeysOf) -> list[Any]:
        """Return the keys of the rows found."""
        return list(self._keys)


_READERS: Final[Mapping[type, Callable[[Values, Any], Any]]] = {
    Named: Values.named,
    DayOf: Values.day,
    FilterOf: Values.filter,
    KeyOf: Values.key,
    LimitOf: Values.limit,
    CountedOf: Values.counted,
    SuffixOf: Values.suffix,
    ProfileOf: Values.profile,
    KeysOf: Values.keys,
}

TYPES: Final[Mapping[type, str]] = {LimitOf: "bigint", SuffixOf: "text", ProfileOf: "jsonb"}
"""SQL types of slots that have always the same."""


def named_slot(name: str, listing: int) -> tuple[Slot, str]:
    """Return the slot of a parameter that every fragment may use, and its SQL type."""
    slot: Slot = DayOf(name, listing) if name in ("valid_on", "recorded_at") else Named(name)
    return slot, PARAMETERS[name]
