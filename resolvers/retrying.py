"""Doing a serializable unit of work again where the database undid it beside another (SQLSTATE 40001, 40P01).

Within one process those who want the same thing queue for it first, so that only processes ever collide.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from resolvers.errors import Refusal, Unavailable
from resolvers.outages import away, sqlstate_of

T = TypeVar("T")

AGAIN: Final = frozenset({"40001", "40P01"})
ATTEMPTS: Final = 12
FIRST_WAIT: Final = 0.005
LONGEST_WAIT: Final = 0.5


class Interrupted(Unavailable):
    """The connection was lost on the way: it was done wholly or not at all, and the same key tells which."""

    code = "INTERRUPTED"


class Moved(Exception):
    """What a unit of work began to stand upon is another one now: it is begun again."""


class Contended(Unavailable):
    """Too many did something to the same thing at once; nothing of this was done."""

    code = "CONTENDED"


async def retried(work: Callable[[], Awaitable[T]], *, also: frozenset[str] = frozenset()) -> T:
    """Return what the work returns, done again from the beginning while the database undoes it.

    Raises ``Contended`` when it was undone too often, ``Interrupted`` when the connection was lost.
    ``also`` names further SQLSTATEs after which the work will find something else, such as a key that is taken now.
    """
    for attempt in range(ATTEMPTS):
        try:
            return await work()
        except Moved:
            pass
        except Refusal:
            raise
        except Exception as error:
            if away(error):
                raise Interrupted(
                    "与数据库的连接中断，不能确定是否已经办理。", "请原样重新提交；已经办理的不会重复。"
                ) from error
            if sqlstate_of(error) not in AGAIN | also:
                raise
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)
        await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 -- spreads those who wait, hides nothing
    raise Contended("同时办理的人较多，本次没有办理成功。", "请稍后再试；内容没有丢失，可以原样重新提交。")


_queues: WeakValueDictionary[tuple[int, str, str], asyncio.Lock] = WeakValueDictionary()


@asynccontextmanager
async def queued(url: str, thing: str) -> AsyncIterator[None]:
    """Wait until nobody else in this process works on the same thing of the same database."""
    key = (id(asyncio.get_running_loop()), url, thing)
    lock = _queues.get(key)
    if lock is None:
        lock = _queues[key] = asyncio.Lock()
    async with lock:
        yield
