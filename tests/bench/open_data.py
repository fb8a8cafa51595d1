"""Measure open data: a dump of a million rows in a process of its own, with its memory, and the feed a mirror reads."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Final

import asyncpg

from domain.open_data import Position
from resolvers import open_data
from resolvers.addresses import plain_url
from resolvers.database import Database
from resolvers.open_data_dumps import Dumps
from resolvers.open_data_making import make
from tests import factories
from tests.bench import measuring

GOAL_SECONDS, GOAL_MEGABYTES = 60.0, 200.0
PAGES: Final = 20
# A result as a city publishes it: some hundred characters of each.
RESULTS: Final = """
INSERT INTO published_result (id, kind, state, no, government_id, body_code, body_name, decision_number, party, party_kind,
  item_code, item_name, result, content, basis, decided_on, valid_from, valid_until, search_key, published_at, changed_at,
  shown_until, digest)
SELECT n, 'licence', 'published', 1, b.government_id, b.code, b.name, '云审〔2026〕' || n || '号', '某某贸易有限公司', 'organisation',
  '1', '食品经营许可', '准予', repeat('准予从事预包装食品销售。', 4), '食品安全法第三十五条', '2026-10-09', '2026-10-09', '2031-10-08',
  'x', '2026-10-10'::timestamptz + n * interval '1 second', '2026-10-10'::timestamptz, '2036-10-08', sha256(n::text::bytea)
FROM body b, generate_series(1, $2) n WHERE b.code = $1
"""


async def _filled(owner_url: str, rows: int) -> None:
    database = await Database.connect(owner_url, pool_size=2)
    ctx = factories.context(database)
    body = await factories.body(ctx, await factories.government(ctx, division_code="990109"), code="B900", number="900")
    await database.close()
    connection = await asyncpg.connect(plain_url(owner_url))
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(RESULTS, body.code, rows)
    await connection.execute("VACUUM ANALYZE published_result")
    # What the migration would have put into the feed.
    await connection.execute(
        "INSERT INTO open_change (number, dataset, key) SELECT 0, 'results', id::text FROM published_result"
    )
    await connection.close()


async def _dumped(url: str, folder: Path) -> None:
    """Make one dump and print seconds, processor time, the most memory this process ever had in MB, and the size of the files."""
    database = await Database.connect(url, pool_size=2)
    began, worked = time.perf_counter(), time.process_time()
    dump = await make(factories.context(database), Dumps(folder))
    seconds, busy = time.perf_counter() - began, time.process_time() - worked
    await database.close()
    # Not `ru_maxrss`: a process begins with that of the one that started it.
    status = Path("/proc/self/status").read_text()
    most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    told = {
        form: sum(one.size for one in dump.files.values() if one.form == form) for form in ("csv", "json", "parquet")
    }
    print(seconds, busy, most, *told.values())


async def section(owner_url: str, application_url: str, folder: Path, rows: int) -> str:
    """Measure in a cluster and return the section of the report."""
    await _filled(owner_url, rows)
    command = [sys.executable, "-m", "tests.bench.open_data", application_url, str(folder)]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    seconds, busy, most, *sizes = (float(one) for one in out.decode().split())
    feed = await _followed(application_url)
    goals = (
        (f"dump of {rows:,} rows ≤ {GOAL_SECONDS:g} s", f"{seconds:.1f} s", "yes" if seconds <= GOAL_SECONDS else "NO"),
        (f"… in ≤ {GOAL_MEGABYTES:g} MB", f"{most:.0f} MB", "yes" if most <= GOAL_MEGABYTES else "NO"),
    )
    table = measuring.table(
        f"Open data: {rows:,} published results",
        ("what", "measured"),
        (
            ("CSV, JSON and Parquet, MB", " / ".join(measuring.number(size / 1e6) for size in sizes)),
            ("rows/s, all three forms", rows / seconds),
            ("processor time of the process that writes, s", busy),
            ("feed: rows/s to a mirror, pages of 1,000", feed),
        ),
    )
    return f"{table}\n{measuring.table('Open data: goals', ('goal', 'measured', 'met'), goals)}"


async def _followed(url: str) -> float:
    database = await Database.connect(url, pool_size=2)
    ctx, at, rows = factories.context(database), Position(-1), 0
    began = time.perf_counter()
    for _ in range(PAGES):
        page = await open_data.changes(ctx, at, open_data.MOST)
        rows, at = rows + len(page.changes), page.position
        if not page.more:
            break
    seconds = time.perf_counter() - began
    await database.close()
    return rows / seconds


if __name__ == "__main__":
    asyncio.run(_dumped(sys.argv[1], Path(sys.argv[2])))
