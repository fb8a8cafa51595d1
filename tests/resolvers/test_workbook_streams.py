"""CSV and JSON of any length are read in constant memory, as often as asked."""

import csv
import json
import tracemalloc
from pathlib import Path

import pytest

from resolvers.workbook_guards import ListFileBroken
from resolvers.workbooks import RowSource, header_mapping, open_list, read_source
from tests.list_sheets import profile

pytestmark = pytest.mark.clause("L1")

ROWS = (("序号", "事项名称", "权力类型", "实施依据"), ("1", "甲", "行政许可", "【法律】《乙法》第一条"))


def _big_csv(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(ROWS[0])
        for number in range(rows):
            writer.writerow((number + 1, f"对第{number}种行为的处罚", "行政处罚", "【法律】《乙法》第一条"))
    return path


def _peak(path: Path) -> tuple[int, int]:
    source = open_list(path)
    assert isinstance(source, RowSource)
    tracemalloc.start()
    count = sum(1 for reading in read_source(source, profile(), header_mapping()) if reading.item is not None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count, peak


def test_csv_is_streamed_in_constant_memory(tmp_path: Path) -> None:
    few, few_peak = _peak(_big_csv(tmp_path / "few.csv", 500))
    many, many_peak = _peak(_big_csv(tmp_path / "many.csv", 5_000))
    assert (few, many) == (500, 5_000)
    assert many_peak < few_peak + 1_000_000


def test_json_is_streamed_in_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    record = dict(zip(ROWS[0], ROWS[1], strict=True)) | {"备注": "长" * 500}
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"title": "x", "items": [')
        stream.writelines(json.dumps(record) + "," for _ in range(5_000))
        stream.write(json.dumps(record) + "]}")
    source = open_list(path)
    assert isinstance(source, RowSource)
    tracemalloc.start()
    assert sum(1 for _ in source.records()) == 5_001
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 15_000_000
    assert peak < 12_000_000


def test_source_can_be_iterated_twice(tmp_path: Path) -> None:
    source = open_list(_big_csv(tmp_path / "a.csv", 3))
    assert isinstance(source, RowSource)
    assert list(source.rows()) == list(source.rows())


@pytest.mark.parametrize(
    "text", [r'[{"事项名称": "\ud800甲"}]', r'[{"事项名称": "甲\u0000"}]', f'[{{"序号": {"9" * 6000}}}]', r'["\udc00"]']
)
def test_json_that_no_database_can_hold_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, "utf-8")
    source = open_list(path)
    assert isinstance(source, RowSource)
    with pytest.raises(ListFileBroken, match="JSON"):
        list(read_source(source, profile(), header_mapping()))


def test_json_escapes_that_can_be_held_are_read(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(r'[{"事项名称": "\u7532\ud83d\ude00 \\u0000", "权力类型": "行政许可"}]', "utf-8")
    source = open_list(path)
    assert isinstance(source, RowSource)
    items = [reading.item for reading in read_source(source, profile(), header_mapping())]
    assert items[0] is not None
    assert items[0].content["name"].startswith("甲😀")
