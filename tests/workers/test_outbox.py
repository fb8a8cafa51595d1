"""The outbox: what is written with its cause reaches somebody, whatever dies on the way, and is shown once (trust 3.2)."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from deploy import roles
from deploy.embedded import OWNER, Valkey
from deploy.processes import tie
from resolvers import inbox, outbox, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.database import Database
from resolvers.matters import Opened
from resolvers.record import Numbered
from tests import running
from tests.running import Office
from workers.outbox import JOB, LATE, Relay, queue_of

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.clause("R5", "R9")
LETTERS = 300


@pytest.fixture
async def office(database: Database) -> Office:
    return await running.office(database)


async def undone(ctx: Context) -> int:
    return int(await ctx.db.reads.fetchval("SELECT count(*) FROM outbox WHERE done_at IS NULL"))


async def told(ctx: Context) -> None:
    """Tell everything that is due."""
    while claimed := await outbox.claim(ctx):
        for one in claimed:
            await outbox.deliver(ctx, one.id)


async def test_an_act_is_told_to_those_on_whose_posts_the_matter_waits(office: Office) -> None:
    opened = await office.open()
    await told(office.at())
    # The clerk has registered it, and it waits at the clerk's own post: nobody is told of one's own act.
    assert await inbox.unread(office.at("clerk")) == 0
    await office.act(opened, "clerk", "accept")
    await told(office.at())
    (notice,) = await inbox.notices(office.at("reviewer"))
    assert (notice.matter_id, notice.seq, notice.act_name, notice.unread) == (opened.matter_id, 2, "受理", True)
    assert await inbox.unread(office.at("reviewer")) == 1
    assert await inbox.unread(office.at("inv1")) == 0
    await inbox.mark_read(office.at("reviewer"), notice.id)
    assert await inbox.unread(office.at("reviewer")) == 0
    assert await undone(office.at()) == 0


async def test_two_that_tell_the_same_row_tell_it_once(office: Office) -> None:
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    claimed = await outbox.claim(office.at())
    done = await asyncio.gather(*(outbox.deliver(office.at(), one.id) for one in claimed for _ in range(5)))
    assert sum(done) == len(claimed) == 2
    assert [one.seq for one in await inbox.notices(office.at("reviewer"))] in ([1, 2], [2, 1])


async def test_a_row_that_is_not_done_comes_back_later_and_later(office: Office) -> None:
    await office.open()
    ctx = office.at()
    pauses = []
    for _ in range(12):
        assert len(await outbox.claim(ctx)) == 1
        assert await outbox.claim(ctx) == ()
        next_try = await ctx.db.reads.fetchval("SELECT next_try FROM outbox")
        pauses.append(next_try - ctx.now)
        ctx = ctx.at(next_try)
    assert pauses[0] == outbox.FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] <= outbox.LONGEST_PAUSE
    assert await outbox.oldest(ctx) == ctx.now - await ctx.db.reads.fetchval("SELECT due_at FROM outbox")


async def test_two_relays_claim_different_rows(office: Office) -> None:
    for _ in range(6):
        await office.open()
    found = await asyncio.gather(*(outbox.claim(office.at(), 3) for _ in range(4)))
    ids = [one.id for claimed in found for one in claimed]
    assert len(ids) == len(set(ids)) == 6


async def test_a_handler_that_fails_leaves_the_row_and_nothing_else(office: Office) -> None:
    await office.open()

    async def fails(uow: UnitOfWork, letter: outbox.Letter) -> None:
        await (await uow.raw()).execute("UPDATE outbox SET attempts = 77 WHERE id = $1", letter.id)
        raise OSError("no line")

    (one,) = await outbox.claim(office.at())
    with pytest.raises(OSError, match="no line"):
        await outbox.deliver(office.at(), one.id, {"matter": fails})
    with pytest.raises(outbox.NobodyTells):
        await outbox.deliver(office.at(), one.id, {})
    rows = await office.ctx.db.reads.fetch("SELECT attempts, done_at FROM outbox")
    assert [tuple(row) for row in rows] == [(1, None)]


async def test_only_what_was_told_long_ago_is_removed(office: Office) -> None:
    await office.open()
    await told(office.at())
    await office.open()
    later = office.ctx.at(office.ctx.now + timedelta(days=91))
    assert await outbox.prune(office.ctx, 90) == 0
    assert await outbox.prune(later, 90) == 1
    assert await undone(later) == 1
    async with unit_of_work(later, unrecorded="test") as uow:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="not told"):
            await (await uow.raw()).execute("DELETE FROM outbox")


# -- faults -----------------------------------------------------------------------------------------------------------


class Mortals:
    """A Valkey without any file and a worker process, both killed at will and started again, as a supervisor would."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.valkey = Valkey(folder / "data", folder, log=folder / "log", throwaway=True)
        self.valkey.start()
        self.worker: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": self.valkey.url(),
            "YANGGUANG_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "YANGGUANG_PROFILE": "demo-city",
            "YANGGUANG_STATE_DIR": str(folder / "state"),
        }

    def look(self) -> None:
        """Start the worker unless it runs: it ends by itself when Valkey drops the connection."""
        if self.worker is None or self.worker.poll() is not None:
            command = [*tie("TERM"), sys.executable, "-m", "deploy", "worker"]
            self.worker = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

    def kill_valkey(self) -> None:
        kill(self.valkey.process)
        self.valkey.start()

    def kill_worker(self) -> None:
        kill(self.worker)
        self.worker = None

    def end(self) -> None:
        self.valkey.stop()
        kill(self.worker)


def kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture
def mortals(owner_url: str) -> Iterator[Mortals]:
    folder = Path(tempfile.mkdtemp(prefix="yangguang-mortal-", dir="/tmp"))  # paths of sockets are short
    made = Mortals(folder, owner_url.replace(f"://{OWNER}@", f"://{roles.WORKER}@", 1))
    yield made
    made.end()
    shutil.rmtree(folder)


async def written(ctx: Context, opened: Opened, first: int, count: int) -> None:
    """Write acts with their rows of the outbox, as fast as nobody works."""
    async with unit_of_work(ctx) as uow:
        acts = [Numbered(seq, "matter.record", ctx.now, b"{}") for seq in range(first, first + count)]
        await record.append_numbered(uow, f"matter:{opened.matter_id}", acts)
        await (await uow.raw()).execute(
            "INSERT INTO outbox (topic, key, payload, due_at, next_try) SELECT 'matter', 'matter:' || $1::bigint || ':' || seq,"
            " jsonb_build_object('matter', $1::bigint, 'seq', seq), $3, $3 FROM unnest($2::int[]) seq",
            opened.matter_id,
            [one.seq for one in acts],
            ctx.now,
        )


@pytest.fixture
async def waiting(database: Database) -> tuple[Office, Opened]:
    """Give a matter that waits at the reviewer's post, at the real time, with nothing left to tell."""
    office = await running.office(database, datetime.now(UTC) - timedelta(hours=1))
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    await told(office.at())
    return office, opened


async def shown(office: Office) -> list[int]:
    """Return the acts that the reviewer was told of by now."""
    rows = await office.ctx.db.reads.fetch(
        "SELECT seq FROM desk_notice WHERE account_id = $1 AND seq > 2 ORDER BY seq",
        office.people["reviewer"].account_id,
    )
    return [row["seq"] for row in rows]


@pytest.mark.timeout(240)
async def test_nothing_is_lost_and_nothing_shown_twice_when_valkey_and_worker_are_killed(
    waiting: tuple[Office, Opened], mortals: Mortals
) -> None:
    """Trust 3.2: Valkey keeps nothing and is killed twice, the worker once, while letters are written."""
    office, opened = waiting
    ctx = office.at("").at(datetime.now(UTC))
    kills = {
        LETTERS // 3: mortals.kill_valkey,
        LETTERS // 2: mortals.kill_worker,
        2 * LETTERS // 3: mortals.kill_valkey,
    }
    mortals.look()
    await written(ctx, opened, 3, 1)
    while await undone(ctx):  # until the worker is at work
        mortals.look()
        await asyncio.sleep(0.2)
    for first in range(4, LETTERS + 4, 10):
        await written(ctx, opened, first, 10)
        for at in [one for one in kills if one < first]:
            kills.pop(at)()
        mortals.look()
        await asyncio.sleep(0.05)
    assert not kills
    while await undone(ctx):
        mortals.look()
        await asyncio.sleep(0.2)
    assert await shown(office) == list(range(3, LETTERS + 4))


async def test_a_queue_without_an_outbox_loses_letters(waiting: tuple[Office, Opened], mortals: Mortals) -> None:
    """The negative control: what is only in the queue goes with it, and the same look sees it."""
    office, opened = waiting
    ctx = office.at("").at(datetime.now(UTC))
    await written(ctx, opened, 3, 20)
    queue = queue_of(mortals.valkey.url())
    ids = await ctx.db.reads.fetch("SELECT id, key FROM outbox WHERE done_at IS NULL")
    for row in ids[:10]:
        await outbox.deliver(ctx, row["id"])
    for row in ids[10:]:
        await queue.enqueue_job(JOB, row["id"], _job_id=row["key"])
    await queue.aclose()
    mortals.kill_valkey()
    queue = queue_of(mortals.valkey.url())
    assert await queue.queued_jobs() == []
    await queue.aclose()
    assert len(await shown(office)) == 10


async def test_the_relay_tells_by_itself_when_the_queue_stays_away(
    waiting: tuple[Office, Opened], mortals: Mortals
) -> None:
    office, opened = waiting
    ctx = office.at("").at(datetime.now(UTC))
    await written(ctx, opened, 3, 5)
    queue = queue_of(mortals.valkey.url())
    patient, hasty = Relay(lambda: ctx, queue), Relay(lambda: ctx, queue, away_seconds=0)
    kill(mortals.valkey.process)
    assert await patient.once() == 0
    assert await undone(ctx) == 5
    assert await hasty.once() == 5
    await queue.aclose()
    assert await shown(office) == [3, 4, 5, 6, 7]


async def test_what_stays_untold_is_an_alarm_and_what_a_new_worker_finds_is_not(
    waiting: tuple[Office, Opened], mortals: Mortals
) -> None:
    office, opened = waiting
    ctx = office.at("").at(datetime.now(UTC))
    await written(ctx, opened, 3, 1)
    later = ctx.at(ctx.now + LATE + timedelta(minutes=1))
    queue = queue_of(mortals.valkey.url())
    with capture_logs() as entries:
        await Relay(lambda: later, queue).once()
        assert entries == []
        await Relay(lambda: later, queue, look_seconds=0).once()
    assert [entry["event"] for entry in entries] == ["outbox late"]
    await queue.aclose()
