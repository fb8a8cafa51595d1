"""The cache of plans: one for each operation, shape of its listings, and profile; bounded in number and in bytes."""

from collections import Counter, OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import Final
from weakref import WeakValueDictionary

from resolvers.context import Context
from resolvers.reading.listings import Listing
from resolvers.reading.plans import NotCompiled, Plan, compile_operation
from resolvers.reading.selection import Operation

MOST_PLANS: Final = 1_000
MOST_BYTES: Final = 6_000_000
EACH_FIELD: Final = 350
"""Bytes of memory that a selected field takes, roughly."""
MOST_REASONS: Final = 200
ELSE: Final = "other"


class Interned:
    """An operation that equal operations share, so that its hash is computed once; ``bytes`` is what it weighs."""

    __slots__ = ("__weakref__", "bytes", "operation")

    def __init__(self, operation: Operation, fields: int) -> None:
        self.operation, self.bytes = operation, (fields + len(operation.roots)) * EACH_FIELD


Key = tuple[Interned, Hashable, str]
"""An operation, the shapes of its listings, the profile's id."""


class Plans:
    """The least recently used plans go first. ``most`` plans of ``weight`` bytes at most are kept."""

    def __init__(self, *, most: int = MOST_PLANS, weight: int = MOST_BYTES) -> None:
        self._most, self._weight = most, weight
        self._kept: OrderedDict[Key, Plan | str] = OrderedDict()
        self._interned: WeakValueDictionary[Operation, Interned] = WeakValueDictionary()
        self._held = 0
        self.hits = self.misses = self.evictions = 0

    def interned(self, operation: Operation, fields: int) -> Interned:
        """Return the one operation that is equal to this one; so many fields are selected in it."""
        return self._interned.setdefault(operation, Interned(operation, fields))

    def plan(self, ctx: Context, operation: Interned, listings: Sequence[Listing]) -> Plan:
        """Return the plan of an operation over listings of these shapes. Raises ``NotCompiled`` with the reason."""
        key = (operation, tuple([one.shape for one in listings]), ctx.profile.id)
        found = self._kept.get(key)
        if found is None:
            self.misses += 1
            found = self._made(operation.operation, listings)
            self._keep(key, found)
        else:
            self.hits += 1
            self._kept.move_to_end(key)
        if isinstance(found, str):
            raise NotCompiled(found)
        return found

    def _made(self, operation: Operation, listings: Sequence[Listing]) -> Plan | str:
        try:
            return compile_operation(operation, listings)
        except NotCompiled as reason:
            return str(reason)

    def _keep(self, key: Key, found: Plan | str) -> None:
        self._kept[key] = found
        self._held += _weight(key, found)
        while len(self._kept) > self._most or (self._held > self._weight and len(self._kept) > 1):
            self._held -= _weight(*self._kept.popitem(last=False))
            self.evictions += 1

    def __len__(self) -> int:
        return len(self._kept)


def _weight(key: Key, found: Plan | str) -> int:
    return key[0].bytes + (len(found) if isinstance(found, str) else sum(map(len, found.texts)))


class Reasons:
    """Counts why operations fell back; beyond a number of names, all others together."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, reason: str) -> None:
        """Count one operation."""
        known = reason in self._counts or len(self._counts) < MOST_REASONS - 1
        self._counts[reason if known else ELSE] += 1

    def counted(self) -> Mapping[str, int]:
        """Return how many operations fell back, by reason, the most frequent first."""
        return dict(self._counts.most_common())
