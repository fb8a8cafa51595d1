"""Values that change only with what is public (counts, names): kept for one public revision, one civil day and profile.

Each database has its own memory, bounded by number. A value is made after the revision was read, so whoever reads the
same revision later may have it; nothing older is ever given back. Only what everybody may see is kept here.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar, cast
from weakref import WeakKeyDictionary

from resolvers.context import Context
from resolvers.publicity import Publicity

Value = TypeVar("Value")

MOST_VALUES: Final = 100


class KeptValues:
    """Values under one revision, the longest unused ones dropped first."""

    def __init__(self, most: int = MOST_VALUES) -> None:
        self.most = most
        self.revision: int | None = None
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, revision: int) -> Any:
        """Return what is kept under a key, or None; another revision than the last one drops everything first."""
        if revision != self.revision:
            self._kept.clear()
            self.revision = revision
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, revision: int, value: Any) -> None:
        """Keep a value that was made after ``revision`` was read, if that still holds."""
        if revision != self.revision:
            return
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)


_MEMORY: Final[WeakKeyDictionary[Publicity, KeptValues]] = WeakKeyDictionary()


def memory_of(ctx: Context) -> KeptValues:
    """Return the memory of the database that a context reads."""
    return _MEMORY.setdefault(ctx.db.publicity, KeptValues())


async def kept_value(
    ctx: Context, key: Hashable, make: Callable[[], Awaitable[Value]], revision: int | None = None
) -> Value:
    """Return what ``make`` returns today under the present revision, made at most once if it is used again soon.

    ``revision`` is the public one if the caller has read it for this same question; else it is read here.
    """
    known = await ctx.db.publicity.revision() if revision is None else revision
    memory, whole = memory_of(ctx), (ctx.today, ctx.profile.id, key)
    found = memory.get(whole, known)
    if found is None:
        found = await make()
        memory.put(whole, known, found)
    return cast(Value, found)
