"""Every published list of the samples: a full account, confirmed, identical when imported again, exported and back."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from resolvers import batches, exports
from resolvers.batches import Proposal, RowFilter, SourceFile
from resolvers.context import Context
from resolvers.database import Database
from resolvers.workbooks import header_mapping, read_list_file
from tests import factories

DAY = date(2025, 1, 1)
CODE = "650200"
HOUR = timedelta(hours=1)
# The lists are those of one city's departments; there is no other place to take their number from.
LISTS = 10
ACCOUNTED = """
SELECT count(*) FROM batch_row r WHERE batch_id = $1 AND (
  fate NOT IN ('new', 'changed', 'identical', 'refused', 'attention', 'continuation', 'passed_over')
  OR (fate IN ('refused', 'attention', 'passed_over', 'continuation') AND problems = '[]'))
"""


async def karamay(database: Database) -> Context:
    """Enter the government whose departments published the sample lists."""
    ctx = factories.context(database, profile=factories.profile("demo-city"))
    await factories.government(ctx, division_code=CODE, name="克拉玛依市人民政府", short_name="克拉玛依市")
    return ctx


def lists(shared_data: Path) -> list[SourceFile]:
    """Return the sample lists."""
    return [SourceFile(path.name, path) for path in sorted((shared_data / "lists").iterdir())]


@pytest.mark.parametrize("number", range(LISTS))
async def test_a_published_list_is_accounted_for_row_by_row(database: Database, shared_data: Path, number: int) -> None:
    """Rows read = rows accounted for; what is new enters; the same list again is identical wherever it entered."""
    ctx = await karamay(database)
    files = lists(shared_data)
    assert len(files) == LISTS
    file = files[number]
    reading = read_list_file(file.path, file.name, ctx.profile, header_mapping())
    first = await batches.batch(ctx, await batches.propose(ctx, Proposal(CODE, DAY, create_bodies=True), [file]))
    assert first.rows == reading.rows_read
    assert await database.reads.fetchval(ACCOUNTED, first.id) == 0
    items = sum(first.counts.get(fate, 0) for fate in ("new", "refused", "attention"))
    assert items >= len(reading.items)
    assert first.counts["new"] >= 0.3 * len(reading.items)
    done = await batches.confirm(ctx, first.id)
    assert done.versions == first.counts["new"]
    later = ctx.at(ctx.now + HOUR)
    again = await batches.batch(later, await batches.propose(later, Proposal(CODE, DAY), [file]))
    assert again.counts.get("identical") == first.counts["new"]
    assert "new" not in again.counts
    assert "changed" not in again.counts
    assert (await batches.confirm(later, again.id)).versions == 0


async def test_all_lists_together_are_exported_and_read_back_as_identical(
    database: Database, shared_data: Path, tmp_path: Path
) -> None:
    """One batch of all files; then every format of the export is imported again: identical in every row."""
    ctx = await karamay(database)
    proposal = Proposal(CODE, DAY, create_bodies=True)
    number = await batches.propose(ctx, proposal, lists(shared_data))
    done = await batches.confirm(ctx, number)
    later = ctx.at(ctx.now + HOUR)
    for form in exports.FORMATS:
        path = tmp_path / f"list.{form}"
        manifest = await exports.save(later, path, form=form)
        assert manifest.items == done.versions
        back = await batches.propose(later, Proposal(CODE, DAY), [SourceFile(path.name, path)])
        view = await batches.batch(later, back)
        counts = {fate: count for fate, count in view.counts.items() if fate != "passed_over"}
        assert counts == {"identical": done.versions}, form
        assert (await batches.rows(later, back, RowFilter(fates=("changed", "attention")))).rows == ()
