"""Published results: drafted from the file, checked, masked, corrected and withdrawn with a trace, and never stale."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from asyncpg import InsufficientPrivilegeError

from domain.actors import ANONYMOUS
from resolvers import hall, record, results
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotSignedIn
from resolvers.results import AlreadyMoved, ResultFilter, ResultRow, Words
from tests import factories
from tests.hall import punished, served
from tests.running import Office, office, person

pytestmark = pytest.mark.clause("H7")
WORDS = Words("云测许〔2026〕1号", "欧阳小红", "准予行政许可", "《某条例》第十条", date(2026, 3, 9), date(2029, 3, 8))


async def _draft(of: Office, **fields: Any) -> ResultRow:
    matter = await served(of, **fields)
    (row,) = [one for one in (await results.to_do(of.at("server"))).rows if one.matter_id == matter.matter_id]
    return row


async def _kinds(of: Office, result_id: int) -> list[str]:
    sql = "SELECT kind FROM event WHERE stream = $1 ORDER BY seq"
    return [row["kind"] for row in await of.ctx.db.reads.fetch(sql, f"result:{result_id}")]


async def test_a_licence_is_drafted_due_in_seven_working_days_and_published_with_its_party_masked(
    database: Database,
) -> None:
    """广东省行政执法公示办法-21: seven working days from the decision; of a person the family name alone is shown."""
    of = await office(database)
    row = await _draft(of)
    assert (row.state, row.kind, row.todo_on, row.content.decision_number) == (
        *("draft", "licence", date(2026, 3, 11)),
        "云测许〔2026〕1号",
    )
    assert (await results.list_published(of.ctx)).rows == ()
    before = await of.ctx.db.publicity.revision()
    assert await results.publish(of.at("server"), row.id, WORDS, 0) == 1
    assert await results.publish(of.at("server"), row.id, WORDS, 0) == 1
    assert await of.ctx.db.publicity.revision() > before
    shown = await results.published(of.ctx, row.id)
    assert (shown.state, shown.party, shown.item_name, shown.shown_until) == ("published", "欧***", "测试许可", None)
    kept = await database.reads.fetchval("SELECT string_agg(content::text, '') FROM result_version")
    assert "小红" not in kept
    assert await _kinds(of, row.id) == ["result.drafted", "result.published"]
    assert (await results.to_do(of.at("server"))).rows == ()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("content", "身份证号 110101 19900307 7678"),
        ("content", "联系电话13812345678"),
        ("basis", "某某@example.com"),
        ("decision_number", ""),
        ("party", "  "),
    ],
)
async def test_what_tells_a_person_or_is_missing_is_refused_at_its_field(
    database: Database, field: str, text: str
) -> None:
    of = await office(database)
    row = await _draft(of)
    words = {name: getattr(WORDS, name) for name in ("decision_number", "party", "content", "basis")}
    with pytest.raises(InvalidInput) as refused:
        await results.publish(of.at("server"), row.id, Words(**words | {field: text}), 0)
    assert [one.path for one in refused.value.problems] == [field]


@pytest.mark.clause("CF-08")
async def test_a_changed_decision_is_corrected_or_withdrawn_and_what_was_withdrawn_is_told_by_nothing(
    database: Database,
) -> None:
    """Three working days from the change; afterwards the public row says that, when and why, and no word of what it was."""
    of = await office(database)
    penalty = await punished(of)
    (row,) = (await results.to_do(of.at("archivist"))).rows
    assert (row.kind, row.matter_id, "罚款合计：1,000元" in row.content.content) == ("penalty", penalty.matter_id, True)
    await results.publish(of.at("archivist"), row.id, WORDS, 0)
    assert (await results.published(of.ctx, row.id)).shown_until == date(2029, 3, 2)
    with pytest.raises(AlreadyMoved):
        await results.correct(of.at("archivist"), row.id, replace(WORDS, content="另一内容"), "笔误", 0)
    assert await results.correct(of.at("archivist"), row.id, WORDS, "笔误", 1) == 2
    await results.note_change(of.at("archivist"), row.id, 2)
    (due,) = (await results.to_do(of.at("archivist"))).rows
    assert (due.changed_on, due.todo_on) == (date(2026, 3, 2), date(2026, 3, 5))
    with pytest.raises(InvalidInput):
        await results.withdraw(of.at("archivist"), row.id, "no_such", "", 2)
    assert await results.withdraw(of.at("archivist"), row.id, "revoked", "经行政复议撤销", 2) == 3
    assert await results.withdraw(of.at("archivist"), row.id, "revoked", "经行政复议撤销", 2) == 3
    gone = await results.published(of.ctx, row.id)
    assert (gone.state, gone.ground, gone.reason) == ("withdrawn", "决定被依法撤销", "经行政复议撤销")
    assert [gone.party, gone.content, gone.decision_number, gone.item_name, gone.decided_on] == [None] * 5
    public = await database.reads.fetchval("SELECT row_to_json(p)::text FROM published_result p")
    assert not any(word in public for word in ("欧", "罚款", "云测许"))
    assert (await results.list_published(of.ctx, ResultFilter(search="罚款"))).rows == ()
    view = await results.result(of.at("archivist"), row.id)
    assert [one.act for one in view.versions] == ["publish", "correct", "withdraw"]
    assert len({one.digest for one in view.versions}) == 1


async def test_a_correction_in_the_file_after_the_publication_asks_for_an_act(database: Database) -> None:
    """The engine's 更正 of a decided matter sets the three days going by itself."""
    of = await office(database)
    row = await _draft(of)
    await results.publish(of.at("server"), row.id, WORDS, 0)
    await of.act(row.matter_id, "server", "correct", event=5, what="日期", instead="次日", reasons="笔误")
    await hall.attend(of.ctx)
    (due,) = (await results.to_do(of.at("server"))).rows
    assert (due.id, due.state, due.changed_on) == (row.id, "published", of.ctx.today)


async def test_a_ground_of_the_closed_list_withholds_and_lateness_is_recorded_once(database: Database) -> None:
    of = await office(database)
    row = await _draft(of)
    of.later(days=30)
    assert [await results.remind(of.ctx), await results.remind(of.ctx)] == [1, 0]
    with pytest.raises(InvalidInput):
        await results.withhold(of.at("server"), row.id, "we_would_rather_not", "不想公开", 0)
    assert await results.withhold(of.at("server"), row.id, "minor", "当事人十六岁", 0) == 1
    with pytest.raises(NotFound):
        await results.published(of.ctx, row.id)
    assert await _kinds(of, row.id) == ["result.drafted", "result.overdue", "result.withheld"]
    assert "十六岁" not in str((await results.list_published(of.ctx)).rows)


async def test_when_its_time_is_over_a_result_tells_nothing_any_more(database: Database) -> None:
    """公示截止期: from the day after, neither the page nor a filter tells what it was."""
    of = await office(database)
    await punished(of)
    (row,) = (await results.to_do(of.at("archivist"))).rows
    await results.publish(of.at("archivist"), row.id, WORDS, 0)
    last = of.ctx.at(of.ctx.now.replace(year=2029, month=3, day=2))
    over = last.at(last.now.replace(day=3))
    assert (await results.published(last, row.id)).state == "published"
    assert (await results.published(over, row.id)).state == "ended"
    assert (await results.published(over, row.id)).content is None
    assert (await results.list_published(over, ResultFilter(search="罚款", shown=False))).rows == ()


@pytest.mark.clause("N5")
async def test_others_neither_see_nor_publish(database: Database) -> None:
    of = await office(database)
    row = await _draft(of)
    elsewhere = await factories.body(of.ctx, of.government, code="B002", number="002", name="云川市他局")
    stranger = of.ctx.acting_as(await person(of.ctx, elsewhere, "stranger", "窗口受理岗"))
    assert (await results.to_do(stranger)).rows == ()
    for act in (results.result(stranger, row.id), results.publish(stranger, row.id, WORDS, 0)):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(NotSignedIn):
        await results.to_do(of.ctx.acting_as(ANONYMOUS))


async def test_versions_and_ratings_are_facts(database: Database) -> None:
    """The database itself refuses to change what was published, said, or asked."""
    of = await office(database)
    row = await _draft(of)
    await results.publish(of.at("server"), row.id, WORDS, 0)
    for sql in ("UPDATE result_version SET reason = 'x'", "DELETE FROM rating_invitation", "DELETE FROM result"):
        with pytest.raises(InsufficientPrivilegeError):
            await _do(of, sql)


async def _do(of: Office, sql: str) -> None:
    async with unit_of_work(of.ctx) as uow:
        await record.append(uow, "test", "test", {})
        await (await uow.raw()).execute(sql)
