"""Reading discretion benchmarks 裁量基准 across the library (003-15, L7)."""

from dataclasses import dataclass

from domain.benchmarks import DiscretionBenchmark
from domain.search_text import query
from resolvers.context import Context
from resolvers.power_views import NOW, AsOf
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.library import BENCHMARK
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing

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
    return await fetch_benchmarks(ctx, listing(where, page, at))


def listing(where: BenchmarkFilter, page: PageRequest, at: AsOf = NOW) -> Listing:
    """Return the listing of benchmarks that ``list_benchmarks`` reads."""
    terms = list(query(where.search).terms) if where.search else []
    filters = {"search": terms, "body": where.body, "code": where.code}
    asked = {name: value for name, value in filters.items() if value}
    return Listing(BENCHMARK, Read(COLUMNS, asked, "code", at.scope, at.valid_on, at.recorded_at), page)


async def fetch_benchmarks(ctx: Context, asked: Listing) -> Page[BenchmarkRow]:
    """Return the page of a listing of benchmarks."""
    return (await fetch_listing(ctx, asked)).map(_benchmark)


def _benchmark(row: Row) -> BenchmarkRow:
    values = {name: row[name] for name in COLUMNS}
    return BenchmarkRow(**values | {"benchmark": DiscretionBenchmark.model_validate(row["benchmark"])})
