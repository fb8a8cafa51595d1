"""Stamps: what tells one state of a written node from every other, asked of the database at every request."""

from typing import TYPE_CHECKING, Final

from resolvers.reading.declarations import EVERYBODY, Entity
from resolvers.reading.frames import Frame, entity_of, selection_of
from resolvers.reading.selection import Asked, Choice, Selection
from resolvers.reading.shows import (
    OfAttribute,
    OfColumn,
    OfContent,
    OfKey,
    OfLimitText,
    OfOne,
    OfPairs,
    OfPlace,
    OfPlaces,
    OfProfile,
    OfWord,
)

if TYPE_CHECKING:
    from resolvers.reading.emitting import Emitter

CONTENT: Final = "content"
"""The column that holds an item's whole document."""


def stamps_of(emitter: "Emitter", selection: Selection | Choice, frame: Frame) -> list[str] | None:
    """Return the expressions of the stamps that a selection needs beside the row's own; None: it cannot be kept.

    A column that depends on the day or on the actor, rows of several types or of lists, and generic charts have none.
    """
    if isinstance(selection, Choice):
        return None
    found: list[str] = []
    for asked in selection.asked:
        more = _stamps(emitter, asked, frame)
        if more is None:
            return None
        found += [one for one in more if one not in found]
    return found


def _stamps(emitter: "Emitter", asked: Asked, frame: Frame) -> list[str] | None:
    shown, entity = asked.shown, entity_of(frame)
    if isinstance(shown, OfWord):
        return []
    if isinstance(shown, OfColumn):
        return [] if _lasts(entity, shown.name) else None
    if isinstance(shown, OfKey | OfProfile):
        return [] if _lasts(entity, shown.column) else None
    if isinstance(shown, OfContent | OfPairs | OfPlaces):
        return [] if _lasts(entity, CONTENT) and _is_value(asked.below) else None
    if isinstance(shown, OfOne) and shown.days == "none" and _lasts(entity, shown.local):
        return _related(emitter, asked, shown, frame)
    return None


def _lasts(entity: Entity, column: str) -> bool:
    """Say whether a column is the same for everybody, and as long as the row's stamp is."""
    return column not in entity.passing and entity.columns[column].guard is None


def _is_value(below: object) -> bool:
    """Say whether everything below is part of the document itself."""
    if below is None:
        return True
    if isinstance(below, Choice):
        return all(_is_value(selection) for _, selection in below.cases)
    if not isinstance(below, Selection):
        return False
    plain = OfAttribute | OfWord | OfPlace | OfLimitText
    return all(isinstance(one.shown, plain) and _is_value(one.below) for one in below.asked)


def _related(emitter: "Emitter", asked: Asked, shown: OfOne, frame: Frame) -> list[str] | None:
    """Return the stamp of a related row; a row that never changes is told by the column that names it."""
    target = emitter.registry[shown.entity]
    if target.guard != EVERYBODY or not target.stamp:
        return None
    below = emitter.frame(target, frame.days)
    if stamps_of(emitter, selection_of(asked), below) != []:
        return None
    if target.unchanging:
        return []
    stamp = below.rendering.render(target.stamp, below.prefix)
    where = f"{below.column(shown.foreign)} = {frame.column(shown.local)}"
    found = f"SELECT {stamp} FROM {emitter.source(below, stamp, where)} WHERE {where} LIMIT 1"
    return [f"coalesce(({found}), '')"]
