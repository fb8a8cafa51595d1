"""Exports: streamed from one snapshot, harmless for spreadsheet programs, checked by schema, hash and manifest."""

import asyncio
import csv
import hashlib
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from domain.powers import Fee, LegalBasis, PowerContent
from domain.published_table import CELL_CHARACTERS, COLUMNS, EXACT_HEADER, EXACT_SHEET, HEADERS, Words
from domain.tables.bodies import Government
from domain.values import canonical_json, document
from resolvers import batches, exports
from resolvers.batches import Proposal, SourceFile
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput, Unavailable
from resolvers.exports_workbook import PublishedWorkbook
from resolvers.power_views import AsOf, PowerFilter
from tests import factories

BASIS = LegalBasis(
    kind="law", title="中华人民共和国食品安全法", article="第三十五条", text="《中华人民共和国食品安全法》第三十五条"
)


DAY = date(2026, 1, 1)
WORDS = Words.of(factories.profile("demo-city"))


async def filled(database: Database, *contents: PowerContent) -> tuple[Context, Government]:
    """Return a city whose library holds the contents."""
    ctx = factories.context(database, profile=factories.profile("demo-city"))
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    if contents:
        await factories.confirmed(ctx, city, [factories.change(city, content) for content in contents])
    return ctx, city


async def gathered(stream: AsyncIterator[bytes]) -> bytes:
    """Return all bytes of a stream."""
    return b"".join([piece async for piece in stream])


async def test_documents_follow_the_published_schema(database: Database) -> None:
    """The schema names itself by a stable address and holds for every document; a broken one fails."""
    items = [
        factories.power(bases=(BASIS,), fees=(Fee(name="工本费", basis="某规定", standard="10元"),)) for _ in range(3)
    ]
    ctx, _ = await filled(database, *items)
    validator = Draft202012Validator(exports.json_schema("https://example.gov.cn"))
    Draft202012Validator.check_schema(validator.schema)
    assert validator.schema["$id"] == "https://example.gov.cn/downloads/power.schema.json"
    found = [json.loads(line) for line in (await gathered(exports.stream(ctx, form="jsonl"))).splitlines()]
    assert [PowerContent.model_validate(one) for one in found] == items
    assert all(validator.is_valid(one) for one in found)
    assert not validator.is_valid({**found[0], "statuss": "in_use"})
    whole = json.loads(await gathered(exports.stream(ctx, form="json")))
    assert whole["items"] == found
    assert whole["$schema"] == exports.SCHEMA_PATH


async def test_an_empty_library_is_a_valid_file_in_every_format(database: Database, tmp_path: Path) -> None:
    """A header and no rows; JSON with no items."""
    ctx, _ = await filled(database)
    assert json.loads(await gathered(exports.stream(ctx, form="json")))["items"] == []
    assert await gathered(exports.stream(ctx, form="jsonl")) == b""
    assert len((await gathered(exports.stream(ctx, form="csv"))).splitlines()) == 1
    await exports.save(ctx, tmp_path / "a.xlsx", form="xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["权责清单"]


async def test_the_file_comes_with_its_hash_and_manifest(database: Database, tmp_path: Path) -> None:
    """Both agree with the bytes; the manifest says which state of the library it is."""
    ctx, _ = await filled(database, factories.power())
    path = tmp_path / "powers.csv"
    made = await exports.save(ctx, path, form="csv")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (tmp_path / "powers.csv.sha256").read_text() == f"{digest}  powers.csv\n"
    told = json.loads((tmp_path / "powers.csv.manifest.json").read_text())
    assert (told["sha256"], told["items"], told["revision"], told["size"]) == (digest, 1, 1, path.stat().st_size)
    assert made.sha256 == digest
    assert [one.name for one in tmp_path.glob(".*")] == []


async def test_the_same_state_gives_the_same_bytes_in_every_format(database: Database) -> None:
    """A checksum made later is that of the file somebody downloaded before."""
    ctx, _ = await filled(database, factories.power(bases=(BASIS,)))
    for form in exports.FORMATS:
        assert await gathered(exports.stream(ctx, form=form)) == await gathered(exports.stream(ctx, form=form))


@pytest.mark.clause("L4")
async def test_filters_and_days_narrow_the_export(database: Database) -> None:
    """By body, category, government and the day asked about; a search is refused with what to do instead."""
    items = [factories.power(code="A"), factories.power(code="B", category="penalty", body="B002")]
    ctx, _ = await filled(database, *items)

    async def codes(where: PowerFilter, at: AsOf = AsOf()) -> list[str]:
        found = await gathered(exports.stream(ctx, where, at, "jsonl"))
        return [json.loads(line)["code"] for line in found.splitlines()]

    assert await codes(PowerFilter()) == ["A", "B"]
    assert await codes(PowerFilter(body="B002")) == ["B"]
    assert await codes(PowerFilter(category=("licence",))) == ["A"]
    assert await codes(PowerFilter(government="110000")) == []
    assert await codes(PowerFilter(), AsOf(valid_on=date(2019, 1, 1))) == []
    with pytest.raises(InvalidInput, match="检索词"):
        await codes(PowerFilter(search="许可"))


async def test_no_cell_is_ever_a_formula_or_a_link(database: Database, tmp_path: Path) -> None:
    """A name such as =cmd() stays a text in the workbook and gets a mark in front in CSV."""
    evil = factories.power(name='=HYPERLINK("http://x")', remarks="@SUM(A1)", contact_phone="+86", place="http://x.cn")
    ctx, _ = await filled(database, evil)
    path = tmp_path / "a.xlsx"
    await exports.save(ctx, path, form="xlsx")
    sheet = openpyxl.load_workbook(path)["权责清单"]
    cells = [cell for row in sheet.iter_rows(min_row=4) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"n", "s"}
    assert not any(cell.hyperlink for cell in cells)
    assert sheet.cell(4, 2).value == '=HYPERLINK("http://x")'
    text = (await gathered(exports.stream(ctx, form="csv"))).decode("utf-8-sig")
    row = next(iter(csv.DictReader(io.StringIO(text))))
    assert (row["事项名称"], row["备注"], row["联系电话"]) == ("'" + evil.name, "'@SUM(A1)", "'+86")


async def test_the_workbook_has_the_published_form(database: Database, tmp_path: Path) -> None:
    """Title, header of two rows with the merged 实施层级及权限, the form's columns first, frozen header."""
    ctx, _ = await filled(database, factories.power(bases=(BASIS,), level="county", authority="本级"))
    path = tmp_path / "a.xlsx"
    await exports.save(ctx, path, form="xlsx")
    sheet = openpyxl.load_workbook(path)["权责清单"]
    upper = [cell.value for cell in sheet[2]]
    assert upper[:10] == [
        "序号", "事项名称", "子项名称", "权力类型", "实施依据", "行使主体", "承办机构", "实施层级及权限", None, "部门职责",
    ]  # fmt: skip
    assert [sheet.cell(3, 8).value, sheet.cell(3, 9).value] == ["层级", "权限"]
    merged = {str(one) for one in sheet.merged_cells.ranges}
    assert {"A2:A3", "H2:I2", "J2:J3"} <= merged
    assert [sheet.cell(4, 8).value, sheet.cell(4, 9).value] == ["县级", "本级"]
    assert sheet.freeze_panes == "C4"


async def test_an_edited_cell_of_an_export_is_a_change_and_nothing_else(database: Database, tmp_path: Path) -> None:
    """Somebody corrects one cell in the exported CSV: exactly this field differs."""
    item = factories.power(bases=(BASIS,), duties=("一是管理", "二是监督"), code="990100001XK00100")
    ctx, city = await filled(database, item)
    rows = list(csv.reader(io.StringIO((await gathered(exports.stream(ctx, form="csv"))).decode("utf-8-sig"))))
    rows[1][rows[0].index("备注")] = "改过的备注"
    path = tmp_path / "edited.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    proposal = Proposal(city.division_code, date(2026, 1, 1))
    number = await batches.propose(ctx, proposal, [SourceFile(path.name, path)])
    changed = (await batches.rows(ctx, number, batches.RowFilter(fates=("changed",)))).rows
    assert [[one["title"] for one in row.differences] for row in changed] == [["备注"]]


def test_a_text_too_long_for_a_cell_is_cut_with_a_word_and_whole_in_the_exact_data(tmp_path: Path) -> None:
    """Excel holds 32,767 characters in a cell; nothing is lost."""
    long = factories.power(remarks="长" * 40_000)
    exact = canonical_json(document(long)).decode()
    book = PublishedWorkbook(tmp_path / "a.xlsx", "清单", WORDS, DAY)
    book.add([long], [exact])
    book.close()
    opened = openpyxl.load_workbook(tmp_path / "a.xlsx")
    place = HEADERS.index("备注") + 1
    shown = opened["权责清单"].cell(4, place).value
    assert isinstance(shown, str)
    assert (len(shown), shown[-1]) == (CELL_CHARACTERS, "）")
    assert "".join(str(row[3]) for row in opened[EXACT_SHEET].iter_rows(min_row=2, values_only=True)) == exact


def test_what_does_not_fit_on_a_sheet_goes_on_the_next_with_its_own_header(tmp_path: Path) -> None:
    """A sheet ends before the program's own limit of rows."""
    items = [factories.power() for _ in range(5)]
    book = PublishedWorkbook(tmp_path / "a.xlsx", "清单", WORDS, DAY, 6)
    book.add(items, [canonical_json(document(item)).decode() for item in items])
    book.close()
    opened = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert set(opened.sheetnames) == {"权责清单", "权责清单（2）", EXACT_SHEET}
    assert opened["权责清单（2）"].cell(2, 2).value == "事项名称"
    assert opened["权责清单（2）"].cell(4, 1).value == 4


def test_every_field_of_an_item_has_a_column_of_words_or_is_in_the_exact_data() -> None:
    """A field that a later release adds must not be forgotten here."""
    titles = {field.title for field in PowerContent.model_fields.values()}
    shown = {column.header for column in COLUMNS}
    worded = {"权力类别": "权力类型", "行使层级": "层级", "责任事项": "责任事项内容", "收费说明": "收费依据和标准"}
    told = {
        "委托": "委托说明", "收费": "缴费项目说明", "外部流程图": "外部流程说明", "内部流程图": "内部流程说明",
        "廉政风险点": "廉政风险说明", "裁量基准": "裁量基准说明", "事中事后监管": "事中事后监管说明",
        "其他规定内容": "其他栏目说明", "办事指南": "办理条件",
    }  # fmt: skip
    assert {title for title in titles if {**worded, **told}.get(str(title), title) not in shown} == set()
    assert EXACT_HEADER not in shown


@pytest.mark.parametrize("form", exports.FORMATS)
async def test_twenty_thousand_items_need_no_more_memory_than_two_thousand(database: Database, form: str) -> None:
    """Streamed: the peak of Python's memory does not follow the number of items."""
    ctx, city = await filled(database)
    await seeded(database, city, 2_000)
    small = await peak(ctx, form)
    await seeded(database, city, 20_000)
    large = await peak(ctx, form)
    assert large < small * 1.5 + 2_000_000


async def peak(ctx: Context, form: str) -> int:
    """Return the peak of traced memory while an export is streamed, in bytes."""
    tracemalloc.start()
    try:
        async for _ in exports.stream(ctx, form=form):  # type: ignore[arg-type]
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def seeded(database: Database, city: Government, number: int) -> None:
    """Fill the library up to a number of items by SQL, beside its writer: only the amount matters here."""
    async with database.engine.begin() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await connection.exec_driver_sql("SELECT 1")
        await raw.execute(SEED, city.id, number)


SEED = """
WITH wanted AS (
  SELECT n, lpad(n::text, 6, '0') AS code FROM generate_series(1, $2::int) n
  WHERE NOT EXISTS (SELECT FROM power_item i WHERE i.code = lpad(n::text, 6, '0'))
), head AS (
  INSERT INTO batch (government_id, kind, state, profile, valid_from, based_on, created_at, confirmed_at)
  VALUES ($1::bigint, 'import', 'confirmed', 'demo-city', '2020-01-01', 0, '2020-01-01', '2020-01-01') RETURNING id
), items AS (
  INSERT INTO power_item (government_id, scheme, code) SELECT $1::bigint, 'hubei-16', code FROM wanted
  RETURNING id, code
), versions AS (
  INSERT INTO power_version (item_id, no, content, digest, change, batch_id, recorded_at, name_key)
  SELECT i.id, 1, jsonb_build_object('scheme', 'hubei-16', 'code', i.code, 'name', '事项' || i.code,
    'category', 'licence', 'body', 'B001', 'remarks', repeat('备注', 200)),
    decode(repeat('00', 32), 'hex'), 'add', head.id, '2020-01-01', i.code FROM items i, head RETURNING id, item_id
)
INSERT INTO power_period (item_id, version_id, valid, recorded)
SELECT item_id, id, daterange('2020-01-01', NULL), tstzrange('2020-01-01', NULL) FROM versions
"""


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "xlsx"])
async def test_a_refusal_comes_before_the_first_byte(database: Database, form: exports.ExportFormat) -> None:
    """An answer that has begun with the column heads could no longer be told as a refusal."""
    ctx, _ = await filled(database)
    with pytest.raises(InvalidInput, match="检索词"):
        await anext(exports.stream(ctx, PowerFilter(search="许可"), form=form))


async def test_slow_readers_of_exports_leave_connections_to_everybody_else(database_url: str) -> None:
    """Each export keeps its connection while its reader takes his time; the next one is told to come later."""
    database = await Database.connect(database_url, pool_size=2)
    try:
        ctx, _ = await filled(database, factories.power())
        slow = exports.stream(ctx)
        assert await anext(slow)
        with pytest.raises(Unavailable, match="同时下载"):
            await anext(exports.stream(ctx, form="csv"))
        assert await asyncio.wait_for(database.reads.fetchval("SELECT 1"), 5) == 1
        await slow.aclose()
        assert await gathered(exports.stream(ctx))
    finally:
        await database.close()
