"""Measure acts: lifecycles of four calls, a burst, the inbox and the case page, what is overdue."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import asyncpg

from resolvers import matters
from resolvers.addresses import plain_url
from resolvers.database import Database
from tests import factories
from tests.bench import ground, measuring
from tests.bench.acts.office import ITEM, PROFILE, Office, opened
from tests.bench.acts.talking import Refused, Talk
from tests.bench.peers import ours
from tests.bench.peers.processes import Served, computed, family

AT_ONCE: Final = 16
BURST: Final = 200
PROCESSES: Final = 2
GOAL_LIFECYCLES, GOAL_ERRORS, GOAL_SWEEP_MS = 60.0, 0.001, 1000.0
OVERDUE: Final = """
SELECT count(*) FROM matter WHERE phase IN ('received', 'running') AND due_on < $1 AND NOT due_provisional
"""
# What the record writes for one act, and nothing else: the floor under every act.
BARE: Final = """
WITH moved AS (UPDATE matter SET seq = seq + 1, changed_at = now() WHERE id = $1 RETURNING id, seq),
told AS (INSERT INTO event (stream, seq, kind, actor_name, body_code, at, body)
  SELECT 'bench:' || id, seq, 'matter.bench', '', '', now(), '{}' FROM moved RETURNING stream, seq)
INSERT INTO outbox (topic, key, payload, due_at, next_try)
  SELECT 'bench', stream || ':' || seq, '{}', now(), now() FROM told
"""

_keys = count(1)


@dataclass
class Found:
    """What was measured."""

    lifecycles: int = 0
    seconds: float = 0.0
    calls: list[float] = field(default_factory=list)
    cpu: float = 0.0
    beside: float = 0.0
    """What PostgreSQL and Valkey computed meanwhile, and our own clients."""
    burst_calls: int = 0
    burst_errors: int = 0
    burst_seconds: float = 0.0
    bare: float = 0.0
    pages: dict[str, measuring.Latency] = field(default_factory=dict)
    sweeps: dict[str, measuring.Latency] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def _key() -> str:
    return f"bench-act-{next(_keys)}"


async def lifecycle(clerk: Talk, head: Talk) -> str:
    """Run one matter from its opening to its closing in four calls and return its number."""
    done = await clerk.mutation("matterOpen", {"item": ITEM, "idempotencyKey": _key(), "party": "P1"})
    about: dict[str, Any] = {"number": done["number"]}
    await clerk.mutation("matterAccept", {**about, "idempotencyKey": _key()})
    outcome = {"result": "granted", "reasons": "材料齐全，符合条件。"}
    await head.mutation("matterDecide", {**about, "idempotencyKey": _key(), "outcome": outcome})
    await clerk.mutation("matterClose", {**about, "idempotencyKey": _key()})
    return str(done["number"])


async def _steadily(served: Served, office: Office, seconds: float, found: Found) -> None:
    """Let so many pairs of officials work for some seconds."""
    until, cpu, began = time.perf_counter() + seconds, served.cpu(), time.perf_counter()
    everything = _cpuby_all()
    pairs = [(Talk(served.port, office.clerk), Talk(served.port, office.head)) for _ in range(AT_ONCE)]

    async def work(clerk: Talk, head: Talk) -> None:
        while time.perf_counter() < until:
            found.numbers.append(await lifecycle(clerk, head))
            found.lifecycles += 1

    await asyncio.gather(*(work(*pair) for pair in pairs))
    found.seconds, found.cpu = time.perf_counter() - began, served.cpu() - cpu
    found.beside = _cpuby_all() - everything - found.cpu
    for talk in (one for pair in pairs for one in pair):
        found.calls += talk.seconds
        talk.close()


def _cpuby_all() -> float:
    """Return the seconds of CPU that this process and everything it started has used: neighbours are not among them."""
    return sum(computed(pid) for pid in family(os.getpid()))


async def _burst(served: Served, office: Office, found: Found) -> None:
    """Let two hundred clients come at the same moment, each with a whole lifecycle."""
    began = time.perf_counter()

    async def one() -> None:
        clerk, head = Talk(served.port, office.clerk), Talk(served.port, office.head)
        try:
            await lifecycle(clerk, head)
        except (Refused, OSError, asyncio.IncompleteReadError) as error:
            found.burst_errors += 1
            found.complaints.append(str(error)[:200])
        finally:
            found.burst_calls += len(clerk.seconds) + len(head.seconds)
            clerk.close()
            head.close()

    await asyncio.gather(*(one() for _ in range(BURST)))
    found.burst_seconds = time.perf_counter() - began


async def _bare(application_url: str, seconds: float) -> float:
    """Return how many times a second the bare statement of one act commits over as many connections."""
    connections = [await asyncpg.connect(plain_url(application_url)) for _ in range(AT_ONCE)]
    ids = [row["id"] for row in await connections[0].fetch("SELECT id FROM matter ORDER BY id LIMIT 2000")]
    until, done = time.perf_counter() + seconds, 0

    async def work(connection: asyncpg.Connection, own: list[int]) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await connection.execute(BARE, own[done % len(own)])
            done += 1

    await asyncio.gather(*(work(one, ids[at::AT_ONCE]) for at, one in enumerate(connections)))
    for connection in connections:
        await connection.close()
    return done / seconds


async def _pages(served: Served, office: Office, owner_url: str, rounds: int, found: Found) -> None:
    connection = await asyncpg.connect(plain_url(owner_url))
    rows = await connection.fetch("SELECT id FROM matter WHERE number = ANY($1::text[])", found.numbers[:20])
    await connection.close()
    talk = Talk(served.port, office.clerk)

    def get(path: str) -> Callable[[], Awaitable[object]]:
        return lambda: talk.send("GET", path)

    found.pages["inbox"] = await measuring.latency([get("/desk/matters")], rounds)
    found.pages["inbox, overdue only"] = await measuring.latency([get("/desk/matters?overdue=on")], rounds)
    found.pages["case page"] = await measuring.latency([get(f"/desk/matters/{row['id']}") for row in rows], rounds)
    talk.close()


async def _overdue(database: Database, rounds: int, found: Found) -> None:
    ctx = factories.context(database, now=datetime.now(UTC), profile=factories.profile(PROFILE))
    while (await matters.sweep(ctx)).more:
        pass
    found.sweeps["sweep: what time has done, nothing due"] = await measuring.latency(
        [lambda: matters.sweep(ctx)], rounds
    )
    found.sweeps["every overdue matter counted"] = await measuring.latency(
        [lambda: database.reads.fetchval(OVERDUE, ctx.today)], rounds
    )


def _said(what: str) -> float:
    """Tell whoever waits what is being done, and return the moment: a million matters take minutes."""
    print(f"acts: {what}", file=sys.stderr, flush=True)
    return time.perf_counter()


async def section(folder: Path, count_stored: int, seconds: float, rounds: int) -> str:
    """Measure in a cluster of its own below the folder and return the section of the report."""
    found = Found()
    folder.mkdir()
    async with ground.cluster(folder) as (owner_url, application_url), ground.valkey(folder) as redis_url:
        await asyncio.to_thread(ground.migrated, owner_url)
        database = await Database.connect(application_url, pool_size=2, statement_timeout_ms=600_000)
        try:
            began = _said(f"filling {count_stored:,} other matters")
            office = await opened(database, owner_url, count_stored)
            _said(f"filled in {time.perf_counter() - began:,.0f} s; lifecycles for {seconds:,.0f} s")
            urls, more = (application_url, redis_url), {"YANGGUANG_PROFILE": PROFILE}
            async with ours.serving(folder, urls, processes=PROCESSES, off=more, name="acts") as served:
                await _steadily(served, office, min(2.0, seconds), Found())
                await _steadily(served, office, seconds, found)
                _said(f"{found.lifecycles:,} lifecycles done; a burst, pages and sweeps")
                await _burst(served, office, found)
                await _pages(served, office, owner_url, rounds, found)
            found.bare = await _bare(application_url, min(5.0, seconds))
            await _overdue(database, rounds, found)
        finally:
            await database.close()
    return written(found, office.stored)


LIFECYCLES: Final = (
    *("lifecycles of four calls", "lifecycles/s", "calls/s", "p50 ms", "p95 ms", "p99 ms"),
    *("ms of CPU a call, web", "database and clients"),
)


def _lifecycles(found: Found) -> list[tuple[object, ...]]:
    """Return the rows of the table of lifecycles."""
    calls, nothing = sorted(found.calls), ("–",) * 5
    times = [calls[min(len(calls) - 1, int(share * len(calls)))] * 1000 for share in (0.5, 0.95, 0.99)]
    cpu = (found.cpu / len(calls) * 1000, found.beside / len(calls) * 1000)
    rates = (found.lifecycles / found.seconds, len(calls) / found.seconds)
    burst = (BURST / found.burst_seconds, found.burst_calls / found.burst_seconds)
    return [
        (f"{AT_ONCE} pairs of officials", *rates, *times, *cpu),
        (f"burst of {BURST} clients", *burst, *nothing),
        ("floor: the bare statement of an act, no HTTP, no engine", "–", found.bare, *nothing),
    ]


def written(found: Found, stored: int) -> str:
    """Return what was measured as Markdown."""
    times = [(name, one.p50, one.p95, one.p99) for name, one in (found.pages | found.sweeps).items()]
    intro = (
        f"* Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {stored:,} other matters in the store; {PROCESSES} web processes;"
        " PostgreSQL, Valkey, servers and clients share two cores; no fsync.\n"
        "* One lifecycle is open, accept, decide, close over GraphQL under two officials' sessions, each call an act with"
        " its event, leaf and outbox row in one transaction.\n"
    )
    complaints = "".join(f"* {one}\n" for one in sorted(set(found.complaints))[:3])
    return "\n".join(
        [
            "## Acts: matters run over HTTP",
            "",
            intro + complaints,
            measuring.table("Acts: lifecycles", LIFECYCLES, _lifecycles(found)),
            measuring.table("Acts: pages and sweeps", ("", "p50 ms", "p95 ms", "p99 ms"), times),
            measuring.table("Acts: goals", ("goal", "wanted", "measured", ""), _goals(found)),
        ]
    )


def _goals(found: Found) -> list[tuple[object, ...]]:
    """Return what was wanted beside what was measured."""
    rate, errors = found.lifecycles / found.seconds, found.burst_errors / max(1, found.burst_calls)
    sweep = max(one.p95 for one in found.sweeps.values())
    return [
        ("lifecycles/s", f"≥ {GOAL_LIFECYCLES:.0f}", rate, _met(rate >= GOAL_LIFECYCLES)),
        ("errors in the burst", f"< {GOAL_ERRORS:.1%}", f"{errors:.2%}", _met(errors < GOAL_ERRORS)),
        ("overdue sweep, ms", f"≤ {GOAL_SWEEP_MS:.0f}", sweep, _met(sweep <= GOAL_SWEEP_MS)),
    ]


def _met(well: bool) -> str:  # noqa: FBT001 -- a comparison's answer
    return "met" if well else "**missed**"
