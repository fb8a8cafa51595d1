"""From files to source rows: every physical row once, whatever stands in it."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.batches_sources import REASONS, Source, SourceRow
from resolvers.batches_values import SourceFile
from resolvers.workbooks import header_mapping
from tests import factories

PROFILE = factories.profile("demo-city")
MAPPING = header_mapping()
WORDS = st.sampled_from(
    ["", "序号", "事项名称", "权力类型", "实施依据", "行使主体", "备注", "行政许可", "1", "2,3", "/", "甲", "乙许可",
     "【法律】《某法》第一条", "市测试局", "合计", "注：共2项", "一、行政处罚（3项）", "结构化数据（JSON）", '{"name":"x"}', "无"]
)  # fmt: skip
GRIDS = st.lists(st.lists(WORDS, min_size=1, max_size=7), min_size=1, max_size=14)


def accounted(path: Path) -> list[SourceRow]:
    """Return all source rows of a file."""
    source = Source(SourceFile(path.name, path), PROFILE, MAPPING)
    rows = list(source.rows())
    assert source.report.rows == len(rows)
    return rows


def check(rows: list[SourceRow], expected: int) -> None:
    """Every row once, in order, and every row that is no item says why."""
    places = [(row.sheet, row.row) for row in rows]
    assert len(set(places)) == len(places) == expected
    assert all(row.reason or row.problems for row in rows if row.role != "item")
    assert all(row.said is not None for row in rows if row.role == "item")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(GRIDS)
def test_every_row_of_any_csv_is_accounted_for(grid: list[list[str]]) -> None:
    """Rows read = rows accounted for, also for rows that look like headers, notes and our own export."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(grid)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_text(buffer.getvalue(), "utf-8")
        expected = sum(1 for _ in csv.reader(io.StringIO(buffer.getvalue())))
        check(accounted(path), expected)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(GRIDS, min_size=1, max_size=3))
def test_every_row_of_any_workbook_is_accounted_for(grids: list[list[list[str]]]) -> None:
    """Over all sheets; empty rows at the end of a sheet are no rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            for grid in grids:
                sheet = book.add_worksheet()
                for number, row in enumerate(grid):
                    for place, text in enumerate(row):
                        sheet.write_string(number, place, text)
        filled = [max((n for n, row in enumerate(grid, 1) if any(row)), default=0) for grid in grids]
        rows = accounted(path)
        check(rows, len(rows))
        assert len(rows) >= sum(filled)


def test_every_role_of_the_reader_has_words() -> None:
    """A reader's new role must not stay silent in the report."""
    roles = {"title", "header", "repeated_header", "section", "note", "blank", "unassigned", "continuation"}
    assert roles <= set(REASONS)
