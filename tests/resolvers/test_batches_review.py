"""The review: what a person can decide, mend and mark, and what stands in the way."""

from datetime import timedelta
from pathlib import Path

import pytest

from resolvers import batches
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotFound
from tests.resolvers.batch_lists import city, csv_file, fates, item_rows, line, proposed

HOUR = timedelta(hours=1)


async def names(ctx: Context) -> list[str]:
    """Return the names in the library."""
    return [row["name"] for row in await ctx.db.reads.fetch("SELECT name FROM power_version ORDER BY id")]


async def test_undecided_rows_stay_out_and_accepted_ones_enter(database: Database, tmp_path: Path) -> None:
    """A doublet is accepted as an item of its own; another is rejected with a reason; a third is left open."""
    ctx, _ = await city(database)
    rows = [line("甲"), line("甲"), line("乙"), line("乙"), line("丙"), line("丙")]
    batch = await proposed(ctx, csv_file(tmp_path, rows))
    assert await fates(ctx, batch) == ["new", "attention"] * 3
    seqs = [row.seq for row in await item_rows(ctx, batch)]
    await batches.decide(ctx, batch.id, [seqs[1]], "accepted")
    await batches.decide(ctx, batch.id, [seqs[3]], "rejected", "重复登载")
    about = await batches.enters(ctx, batch.id)
    assert (about.new, about.undecided, about.rejected) == (4, 1, 1)
    done = await batches.confirm(ctx, batch.id)
    assert (done.versions, done.left_out) == (4, 2)
    assert await names(ctx) == ["甲", "甲", "乙", "丙"]
    again = await proposed(ctx, csv_file(tmp_path, rows[:2]))
    assert await fates(ctx, again) == ["identical", "identical"]


async def test_a_new_row_can_be_left_out(database: Database, tmp_path: Path) -> None:
    """Rejecting is open for whatever would enter, and can be taken back."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲"), line("乙")]))
    first, second = [row.seq for row in await item_rows(ctx, batch)]
    await batches.decide(ctx, batch.id, [first, second], "rejected", "暂缓")
    await batches.decide(ctx, batch.id, [second], "")
    assert (await batches.confirm(ctx, batch.id)).versions == 1
    assert await names(ctx) == ["乙"]


async def test_rejecting_needs_a_reason_and_identical_rows_no_decision(database: Database, tmp_path: Path) -> None:
    """The refusal names the row and what to do."""
    ctx, _ = await city(database)
    file = csv_file(tmp_path, [line("甲")])
    await batches.confirm(ctx, (await proposed(ctx, file)).id)
    batch = await proposed(ctx, file)
    (row,) = await item_rows(ctx, batch)
    with pytest.raises(InvalidInput, match="理由"):
        await batches.decide(ctx, batch.id, [row.seq], "rejected")
    with pytest.raises(InvalidInput, match="不需要决定"):
        await batches.decide(ctx, batch.id, [row.seq], "rejected", "不要")
    with pytest.raises(NotFound):
        await batches.decide(ctx, batch.id, [row.seq + 5], "rejected", "不要")


async def test_a_refused_row_cannot_be_accepted(database: Database, tmp_path: Path) -> None:
    """L9 and L10 are not open to a decision."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("行政复议")]))
    (row,) = await item_rows(ctx, batch)
    with pytest.raises(InvalidInput, match="不需要决定"):
        await batches.decide(ctx, batch.id, [row.seq], "accepted")


async def test_a_blocked_row_is_mended_and_then_enters(database: Database, tmp_path: Path) -> None:
    """Without category and body it cannot be accepted; filled in by a person it is an ordinary new row."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲", 权力类型="", 行使主体="市某局"), line("乙")]))
    row = (await item_rows(ctx, batch))[0]
    assert row.fate == "attention"
    with pytest.raises(InvalidInput, match="还不能采用") as refused:
        await batches.decide(ctx, batch.id, [row.seq], "accepted")
    assert {problem.code for problem in refused.value.problems} >= {"UNKNOWN_BODY", "MISSING_CATEGORY"}
    await batches.decide(ctx, batch.id, [row.seq], "", mended={"category": "penalty", "body": "B001"})
    mended = await batches.row(ctx, batch.id, row.seq)
    assert (mended.fate, mended.code) == ("new", "990100001CF00100")
    assert (await batches.confirm(ctx, batch.id)).versions == 2


async def test_only_some_fields_can_be_mended_and_only_of_one_row(database: Database, tmp_path: Path) -> None:
    """Anything else is mended in the list itself."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲"), line("乙")]))
    first, second = [row.seq for row in await item_rows(ctx, batch)]
    with pytest.raises(InvalidInput, match="bases"):
        await batches.decide(ctx, batch.id, [first], "", mended={"bases": "x"})
    with pytest.raises(InvalidInput, match="多行"):
        await batches.decide(ctx, batch.id, [first, second], "", mended={"name": "x"})


async def test_two_rows_with_one_code_cannot_both_enter(database: Database, tmp_path: Path) -> None:
    """The second is accepted only after the first has been rejected."""
    ctx, _ = await city(database)
    code = {"权力编码": "990100001XK00700"}
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲", **code), line("乙", **code)]))
    first, second = [row.seq for row in await item_rows(ctx, batch)]
    with pytest.raises(Conflict, match="990100001XK00700"):
        await batches.decide(ctx, batch.id, [second], "accepted")
    await batches.decide(ctx, batch.id, [first], "rejected", "编码有误")
    await batches.decide(ctx, batch.id, [second], "accepted")
    await batches.confirm(ctx, batch.id)
    assert await names(ctx) == ["乙"]


async def test_accepting_at_once_rows_that_exclude_each_other_is_refused(database: Database, tmp_path: Path) -> None:
    """Several rows are decided in order, so the second of two with one code is caught in the same act."""
    ctx, _ = await city(database)
    code = {"权力编码": "990100001XK00700"}
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲", **code), line("乙", **code), line("丙", **code)]))
    first, second, third = [row.seq for row in await item_rows(ctx, batch)]
    await batches.decide(ctx, batch.id, [first], "rejected", "编码有误")
    with pytest.raises(Conflict):
        await batches.decide(ctx, batch.id, [second, third], "accepted")
    assert (await batches.row(ctx, batch.id, second)).decision == ""


async def test_items_missing_from_the_list_are_told_and_cancelled_only_when_marked(
    database: Database, tmp_path: Path
) -> None:
    """A shorter list cancels nothing by itself; a mark with a reason becomes a cancellation on confirmation."""
    ctx, _ = await city(database)
    await batches.confirm(ctx, (await proposed(ctx, csv_file(tmp_path, [line("甲"), line("乙"), line("丙")]))).id)
    later = ctx.at(ctx.now + HOUR)
    batch = await proposed(later, csv_file(tmp_path, [line("甲")]))
    gone = await batches.missing(later, batch.id)
    assert [(item.name, item.marked) for item in gone] == [("乙", False), ("丙", False)]
    with pytest.raises(InvalidInput, match="理由"):
        await batches.mark_for_cancellation(later, batch.id, [gone[0].item_id], "")
    await batches.mark_for_cancellation(later, batch.id, [gone[0].item_id], "依据废止", "国发〔2025〕1号")
    assert [item.marked for item in await batches.missing(later, batch.id)] == [True, False]
    assert (await batches.enters(later, batch.id)).cancelled == 1
    assert (await batches.confirm(later, batch.id)).versions == 1
    (version,) = await database.reads.fetch("SELECT name, change, status, content FROM power_version WHERE no = 2")
    assert (version["name"], version["change"], version["status"]) == ("乙", "cancel", "cancelled")
    assert version["content"]["status_reason"] == "依据废止"
    assert await batches.missing(later, batch.id) != ()


async def test_what_was_accepted_is_asked_again_when_it_comes_out_differently(
    database: Database, tmp_path: Path
) -> None:
    """A doublet accepted as a new item is another matter once the library has that item; a rejection stays."""
    ctx, _ = await city(database)
    mine = await proposed(ctx, csv_file(tmp_path, [line("甲"), line("甲"), line("乙"), line("乙")]))
    rows = [row.seq for row in await item_rows(ctx, mine)]
    await batches.decide(ctx, mine.id, [rows[1]], "accepted")
    await batches.decide(ctx, mine.id, [rows[3]], "rejected", "重复")
    theirs = await proposed(ctx, csv_file(tmp_path, [line("甲"), line("甲"), line("丙")], "b.csv"))
    await batches.decide(ctx, theirs.id, [(await item_rows(ctx, theirs))[1].seq], "accepted")
    await batches.confirm(ctx, theirs.id)
    await batches.refresh(ctx, mine.id)
    again = await item_rows(ctx, mine)
    assert [(row.fate, row.decision) for row in again] == [
        ("identical", ""), ("identical", ""), ("new", ""), ("attention", "rejected"),
    ]  # fmt: skip


async def test_a_list_of_nothing_but_new_items_still_tells_what_is_missing(database: Database, tmp_path: Path) -> None:
    """What counts is whose list it is, not whether any of its rows was known."""
    ctx, _ = await city(database)
    await batches.confirm(ctx, (await proposed(ctx, csv_file(tmp_path, [line("甲")]))).id)
    batch = await proposed(ctx, csv_file(tmp_path, [line("乙")]))
    assert [item.name for item in await batches.missing(ctx, batch.id)] == ["甲"]


async def test_every_decision_is_an_event_of_the_batch(database: Database, tmp_path: Path) -> None:
    """Who decided what about which rows can be read later (003-32(3))."""
    ctx, _ = await city(database)
    batch = await proposed(ctx, csv_file(tmp_path, [line("甲")]))
    (row,) = await item_rows(ctx, batch)
    await batches.decide(ctx, batch.id, [row.seq], "rejected", "暂缓")
    await batches.refresh(ctx, batch.id)
    await batches.discard(ctx, batch.id, "换一份清单")
    kinds = await database.reads.fetch("SELECT kind FROM event WHERE stream = $1 ORDER BY seq", f"batch:{batch.id}")
    assert [one["kind"] for one in kinds] == ["batch.proposed", "batch.decided", "batch.evaluated", "batch.discarded"]
