"""Small lists for tests of batches: rows as dictionaries by header, written as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from domain.actors import Actor, Posting
from domain.tables.bodies import Government
from resolvers import batches
from resolvers.batches import BatchRowView, BatchView, Proposal, SourceFile
from resolvers.context import Context
from resolvers.database import Database
from tests import factories

DAY = date(2026, 1, 1)
CODE = "990100"
BASIS = "【法律】《中华人民共和国食品安全法》第三十五条：国家对食品生产经营实行许可制度。"


def line(name: str, **changes: str) -> dict[str, str]:
    """Return a row of a list: a licence of the testing bureau with a good basis."""
    fields = {
        "事项名称": name,
        "权力类型": "行政许可",
        "实施依据": BASIS,
        "行使主体": "市测试局",
        "承办机构": "许可科",
    }
    return fields | changes


def csv_file(folder: Path, rows: Sequence[Mapping[str, str]], name: str = "list.csv") -> SourceFile:
    """Write rows as a CSV file; the headers are all keys in order of appearance."""
    headers = list(dict.fromkeys(key for row in rows for key in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ["序号", *headers], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({"序号": str(number), **row} for number, row in enumerate(rows, 1))
    path = folder / name
    path.write_text(buffer.getvalue(), "utf-8")
    return SourceFile(name, path)


async def city(database: Database, **changes: Any) -> tuple[Context, Government]:
    """Enter a city with one body, the testing bureau 市测试局."""
    ctx = factories.context(database, profile=factories.profile("demo-city"), **changes)
    government = await factories.government(ctx)
    await factories.body(ctx, government, aliases=("市测试局",))
    return ctx, government


async def proposed(ctx: Context, *files: SourceFile, **changes: Any) -> BatchView:
    """Propose a batch and return it."""
    fields: dict[str, Any] = {"government": CODE, "valid_from": DAY}
    return await batches.batch(ctx, await batches.propose(ctx, Proposal(**(fields | changes)), files))


async def item_rows(ctx: Context, batch: BatchView) -> list[BatchRowView]:
    """Return the rows of a batch that are items, or content without an item."""
    wanted = batches.RowFilter(fates=("new", "changed", "identical", "refused", "attention"))
    return list((await batches.rows(ctx, batch.id, wanted)).rows)


async def fates(ctx: Context, batch: BatchView) -> list[str]:
    """Return the fates of the item rows in order."""
    return [row.fate for row in await item_rows(ctx, batch)]


def staff(government: Government, *roles: str) -> Actor:
    """Return an official whose post in the government carries the roles (the staffing office unless said)."""
    posting = Posting(1, 1, "B001", government.id or 0, frozenset(roles or ("staffing_office",)))
    return Actor("official", None, "测试员", (posting,))
