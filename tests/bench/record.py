"""Measure the record: what the sequencer costs those who write, how far the log lags, and how fast an auditor goes through it.

A whole system on a folder of its own, as ``serve`` makes it, without pages: writers add events as acts do (one transaction
for each), the sequencer is the real process. The auditor is measured by its own processor's clock, then by the wall's.
"""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from deploy import auditors, backups, drills, log_keys
from deploy.children import environment, working_as
from deploy.operating import operator
from deploy.services import Services, available
from deploy.settings import Settings
from domain.proof.auditing import Verdict
from domain.proof.merkle import Frontier
from resolvers.addresses import plain_url
from resolvers.auditing import Outside, examine
from resolvers.log_publishing import Publisher
from resolvers.log_sequencing import sequence, take_over
from tests.bench.measuring import table

WRITERS: Final = 8
STEADY: Final = 500
GOAL_RATIO, GOAL_LAG, GOAL_AUDIT = 0.85, 2.0, 100_000
WRITE: Final = "INSERT INTO event (stream, seq, kind, actor_name, body_code, at, body) VALUES ($1, $2, 'matter.record', '王明', 'B1', $3, $4)"
MANY: Final = """
INSERT INTO event (stream, seq, kind, actor_name, body_code, at, body)
SELECT 'bulk:' || n / 20, n % 20 + 1, 'matter.record', '王明' || n % 50, 'B1', now() - interval '1 day' + n * interval '1 millisecond',
       '{"act":{"kind":"record","key":"' || md5(n::text) || '","facts":[{"code":"place","text":"' || repeat('业', 60) || '"}]}}'
FROM generate_series($1::int, $2::int) n
"""
LAG: Final = "SELECT extract(epoch FROM clock_timestamp() - e.at)::float8 FROM log_pending p JOIN event e ON e.id = p.event_id ORDER BY p.event_id LIMIT 1"


@contextlib.asynccontextmanager
async def sequencing(settings: Settings) -> AsyncIterator[None]:
    """Run the sequencer as a process for as long as the block runs."""
    words = [sys.executable, "-m", "deploy", "sequencer"]
    given = environment(working_as(settings, "sequencer"))
    process = subprocess.Popen(words, env=given, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - started once
    try:
        await emptied(plain_url(settings.database_url.get_secret_value()) if settings.database_url else "")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait)


async def emptied(url: str) -> None:
    """Wait until everything has its place: what was written before must not count as lag."""
    connection = await asyncpg.connect(url)
    while await connection.fetchval("SELECT EXISTS (SELECT FROM log_pending)"):  # noqa: ASYNC110 - a table has no event
        await asyncio.sleep(0.1)
    await connection.close()


async def writes(url: str, seconds: float, name: str, *, rate: float = 0) -> float:
    """Write for some seconds on several connections, at a rate or as fast as it goes; returns events a second."""
    until = time.monotonic() + seconds

    async def one(number: int) -> int:
        connection = await asyncpg.connect(url)
        count = 0
        while (now := time.monotonic()) < until:
            count += 1
            body = f'{{"n":{count},"text":"{"业" * 100}"}}'
            await connection.execute(WRITE, f"{name}:{number}", count, datetime.now(UTC), body)
            if rate:
                await asyncio.sleep(max(0.0, WRITERS / rate - (time.monotonic() - now)))
        await connection.close()
        return count

    return sum(await asyncio.gather(*(one(number) for number in range(WRITERS)))) / seconds


async def lags(url: str, seconds: float) -> list[float]:
    """Look every tenth of a second how long the oldest event that has no place waits."""
    connection, found = await asyncpg.connect(url), []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found.append(float(await connection.fetchval(LAG) or 0.0))
        await asyncio.sleep(0.1)
    await connection.close()
    return sorted(found)


async def filled(services: Services, url: str, count: int) -> None:
    """Add events in bulk, and give all of them places and a published head."""

    async def nobody(address: str, body: bytes) -> tuple[int, bytes]:
        raise ConnectionRefusedError(address)

    settings, connection = services.settings, await asyncpg.connect(url)
    for start in range(0, count, 20_000):
        await connection.execute(MANY, start, min(count, start + 20_000) - 1)
    leader = await take_over(connection)
    while await sequence(leader, datetime.now(UTC)):
        pass
    signer, key = log_keys.log_signer(settings), log_keys.log_key(settings)
    publisher = Publisher(log_keys.folder(settings), key, signer, log_keys.policy(settings), nobody)
    await publisher.publish(connection, datetime.now(UTC))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def audited(settings: Settings) -> tuple[int, float, float]:
    """Check everything; returns how many places, and the seconds of this processor and of the wall."""
    auditor = auditors.auditor(settings)
    assert auditor is not None
    async with operator(settings, statement_ms=3_600_000) as ctx, ctx.db.reads.acquire() as connection:
        wall, own = time.perf_counter(), time.process_time()
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SET LOCAL statement_timeout = 0")
            report = await examine(connection, auditor, Outside(), ctx.now, Frontier(), full=True)
        assert report.verdict == Verdict.SOUND, report
        return report.frontier.size, time.process_time() - own, time.perf_counter() - wall


def section(folder: Path, events: int, seconds: float) -> str:
    """Measure everything and return the section."""
    settings = Settings(state_dir=folder / "state", demo=False)
    rows: list[tuple[object, ...]] = []
    with available(settings) as services:
        assert services.postgres is not None
        url = plain_url(services.postgres.url())
        log_keys.policy(services.settings)
        off = asyncio.run(writes(url, seconds, "off"))
        on, waited = asyncio.run(_together(services, url, seconds))
        rows += [
            ("events written a second, sequencer off", off, "—"),
            ("… sequencer on", on, "—"),
            ("ratio", f"{on / off:.2f}", f"≥ {GOAL_RATIO}"),
            (f"oldest event without a place at {STEADY} writes/s, p99 (s)", f"{waited:.2f}", f"≤ {GOAL_LAG}"),
        ]
        asyncio.run(filled(services, url, events))
        count, own, wall = asyncio.run(audited(services.commanding))
        rows += [
            (f"full check of {count:,} events: events/s of the auditor's processor", count / own, f"≥ {GOAL_AUDIT:,}"),
            ("… events/s by the clock, the database beside it", count / wall, "—"),
        ]
        began = time.perf_counter()
        backups.backup(services, folder / "backup", folder / "keys")
        rows.append(("backup (s)", f"{time.perf_counter() - began:.1f}", "—"))
    began = time.perf_counter()
    done = drills.drill(settings, folder / "backup", folder / "keys", Outside())
    assert done.report.findings == ()
    told = f"{time.perf_counter() - began:.1f}"
    rows.append((f"drill: restored, started, checked, {done.proven} of {done.tried} receipts proven (s)", told, "—"))
    return table("Record: writing, lag, full check, drill", ("What", "Found", "Goal"), rows)


async def _together(services: Services, url: str, seconds: float) -> tuple[float, float]:
    async with sequencing(services.settings):
        on = await writes(url, seconds, "on")
        await emptied(url)
        _, found = await asyncio.gather(writes(url, seconds, "steady", rate=STEADY), lags(url, seconds))
    return on, found[int(len(found) * 0.99)] if found else 0.0
