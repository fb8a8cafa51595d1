"""Importing and exporting large lists: rows a second and memory, each beside a floor.

``BENCH_ROWS`` sets the size (100,000; the export's promise of 1,000,000 is measured with ``BENCH_ROWS=1000000``).
"""

import asyncio
import csv
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from resolvers import batches, exports
from resolvers.batches import Proposal, SourceFile
from resolvers.database import Database
from tests.bench import ground
from tests.resolvers.batch_lists import CODE, DAY, city, line

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
DUTIES = "直接实施责任：\n1.立案阶段责任：发现违法行为，予以审查，决定是否立案。\n2.调查阶段责任：收集证据，制作笔录。"
CASES = "因不履行或不正确履行行政职责，有下列情形的，应承担相应责任：\n1.没有法律依据实施处罚的；\n2.违反法定程序的。"
PER_BODY = 800


def written(folder: Path) -> Path:
    """Write a list with codes, as large as asked for."""
    path = folder / "large.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = _rows()
        first = next(rows)
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
    return path


def _rows() -> Iterator[dict[str, str]]:
    for number in range(ROWS):
        series, place = divmod(number, PER_BODY)
        yield line(
            f"对第{number}类经营者违反规定的处罚",
            权力类型="行政处罚",
            责任事项内容=DUTIES,
            追责情形=CASES,
            权力编码=f"{CODE}{series % 900 + 100:03}{'CF' if series < 900 else 'QT'}{place + 100:03}00",
        )


def memory() -> int:
    """Return the largest resident set of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def measured(what: str, rows: int) -> Iterator[None]:
    """Print how many rows a second a block did, and the memory after it."""
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    print(f"{what:<44}{rows / seconds:>12,.0f} rows/s {seconds:>9.1f} s {memory():>8,} MB")


def read_only(path: Path) -> None:
    """Floor of reading: the csv module alone."""
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


async def copy_only(url: str, path: Path) -> None:
    """Floor of keeping: COPY of the same lines as one text column."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TEMP TABLE kept (n int, content text)")
    with path.open(encoding="utf-8", newline="") as file:
        rows: Sequence[tuple[int, str]] = [(number, "\n".join(row)) for number, row in enumerate(csv.reader(file))]
    await connection.copy_records_to_table("kept", records=rows)
    await connection.close()


async def whole_way(owner: str, application: str, folder: Path) -> None:
    """Import, import again, and export in every format."""
    database = await Database.connect(application, pool_size=4, statement_timeout_ms=3_600_000)
    ctx, _ = await city(database)
    path = written(folder)
    print(f"\nlist of {ROWS:,} rows, {path.stat().st_size / 1e6:,.0f} MB; {memory():,} MB at the start")
    with measured("floor: csv.reader alone", ROWS):
        read_only(path)
    with measured("floor: COPY of the lines as text", ROWS):
        await copy_only(owner, path)
    proposal, file = Proposal(CODE, DAY, body="B001"), SourceFile(path.name, path)
    with measured("import: propose (read, match, examine)", ROWS):
        number = await batches.propose(ctx, proposal, [file])
    view = await batches.batch(ctx, number)
    assert view.counts == {"new": ROWS, "passed_over": 1}
    with measured("import: confirm (judge again, record, index)", ROWS):
        done = await batches.confirm(ctx, number)
    assert done.versions == ROWS
    later = ctx.at(ctx.now.replace(year=ctx.now.year + 1))
    with measured("import: the same list again, all identical", ROWS):
        again = await batches.propose(later, proposal, [file])
    assert (await batches.batch(later, again)).counts["identical"] == ROWS
    for form in ("jsonl", "json", "csv", "xlsx"):
        out = folder / f"out.{form}"
        with measured(f"export: {form}", ROWS):
            made = await exports.save(later, out, form=form)
        assert made.items == ROWS
        out.unlink()
    await database.close()


def test_large_lists_in_and_out() -> None:
    """Print rates and memory; the counts are asserted, the figures are for reading."""
    with tempfile.TemporaryDirectory(prefix="yangguang-bench-", dir="/tmp") as name:
        folder = Path(name)

        async def measure() -> None:
            async with ground.cluster(folder) as (owner, application):
                await asyncio.to_thread(ground.migrated, owner)
                await whole_way(owner, application, folder)

        asyncio.run(measure())
