"""The statement under construction: its slots, its renderings, and the frames that objects are written from."""

import re
from dataclasses import dataclass
from typing import Any, Final

from resolvers.reading.declarations import ALIAS, NAMED, Entity
from resolvers.reading.selection import Asked, Selection
from resolvers.reading.slots import TYPES, Slot, named_slot
from resolvers.reading.statements import Rendering, column_sql

_PLACEHOLDER: Final = re.compile(r"\$(\d+)::")


class NotCompiled(Exception):
    """A selection that the compiler does not understand; the message says what, for counters and logs."""


class Emission:
    """The statement under construction: slots in the order of their placeholders, and a number for every frame."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self._places: dict[tuple[Slot, str], str] = {}
        self._frames = 0

    def place(self, slot: Slot, kind: str = "") -> str:
        """Return the typed placeholder of a slot; the same slot has one placeholder."""
        kind = kind or TYPES[type(slot)]
        if (slot, kind) not in self._places:
            self.slots.append(slot)
            self._places[slot, kind] = f"${len(self.slots)}::{kind}"
        return self._places[slot, kind]

    def finished(self, text: str) -> tuple[str, tuple[Slot, ...]]:
        """Return a whole statement and its slots; those that only left-out parts asked for are left out as well."""
        used = sorted({int(number) for number in _PLACEHOLDER.findall(text)})
        numbers = {old: new for new, old in enumerate(used, 1)}
        text = _PLACEHOLDER.sub(lambda found: f"${numbers[int(found[1])]}::", text)
        return text, tuple(self.slots[number - 1] for number in used)

    def prefix(self) -> str:
        """Return a prefix for the aliases of one more source."""
        self._frames += 1
        return f"t{self._frames}_"


class DaysRendering(Rendering):
    """Renders declared fragments where the two days are those of one listing, or today."""

    def __init__(self, emission: Emission, listing: int) -> None:
        self.emission, self.listing = emission, listing

    def add(self, value: Any, kind: str) -> str:
        """Add a slot; a plain value never gets here."""
        return self.emission.place(value, kind)

    def render(self, fragment: str, prefix: str = "", value: str = "") -> str:
        """Return the fragment with its aliases prefixed and its parameters as placeholders."""

        def numbered(name: str) -> str:
            if name == "value" and value:
                return value
            return self.emission.place(*named_slot(name, self.listing))

        text = NAMED.sub(lambda found: numbered(found[1]), fragment)
        return ALIAS.sub(lambda found: f"{prefix}{found[1]}", text)


@dataclass(frozen=True, slots=True)
class Frame:
    """What an object is written from: a row of an entity, or a value (``value`` is its jsonb expression).

    ``days`` is the listing whose days hold, or ``TODAY``. A value of a list knows its ``place`` and its ``owner``.
    """

    rendering: DaysRendering
    days: int
    entity: Entity | None = None
    prefix: str = ""
    value: str = ""
    content: str = ""
    place: str = ""
    laws: bool = False
    owner: "Frame | None" = None

    def column(self, name: str) -> str:
        """Return the expression of a column of the row, guarded."""
        if self.entity is None or name not in self.entity.columns:
            raise NotCompiled(f"no column {name} here")
        return column_sql(self.rendering, self.entity, name, self.prefix)


def entity_of(frame: Frame) -> Entity:
    """Return the entity of a frame; a frame over a value has none."""
    if frame.entity is None:
        raise NotCompiled("a row is wanted where there is a value")
    return frame.entity


def selection_of(asked: Asked) -> Selection:
    """Return the fields selected below; anything else is not understood."""
    if not isinstance(asked.below, Selection):
        raise NotCompiled(f"{asked.key} has no plain fields below it")
    return asked.below


def base64url(octets: str) -> str:
    """Return the expression of base64url without padding; its alphabet needs no escaping in JSON."""
    return f"translate(encode({octets}, 'base64'), E'+/\\n=', '-_')"
