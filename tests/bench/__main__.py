"""``python -m tests.bench [PART …] [--quick] [--items N] [--no-start] [--out FILE]``: measure and print Markdown.

Everything is local and thrown away: a PostgreSQL cluster and a Valkey in a temporary folder, loopback only, bounded in
time. Peers of the part ``reads`` are installed from their registries into a folder of the bench's own (``BENCH_PEERS``).
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from resolvers.addresses import plain_url
from resolvers.database import Database
from tests import factories
from tests.bench import ground, hall, measuring, papers, reads, record, reports, sections, serving, supervision
from tests.bench.acts import run as acts
from tests.bench.peers import cases, rounds, run
from tests.bench.peers.servers import Ground, running_postgres

RESULTS = Path(__file__).parent / "RESULTS.md"
PARTS = (
    *("import", "search", "lists", "pages", "start", "reads", "acts", "record", "papers", "reports", "supervision"),
    "hall",
)
QUICK_CASES = 1_000
ACTS_SECONDS, QUICK_SECONDS = 30.0, 1.0
EVENTS, QUICK_EVENTS = 1_000_000, 2_000
ROWS, QUICK_ROWS = 1_000_000, 3_000
IN_PROCESS = frozenset({"import", "search", "lists", "pages"})


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)}; all if none")
    parser.add_argument("--only", metavar="PART,…", default="", help="the same, between commas")
    parser.add_argument("--quick", action="store_true", help="2,000 items and few rounds: does everything still run?")
    parser.add_argument("--items", type=int, default=200_000, help="how many items the library holds")
    parser.add_argument(
        "--cases", type=int, default=cases.COUNT, help="how many cases there are for the parts reads and acts"
    )
    parser.add_argument("--rounds", type=int, default=10, help="how often each call in process is timed")
    parser.add_argument("--no-start", action="store_true", help="leave out the start of the whole program")
    parser.add_argument("--out", type=Path, help="write these parts into this file instead of RESULTS.md")
    given = parser.parse_args()
    chosen = [*given.parts, *(part for part in given.only.split(",") if part)] or list(PARTS)
    if wrong := [part for part in chosen if part not in PARTS]:
        parser.error(f"no such part: {', '.join(wrong)} (there are {', '.join(PARTS)})")
    given.parts = [part for part in PARTS if part in chosen and not (part == "start" and given.no_start)]
    if given.quick:
        given.items, given.rounds = min(given.items, reads.QUICK_ITEMS), 2
        given.cases = min(given.cases, QUICK_CASES)
    return given


@asynccontextmanager
async def filled(items: int, *, fetch: bool) -> AsyncIterator[tuple[ground.Ground, Ground]]:
    """Run servers with a filled library; gives what filling showed, and where everything stands.

    ``fetch`` says whether peers that are not there may be installed.
    """
    with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as name:
        folder = Path(name)
        async with ground.cluster(folder) as (owner_url, application_url), ground.valkey(folder) as redis_url:
            with ThreadPoolExecutor(max_workers=1) as aside:
                await asyncio.get_running_loop().run_in_executor(aside, ground.migrated, owner_url)
            database = await Database.connect(application_url, pool_size=1, statement_timeout_ms=600_000)
            try:
                made = await ground.fill(database, owner_url, items)
                yield (
                    made,
                    Ground(owner_url, application_url, redis_url, folder, fetch, await running_postgres(owner_url)),
                )
            finally:
                await database.close()


async def measured(parts: Collection[str], items: int, given_rounds: int, count: int, *, quick: bool) -> dict[str, str]:
    """Build the library, measure the parts that need it and return their sections; ``count`` is that of cases."""
    found: dict[str, str] = {}
    async with filled(items, fetch=not quick) as (made, places):
        connection = await asyncpg.connect(plain_url(places.application_url))
        try:
            machine = await measuring.machine(connection, items)
            if "import" in parts:
                found["import"] = ground.import_table(made)
            if "search" in parts:
                found["search"] = await reads.search_table(made.ctx, connection, items, given_rounds)
            if "lists" in parts:
                found["lists"] = await reads.list_table(made.ctx, connection, items, given_rounds)
        finally:
            await connection.close()
        if "pages" in parts:
            found["pages"] = await serving.page_table(places.application_url, given_rounds * 5)
        if found:
            found["machine"] = f"{machine}* Calls in process: one client, one connection over a Unix socket.\n"
        if "reads" in parts:
            effort = rounds.QUICK if quick else rounds.Effort()
            found["reads"] = await run.section(made.ctx.acting_as(factories.SYSTEM), places, effort, machine, count)
    return found


def on_the_library(given: argparse.Namespace) -> dict[str, str]:
    """Measure the parts that share a filled library."""
    if not IN_PROCESS.union({"reads"}).intersection(given.parts):
        return {}
    return asyncio.run(measured(given.parts, given.items, given.rounds, given.cases, quick=given.quick))


def alone(given: argparse.Namespace) -> dict[str, str]:
    """Measure the parts that bring a ground of their own."""
    found: dict[str, str] = {}
    if "acts" in given.parts:
        seconds = QUICK_SECONDS if given.quick else ACTS_SECONDS
        with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as name:
            found["acts"] = asyncio.run(acts.section(Path(name) / "a", given.cases, seconds, given.rounds * 5))
    if "record" in given.parts:
        seconds, events = (QUICK_SECONDS, QUICK_EVENTS) if given.quick else (ACTS_SECONDS, EVENTS)
        with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as name:
            found["record"] = record.section(Path(name), events, seconds)
    if "supervision" in given.parts:
        found["supervision"] = asyncio.run(supervision.section(given.cases))
    if "hall" in given.parts:
        found["hall"] = hall.measured(*((QUICK_SECONDS, QUICK_ROWS) if given.quick else (ACTS_SECONDS, ROWS)))
    if "papers" in given.parts:
        found["papers"] = papers.section(given.rounds, quick=given.quick)
    if "reports" in given.parts:
        with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as name:
            found["reports"] = asyncio.run(reports.section(Path(name) / "r", given.cases))
    if "start" in given.parts:
        found["start"] = asyncio.run(serving.start_table())
    return found


def main() -> None:
    """Run the benchmark."""
    given = arguments()
    began = time.monotonic()
    found = on_the_library(given) | alone(given)
    print(sections.joined(found))
    print(f"\nThe whole run took {time.monotonic() - began:,.0f} seconds.")
    out = given.out or (None if given.quick else RESULTS)
    if out is not None:
        sections.replaced(out, found)


if __name__ == "__main__":
    main()
