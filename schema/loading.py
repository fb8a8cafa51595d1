"""Loaders: whatever the nodes of one operation need of one entity is fetched by one statement.

A loader lives as long as its operation; it is made when first asked for. Its key says entity, column and the days it
is read at, so that one document can read two days side by side.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import strawberry
from strawberry.dataloader import DataLoader

from resolvers.context import Context
from resolvers.errors import InvalidInput
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import Row, fetch_by_keys
from resolvers.reading.statements import Read

Batch = Callable[[Context, Sequence[Any]], Awaitable[Sequence[Any]]]
"""Fetches the values for keys, in the order of the keys."""


class Shared(DataLoader[Any, Any]):
    """A loader whose values many fields wait for: one that is cancelled, since a sibling failed, takes no other along."""

    def load(self, key: Any) -> Awaitable[Any]:
        """Return the value of a key, to be awaited."""
        value = cast("asyncio.Future[Any]", super().load(key))
        if not value.done():
            value.add_done_callback(_seen)
        return asyncio.shield(value)


def _seen(value: "asyncio.Future[Any]") -> None:
    """Look at a failure for which nobody waits any more, so that it is not reported as forgotten."""
    if not value.cancelled():
        value.exception()


class Loaders:
    """The loaders of one operation."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._made: dict[Hashable, DataLoader[Any, Any]] = {}

    def of(self, name: Hashable, batch: Batch) -> DataLoader[Any, Any]:
        """Return the loader by this name; ``batch`` is what it fetches with."""
        if name not in self._made:
            ctx = self._ctx

            async def load(keys: Sequence[Any]) -> list[Any]:
                return list(await batch(ctx, keys))

            self._made[name] = Shared(load_fn=load)
        return self._made[name]

    def one(self, entity: Entity, read: Read | None = None, column: str = "") -> DataLoader[Any, Row | None]:
        """Return the loader of single rows of an entity by a unique column (its key, if none is named)."""
        asked = read or Read()

        async def batch(ctx: Context, keys: Sequence[Any]) -> list[Row | None]:
            found = await fetch_by_keys(ctx, entity, asked, keys, column)
            return [found[key][0] if key in found else None for key in keys]

        return self.of(("one", entity.name, column, *_same(asked)), batch)

    def many(self, entity: Entity, column: str, read: Read | None = None) -> DataLoader[Any, tuple[Row, ...]]:
        """Return the loader of all rows that share a value of a column."""
        asked = read or Read()

        async def batch(ctx: Context, keys: Sequence[Any]) -> list[tuple[Row, ...]]:
            found = await fetch_by_keys(ctx, entity, asked, keys, column)
            return [found.get(key, ()) for key in keys]

        return self.of(("many", entity.name, column, *_same(asked)), batch)


def _same(read: Read) -> tuple[Hashable, ...]:
    """Return what two reads by key must share to be one statement."""
    return read.columns, read.order, read.scope, read.valid_on, read.recorded_at


Renew = Callable[[], Awaitable[Context | None]]
"""Gives the context of now for whoever opened a stream; None once there is nobody any more."""


async def _nobody() -> Context | None:
    return None


@dataclass(slots=True)
class Scope:
    """What the fields of one operation share: who asks and when, the loaders, the prepared document.

    ``idempotency_key`` is what the request's header says, if it has one. Of a stream, ``renew`` gives the context of now,
    ``last_event_id`` is what the request goes on from, and ``position`` what was reached. ``code_tried`` says that the
    request has shown the code of a matter, which it may once.
    """

    ctx: Context
    loaders: Loaders
    prepared: object = field(default=None, repr=False)
    idempotency_key: str = ""
    renew: Renew = _nobody
    last_event_id: str = ""
    position: str = ""
    code_tried: bool = False

    # Requests are what is counted for each address (`schema.rates`): aliases must not make many guesses of one (H2).
    def try_code(self) -> None:
        """Note that the code of a matter is shown; raises ``InvalidInput`` for the second in one request."""
        if self.code_tried:
            raise InvalidInput("一次请求只能使用一次查询码。", "请分次提交。")
        self.code_tried = True


Info: TypeAlias = strawberry.Info[Scope, None]
