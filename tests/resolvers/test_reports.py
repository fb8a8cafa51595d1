"""Reports: prescribed contents, figures from the registry, a second person, editions that say what they changed (N1, N2)."""

import io

import pytest
from pypdf import PdfReader

from domain.actors import ANONYMOUS
from domain.periods import Period
from domain.reports import Told
from resolvers import matters, metrics, reports
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from resolvers.reports_opening import figures
from tests import hall, reporting
from tests.reporting import NEW_YEAR, TEXTS, THIRD, YEAR, Scene, later

pytestmark = pytest.mark.clause("N1", "N2")
QUARTER = Period(2026, 1)


def values(found: tuple[Told, ...], body: str = "") -> dict[str, int | None]:
    return {one.metric: one.value for one in found if one.body == body and not one.category}


async def counted(of: Scene, period: Period) -> tuple[Told, ...]:
    async with unit_of_work(of.at("", NEW_YEAR), unrecorded="a test") as uow:
        return (await figures(uow.ctx, await uow.raw(), of.government, period)).exact


@pytest.mark.clause("S6")
async def test_figures_are_counted_from_what_happened(database: Database) -> None:
    """Late is what was warned of after its limit, whatever was late within a step; open and late counts as late."""
    of = await reporting.scene(database)
    await hall.served(of.of)
    await of.of.open()  # nobody does anything about it: deemed accepted, then late
    for _ in range(60):
        of.of.later(days=1)
        await matters.sweep(of.of.ctx)
    found = values(await counted(of, QUARTER))
    assert (found["received"], found["closed"], found["on_time"], found["late"]) == (2, 1, 1, 0)
    assert found["accepted"] == 2
    assert (found["items_in_use"], found["results_published"], found["items_added"]) == (2, 0, 2)
    second = await counted(of, Period(2026, 2))
    assert values(second)["late_open"] == 1
    assert values(second)["timeliness"] == 0
    assert next(one for one in second if one.metric == "received" and not one.body and not one.category).before == 2


async def test_a_yearly_report_goes_from_the_body_to_the_office_and_to_everybody(database: Database) -> None:
    of = await reporting.scene(database)
    report = await of.opened()
    async with unit_of_work(of.at("", NEW_YEAR), unrecorded="a test") as uow:
        assert await reports.open_annual(uow, of.government, YEAR, reporting.DUE) == {}
    clerk, head, office = of.at("clerk", NEW_YEAR), of.at("head", NEW_YEAR), of.at("second", NEW_YEAR)
    view = await reports.report(clerk, report)
    assert [one.code for one in view.sections] == [*TEXTS, "other"]
    assert (view.may_write, view.may_submit, view.may_accept) == (True, False, False)
    # 003-10(2): nothing prescribed may be missing, and everything missing is told at once.
    with pytest.raises(InvalidInput) as refused:
        await reports.submit(head, report, 0)
    assert {one.path for one in refused.value.problems} == {*TEXTS, "figures"}
    with pytest.raises(InvalidInput, match="手机号码"):
        await reports.save(clerk, report, {"running": "请致电 13912345678"}, "", 0)
    with pytest.raises(NotPermitted):
        await reports.submit(clerk, report, 0)
    done = await reports.save(clerk, report, TEXTS, "", 0)
    assert (await reports.save(clerk, report, TEXTS, "", 0)).no == done.no
    with pytest.raises(reports.ReportChanged):
        await reports.save(head, report, TEXTS | {"other": "无"}, "", 0)
    done = await reports.recount(clerk, report, done.no)
    first = await reports.submit(head, report, done.no, "a key")
    assert (await reports.submit(head, report, done.no, "a key")).no == first.no
    with pytest.raises(reports.KeyOfAnother):
        await reports.accept(office, report, first.no, "a key")
    with pytest.raises(NotFound):
        await reports.accept(of.at("", NEW_YEAR).acting_as(ANONYMOUS), report, first.no)
    with pytest.raises(InvalidInput):
        await reports.send_back(office, report, " ", first.no)
    back = await reports.send_back(office, report, "请补充考核情况", first.no)
    assert (await reports.send_back(office, report, "请补充考核情况", first.no)).no == back.no
    again = await reports.save(clerk, report, TEXTS | {"assessment": "年度考核合格，无整改事项。"}, "", back.no)
    sent = await reports.submit(head, report, again.no)
    assert (await reports.list_published(of.at("", NEW_YEAR), "annual_report")).rows == ()
    await reports.accept(office, report, sent.no)
    (shown,) = (await reports.list_published(of.at("", NEW_YEAR), "annual_report")).rows
    assert shown.title == "云川市测试局2026年度行政权力网上公开透明运行情况报告"
    assert [one.code for one in shown.content.parts] == list(TEXTS)
    kinds = [one.act for one in (await reports.report(office, report)).versions]
    assert kinds == ["submit", "return", "submit", "accept"]
    text = await pdf_text(of, "annual_report", shown.id)
    assert "年度考核合格" in text
    assert "在用事项" in text


async def pdf_text(of: Scene, kind: str, number: int) -> str:
    _, pieces = await reports.pdf(of.at("", NEW_YEAR), kind, number)
    content = b"".join([piece async for piece in pieces])
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.clause("Q2")
async def test_who_did_not_report_is_found_once_with_the_clause(database: Database) -> None:
    """003-51(6): from the day after, once, whoever looks; one that comes later is late, and the office sees it all."""
    of = await reporting.scene(database)
    report = await of.opened()
    for days, expected in ((0, {}), (2, {of.of.body.code: report}), (3, {})):
        async with unit_of_work(of.at("", later(NEW_YEAR, days=days)), unrecorded="a test") as uow:
            assert await reports.find_missed(uow, of.government, YEAR.code) == expected
    sql = "SELECT body FROM event WHERE stream = $1 AND kind = 'report.missed'"
    finding = await database.reads.fetchval(sql, f"report:{report}")
    assert "003-51(6)" in finding
    for who in ("second", "watcher"):
        seen = await reports.overview(of.at(who, NEW_YEAR))
        assert (seen.year, seen.missing, [one.missed for one in seen.rows]) == ("2026", 1, [True])
    with pytest.raises(NotPermitted):
        await reports.overview(of.at("clerk", NEW_YEAR))
    await of.handed_in(report, later(NEW_YEAR, days=4))
    seen = await reports.overview(of.at("second", NEW_YEAR))
    assert (seen.missing, seen.rows[0].late) == (0, True)


async def test_a_bulletin_needs_a_second_person_and_a_correction_says_what_it_changed(database: Database) -> None:
    of = await reporting.scene(database)
    await hall.served(of.of)
    report = await of.bulletin(period=QUARTER)
    writer, second = of.at("writer", NEW_YEAR), of.at("second", NEW_YEAR)
    view = await reports.report(writer, report)
    assert next(one.value for one in view.row.content.figures if one.metric == "received" and not one.body) == 1
    # A first text is published if nobody changes it: it tells nothing that the table hides.
    assert "1 件" not in "".join(view.row.content.sections.values())
    assert "在用事项 2 项" in view.row.content.sections["library"]
    with pytest.raises(NotFound):
        await reports.report(of.at("head", NEW_YEAR), report)
    texts = view.row.content.sections | {"problems": "继续压缩时限。"}
    done = await reports.save(writer, report, texts, "", view.row.no)
    sent = await reports.submit(writer, report, done.no)
    with pytest.raises(reports.OwnReport):
        await reports.accept(writer, report, sent.no)
    accepted = await reports.accept(second, report, sent.no)
    (first,) = (await reports.list_published(second, "bulletin")).rows
    told = {one.place: one.value for one in first.content.figures}
    # One case is nobody's business, neither of the body nor of the whole; what is in the library is everybody's.
    assert (told["closed", "B001", ""], told["closed", "", ""], told["items_in_use", "", ""]) == (None, None, 2)
    assert (await pdf_text(of, "bulletin", first.id)).count("不公布") > 3
    with pytest.raises(InvalidInput):
        await reports.correct(writer, report, "", accepted.no)
    again = await reports.correct(writer, report, "更正整改要求", accepted.no)
    done = await reports.save(writer, report, texts | {"problems": "限期整改。"}, "更正整改要求", again.no)
    sent = await reports.submit(writer, report, done.no)
    await reports.accept(second, report, sent.no)
    (current,) = (await reports.list_published(second, "bulletin")).rows
    assert (current.edition, current.note) == (2, "更正整改要求")
    view_now = await reports.published(second, "bulletin", current.id)
    assert [one.part for one in view_now.changed] == ["存在的问题和下一步要求"]
    assert [(one.edition, one.current) for one in view_now.editions] == [(2, True), (1, False)]
    assert (await reports.published(second, "bulletin", first.id)).row.content == first.content


async def test_a_published_figure_that_differs_later_is_restated_with_both_values(database: Database) -> None:
    of = await reporting.scene(database)
    report = await of.bulletin(period=THIRD)
    view = await reports.report(of.at("writer", NEW_YEAR), report)
    done = await reports.save(
        of.at("writer", NEW_YEAR), report, dict.fromkeys(view.row.content.sections, "文字"), "", 0
    )
    sent = await reports.submit(of.at("writer", NEW_YEAR), report, done.no)
    await reports.accept(of.at("second", NEW_YEAR), report, sent.no)
    system = of.at("", later(NEW_YEAR, days=1))
    assert await metrics.restate(system) == 0
    assert not await metrics.restating_is_due(system)
    first = {one.metric: one for one in (await metrics.list_figures(system, by="government")).rows}
    assert (first["items_in_use"].value, first["items_in_use"].restated) == (2, False)
    async with unit_of_work(system, unrecorded="a test") as uow:
        connection = await uow.raw()
        # A correction of what held then: an item that is found not to have been in force.
        await connection.execute(
            "UPDATE power_period SET recorded = tstzrange(lower(recorded), $1) WHERE id = (SELECT min(id) FROM power_period)",
            THIRD.begins,
        )
    later_ctx = of.at("", later(NEW_YEAR, days=2))
    assert await metrics.restate(later_ctx) > 0
    now = {one.metric: one for one in (await metrics.list_figures(later_ctx, by="government")).rows}
    assert (now["items_in_use"].value, now["items_in_use"].previous, now["items_in_use"].restated) == (1, 2, True)
    (shown,) = (await reports.list_published(later_ctx, "bulletin")).rows
    restated = (await reports.published(later_ctx, "bulletin", shown.id)).restated
    assert restated["items_in_use", "", ""] == 1
