"""What was read of the library and the calendar, kept in memory for as long as the public revision is the same.

Whoever decides reads the revision in the transaction of the decision and asks the shelf of that very revision. What is
missing there is read together with the revision that it belongs to, and if that is another one the whole is done
again: nothing stale ever decides, and two reads never come from two states of the library.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from resolvers.retrying import Moved

T = TypeVar("T")

MOST: Final = 4_000
"""Things that a shelf keeps; all of them go when there are more, since reading one again costs little."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one public revision."""

    revision: int
    things: dict[Hashable, Any]

    async def get(self, key: Hashable, read: Callable[[], Awaitable[tuple[int, T]]]) -> T:
        """Return a thing of this revision; ``read`` returns it with the revision that it was read under.

        Raises ``Moved`` where that is another one.
        """
        if key not in self.things:
            revision, thing = await read()
            if revision != self.revision:
                raise Moved
            _room(self.things)
            self.things[key] = thing
        return cast(T, self.things[key])


class Shelf:
    """What one database's library and calendar say now, and beside it what never changes (``forever``)."""

    def __init__(self) -> None:
        self._kept = Kept(-1, {})
        self.forever: dict[Hashable, Any] = {}

    def of(self, revision: int) -> Kept:
        """Return what is known of a revision; an older one than the newest seen is known to nobody any more."""
        if revision > self._kept.revision:
            self._kept = Kept(revision, {})
        return self._kept if revision == self._kept.revision else Kept(revision, {})

    def keep(self, key: Hashable, thing: T) -> T:
        """Keep something that never changes, and return it."""
        _room(self.forever)
        self.forever[key] = thing
        return thing


def _room(things: dict[Hashable, Any]) -> None:
    if len(things) >= MOST:
        things.clear()
