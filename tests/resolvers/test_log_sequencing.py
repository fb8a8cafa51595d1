"""Every committed event gets one place in the log, in order, whatever happens to the sequencer meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.proof.leaf import Act, entry, has_sm3, microseconds, moment, sm3
from domain.proof.merkle import Tree, leaf_hash
from resolvers import log_sequencing
from resolvers.addresses import plain_url
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.log_sequencing import Fenced, Leader, run, sequence, take_over
from resolvers.record import Numbered, append, append_numbered
from tests import factories

pytestmark = pytest.mark.clause("R9", "S1")
NOW = datetime(2026, 11, 29, 1, 2, 3, 456_789, tzinfo=UTC)
WRITE = "INSERT INTO event (stream, seq, kind, at, body) VALUES ($1, $2, 'k', $3, '{}')"


@pytest.fixture
async def ctx(database: Database) -> Context:
    return factories.context(database, now=NOW)


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(plain_url(owner_url))
    yield connection
    await connection.close()


async def written(owner: asyncpg.Connection, count: int, stream: str = "s") -> None:
    await owner.executemany(WRITE, [(stream, n, NOW) for n in range(1, count + 1)])


async def everything(leader: Leader, batch: int = 7) -> int:
    total = 0
    while taken := await sequence(leader, NOW, batch=batch):
        total += taken
    return total


async def the_log_is_whole(owner: asyncpg.Connection) -> int:
    """Check places, leaves, order and root against the events; return the size."""
    rows = await owner.fetch("""
        SELECT g.place, g.leaf, g.sm3, g.entry, l.leaf AS kept, l.salt, e.* FROM log_leaf g
        JOIN event_leaf l USING (event_id) JOIN event e ON e.id = g.event_id ORDER BY g.place""")
    assert [row["place"] for row in rows] == list(range(len(rows)))
    last: dict[str, int] = {}
    for row in rows:
        assert row["leaf"] == row["kept"] == leaf_hash(row["entry"])
        assert row["entry"] == entry(act_of(row), row["salt"])
        assert row["sm3"] == (sm3(b"\0" + row["entry"]) if has_sm3() else None)
        assert row["seq"] == last.get(row["stream"], 0) + 1
        last[row["stream"]] = row["seq"]
    head = await owner.fetchrow("SELECT size, root FROM log_head")
    assert head is not None
    assert (head["size"], head["root"]) == (len(rows), Tree(row["leaf"] for row in rows).root())
    return len(rows)


def act_of(row: asyncpg.Record) -> Act:
    return Act(
        row["stream"], row["seq"], row["kind"], row["body_code"], microseconds(row["at"]),
        str(row["actor_id"] or ""), row["actor_name"], row["body"],
    )  # fmt: skip


ENTRIES = """
SELECT log_entry(n.stream, n.seq, n.kind, n.body_code, n.at,
  nullif(n.who, '')::uuid, n.name, n.body, $9)
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
  AS n (stream, seq, kind, body_code, at, who, name, body)
"""
OLDEST, NEWEST = datetime(1900, 1, 1), datetime(9000, 1, 1)  # noqa: DTZ001 -- bounds of aware moments
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    st.lists(
        st.tuples(TEXT, TEXT, TEXT, TEXT, st.none() | st.uuids(), st.datetimes(OLDEST, NEWEST, timezones=st.just(UTC))),
        max_size=9,
    ),
    st.binary(min_size=16, max_size=16),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_database_makes_the_bytes_that_python_makes(
    owner: asyncpg.Connection, given: list[tuple[str, str, str, str, UUID | None, datetime]], salt: bytes
) -> None:
    acts = [
        Act("s", n, kind, body_code, microseconds(at), str(who or ""), name, body)
        for n, (kind, body_code, name, body, who, at) in enumerate(given, 1)
    ]
    names = ("stream", "seq", "kind", "body_code", "at", "actor_id", "actor_name", "body")
    columns = [[getattr(one, name) for one in acts] for name in names]
    columns[4] = [moment(at) for at in columns[4]]
    assert [row[0] for row in await owner.fetch(ENTRIES, *columns, salt)] == [entry(one, salt) for one in acts]


async def undone(ctx: Context) -> None:
    async with unit_of_work(ctx) as uow:
        await append(uow, "batch:2", "batch.confirmed", {})
        raise RuntimeError("undone")


async def test_an_act_is_committed_with_its_leaf_and_gets_its_place(ctx: Context, owner: asyncpg.Connection) -> None:
    async with unit_of_work(ctx) as uow:
        await append(uow, "batch:1", "batch.confirmed", {"a": "阳光"})
        await append_numbered(uow, "matter:1", [Numbered(n, "matter.note", NOW, b"{}") for n in range(1, 6)])
    with pytest.raises(RuntimeError, match="undone"):
        await undone(ctx)
    assert await owner.fetchval("SELECT count(*) FROM log_pending") == 6
    assert await everything(await take_over(owner)) == 6
    assert await the_log_is_whole(owner) == 6
    assert await owner.fetchval("SELECT count(*) FROM log_pending") == 0
    assert await owner.fetchval("SELECT count(DISTINCT salt) FROM event_leaf") == 6


async def test_whoever_acts_can_choose_neither_salt_nor_leaf_nor_place(
    database_url: str, owner: asyncpg.Connection
) -> None:
    await written(owner, 1)
    application = await asyncpg.connect(plain_url(database_url))
    for attempt in (
        "INSERT INTO event_leaf VALUES (99, repeat('a', 16)::bytea, 'x', repeat('b', 32)::bytea)",
        "UPDATE event_leaf SET salt = salt",
        "DELETE FROM log_pending",
        "INSERT INTO log_pending VALUES (99, 'x')",
        "INSERT INTO log_leaf VALUES (0, 1, 'x', repeat('b', 32)::bytea, NULL)",
        "UPDATE log_head SET size = 0",
        "INSERT INTO log_checkpoint (size, root, note, published_at) VALUES (0, repeat('b', 32)::bytea, '', now())",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute(attempt)
    await application.close()


async def test_the_log_stays_even_for_its_owner(owner: asyncpg.Connection) -> None:
    await written(owner, 3)
    await everything(await take_over(owner))
    for attempt in (
        "UPDATE event_leaf SET salt = salt",
        "DELETE FROM log_leaf",
        "TRUNCATE log_leaf CASCADE",
        "UPDATE log_head SET size = 1",
        "UPDATE log_head SET epoch = 0",
        "DELETE FROM log_head",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(attempt)


async def test_a_late_commit_is_not_missed(owner: asyncpg.Connection, owner_url: str) -> None:
    late = await asyncpg.connect(plain_url(owner_url))
    transaction = late.transaction()
    await transaction.start()
    await late.execute(WRITE, "late", 1, NOW)
    await written(owner, 2)
    leader = await take_over(owner)
    assert await everything(leader) == 2
    await transaction.commit()
    await late.close()
    # The late one has the lower id; who looks above the last id never sees it.
    assert await everything(leader) == 1
    assert await the_log_is_whole(owner) == 3


async def test_an_older_epoch_is_fenced_off(owner: asyncpg.Connection, owner_url: str) -> None:
    other = await asyncpg.connect(plain_url(owner_url))
    await written(owner, 20)
    first = await take_over(owner)
    assert await sequence(first, NOW, batch=5) == 5
    second = await take_over(other)
    with pytest.raises(Fenced):
        await sequence(first, NOW, batch=5)
    assert await everything(second) == 15
    assert await the_log_is_whole(owner) == 20
    await other.close()


async def test_two_sequencers_without_a_fence_still_give_each_event_one_place(
    owner: asyncpg.Connection, owner_url: str
) -> None:
    """Both forced to write under the same epoch: the row lock alone keeps the log whole."""
    connections = [await asyncpg.connect(plain_url(owner_url)) for _ in range(3)]
    await written(owner, 200)
    epoch = (await take_over(owner)).epoch
    taken = await asyncio.gather(*(everything(Leader(connection, epoch), 9) for connection in connections))
    assert sum(taken) == 200
    assert await the_log_is_whole(owner) == 200
    for connection in connections:
        await connection.close()


async def test_a_sequencer_goes_on_after_its_connection_was_killed(
    owner: asyncpg.Connection, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_sequencing, "TROUBLE_SECONDS", 0.05)
    stop, name = asyncio.Event(), {"application_name": "sequencer"}

    dying = iter([asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress")])

    async def connect() -> asyncpg.Connection:
        for error in dying:  # what the driver says of a connection that dies in the middle of an answer
            raise error
        return await asyncpg.connect(plain_url(owner_url), server_settings=name)

    # Two copies by mistake: one works, the other waits and takes over.
    copies = [asyncio.create_task(run(connect, lambda: NOW, stop)) for _ in range(2)]
    for round_number in range(1, 5):
        await owner.executemany(WRITE, [(f"s{round_number}", n, NOW) for n in range(1, 51)])
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'sequencer' AND datname = current_database()"
        )
        deadline = asyncio.get_running_loop().time() + 30
        while await owner.fetchval("SELECT count(*) FROM log_pending"):
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*copies)
    assert await the_log_is_whole(owner) == 200


async def test_a_moment_is_committed_to_the_microsecond(owner: asyncpg.Connection) -> None:
    for number in range(5):
        at = NOW + timedelta(microseconds=number)
        await owner.execute("SET timezone = 'Asia/Kathmandu'" if number % 2 else "SET timezone = 'UTC'")
        await owner.execute(WRITE, "s", number + 1, at)
    await everything(await take_over(owner))
    assert await the_log_is_whole(owner) == 5
