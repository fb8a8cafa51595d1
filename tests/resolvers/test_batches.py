"""Batches: every row has a fate, nothing enters before confirmation, and confirming is done once."""

import asyncio
import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from domain.actors import ANONYMOUS
from resolvers import batches, library
from resolvers.batches import BatchMoved, BatchOptions, RowFilter, SourceFile
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotFound, NotPermitted, NotSignedIn
from resolvers.reading.paging import PageRequest
from resolvers.workbook_guards import ListFileRefused
from tests import factories
from tests.resolvers.batch_lists import CODE, city, csv_file, fates, item_rows, line, proposed, staff

HOUR = timedelta(hours=1)


@pytest.mark.clause("L8")
@pytest.mark.both_postgres
async def test_nothing_enters_before_confirmation_and_then_what_was_reviewed(
    database: Database, tmp_path: Path
) -> None:
    """Proposing leaves the library alone; confirming writes versions that name their batch, actor and file."""
    ctx, _ = await city(database)
    file = csv_file(tmp_path, [line("食品经营许可"), line("行政复议"), line("药品经营许可")])
    batch = await proposed(ctx, file)
    assert await fates(ctx, batch) == ["new", "refused", "new"]
    assert batch.counts == {"new": 2, "refused": 1, "passed_over": 1}
    assert await library.revision(ctx) == 0
    done = await batches.confirm(ctx, batch.id)
    assert (done.versions, done.revision, done.left_out, done.repeated) == (2, 1, 1, False)
    names = await database.reads.fetch("SELECT name, code, batch_id FROM power_version ORDER BY code")
    assert [(row["name"], row["code"], row["batch_id"]) for row in names] == [
        ("食品经营许可", "990100001XK00100", batch.id),
        ("药品经营许可", "990100001XK00300", batch.id),  # the refused row keeps its place in the count
    ]
    told = json.loads(await database.reads.fetchval("SELECT body FROM event WHERE kind = 'batch.confirmed'"))
    assert (told["sha256"], told["versions"], told["left_out"]) == (batch.files[0]["sha256"], 2, 1)


@pytest.mark.clause("L8")
async def test_confirming_twice_changes_nothing_and_gives_the_same_answer(database: Database, tmp_path: Path) -> None:
    """The second answer says that it is a repetition."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲")]))
    first = await batches.confirm(ctx, batch.id)
    again = await batches.confirm(ctx.at(ctx.now + HOUR), batch.id)
    assert again.repeated
    assert (again.versions, again.revision) == (first.versions, first.revision)
    assert await library.revision(ctx) == 1
    assert await database.reads.fetchval("SELECT count(*) FROM event WHERE kind = 'batch.confirmed'") == 1


async def test_two_confirmers_at_once_write_one_set_of_versions(database: Database, tmp_path: Path) -> None:
    """One waits for the other and then finds the work done."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line(f"事项{number}") for number in range(30)]))
    answers = await asyncio.gather(batches.confirm(ctx, batch.id), batches.confirm(ctx, batch.id))
    assert sorted(answer.repeated for answer in answers) == [False, True]
    assert await database.reads.fetchval("SELECT count(*) FROM power_version") == 30


async def test_the_same_list_again_is_identical_row_by_row(database: Database, tmp_path: Path) -> None:
    """Importing again asks nothing and confirms to nothing."""
    ctx, _ = await city(database)
    rows = [line("甲"), line("甲", 子项名称="一"), line("甲", 子项名称="二"), line("乙", 权力类型="行政处罚")]
    await batches.confirm(ctx, (await proposed(ctx, csv_file(tmp_path, rows))).id)
    again = await proposed(ctx, csv_file(tmp_path, rows))
    assert await fates(ctx, again) == ["identical"] * 4
    done = await batches.confirm(ctx.at(ctx.now + HOUR), again.id)
    assert (done.versions, done.revision, done.left_out) == (0, 1, 0)


async def test_a_changed_row_shows_what_changed_and_becomes_a_version(database: Database, tmp_path: Path) -> None:
    """The difference is told by field; the old version stays."""
    ctx, _ = await city(database)
    await batches.confirm(ctx, (await proposed(ctx, csv_file(tmp_path, [line("甲", 备注="旧")]))).id)
    later = ctx.at(ctx.now + HOUR)
    batch = await proposed(later, csv_file(tmp_path, [line("甲", 备注="新")]))
    (row,) = await item_rows(later, batch)
    assert (row.fate, row.differences) == (
        "changed",
        ({"path": "remarks", "title": "备注", "before": "旧", "after": "新", "kind": "changed"},),
    )
    await batches.confirm(later, batch.id)
    numbers = await database.reads.fetch("SELECT no, change FROM power_version ORDER BY no")
    assert [(one["no"], one["change"]) for one in numbers] == [(1, "add"), (2, "modify")]


async def test_a_status_in_the_list_names_the_kind_of_the_change(database: Database, tmp_path: Path) -> None:
    """Suspended, resumed, cancelled: each is a change of its own kind (003-21)."""
    ctx, _ = await city(database)
    await batches.confirm(ctx, (await proposed(ctx, csv_file(tmp_path, [line("甲", 权力状态="在用")]))).id)
    for hours, word in enumerate(("暂停", "在用", "取消"), 1):
        later = ctx.at(ctx.now + hours * HOUR)
        row = line("甲", 权力状态=word)
        await batches.confirm(later, (await proposed(later, csv_file(tmp_path, [row]))).id)
    found = await database.reads.fetch("SELECT change FROM power_version ORDER BY no")
    assert [one["change"] for one in found] == ["add", "suspend", "resume", "cancel"]


@pytest.mark.clause("L8")
async def test_a_library_that_changed_refuses_the_confirmation_and_says_what(
    database: Database, tmp_path: Path
) -> None:
    """What somebody else confirmed in between is named; after evaluating again the batch can be confirmed."""
    ctx, _ = await city(database)
    mine = await proposed(ctx, csv_file(tmp_path, [line("甲", 备注="我的"), line("丙")]))
    theirs = await proposed(ctx, csv_file(tmp_path, [line("甲", 备注="他的")]))
    await batches.confirm(ctx, theirs.id)
    later = ctx.at(ctx.now + HOUR)
    with pytest.raises(BatchMoved, match="1 条") as refused:
        await batches.confirm(later, mine.id)
    assert [(one.name, one.before, one.after) for one in refused.value.moved] == [
        ("甲", "新增（990100001XK00100）", "变更（990100001XK00100）")
    ]
    assert await database.reads.fetchval("SELECT count(*) FROM power_version") == 1
    await batches.refresh(later, mine.id)
    assert await fates(later, await batches.batch(later, mine.id)) == ["changed", "new"]
    assert (await batches.confirm(later, mine.id)).versions == 2


async def test_an_unrelated_change_of_the_library_does_not_refuse(database: Database, tmp_path: Path) -> None:
    """Only outcomes that differ matter, not the revision's number."""
    ctx, _ = await city(database)
    mine = await proposed(ctx, csv_file(tmp_path, [line("甲")]))
    other = await proposed(ctx, csv_file(tmp_path, [line("乙", 权力类型="行政处罚")]))
    await batches.confirm(ctx, other.id)
    assert (await batches.confirm(ctx.at(ctx.now + HOUR), mine.id)).versions == 1


async def test_the_same_workbook_twice_is_read_once_and_said(database: Database, tmp_path: Path) -> None:
    """By content, whatever the files are called."""
    ctx, _ = await city(database)
    first = csv_file(tmp_path, [line("甲")])
    batch = await proposed(ctx, first, SourceFile("copy.csv", first.path))
    assert batch.counts == {"new": 1, "passed_over": 1}
    assert [note.message for note in batch.notes if note.code == "same_file_twice"] == [
        "文件“copy.csv”与“list.csv”内容相同，只读取一次。"
    ]


async def test_several_files_are_one_list(database: Database, tmp_path: Path) -> None:
    """Doublets are found across files, and every row keeps the name of its file."""
    ctx, _ = await city(database)
    one = csv_file(tmp_path, [line("甲")], "one.csv")
    two = csv_file(tmp_path, [line("甲"), line("乙")], "two.csv")
    batch = await proposed(ctx, one, two)
    rows = await item_rows(ctx, batch)
    assert [(row.file, row.fate) for row in rows] == [("one.csv", "new"), ("two.csv", "attention"), ("two.csv", "new")]
    assert rows[1].problems[-1].code == "same_item_twice"


async def test_unknown_bodies_wait_for_consent(database: Database, tmp_path: Path) -> None:
    """Without consent their rows are blocked; with it the bodies are entered by the confirmation, and told."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲", 行使主体="市财政局"), line("乙")]))
    assert await fates(ctx, batch) == ["attention", "new"]
    assert [(one.code, one.name) for one in batch.new_bodies] == [("990100002", "云川市财政局")]
    await batches.refresh(ctx, batch.id, BatchOptions(create_bodies=True))
    assert await fates(ctx, await batches.batch(ctx, batch.id)) == ["new", "new"]
    done = await batches.confirm(ctx, batch.id)
    assert (done.versions, done.bodies) == (2, 1)
    (body,) = await database.reads.fetch("SELECT name, number, aliases FROM body WHERE code = '990100002'")
    assert dict(body) == {"name": "云川市财政局", "number": "002", "aliases": ["市财政局"]}
    assert await database.reads.fetchval("SELECT code FROM power_version WHERE name = '甲'") == "990100002XK00100"


async def test_a_chosen_body_takes_all_rows(database: Database, tmp_path: Path) -> None:
    """The option of the batch settles every row, and can be taken back."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲", 行使主体="市财政局")]), body="B001")
    assert await fates(ctx, batch) == ["new"]
    await batches.refresh(ctx, batch.id, BatchOptions(body=""))
    assert await fates(ctx, await batches.batch(ctx, batch.id)) == ["attention"]


async def test_files_that_cannot_be_read_leave_no_trace(database: Database, tmp_path: Path) -> None:
    """Bad input never costs data: no batch, no rows, a refusal that names the file."""
    ctx, _ = await city(database)
    good, bad = csv_file(tmp_path, [line("甲")]), tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(ListFileRefused, match=r"bad\.xlsx"):
        await proposed(ctx, good, SourceFile("bad.xlsx", bad))
    assert await database.reads.fetchval("SELECT count(*) FROM batch") == 0
    assert await database.reads.fetchval("SELECT count(*) FROM batch_row") == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"government": "110000"}, "110000"), ({"body": "X9"}, "X9"), ({"profile": "nowhere"}, "nowhere")],
)
async def test_a_wrong_option_is_refused_by_its_value(
    database: Database, tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    """The message names what was given, the remedy says what to do."""
    ctx, _ = await city(database)
    with pytest.raises(InvalidInput, match=words) as refused:
        await proposed(ctx, csv_file(tmp_path, [line("甲")]), **changes)
    assert refused.value.remedy


@pytest.mark.clause("N5", "L8")
async def test_only_who_keeps_the_list_of_this_government_may(database: Database, tmp_path: Path) -> None:
    """Staffing and coordination office propose and confirm, the legal office reads, nobody else anything."""
    ctx, government = await city(database)
    file = csv_file(tmp_path, [line("甲")])
    keeper = ctx.acting_as(staff(government))
    batch = await proposed(keeper, file)
    legal = ctx.acting_as(staff(government, "legal_office"))
    assert (await batches.batch(legal, batch.id)).id == batch.id
    with pytest.raises(NotPermitted):
        await batches.confirm(legal, batch.id)
    for actor in (staff(government, "body_editor"), staff(government, "system_admin")):
        with pytest.raises(NotPermitted):
            await batches.rows(ctx.acting_as(actor), batch.id)
        with pytest.raises(NotPermitted):
            await proposed(ctx.acting_as(actor), file)
    with pytest.raises(NotSignedIn):
        await batches.list_batches(ctx.acting_as(ANONYMOUS))
    elsewhere = await factories.government(ctx, division_code="990200", name="某市")
    for missing in (ctx, keeper):
        with pytest.raises(NotFound):
            await batches.confirm(missing, batch.id + 100)
    with pytest.raises(NotFound):
        await batches.batch(ctx.acting_as(staff(elsewhere)), batch.id)
    with pytest.raises(NotPermitted):
        await batches.batch(ctx.acting_as(staff(elsewhere, "body_editor")), batch.id + 100)
    assert (await batches.confirm(keeper, batch.id)).versions == 1


async def test_batches_and_rows_are_paged_by_key(database: Database, tmp_path: Path) -> None:
    """Forward and back, newest batches first, rows in the list's order."""
    ctx, _ = await city(database)
    first = await proposed(ctx, csv_file(tmp_path, [line(f"事项{number}") for number in range(5)]))
    second = await proposed(ctx.at(ctx.now + HOUR), csv_file(tmp_path, [line("甲")]))
    page = await batches.list_batches(ctx, PageRequest(first=1))
    assert ([one.id for one in page.rows], page.has_next) == ([second.id], True)
    after = await batches.list_batches(ctx, PageRequest(first=1, after=page.end_cursor))
    assert ([one.id for one in after.rows], after.has_next) == ([first.id], False)
    where = RowFilter(fates=("new",))
    rows = await batches.rows(ctx, first.id, where, PageRequest(first=2))
    rest = await batches.rows(ctx, first.id, where, PageRequest(first=10, after=rows.end_cursor))
    back = await batches.rows(ctx, first.id, where, PageRequest(last=2, before=rest.start_cursor))
    assert [row.name for row in (*rows.rows, *rest.rows)] == [f"事项{number}" for number in range(5)]
    assert back.rows == rows.rows
    with pytest.raises(InvalidInput, match="游标"):
        await batches.rows(ctx, second.id, where, PageRequest(first=2, after=rows.end_cursor))


async def test_a_discarded_batch_stays_readable_and_never_enters(database: Database, tmp_path: Path) -> None:
    """A reason is asked for; discarding again changes nothing; a confirmed batch cannot be discarded."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲")]))
    with pytest.raises(InvalidInput, match="理由"):
        await batches.discard(ctx, batch.id, "  ")
    await batches.discard(ctx, batch.id, "文件有误")
    await batches.discard(ctx, batch.id, "再次")
    with pytest.raises(Conflict, match="作废"):
        await batches.confirm(ctx, batch.id)
    with pytest.raises(Conflict, match="不能再修改"):
        await batches.decide(ctx, batch.id, [2], "rejected", "不要")
    view = await batches.batch(ctx, batch.id)
    assert (view.state, view.reason, await fates(ctx, view)) == ("discarded", "文件有误", ["new"])
    other = await proposed(ctx, csv_file(tmp_path, [line("乙")]))
    await batches.confirm(ctx, other.id)
    with pytest.raises(Conflict, match="不能作废"):
        await batches.discard(ctx, other.id, "迟了")


async def test_the_report_has_one_line_for_every_row(database: Database, tmp_path: Path) -> None:
    """With place, fate, problem, remedy and clause."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲"), line("行政复议")]))
    text = b"".join([piece async for piece in batches.report(ctx, batch.id)]).decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 1 + 3
    assert "非事项行" in lines[1]
    assert "不予收录" in lines[3]
    assert "001-8.3" in lines[3]


async def test_no_text_of_the_report_is_a_formula(database: Database, tmp_path: Path) -> None:
    """Nor does a file's name hold what no page can show and no database can keep."""
    ctx, _ = await city(database)
    file = csv_file(tmp_path, [line("=HYPERLINK(甲)"), line("@SUM(乙)")])
    batch = await proposed(ctx, SourceFile("=清\x00单\u202e\ud800.csv", file.path))
    text = b"".join([piece async for piece in batches.report(ctx, batch.id)]).decode("utf-8-sig")
    cells = [cell for cells in csv.reader(io.StringIO(text)) for cell in cells]
    assert "'=HYPERLINK(甲)" in cells
    assert "'=清单.csv" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_rows_of_the_header_and_blank_rows_are_accounted_for(database: Database, tmp_path: Path) -> None:
    """No row vanishes: every one that was read has a line, and the sum is said."""
    ctx, _ = await city(database)
    path = tmp_path / "list.csv"
    path.write_text("云川市权责清单,,\n序号,事项名称,权力类型\n,,\n1,甲,行政许可\n2,,\n注：以上共1项,,\n", "utf-8")
    batch = await proposed(ctx, SourceFile("list.csv", path), body="B001")
    assert batch.rows == 6
    every = (await batches.rows(ctx, batch.id, RowFilter(), PageRequest(first=50))).rows
    assert [row.row for row in every] == [1, 2, 3, 4, 5, 6]
    assert all(row.problems for row in every if row.fate == "passed_over")


async def test_a_government_is_named_by_its_code(database: Database) -> None:
    """Without files there is nothing to propose."""
    ctx, _ = await city(database)
    with pytest.raises(InvalidInput, match="没有选择文件"):
        await batches.propose(ctx, batches.Proposal(CODE, ctx.today), [])
