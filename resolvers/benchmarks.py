"""Reading discretion benchmarks 裁量基准 across the library (003-15, L7)."""

from dataclasses import dataclass

from domain.benchmarks import DiscretionBenchmark
from domain.search_text import query
from resolvers.context import Context
from resolvers.power_views import NOW, AsOf
from resolvers.reading import Page, PageRequest, Read, Row, fetch_page
from resolvers.reading.library import BENCHMARK

COLUMNS = ("item_id", "version_id", "no", "position", "code", "name", "category", "body_code", "body_name", "benchmark")


@dataclass(frozen=True, slots=True)
class BenchmarkFilter:
    """Which benchmarks: of a body, of an item, with a text in the name of the violation."""

    search: str = ""
    body: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """A benchmark and the item it belongs to; ``position`` counts the item's benchmarks from 1."""

    item_id: int
    version_id: int
    no: int
    position: int
    code: str
    name: str
    category: str
    body_code: str
    body_name: str
    benchmark: DiscretionBenchmark


async def list_benchmarks(
    ctx: Context,
    where: BenchmarkFilter = BenchmarkFilter(),
    page: PageRequest = PageRequest(),
    at: AsOf = NOW,
) -> Page[BenchmarkRow]:
    """Return a page of benchmarks in the state ``at``, by code of their items."""
    filters = {"search": list(query(where.search).terms), "body": where.body, "code": where.code}
    asked = {name: value for name, value in filters.items() if value}
    read = Read(COLUMNS, asked, "code", at.scope, at.valid_on, at.recorded_at)
    return (await fetch_page(ctx, BENCHMARK, read, page)).map(_benchmark)


def _benchmark(row: Row) -> BenchmarkRow:
    values = {name: row[name] for name in COLUMNS}
    return BenchmarkRow(**values | {"benchmark": DiscretionBenchmark.model_validate(row["benchmark"])})
