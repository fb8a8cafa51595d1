"""``python -m tests.bench [--quick] [--items N] [--no-start] [--out FILE]``: measure and print Markdown.

Everything is local and thrown away: a PostgreSQL cluster in a temporary folder, loopback only, bounded in time.
"""

import argparse
import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

from resolvers.database import Database, plain_url
from tests.bench import ground, measuring, reads, serving

RESULTS = Path(__file__).parent / "RESULTS.md"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 items and few rounds: does everything still run?")
    parser.add_argument("--items", type=int, default=200_000, help="how many items the library holds")
    parser.add_argument("--rounds", type=int, default=10, help="how often each call is timed")
    parser.add_argument("--no-start", action="store_true", help="leave out the start of the whole program")
    parser.add_argument("--out", type=Path, help="also write the report to this file (RESULTS.md is kept here)")
    given = parser.parse_args()
    if given.quick:
        given.items, given.rounds = min(given.items, reads.QUICK_ITEMS), 2
    return given


async def report(items: int, rounds: int, *, start: bool) -> str:
    """Build the library, measure everything and return the report."""
    with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as folder:
        async with ground.cluster(Path(folder)) as (owner_url, application_url):
            with ThreadPoolExecutor(max_workers=1) as aside:
                await asyncio.get_running_loop().run_in_executor(aside, ground.migrated, owner_url)
            database = await Database.connect(application_url, pool_size=1, statement_timeout_ms=600_000)
            connection = await asyncpg.connect(plain_url(application_url))
            try:
                parts = ["# Benchmark", "", await measuring.machine(connection, items)]
                made = await ground.fill(database, owner_url, items)
                parts.append(ground.import_table(made))
                parts.append(await reads.search_table(made.ctx, connection, items, rounds))
                parts.append(await reads.list_table(made.ctx, connection, items, rounds))
                parts.append(await serving.page_table(application_url, rounds * 5))
            finally:
                await connection.close()
                await database.close()
    if start:
        parts.append(await serving.start_table())
    return "\n".join(parts)


def main() -> None:
    """Run the benchmark."""
    given = arguments()
    began = time.monotonic()
    text = asyncio.run(report(given.items, given.rounds, start=not given.no_start))
    text += f"\nThe whole run took {time.monotonic() - began:,.0f} seconds.\n"
    print(text)
    out = given.out or (None if given.quick else RESULTS)
    if out is not None:
        out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
