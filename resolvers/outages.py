"""How a database, or a connection to it, shows that it is gone: one question for all who ask, whatever wraps the answer.

A server that is killed says nothing. What is raised then comes from the driver, from SQLAlchemy around it, or from the
socket, and depends on what was under way; none of it is the caller's fault, and all of it may be tried again.
"""

from collections.abc import Iterator
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DBAPIError

from resolvers.errors import Unavailable

_GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # what a connection that dies in the middle of an answer raises
    ConnectionError,
    TimeoutError,
)
TROUBLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a process that goes on whatever happens to the database waits out: all that asyncpg raises, dying connections too."""

_LEFT: Final = ("closed", "closing", "released back")
"""Words of asyncpg about a connection that is no more; it has no class of its own for that."""


def sqlstate_of(error: BaseException) -> str:
    """Return the SQLSTATE of what asyncpg or SQLAlchemy raised, or an empty string."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(inner, "sqlstate", "") or "")


def database_away() -> Unavailable:
    """Return what a caller is told."""
    return Unavailable("数据库暂时不可用。", "请稍后再试。")


def away(error: BaseException) -> bool:
    """Tell whether an error, or what it was made of, says that the database is away, going away or full."""
    return any(_says_so(one) for one in _reasons(error))


def _says_so(error: BaseException) -> bool:
    if isinstance(error, _GONE) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return any(word in str(error) for word in _LEFT)
    return sqlstate_of(error).startswith("08")


def _reasons(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything that it was raised from or during, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [getattr(one, "orig", None), one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


async def connected(*address: Any, **options: Any) -> asyncpg.Connection:
    """Connect; a server that cannot be reached is one error, whatever its socket says of it (a missing file, a refusal)."""
    try:
        return await asyncpg.connect(*address, **options)
    except OSError as error:
        raise asyncpg.ClientCannotConnectError(f"{type(error).__name__}: {error}") from error
