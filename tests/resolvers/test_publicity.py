"""The public revision: raised by whatever public answers show, once a transaction, and never read too old."""

import asyncio
import random
import re
from pathlib import Path

import asyncpg
import pytest

from resolvers.database import Database
from resolvers.errors import Unavailable
from resolvers.publicity import Publicity
from resolvers.reading.published import PUBLISHED
from tests import factories

ROOT = Path(__file__).parents[2]
TABLES_IN_SQL = re.compile(r"\b(?:FROM|JOIN)\s+(?:ONLY\s+)?([a-z_]+)\b")
PUBLIC_READS = (
    *("resolvers/reading/library.py", "resolvers/reading/published.py", "resolvers/reading/search*.py"),
    *("resolvers/power*.py", "resolvers/bodies.py", "resolvers/laws.py", "resolvers/benchmarks.py"),
    *("resolvers/changes.py", "resolvers/facets.py", "resolvers/overview.py", "resolvers/calendar.py"),
    *("resolvers/documents.py", "resolvers/charts.py"),
)
REVISION = "SELECT revision FROM public_head"


async def open_publicity(url: str) -> Publicity:
    return Publicity(url, {"default_transaction_read_only": "on"})


@pytest.mark.both_postgres
async def test_every_table_that_public_reads_show_raises_the_revision(owner_url: str) -> None:
    """Declared entities, and the statements written by hand beside them."""
    owner = await asyncpg.connect(owner_url)
    tables = {row[0] for row in await owner.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")}
    raising = {
        row[0]
        for row in await owner.fetch(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = c.relname || '_public' AND t.tgtype = 0 + 4 + 8 + 16 + 32"
        )
    }
    await owner.close()
    declared = {
        found
        for entity in PUBLISHED
        for sql in (f"FROM {entity.source}", *(one.sql for one in entity.columns.values()))
        for found in TABLES_IN_SQL.findall(sql)
    }
    written = {
        found
        for pattern in PUBLIC_READS
        for file in ROOT.glob(pattern)
        for found in TABLES_IN_SQL.findall(file.read_text(encoding="utf-8"))
    }
    assert {"power_version", "power_period", "body", "government", "post", "unit", "law"} <= declared
    shown = (declared | written) & tables - {"public_head"}  # the revision itself
    assert {"power_search", "power_tally", "library_head", "calendar_notice", "calendar_day"} <= shown
    assert shown <= raising, f"no trigger raises the public revision for {sorted(shown - raising)}"


@pytest.mark.both_postgres
async def test_a_transaction_raises_the_revision_once_and_a_rolled_back_one_not_at_all(
    database: Database, owner_url: str
) -> None:
    ctx = factories.context(database)
    here = await factories.government(ctx)
    owner = await asyncpg.connect(owner_url)
    seen: list[str] = []
    await owner.add_listener("public_revision", lambda *notice: seen.append(notice[3]))
    before = await owner.fetchval(REVISION)
    await factories.confirmed(ctx, here, [factories.change(here, factories.power()) for _ in range(3)])
    after = await owner.fetchval(REVISION)
    assert after > before
    await owner.fetchval("SELECT 1")
    assert seen == [str(after)], "one notice for a transaction of many statements"
    inner = "INSERT INTO law (title, title_key, kind) VALUES ($1, $1, 'law')"
    async with owner.transaction():
        await owner.execute(inner, "甲法")
        point = owner.transaction()
        await point.start()
        await owner.execute(inner, "乙法")
        await point.rollback()
    once = await owner.fetchval(REVISION)
    assert once > after
    rolled = owner.transaction()
    await rolled.start()
    await owner.execute(inner, "丙法")
    await rolled.rollback()
    assert await owner.fetchval(REVISION) == once
    assert await owner.fetchval("SELECT count(*) FROM public_change") == 0
    await owner.close()


@pytest.mark.both_postgres
async def test_only_triggers_write_the_counter(database_url: str) -> None:
    application = await asyncpg.connect(database_url)
    for statement in (
        "UPDATE public_head SET revision = 0",
        "DELETE FROM public_head",
        "INSERT INTO public_change (transaction) VALUES (1)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute(statement)
    await application.close()


@pytest.mark.both_postgres
async def test_writers_that_lock_in_any_order_wait_but_never_block_one_another_for_good(
    database: Database, owner_url: str
) -> None:
    """A confirmation locks the library first, another act changes a body first and the library afterwards."""
    library = "SELECT 1 FROM library_head WHERE id = 1 FOR UPDATE"
    something_public = "DELETE FROM unit WHERE false"

    async def write(*statements: str) -> None:
        connection = await asyncpg.connect(owner_url)
        for _ in range(30):
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement)
                    await asyncio.sleep(0.001)
        await connection.close()

    orders = [(library, something_public), (something_public, library)] * 2
    before = await database.publicity.revision()
    await asyncio.wait_for(asyncio.gather(*(write(*order) for order in orders)), 60)
    assert await database.publicity.revision() > before


async def test_the_first_question_after_a_change_gets_its_number_on_every_connection(
    database: Database, database_url: str, owner_url: str
) -> None:
    ctx = factories.context(database)
    here = await factories.government(ctx)
    other = await open_publicity(database_url)
    owner = await asyncpg.connect(owner_url)
    last = -1
    for number in range(200):
        await owner.execute("UPDATE government SET short_name = $1 WHERE id = $2", f"市{number}", here.id)
        found = await asyncio.gather(database.publicity.revision(), other.revision())
        assert found[0] == found[1] > last
        last = found[0]
    await owner.close()
    await other.close()


async def test_nobody_ever_reads_a_number_older_than_what_was_committed_before_the_question(
    database: Database, database_url: str, owner_url: str
) -> None:
    """Two writers and sixty readers on two instances at once; each reader knows what was committed when it asked."""
    ctx = factories.context(database)
    here = await factories.government(ctx)
    other = await open_publicity(database_url)
    committed = 0
    late: list[str] = []
    done = asyncio.Event()

    async def write() -> None:
        nonlocal committed
        connection = await asyncpg.connect(owner_url)
        for number in range(60):
            await connection.execute("UPDATE government SET short_name = $1 WHERE id = $2", f"市{number}", here.id)
            committed = max(committed, await connection.fetchval(REVISION))
            await asyncio.sleep(random.random() / 500)
        await connection.close()

    async def read(publicity: Publicity) -> None:
        while not done.is_set():
            known = committed
            if (found := await publicity.revision()) < known:
                late.append(f"{found} < {known}")
            await asyncio.sleep(random.random() / 1000)

    readers = [asyncio.create_task(read(one)) for one in (database.publicity, other) for _ in range(30)]
    await asyncio.gather(write(), write())
    done.set()
    await asyncio.gather(*readers)
    await other.close()
    assert late == []


async def test_all_who_ask_at_the_same_moment_share_a_read(database: Database) -> None:
    await database.publicity.revision()
    before = database.publicity.reads
    await asyncio.gather(*(database.publicity.revision() for _ in range(500)))
    assert database.publicity.reads - before == 1
    first = asyncio.create_task(database.publicity.revision())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = [asyncio.create_task(database.publicity.revision()) for _ in range(500)]
    await asyncio.gather(first, *rest)
    assert database.publicity.reads - before <= 3


async def test_a_cancelled_question_disturbs_nobody(database: Database) -> None:
    await database.publicity.revision()
    for pause in (0, 0, 0.0005, 0.001):
        tasks = [asyncio.create_task(database.publicity.revision()) for _ in range(20)]
        await asyncio.sleep(pause)
        for task in tasks[::2]:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        answered = {one for one in found[1::2] if not isinstance(one, BaseException)}
        assert len(answered) == 1
    assert await database.publicity.revision() > 0


async def test_a_connection_that_was_ended_is_replaced_without_a_word(database: Database, owner_url: str) -> None:
    number = await database.publicity.revision()
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert await database.publicity.revision() == number
    await owner.close()


async def test_a_database_that_is_away_is_told_as_unavailable_and_found_again() -> None:
    away = Publicity("postgresql://nobody@127.0.0.1:1/none")
    found = await asyncio.gather(*(away.revision() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in found)
    await away.close()
    with pytest.raises(Unavailable):
        await away.revision()


async def test_listening_frees_early_and_goes_on_after_a_lost_connection(
    database: Database, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.channels.LISTEN_AGAIN_SECONDS", 0.05)
    heard: list[int] = []

    async def until(more_than: int) -> None:
        async with asyncio.timeout(10):
            while len(heard) <= more_than:  # noqa: ASYNC110 - a callback counts, nothing is set
                await asyncio.sleep(0.01)

    database.publicity.listen(heard.append)
    await until(0)
    ctx = factories.context(database)
    await factories.government(ctx)
    await until(1)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    await owner.close()
    await until(2)
    await factories.government(ctx, division_code="990199", name="别市")
    await until(3)
    assert heard == sorted(heard), "at the start, at each change, and after the new beginning"
    assert heard[-1] == await database.publicity.revision()


async def test_closing_ends_although_the_driver_swallows_a_cancellation(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    connecting, times = asyncio.Event(), 0

    async def connect() -> asyncpg.Connection:
        nonlocal times
        times += 1
        connecting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionError("cut off") from None
        raise AssertionError("nothing sets that event")

    monkeypatch.setattr(database.publicity, "_connect", connect)
    database.publicity.listen(lambda _revision: None)
    await connecting.wait()

    async with asyncio.timeout(20):
        await database.publicity.close()

    assert times == 1
    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"public revision notices"})
