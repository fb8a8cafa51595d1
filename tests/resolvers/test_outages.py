"""A database that is away is known as such, whoever says so and whatever it is wrapped in; a bug never passes for it."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request

from portal import errors
from resolvers.database import TIME_ZONE, Database
from resolvers.errors import InvalidInput
from resolvers.outages import away, connected, database_away
from resolvers.retrying import Interrupted, retried

pytestmark = pytest.mark.clause("R1", "R9")


def raised_from(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


GONE = (
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.AdminShutdownError("terminating"),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.InterfaceError("cannot perform operation: connection is closed"),
    asyncpg.InternalClientError("got result for unknown protocol state 3"),
    ConnectionResetError(),
    TimeoutError(),
    raised_from(AttributeError("'NoneType' object has no attribute 'ping'"), ConnectionResetError()),
    DBAPIError("SELECT", {}, asyncpg.ConnectionFailureError("x")),
    ExceptionGroup("both", [ValueError(), ConnectionResetError()]),
)
OURS = (
    asyncpg.UniqueViolationError("x"),
    asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
    DBAPIError("SELECT", {}, asyncpg.UndefinedTableError("x")),
    FileNotFoundError("page.html"),
    KeyError("x"),
)


def test_an_outage_is_told_from_a_bug() -> None:
    assert [repr(one) for one in GONE if not away(one)] == []
    assert [repr(one) for one in OURS if away(one)] == []


async def test_a_server_that_is_not_there_is_one_error(database_url: str) -> None:
    for url in ("postgresql:///x?host=/nowhere/at/all", "postgresql://127.0.0.1:9/x"):
        with pytest.raises(asyncpg.ClientCannotConnectError):
            await connected(url)
    database = await Database.connect(database_url, pool_size=1)
    async with database.sessions() as session:
        settings = await (await session.connection()).execute(text("SELECT current_setting('timezone')"))
        assert settings.scalar_one() == TIME_ZONE, "connections of the pool have its settings"
    await database.close()


async def test_work_that_an_outage_ended_is_interrupted_and_a_refusal_stays_one() -> None:
    async def work(error: Exception) -> None:
        raise error

    for one in GONE:
        with pytest.raises(Interrupted):
            await retried(lambda one=one: work(one))  # type: ignore[misc]
    with pytest.raises(InvalidInput):
        await retried(lambda: work(raised_from(InvalidInput("x"), GONE[0])))
    with pytest.raises(KeyError):
        await retried(lambda: work(KeyError("x")))


@pytest.mark.parametrize(
    ("error", "status"), [(GONE[0], 503), (database_away(), 503), (KeyError("x"), 500)], ids=["lost", "refused", "bug"]
)
async def test_what_fails_before_there_is_a_page_is_answered_by_what_it_is(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks is looked up outside of the pages' own handlers; that, too, is no fault of the system."""
    answers: list[int] = []
    monkeypatch.setattr(errors, "error_page", lambda _request, status, *_, **__: answers.append(status))
    monkeypatch.setattr(errors, "say_when", lambda response, _refusal: response)
    await errors.on_failure(Request({"type": "http", "method": "POST", "headers": [], "path": "/"}), error)
    assert answers == [status]
